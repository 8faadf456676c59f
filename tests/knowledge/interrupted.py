"""Writes two files of a folder and halts at a point that is named, to be killed there: `python interrupted.py ROOT POINT`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bot.knowledge.writing import Change, Files

root, halt_at = Path(sys.argv[1]), sys.argv[2]


def step(point: str) -> None:
    """Tell the point; at the one named wait for the end."""
    sys.stdout.write(f"{point}\n")
    sys.stdout.flush()
    while point == halt_at:
        time.sleep(60)


def note(about: object) -> None:
    """A line for each change that is noted."""
    with (root / "noted").open("a", encoding="utf-8") as file:
        file.write(f"{about}\n")


changes = [Change(name, b"old " + name.encode(), b"new " + name.encode()) for name in ("a.md", "b/c.yml")]
changes.append(Change("fresh.yml", None, b"new fresh.yml"))
Files(root, root / "var", note, step).write(changes, {"token": "one"})
