"""Deliveries: each message is claimed by one process, acted on once, and answered once, whatever crashes in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.storage.database import Database
from bot.storage.errors import LeaseLostError
from bot.storage.tables import DeliveryRow, ServiceMessageRow, WaitingRow

# The table's columns, which the type checker takes for the values they hold.
_Row: Any = DeliveryRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.


class Standing(Enum):
    """How a message stands when a delivery of it arrives."""

    OURS = "to be answered here"
    THEIRS = "being answered elsewhere"
    ANSWERED = "answered"
    REPLAYED = "signed for another message"


@dataclass(frozen=True)
class Waiting:
    """What waits for a person: ``late`` answers, and the ``rest`` of a long one."""

    late: str = field(default="", repr=False)
    rest: str = field(default="", repr=False)


@dataclass(frozen=True)
class Claimed:
    """The standing of a message, the reply where there is one, what waits for its sender, and when it first came."""

    standing: Standing
    reply: str | None = field(default=None, repr=False)
    waiting: Waiting = field(default_factory=Waiting)
    since: datetime | None = None


@dataclass(frozen=True)
class Message:
    """One message: its key, the same for all its deliveries, its sender, its stamp and what it asks (masked)."""

    key: str
    sender_key: str
    stamp: str | None = None
    question: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settlement:
    """The answer to a message: ``reply`` is what its deliveries get, ``rest`` what that leaves over.

    ``took`` is what had waited and is part of the reply; ``answer`` is what has to wait where the reply comes too late;
    ``heard`` tells whether a delivery is there to take it.
    """

    message: Message
    owner: str
    reply: str = field(repr=False)
    answer: str = field(repr=False)
    rest: str = field(repr=False)
    took: Waiting
    heard: bool
    now: datetime


class Deliveries:
    """The messages of one database. Moments are aware datetimes; every method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, message: Message, owner: str, now: datetime, lease: timedelta) -> Claimed:
        """Take a message over for answering, unless it is answered or somebody with a running lease is at it."""
        with self._database.session() as session:
            return _claim(session, message, owner, now, lease)

    def look(self, key: str) -> str | None:
        """The reply to a message, or None where there is none yet."""
        with self._database.reading() as session:
            found: str | None = session.execute(
                select(DeliveryRow.reply).filter_by(message_key=key)
            ).scalar_one_or_none()
            return found

    def renew(self, key: str, owner: str, until: datetime) -> None:
        """Keep the message for longer."""
        with self._database.session() as session:
            _change(session, key, _Row.owner == owner, lease_until=until)

    def hold(self, key: str, reply: str) -> str:
        """Give a message this reply while its answer is still being made; returns the reply that stands."""
        with self._database.session() as session:
            if _change(session, key, _Row.reply.is_(None), reply=reply, told=True):
                return reply
            standing = session.execute(
                select(DeliveryRow.reply).filter_by(message_key=key)
            ).scalar_one_or_none()
            return reply if standing is None else standing

    def settle(self, settlement: Settlement) -> bool:
        """:meth:`settle_in` in a transaction of its own."""
        with self._database.session() as session:
            return self.settle_in(session, settlement)

    def settle_in(self, session: Connection, settlement: Settlement) -> bool:
        """Answer a message, together with whatever else is written in this session.

        Returns whether the reply is the answer; False where a holding sentence is the reply already, so that the answer
        now waits for its sender. Raises :class:`LeaseLostError` where the message was acted on already, or elsewhere.
        """
        mine = (_Row.owner == settlement.owner, _Row.done.is_(False))
        done: dict[str, Any] = {"done": True, "question": None}
        key, sender = settlement.message.key, settlement.message.sender_key
        if _change(
            session,
            key,
            *mine,
            _Row.reply.is_(None),
            **done,
            reply=settlement.reply,
            told=settlement.heard,
        ):
            if settlement.took != Waiting() or settlement.rest:
                left = _waiting(session, sender)
                _wait(session, sender, _without(left, settlement.took, settlement.rest), settlement.now)
            return True
        if not _change(session, key, *mine, **done):
            raise LeaseLostError("The message was answered by another process.")
        left = _waiting(session, sender)
        _wait(session, sender, Waiting(_join(left.late, settlement.answer), left.rest), settlement.now)
        return False

    def heard(self, key: str) -> None:
        """A delivery was there after all to take the reply."""
        with self._database.session() as session:
            _change(session, key, told=True)

    def missed(self, key: str) -> None:
        """No delivery took the reply after all: each was cut off while it was being stored."""
        with self._database.session() as session:
            _change(session, key, told=False)

    def unheard(self, message: Message, reply: str, now: datetime) -> bool:
        """Let a reply wait for its sender, whose deliveries are over and never took it; whether that was so."""
        never = (_Row.done.is_(True), _Row.told.is_(False))
        with self._database.session() as session:
            if not _change(session, message.key, *never, told=True):
                return False
            left = _waiting(session, message.sender_key)
            _wait(session, message.sender_key, Waiting(_join(left.late, reply), left.rest), now)
            return True

    def abandoned(self, now: datetime, older_than: timedelta) -> list[Message]:
        """Messages that nobody answers any more, and whose deliveries are over."""
        wanted = (
            select(DeliveryRow.message_key, DeliveryRow.sender_key, DeliveryRow.question)
            .where(
                _Row.done.is_(False),
                _Row.lease_until < now,
                _Row.created_at < now - older_than,
            )
            .order_by(DeliveryRow.created_at)
        )
        with self._database.reading() as session:
            return [Message(key, sender, None, asked or "") for key, sender, asked in session.execute(wanted)]

    def untold(self, now: datetime, older_than: timedelta) -> list[tuple[Message, str]]:
        """Answers that no delivery took while there were any: the message and its reply."""
        wanted = select(DeliveryRow.message_key, DeliveryRow.sender_key, DeliveryRow.reply).where(
            _Row.done.is_(True), _Row.told.is_(False), _Row.created_at < now - older_than
        )
        with self._database.reading() as session:
            return [(Message(key, sender), reply or "") for key, sender, reply in session.execute(wanted)]

    def waiting(self, sender_key: str) -> Waiting:
        """What waits for a person."""
        with self._database.reading() as session:
            return _waiting(session, sender_key)

    def taken(self, sender_key: str, took: Waiting, rest: str, now: datetime) -> None:
        """Take away what has reached its person by another way, all but the ``rest`` of it."""
        with self._database.session() as session:
            _wait(session, sender_key, _without(_waiting(session, sender_key), took, rest), now)

    def adopt(self, key: str, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take over a message whose owner is gone, whatever reply it has; whether nobody else did."""
        gone = (_Row.done.is_(False), _Row.lease_until < now)
        with self._database.session() as session:
            return bool(_change(session, key, *gone, owner=owner, lease_until=now + lease))

    def service_messages(self, sender_key: str) -> int:
        """How many 客服 messages a person got since their own last message."""
        last = select(func.max(DeliveryRow.created_at)).filter_by(sender_key=sender_key).scalar_subquery()
        sent = select(func.count()).where(
            ServiceMessageRow.sender_key == sender_key,
            or_(last.is_(None), ServiceMessageRow.sent_at >= last),
        )
        with self._database.reading() as session:
            return int(session.execute(sent).scalar_one())

    def sent_service_message(self, sender_key: str, now: datetime) -> None:
        """Count one more."""
        with self._database.session() as session:
            session.execute(insert(ServiceMessageRow).values(sender_key=sender_key, sent_at=now))

    def purge(self, before: datetime) -> int:
        """Delete what came before a moment and is done; returns how many messages that were."""
        with self._database.session() as session:
            session.execute(
                delete(ServiceMessageRow).where(ServiceMessageRow.sent_at < before),
                execution_options=_NO_SYNC,
            )
            old = delete(DeliveryRow).where(_Row.created_at < before, _Row.done.is_(True))
            return int(session.execute(old, execution_options=_NO_SYNC).rowcount)


def _claim(session: Connection, message: Message, owner: str, now: datetime, lease: timedelta) -> Claimed:
    values = {
        "message_key": message.key,
        "sender_key": message.sender_key,
        "stamp": message.stamp,
        "question": message.question,
        "done": False,
        "told": False,
        "owner": owner,
        "lease_until": now + lease,
        "created_at": now,
    }
    try:
        with session.begin_nested():
            session.execute(insert(DeliveryRow).values(**values))
    except IntegrityError:
        return _known(session, message, owner, now, lease)
    return Claimed(Standing.OURS, None, _waiting(session, message.sender_key))


def _known(session: Connection, message: Message, owner: str, now: datetime, lease: timedelta) -> Claimed:
    """The standing of a message that was claimed before, or whose stamp was."""
    wanted = select(DeliveryRow.reply, DeliveryRow.done, DeliveryRow.told, DeliveryRow.created_at)
    row = session.execute(wanted.filter_by(message_key=message.key)).one_or_none()
    if row is None:
        return Claimed(Standing.REPLAYED)
    if row.reply is not None:
        if row.done and not row.told:
            _change(session, message.key, told=True)
        return Claimed(Standing.ANSWERED, row.reply)
    if _change(session, message.key, _Row.lease_until < now, owner=owner, lease_until=now + lease):
        return Claimed(Standing.OURS, None, _waiting(session, message.sender_key), row.created_at)
    return Claimed(Standing.THEIRS, since=row.created_at)


def _change(session: Connection, key: str, *conditions: Any, **values: Any) -> int:
    """Change a message if the conditions hold; 1 if they did."""
    change = update(DeliveryRow).where(DeliveryRow.message_key == key, *conditions).values(**values)
    return int(session.execute(change, execution_options=_NO_SYNC).rowcount)


def _waiting(session: Connection, sender_key: str) -> Waiting:
    row = session.execute(
        select(WaitingRow.late, WaitingRow.rest).filter_by(sender_key=sender_key)
    ).one_or_none()
    return Waiting(row.late, row.rest) if row else Waiting()


def _wait(session: Connection, sender_key: str, waiting: Waiting, now: datetime) -> None:
    """Replace what waits for a person."""
    values = {"late": waiting.late, "rest": waiting.rest, "updated_at": now}
    change = update(WaitingRow).where(WaitingRow.sender_key == sender_key).values(**values)
    if not session.execute(change, execution_options=_NO_SYNC).rowcount:
        session.execute(insert(WaitingRow).values(sender_key=sender_key, **values))


def _without(left: Waiting, took: Waiting, rest: str) -> Waiting:
    """What still waits once ``took`` has been told; ``rest`` takes the place of an older one."""
    late = left.late.replace(took.late, "", 1).strip() if took.late else left.late
    kept = "" if took.rest and left.rest == took.rest else left.rest
    return Waiting(late, rest or kept)


def _join(*texts: str) -> str:
    """The texts that are not empty, as paragraphs."""
    return "\n\n".join(text for text in texts if text)
