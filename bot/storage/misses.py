"""Misses: messages that were not understood, kept masked for the maintainers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import desc, insert, select

from bot.storage.database import Database
from bot.storage.scrubbing import scrub
from bot.storage.tables import MissRow, mapping
from bot.text.masking import mask as mask_personal_data


@dataclass(frozen=True)
class Miss:
    """One message: its masked text, the kind of miss, the topics it might have meant, the insured place if known."""

    id: int
    text: str
    kind: str
    candidates: list[Any]
    place: str | None
    created_at: datetime


class Misses:
    """The messages not understood; everything recorded passes `mask` first."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def record(
        self, text: str, kind: str, now: datetime, candidates: Sequence[Any] = (), place: str | None = None
    ) -> None:
        """Keep a message; `kind` says how it was missed (declined, unsure …), `candidates` are JSON values."""
        row = {
            "text": self._mask(text),
            "kind": kind,
            "candidates": scrub(list(candidates), self._mask),
            "place": place if place is None else self._mask(place),
            "created_at": now,
        }
        with self._database.session() as session:
            session.execute(insert(MissRow).values(**row))

    def newest(self, limit: int) -> list[Miss]:
        """The newest misses, the newest first."""
        with self._database.reading() as session:
            rows = session.execute(
                select(mapping.metadata.tables["misses"]).order_by(desc("id")).limit(limit)
            )
            return [
                Miss(row.id, row.text, row.kind, row.candidates, row.place, row.created_at) for row in rows
            ]
