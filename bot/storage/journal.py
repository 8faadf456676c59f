"""One operation on several files, written down before it begins, so that whoever comes after a crash can end it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.storage.version_files import sync_folder, write_whole


class Journal:
    """The operation under way, in a file; none where there is no file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entry: Mapping[str, Any]) -> None:
        """Note how far the operation is."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, json.dumps(dict(entry), ensure_ascii=False))

    def read(self) -> dict[str, Any] | None:
        """The operation that was under way; None where none was. What cannot be read was never whole: none."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def clear(self) -> None:
        """The operation is over."""
        if self._path.exists():
            self._path.unlink()
            sync_folder(self._path.parent)
