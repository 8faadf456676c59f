"""客服码: six digits that a person gets in the chat and reads to a clerk, who then sees the conversation, masked."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from bot.services.calls import Clerk
from bot.services.profile import UNKNOWN
from bot.storage.codes import CodeStore, NewCode, OpenedCode, Tries
from bot.storage.conversations import Conversations
from bot.text.masking import mask
from bot.wording.records import problem

VALID_MINUTES = 30
_TURNS = 50
_WRONG_ONES = 5
_WITHIN = timedelta(seconds=10 * 60)
_LOCKED = timedelta(seconds=10 * 60)
# With fewer than 900,000 codes in use a free one turns up long before.
_DRAWS = 50
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


class Audit(Protocol):
    """Writes down who did what."""

    def __call__(self, user_name: str, action: str, detail: Mapping[str, str]) -> None:
        """One entry."""


class CodeLockedError(Exception):
    """Too many wrong codes: none is looked at for ``wait_s`` seconds. Reads as one Chinese sentence."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(problem("code_locked", minutes=-(-wait_s // 60)))
        self.wait_s = wait_s


@dataclass(frozen=True)
class Turn:
    """What a person wrote, and what the bot answered to it: its texts, and the options it offered."""

    at: datetime
    asked: str = field(repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    options: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Transcript:
    """The last turns of a conversation, the oldest first. ``place`` is where the person said to be insured.

    ``id`` reads it again (:meth:`Codes.read`) until ``expires_at``.
    """

    id: int
    turns: tuple[Turn, ...]
    place: str | None
    expires_at: datetime


class Codes:
    """Makes and opens codes. ``key`` is a secret of this assistant, ``new_code`` draws six digits."""

    def __init__(
        self,
        store: CodeStore,
        conversations: Conversations,
        key: bytes,
        now: Callable[[], datetime],
        new_code: Callable[[], str],
        audit: Audit,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._key = key
        self._now = now
        self._new_code = new_code
        self._audit = audit

    def make(self, sender_key: str) -> str:
        """A code for a conversation, good for 30 minutes; the one it had before is not good any more."""
        now = self._now()
        for _ in range(_DRAWS):
            code = self._new_code()
            # Nine digits at most: a longer number would be masked in the audit log.
            drawn = int(self._hash("transcript", f"{sender_key} {now} {code}")[:7], 16)
            until = now + timedelta(minutes=VALID_MINUTES)
            if self._store.put(NewCode(drawn, self._hash("code", code), sender_key, until), now):
                return code
        raise RuntimeError("No free code was drawn.")

    def open(self, code: str, user: Clerk) -> Transcript | None:
        """The conversation of a code; None for a wrong one, or one that another clerk has opened.

        Raises :class:`CodeLockedError` after too many wrong ones.
        """
        now, six = self._now(), _digits(code)
        # Counted before it is looked at: of many tries at one moment no more are looked at than of as many in a row.
        self._count(user.name, now)
        opened = self._store.open(self._hash("code", six), user.name, now)
        if opened is None:
            self._audit(user.name, "code_wrong", {})
            return None
        self._store.change_tries(user.name, lambda tries: _taken_back(tries, now))
        return self._transcript(opened, user)

    def read(self, transcript_id: int, user: Clerk) -> Transcript | None:
        """A transcript that this clerk has opened, as it is now; None once its code has run out or was replaced."""
        opened = self._store.opened(transcript_id, user.name, self._now())
        return self._transcript(opened, user) if opened is not None else None

    def _transcript(self, opened: OpenedCode, user: Clerk) -> Transcript:
        stored = self._conversations.load(opened.sender_key)
        conversation = self._hash("conversation", opened.sender_key)[:12]
        detail = {"transcript": str(opened.id), "conversation": conversation}
        self._audit(user.name, "transcript_opened", detail)
        slots = stored.slots if stored is not None else {}
        turns = _turns(stored.events if stored is not None else ())
        return Transcript(opened.id, tuple(turns[-_TURNS:]), _place(slots), opened.expires_at)

    def _count(self, user: str, now: datetime) -> None:
        """Count a try as wrong until it proves right; raises where there were too many."""
        locked: list[datetime] = []

        def counted(tries: Tries) -> Tries:
            if tries.locked_until is not None and tries.locked_until > now:
                locked.append(tries.locked_until)
                return tries
            recent = [at for at in tries.wrong if at > (now - _WITHIN).timestamp()]
            wrong = (*recent, now.timestamp())
            return Tries(wrong, now + _LOCKED if len(wrong) >= _WRONG_ONES else None)

        self._store.change_tries(user, counted)
        if locked:
            raise CodeLockedError(max(1, round((locked[0] - now).total_seconds())))

    def _hash(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def _taken_back(tries: Tries, at: datetime) -> Tries:
    """Without a try that proved right, and without the lock where it was one too many."""
    wrong = list(tries.wrong)
    if at.timestamp() in wrong:
        wrong.remove(at.timestamp())
    return Tries(tuple(wrong), tries.locked_until if len(wrong) >= _WRONG_ONES else None)


def _digits(typed: str) -> str:
    """A code however it is typed: 482 913, ４８２９１３."""
    return re.sub(r"[^0-9]", "", typed.translate(_FULL_WIDTH))


def _place(slots: Mapping[str, Any]) -> str | None:
    """The insured place, if the person told it."""
    place = slots.get("insured_place")
    return place if place and place != UNKNOWN else slots.get("insured_area")


def _turns(events: Iterable[Mapping[str, Any]]) -> list[Turn]:
    """The events as turns; masked when they were stored, and once more in case they came by another way."""
    turns: list[Turn] = []
    for event in events:
        if event["event"] == "user" and event.get("text"):
            at = datetime.fromtimestamp(event["timestamp"], timezone.utc)
            turns.append(Turn(at, mask(str(event["text"]))))
        elif event["event"] == "bot" and turns:
            turns[-1] = _answered(turns[-1], event)
    return turns


def _answered(turn: Turn, event: Mapping[str, Any]) -> Turn:
    buttons = (event.get("data") or {}).get("buttons") or ()
    titles = tuple(mask(str(button.get("title") or "")) for button in buttons)
    answers = (*turn.answers, mask(str(event["text"]))) if event.get("text") else turn.answers
    return replace(turn, answers=answers, options=(*turn.options, *titles))
