"""Vectors of texts, so that no text is read twice by the encoder, in whichever process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from bot.storage.database import Database
from bot.storage.errors import StorageConflictError
from bot.storage.tables import MeaningRow

_Row: Any = MeaningRow
# So many keys go into one query; SQLite takes 999 of old.
_AT_ONCE = 500


class MeaningStore:
    """The vectors of one database, as bytes by key; every method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, keys: Collection[str]) -> dict[str, bytes]:
        """The vectors that are there."""
        ordered = sorted(set(keys))
        found: dict[str, bytes] = {}
        with self._database.reading() as session:
            for start in range(0, len(ordered), _AT_ONCE):
                part = _Row.key.in_(ordered[start : start + _AT_ONCE])
                found.update(
                    (key, bytes(vector))
                    for key, vector in session.execute(select(_Row.key, _Row.vector).where(part))
                )
        return found

    def save(self, vectors: Mapping[str, bytes], now: datetime) -> None:
        """Keep vectors; where another process was quicker, its vectors stay, and these are kept the next time."""
        rows = [{"key": key, "vector": vector, "made_at": now} for key, vector in vectors.items()]
        try:
            with self._database.session() as session:
                for start in range(0, len(rows), _AT_ONCE):
                    session.execute(insert(MeaningRow), rows[start : start + _AT_ONCE])
        except StorageConflictError:
            return
