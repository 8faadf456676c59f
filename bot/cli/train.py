"""``python -m bot train``: a new model from the files, with progress."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from rich.status import Status

from bot.cli.check import check_files
from bot.cli.console import console
from bot.settings import load_settings
from bot.training.release import fingerprint, is_current, set_current

_STEPS = {
    "FactExtractor": "Preparing place names…",
    "TopicClassifier": "Learning the topics (about 20 seconds)…",
    "TurnRules": "Learning the rules…",
}


def run(options: argparse.Namespace) -> int:
    """Check the files and train; with --if-changed only when an input of training has changed."""
    settings = load_settings()
    wanted = fingerprint(settings.root)
    if options.if_changed and is_current(settings.models, wanted):
        console.print("The model is up to date.")
        return 0
    if check_files():
        return 1
    started = time.monotonic()
    with console.status("Loading Rasa (about 5 seconds)…") as status:
        model = _train(settings.root, settings.models, status)
    set_current(settings.models, model, wanted)
    console.print(f"Trained {model.name} in {time.monotonic() - started:.0f} s.")
    return 0


def _train(root: Path, models: Path, status: Status) -> Path:
    from bot.cli.logs import configure_logs
    from bot.without_tensorflow import load_rasa

    load_rasa(root / "config.yml")
    configure_logs(debug=False)
    from bot.training.fitting import fit

    models.mkdir(parents=True, exist_ok=True)
    model = models / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}.tar.gz"
    with _progress(status), contextlib.redirect_stdout(io.StringIO()):
        fit(root, model)
    return model


@contextlib.contextmanager
def _progress(status: Status) -> Iterator[None]:
    """Show which component is being trained."""
    log = logging.getLogger("rasa.engine.training.hooks")

    class Show(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            status.update(next((step for name, step in _STEPS.items() if name in text), "Training…"))

    handler, level, propagates = Show(), log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagates
