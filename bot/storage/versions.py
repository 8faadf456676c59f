"""Training runs, approvals and publications in the database; the versions themselves are files (`version_files`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import desc, insert, select, update

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.errors import StorageConflictError
from bot.storage.tables import mapping
from bot.storage.version_tables import ApprovalRow, PublicationRow, TrainingRunRow
from bot.text.masking import mask as mask_personal_data

_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.
_Run: Any = TrainingRunRow
_Approval: Any = ApprovalRow
_Publication: Any = PublicationRow


@dataclass(frozen=True)
class Run:
    """One training of a candidate; ``state`` is running, done, failed or cancelled, ``problem`` what went wrong."""

    id: str
    state: str
    user: str
    why: str
    started_at: datetime
    ended_at: datetime | None = None
    version: str | None = None
    problem: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.state == "running"


@dataclass(frozen=True)
class Publication:
    """A version that became the live one; ``kind`` is publish or rollback."""

    id: str
    at: datetime
    kind: str
    version: str
    previous: str | None
    user: str
    reason: str


class VersionStore:
    """What one database knows of runs and publications; reasons pass `mask` first. Every method raises StorageError."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    # ---- runs

    def begin_run(self, run_id: str, user: str, why: str, now: datetime) -> Run | None:
        """Note a run that starts; None where another one is running."""
        values = {"id": run_id, "state": "running", "user_name": user, "why": self._mask(why)}
        try:
            with self._database.session() as session:
                session.execute(insert(TrainingRunRow).values(**values, started_at=now))
        except StorageConflictError:
            return None
        return Run(run_id, "running", user, values["why"], now)

    def end_run(
        self, run_id: str, state: str, now: datetime, version: str | None = None, problem: str | None = None
    ) -> bool:
        """Note how a run ended; False where it was over already."""
        mine = update(TrainingRunRow).where(_Run.id == outside.text(run_id), _Run.state == "running")
        hidden = None if problem is None else self._mask(problem)
        ended = mine.values(state=state, ended_at=now, version=version, problem=hidden)
        with self._database.session() as session:
            return bool(session.execute(ended, execution_options=_NO_SYNC).rowcount)

    def run(self, run_id: str) -> Run | None:
        """One run."""
        return next(iter(self._runs(_Run.id == outside.text(run_id), 1)), None)

    def running(self) -> Run | None:
        """The run that is noted as running."""
        return next(iter(self._runs(_Run.state == "running", 1)), None)

    def runs(self, limit: int) -> list[Run]:
        """The last runs, the newest first."""
        return self._runs(None, limit)

    def _runs(self, condition: Any, limit: int) -> list[Run]:
        wanted = select(mapping.metadata.tables["training_runs"])
        if condition is not None:
            wanted = wanted.where(condition)
        page = wanted.order_by(desc(_Run.started_at), desc(_Run.id)).limit(outside.count(limit))
        with self._database.reading() as session:
            return [_run(row) for row in session.execute(page)]

    # ---- approvals

    def approve(self, version: str, changes: Iterable[str], user: str, now: datetime) -> int:
        """Note that changes of answers were found right; gives how many were new."""
        with self._database.session() as session:
            known = set(session.execute(_approved(version)).scalars())
            fresh = [change for change in dict.fromkeys(changes) if change not in known]
            for change in fresh:
                row = {"version": version, "change_id": change, "user_name": user, "at": now}
                session.execute(insert(ApprovalRow).values(**row))
        return len(fresh)

    def approved(self, version: str) -> frozenset[str]:
        """The changes of a version that were found right."""
        with self._database.reading() as session:
            return frozenset(session.execute(_approved(version)).scalars())

    # ---- publications

    def add_publication(self, made: Publication) -> None:
        """Note a publication; nothing happens where it is noted already."""
        values = {"id": made.id, "at": made.at, "kind": made.kind, "version": made.version}
        values |= {"previous": made.previous, "user_name": made.user, "reason": self._mask(made.reason)}
        with self._database.session() as session:
            if session.execute(select(_Publication.id).where(_Publication.id == made.id)).first() is None:
                session.execute(insert(PublicationRow).values(**values))

    def publications(self, limit: int = 200) -> list[Publication]:
        """The last publications, the newest first."""
        wanted = select(mapping.metadata.tables["publications"])
        page = wanted.order_by(desc(_Publication.at), desc(_Publication.id)).limit(outside.count(limit))
        with self._database.reading() as session:
            return [_publication(row) for row in session.execute(page)]


def _approved(version: str) -> Any:
    return select(_Approval.change_id).where(_Approval.version == outside.text(version))


def _run(row: Any) -> Run:
    return Run(
        row.id, row.state, row.user_name, row.why, row.started_at, row.ended_at, row.version, row.problem
    )


def _publication(row: Any) -> Publication:
    return Publication(row.id, row.at, row.kind, row.version, row.previous, row.user_name, row.reason)
