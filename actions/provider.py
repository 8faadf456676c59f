"""Where the actions get the use-cases from."""

from __future__ import annotations

import importlib

from bot.services.conversation import Conversation


def conversation() -> Conversation:
    """The use-cases of this process.

    Looked up when the first action runs and not imported above: the actions know only what they call, and `rasa run
    actions` finds the same objects that `python -m bot serve` builds.
    """
    return importlib.import_module("bot.wiring").conversation()
