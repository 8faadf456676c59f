"""``python -m bot train``: a new model from the files, with progress; with ``--candidate`` one that is not served yet."""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from pathlib import Path

from rich.status import Status

from bot.cli.check import check_files
from bot.cli.console import console
from bot.settings import Settings, load_settings
from bot.storage.version_files import VersionFiles
from bot.training.release import fingerprint, is_current, new_name, set_current

_STEPS = {
    "FactExtractor": "Preparing place names…",
    "TopicClassifier": "Learning the topics (about 20 seconds)…",
    "TurnRules": "Learning the rules…",
}


def run(options: argparse.Namespace) -> int:
    """Check the files and train; with --if-changed only when an input of training has changed."""
    if options.candidate is not None:
        from bot.cli import candidate

        return candidate.run(options)
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
    _keep(settings, model, wanted)
    console.print(f"Trained {model.name} in {time.monotonic() - started:.0f} s.")
    return 0


def _train(root: Path, models: Path, status: Status) -> Path:
    from bot.cli.logs import configure_logs
    from bot.without_tensorflow import load_rasa

    load_rasa(root / "config.yml")
    configure_logs(debug=False)
    from bot.training.candidate import steps
    from bot.training.fitting import fit

    models.mkdir(parents=True, exist_ok=True)
    model = models / f"{new_name()}.tar.gz"
    with steps(lambda line: status.update(_step(line))), contextlib.redirect_stdout(io.StringIO()):
        fit(root, model)
    return model


def _step(line: str) -> str:
    """What is being done, by Rasa's line about the component that is being trained."""
    return next((step for name, step in _STEPS.items() if name in line), "Training…")


def _keep(settings: Settings, model: Path, trained_from: str) -> None:
    """Make the model a version, so that one can come back to it together with the files it was trained from."""
    files = VersionFiles(settings.root, settings.models, settings.var / "versions")
    files.adopt(model, {"fingerprint": trained_from})
