"""What a training run writes while it goes: its progress line by line, its log, and the number of its process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.storage.file_locks import FileLock
from bot.storage.version_files import write_whole

_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")


@dataclass(frozen=True)
class Event:
    """A line of progress: its number, what is done (``step``), how far the whole run is (``share``), and a detail."""

    number: int
    at: datetime
    step: str
    share: float
    note: str = ""


class RunFiles:
    """The folders of runs under ``folder``, and the lock that the one running process holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lock = FileLock(folder / "lock")

    def log(self, run_id: str) -> Path:
        """The log of a run; its folder is there afterwards."""
        return self._of(run_id) / "log"

    def add_event(self, run_id: str, at: datetime, step: str, share: float, note: str = "") -> None:
        """Add a line of progress."""
        line = {"at": at.isoformat(), "step": step, "share": round(share, 3), "note": note}
        with (self._of(run_id) / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line, ensure_ascii=False)}\n")

    def events(self, run_id: str, after: int = 0) -> tuple[Event, ...]:
        """The lines of progress after the one with a number; a line that is being written is left for the next time."""
        try:
            written = (self._of(run_id) / "events.jsonl").read_text(encoding="utf-8")
        except OSError:
            return ()
        lines = written.split("\n")[:-1]
        return tuple(_event(number, line) for number, line in enumerate(lines, start=1) if number > after)

    def set_process(self, run_id: str, number: int) -> None:
        """Note which process does the run."""
        write_whole(self._of(run_id) / "pid", str(number))

    def process(self, run_id: str) -> int | None:
        """The process that does the run, or did."""
        try:
            return int((self._of(run_id) / "pid").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _of(self, run_id: str) -> Path:
        if not _ID.fullmatch(run_id):
            raise ValueError(f"run {run_id[:40]!r}: is no number of a run; python -m bot versions shows them")
        folder = self._folder / run_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _event(number: int, line: str) -> Event:
    read = json.loads(line)
    return Event(number, datetime.fromisoformat(read["at"]), read["step"], read["share"], read["note"])
