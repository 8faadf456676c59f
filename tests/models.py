"""Which model the conversations are tried with: the current one, or the candidate that the gate names."""

from __future__ import annotations

import os
from pathlib import Path

from bot.settings import load_settings
from bot.training.release import current_model


def tried_model() -> Path:
    """The model of TEST_MODEL, else the current one; which one is current does not change."""
    named = os.environ.get("TEST_MODEL")
    model = Path(named) if named else current_model(load_settings({}).models)
    assert model is not None, "There is no trained model; run `python -m bot train`."
    return model
