"""Which message was answered with what: one claim per message in this process, the replies in a store.

The store is three blocking callables, run in threads: `find(key) -> text or None`, `record(key, text) -> text`,
which keeps what stands under the key already and returns what stands, and `replace(key, text)`. A store that
fails is logged and costs the memory of a reply, never the reply itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Protocol, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(eq=False)
class Claim:
    """One message while it is being answered, shared by its deliveries.

    `reply` is what every delivery returns, once; `chosen` is set a moment earlier, while the reply is being
    stored.
    """

    key: str
    reply: asyncio.Future[str] = field(repr=False)
    chosen: str | None = field(default=None, repr=False)
    deliveries: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Parked:
    """What a user can still fetch with 继续: answers that came too late, and the rest of a long one."""

    late: str = field(default="", repr=False)
    rest: str = field(default="", repr=False)

    @property
    def text(self) -> str:
        """Everything, in the order in which it is told."""
        return join(self.late, self.rest)

    def missed(self, answer: str) -> Parked:
        """With an answer that did not reach its user; those that wait already are not given up for it."""
        return Parked(join(self.late, answer), "" if self.rest == answer else self.rest)

    def told(self, answer: str, rest: str) -> Parked:
        """Once all but `rest` of this answer has been told; the rest of an older one is given up for it."""
        late = "" if self.text == answer else self.late.replace(answer, "").strip()
        return Parked(late, rest)


def join(*texts: str) -> str:
    """The texts that are not empty, as paragraphs."""
    return "\n\n".join(text for text in texts if text)


class ReplyLedger(Protocol):
    """What the channel needs to answer each message once; several processes would meet in `stored`."""

    def claim(self, key: str) -> tuple[Claim, bool]:
        """The claim on a message, and whether the caller is the first and has to answer it."""

    async def stored(self, claim: Claim) -> str | None:
        """The reply given before this process knew the message; None when it is to be answered here."""

    async def finish(self, claim: Claim, reply: str, *, store: bool = True) -> str:
        """Fix a message's reply, store it, then release it to the deliveries; returns the one fixed first."""

    async def parked(self, sender: str) -> Parked:
        """What waits for this user."""

    async def park(self, sender: str, parked: Parked) -> None:
        """Replace what waits for this user."""


class StoredLedger:
    """A `ReplyLedger` for one process over a store that outlives it."""

    def __init__(
        self,
        find: Callable[[str], str | None],
        record: Callable[[str, str], str],
        replace: Callable[[str, str], None],
    ) -> None:
        self._find = find
        self._record = record
        self._replace = replace
        self._open: dict[str, Claim] = {}

    def claim(self, key: str) -> tuple[Claim, bool]:
        """See `ReplyLedger.claim`. There is no pause between looking and entering, so there is one first."""
        first = key not in self._open
        if first:
            self._open[key] = Claim(key, asyncio.get_running_loop().create_future())
        claim = self._open[key]
        claim.deliveries += 1
        return claim, first

    async def stored(self, claim: Claim) -> str | None:
        """See `ReplyLedger.stored`."""
        return await _or_none(asyncio.to_thread(self._find, claim.key), "read the reply of a message")

    async def finish(self, claim: Claim, reply: str, *, store: bool = True) -> str:
        """See `ReplyLedger.finish`. It is stored before it is sent, so that a reply once seen is known."""
        if claim.chosen is not None:
            return claim.chosen
        claim.chosen = reply
        if store:
            standing = asyncio.to_thread(self._record, claim.key, reply)
            claim.chosen = await _or_none(standing, "store the reply of a message") or reply
        claim.reply.set_result(claim.chosen)
        self._open.pop(claim.key, None)
        return claim.chosen

    async def parked(self, sender: str) -> Parked:
        """See `ReplyLedger.parked`."""
        text = await _or_none(asyncio.to_thread(self._find, _parked_key(sender)), "read a parked answer")
        return Parked(**json.loads(text)) if text else Parked()

    async def park(self, sender: str, parked: Parked) -> None:
        """See `ReplyLedger.park`."""
        text = json.dumps(asdict(parked), ensure_ascii=False)
        await _or_none(asyncio.to_thread(self._replace, _parked_key(sender), text), "store a parked answer")


def _parked_key(sender: str) -> str:
    return f"parked:{sender}"


async def _or_none(work: Awaitable[T], aim: str) -> T | None:
    """The result of `work`, or None after one line in the log, without the statement and its values."""
    [result] = await asyncio.gather(work, return_exceptions=True)
    if isinstance(result, BaseException):
        logger.error("The ledger could not %s: %s", aim, type(result).__name__)
        return None
    return result
