"""``python -m bot export KIND FILE``: answers, examples or topics as .csv or .xlsx."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli.topic import say


def run(options: argparse.Namespace) -> int:
    """Write the file; its ending says which format."""
    from bot.wiring import maintenance

    file = Path(options.file)
    content = maintenance.exchange().export(options.kind, form_of(file))
    file.write_bytes(content)
    say(f"{file}: {len(content):,} bytes.")
    return 0


def form_of(file: Path) -> str:
    """The format by the file's ending."""
    return file.suffix.lower().lstrip(".")
