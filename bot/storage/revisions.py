"""Revisions of the knowledge: added and read, never changed; and the drafts of those who edit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, desc, func, insert, select

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.scrubbing import scrub
from bot.storage.tables import DraftRow, RevisionRow, mapping
from bot.text.masking import mask as mask_personal_data

_Row: Any = RevisionRow
_Draft: Any = DraftRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.
_COLUMNS = ("id", "token", "at", "kind", "subject", "why", "before", "after", "diff")


@dataclass(frozen=True)
class StoredRevision:
    """One saved change of one subject; ``before`` is None where it was new, ``after`` where it is gone."""

    id: int
    token: str
    at: datetime
    user: str
    kind: str
    subject: str
    why: str
    before: dict[str, Any] | None = field(repr=False)
    after: dict[str, Any] | None = field(repr=False)
    diff: str = field(repr=False)


@dataclass(frozen=True)
class StoredDraft:
    """What somebody has begun to write about a subject."""

    subject: str
    user: str
    content: dict[str, Any] = field(repr=False)
    version: str
    saved_at: datetime


class RevisionStore:
    """The revisions and drafts of one database.

    What people give as the reason passes `mask` first; the texts of the files are kept as they are, for a revision has to
    bring them back: they are masked before they are written into a file.
    """

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def add(self, token: str, at: datetime, user: str, changes: Sequence[Mapping[str, Any]]) -> list[int]:
        """Keep what was saved together under a token: ``kind, subject, why, before, after, diff`` of each.

        What is there under this token already is left alone. Gives the ids, in order.
        """
        with self._database.session() as session:
            known = select(_Row.subject, _Row.id).where(_Row.token == token)
            ids = {row.subject: row.id for row in session.execute(known)}
            for change in changes:
                if change["subject"] not in ids:
                    values = {**change, "why": self._mask(change["why"])}
                    row = insert(RevisionRow).values(token=token, at=at, user_name=user, **values)
                    ids[change["subject"]] = session.execute(row).inserted_primary_key[0]
        return [int(ids[change["subject"]]) for change in changes]

    def revision(self, revision_id: int) -> StoredRevision | None:
        """One revision."""
        return next(iter(self._read(_Row.id == outside.row_id(revision_id), 1, 0)), None)

    def revisions(self, subject: str | None, limit: int, offset: int = 0) -> list[StoredRevision]:
        """The revisions of a subject, or of all, the newest first."""
        return self._read(None if subject is None else _Row.subject == subject, limit, offset)

    def count(self, subject: str | None = None) -> int:
        """How many there are."""
        counted = select(func.count(_Row.id))
        if subject is not None:
            counted = counted.where(_Row.subject == subject)
        with self._database.reading() as session:
            return int(session.execute(counted).scalar_one())

    def keep_draft(
        self, subject: str, user: str, content: Mapping[str, Any], version: str, now: datetime
    ) -> None:
        """Keep what somebody has begun; the draft before is gone."""
        values = {"content": scrub(dict(content), self._mask), "version": version, "saved_at": now}
        with self._database.session() as session:
            session.execute(self._without(subject, user), execution_options=_NO_SYNC)
            session.execute(insert(DraftRow).values(subject=subject, user_name=user, **values))

    def drop_draft(self, subject: str, user: str) -> None:
        """Forget what somebody has begun."""
        with self._database.session() as session:
            session.execute(self._without(subject, user), execution_options=_NO_SYNC)

    def drafts(self, subject: str | None = None, user: str | None = None) -> list[StoredDraft]:
        """What is begun: about a subject, by a user, or all; the newest first."""
        wanted = select(mapping.metadata.tables["drafts"]).order_by(desc(_Draft.saved_at))
        if subject is not None:
            wanted = wanted.where(_Draft.subject == subject)
        if user is not None:
            wanted = wanted.where(_Draft.user_name == user)
        with self._database.reading() as session:
            return [
                StoredDraft(row.subject, row.user_name, row.content, row.version, row.saved_at)
                for row in session.execute(wanted)
            ]

    def _without(self, subject: str, user: str) -> Any:
        return delete(DraftRow).where(_Draft.subject == subject, _Draft.user_name == user)

    def _read(self, condition: Any, limit: int, offset: int) -> list[StoredRevision]:
        wanted = select(mapping.metadata.tables["revisions"]).order_by(desc(_Row.id))
        if condition is not None:
            wanted = wanted.where(condition)
        page = wanted.limit(outside.count(limit)).offset(outside.count(offset))
        with self._database.reading() as session:
            return [
                StoredRevision(user=row.user_name, **{name: getattr(row, name) for name in _COLUMNS})
                for row in session.execute(page)
            ]
