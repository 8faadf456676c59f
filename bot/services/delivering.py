"""One answer per message, whatever happens: its deliveries share it, a crash keeps it, lateness only delays it.

A channel that delivers a message several times (WeChat: three times, 5 s apart, each cut off after 5 s) hands every
delivery to :meth:`Delivering.reply`. The first one makes the answer, in this process or in another one; all get the
same text. What came too late is sent by another way where there is one, and else with the next reply.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from bot.services.timing import Timing
from bot.storage.deliveries import Claimed, Deliveries, Message, Settlement, Standing, Waiting
from bot.storage.errors import LeaseLostError, StorageError

__all__ = ["Delivering", "Delivery", "Handling", "Message", "Phrases", "ReplayedError", "Timing", "describe"]

_log = logging.getLogger(__name__)

# WeChat lets an account send so many 客服 messages after each message of a person.
_PUSHES = 5

T = TypeVar("T")


class ReplayedError(Exception):
    """The signature of this message was already used for another one."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of a message; ``address`` is where an answer that comes too late can be pushed to."""

    message: Message
    address: str = field(default="", repr=False)


@dataclass(frozen=True)
class Phrases:
    """What a channel says by itself."""

    holding: str
    failure: str
    too_fast: str
    # Stands before an answer that comes with the reply to a later message.
    late: str


@dataclass(eq=False)
class _Claim:
    """One message while it is being answered here, shared by its deliveries."""

    reply: asyncio.Future[str] = field(repr=False)
    since: float
    deliveries: int = 0
    waiting: int = 0
    # Set when the last delivery that waited has left, with the reply or cut off.
    left: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    # Whether a delivery took the reply, and whether it is stored as one that none took.
    taken: bool = False
    untold: bool = False


class Handling:
    """One message in the hands of whoever makes its answer."""

    def __init__(
        self, message: Message, waiting: Waiting, seal: Callable[[Handling, str], Settlement]
    ) -> None:
        self.message = message
        self.waiting = waiting
        # What of the waiting is itself the answer.
        self.takes = Waiting()
        # True: the answer is the reply; False: it came after the holding sentence; None: nothing is settled.
        self.settled: bool | None = None
        self.settlement: Settlement | None = None
        self._seal = seal

    def settle_with(self, answer: str) -> Settlement:
        """What has to be stored together with whatever the answer changed."""
        self.settlement = self._seal(self, answer)
        return self.settlement


Work = Callable[[Handling], Awaitable[str]]
Push = Callable[[str, str], Awaitable[None]]


class Delivering:
    """The deliveries of one channel in this process; the others meet it in the store.

    ``split`` cuts an answer into what one reply holds and the rest, ``push`` sends a text to an address outside of a
    reply and raises where it cannot.
    """

    def __init__(
        self,
        store: Deliveries,
        now: Callable[[], datetime],
        phrases: Phrases,
        split: Callable[[str], tuple[str, str]],
        timing: Timing,
        push: Push | None = None,
        longest_line: int = 5,
        at_once: int = 12,
    ) -> None:
        self._store = store
        self._now = now
        self._phrases = phrases
        self._split = split
        self._timing = timing
        self._lease = timedelta(seconds=timing.lease)
        self._push = push
        self._longest_line = longest_line
        # A turn is work for the processor: done all at once, all would be late; in turn, most are in time.
        self._room = asyncio.Semaphore(at_once)
        self._owner = uuid.uuid4().hex
        self._open: dict[str, _Claim] = {}
        self._line: dict[str, list[asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def reply(self, delivery: Delivery, work: Work) -> str:
        """The reply to one delivery; the same for every delivery of its message. Empty: there is none to give yet.

        Raises :class:`ReplayedError`. A caller that is cancelled because its connection was cut leaves the work running.
        """
        key, arrived = delivery.message.key, time.monotonic()
        claim = self._open.get(key)
        if claim is None:
            line = self._line.setdefault(delivery.message.sender_key, [])
            if len(line) >= self._longest_line:
                return self._phrases.too_fast
            claim = self._open[key] = _Claim(asyncio.get_running_loop().create_future(), arrived)
            self._line_up(delivery, claim, work, line)
        claim.deliveries += 1
        claim.waiting += 1
        claim.left.clear()
        try:
            await self._await(claim, delivery, arrived)
        finally:
            claim.waiting -= 1
            if not claim.waiting:
                claim.left.set()
        claim.taken |= time.monotonic() - arrived < self._timing.apart
        if claim.untold and claim.taken:
            await self._try(self._store.heard, key)
        return claim.reply.result()

    async def recover(self, work: Work) -> None:
        """Answer what a process left that is gone, and let answers wait that nobody was there to take."""
        age = timedelta(seconds=self._timing.over)
        for message in await _in_thread(self._store.abandoned, self._now(), age):
            if not await _in_thread(self._store.adopt, message.key, self._owner, self._now(), self._lease):
                continue
            await _in_thread(self._store.hold, message.key, "")
            claim = _Claim(asyncio.get_running_loop().create_future(), 0.0)
            line = self._line.setdefault(message.sender_key, [])
            self._line_up(Delivery(message), claim, work, line, Claimed(Standing.OURS))
        for message, reply in await _in_thread(self._store.untold, self._now(), age):
            await _in_thread(self._store.unheard, message, reply, self._now())

    async def purge(self) -> None:
        """Forget replies that nobody can ask for any more."""
        await _in_thread(self._store.purge, self._now() - timedelta(seconds=self._timing.kept))

    async def drain(self, seconds: float) -> None:
        """Wait for the messages under way."""
        under_way = {task for line in self._line.values() for task in line}
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)

    def _line_up(
        self,
        delivery: Delivery,
        claim: _Claim,
        work: Work,
        line: list[asyncio.Task[None]],
        claimed: Claimed | None = None,
    ) -> None:
        """Start a task that takes its place behind the sender's last one at once, so that none overtakes it."""
        before = line[-1] if line else None
        task = asyncio.create_task(self._run(delivery, claim, work, before, claimed))
        line.append(task)
        task.add_done_callback(lambda done: self._ended(delivery, claim, done))

    def _ended(self, delivery: Delivery, claim: _Claim, task: asyncio.Task[None]) -> None:
        """Leave the line; whatever broke, the deliveries get a sentence instead of waiting on."""
        line = self._line[delivery.message.sender_key]
        line.remove(task)
        if not line:
            del self._line[delivery.message.sender_key]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("A delivery broke.\n%s", describe(error))
        self._finish(delivery.message.key, claim, self._phrases.failure)

    async def _await(self, claim: _Claim, delivery: Delivery, arrived: float) -> None:
        """Wait for the reply, or give the holding sentence when this is the last delivery and it is due."""
        while not claim.reply.done():
            left = self._patience(claim, arrived) - (time.monotonic() - arrived)
            if left <= 0:
                holding = "" if self._push else self._phrases.holding
                standing = await self._try(self._store.hold, delivery.message.key, holding)
                self._finish(delivery.message.key, claim, holding if standing is None else standing)
                return
            await asyncio.wait({claim.reply}, timeout=min(left, 1.0))

    def _patience(self, claim: _Claim, arrived: float) -> float:
        """How long this delivery may wait: till it is due on the last one; before, till the last one would be."""
        timing = self._timing
        age = arrived - claim.since
        last = claim.deliveries >= timing.deliveries or age > timing.over - timing.apart * 3 / 2
        return (
            timing.deadline
            if last
            else max(timing.deadline, timing.over - timing.apart + timing.deadline - age)
        )

    async def _run(
        self,
        delivery: Delivery,
        claim: _Claim,
        work: Work,
        before: asyncio.Task[None] | None,
        claimed: Claimed | None,
    ) -> None:
        claimed = claimed or await self._claimed(delivery.message, claim)
        if claimed.standing is Standing.REPLAYED:
            self._open.pop(delivery.message.key, None)
            claim.reply.set_exception(ReplayedError())
        elif claimed.standing is Standing.ANSWERED:
            self._finish(delivery.message.key, claim, claimed.reply or "")
        else:
            acting = asyncio.create_task(self._act(delivery, claim, work, before, claimed.waiting))
            while not (await asyncio.wait({acting}, timeout=self._timing.renewed_after))[0]:
                await self._try(
                    self._store.renew, delivery.message.key, self._owner, self._now() + self._lease
                )
            acting.result()

    async def _claimed(self, message: Message, claim: _Claim) -> Claimed:
        """The standing of the message, once nobody else is at it. A store that fails makes it ours."""
        while True:
            claimed = await self._try(self._store.claim, message, self._owner, self._now(), self._lease)
            if claimed is None:
                return Claimed(Standing.OURS)
            if claimed.since is not None:
                claim.since = time.monotonic() - max(0.0, (self._now() - claimed.since).total_seconds())
            if claimed.standing is not Standing.THEIRS:
                return claimed
            await asyncio.sleep(self._timing.looked_after)

    async def _act(
        self,
        delivery: Delivery,
        claim: _Claim,
        work: Work,
        before: asyncio.Task[None] | None,
        waiting: Waiting,
    ) -> None:
        if before is not None:
            await asyncio.wait({before}, timeout=self._timing.longest_turn)
            waiting = await self._try(self._store.waiting, delivery.message.sender_key) or Waiting()
        handling = Handling(delivery.message, waiting, partial(self._seal, claim))
        async with self._room:
            answer = await self._outcome(work, handling)
        if handling.settled is None:
            await self._settle(handling, answer)
        settlement = handling.settlement
        if handling.settled is None or settlement is None:
            # Somebody else has acted on it in the meantime: what they said is the reply.
            standing = await self._claimed(delivery.message, claim)
            self._finish(delivery.message.key, claim, standing.reply or self._phrases.failure)
        elif handling.settled:
            claim.untold = not settlement.heard
            self._release(claim, settlement.reply)
            while claim.waiting:
                await claim.left.wait()
            if not claim.taken:
                await self._missed(delivery, claim, settlement)
            self._finish(delivery.message.key, claim, settlement.reply)
        else:
            self._finish(delivery.message.key, claim, self._phrases.holding)
            await self._late(delivery)

    async def _outcome(self, work: Work, handling: Handling) -> str:
        """The answer, or the apology for one that failed."""
        [result] = await asyncio.gather(work(handling), return_exceptions=True)
        if isinstance(result, str):
            return result
        if not isinstance(result, LeaseLostError):
            _log.error("A message could not be answered.\n%s", describe(result))
        return self._phrases.failure

    async def _settle(self, handling: Handling, answer: str) -> None:
        """Store an answer that changed nothing else."""
        settlement = handling.settle_with(answer)
        try:
            handling.settled = await _in_thread(self._store.settle, settlement)
        except LeaseLostError:
            return
        except StorageError as error:
            _log.error("The reply of a message could not be stored: %s", type(error).__name__)
            handling.settled = True

    def _seal(self, claim: _Claim, handling: Handling, answer: str) -> Settlement:
        """The answer behind whatever came too late before, cut to what a reply holds."""
        late = "" if handling.takes.late else handling.waiting.late
        whole = f"{self._phrases.late}\n{late}\n\n{answer}" if late else answer
        reply, rest = self._split(whole)
        took = Waiting(handling.takes.late or late, handling.takes.rest)
        # What waits already and is asked for waits on where it comes too late once more.
        later = "" if handling.takes != Waiting() else answer
        heard = claim.waiting > 0
        return Settlement(handling.message, self._owner, reply, later, rest, took, heard, self._now())

    async def _missed(self, delivery: Delivery, claim: _Claim, settlement: Settlement) -> None:
        """Have a reply that none took wait: there was no delivery, or each was cut off while it was being stored."""
        claim.untold = True
        if settlement.heard:
            await self._try(self._store.missed, delivery.message.key)
            if claim.taken:
                await self._try(self._store.heard, delivery.message.key)
        self._keep(asyncio.create_task(self._listen(delivery, settlement)))

    async def _listen(self, delivery: Delivery, settlement: Settlement) -> None:
        """Wait whether a later delivery takes the reply; where none does, it is late."""
        await asyncio.sleep(self._timing.over)
        if await self._try(self._store.unheard, delivery.message, settlement.reply, self._now()):
            await self._late(delivery)

    async def _late(self, delivery: Delivery) -> None:
        """Push what is late, where it can be pushed; else it comes with the next reply."""
        sender = delivery.message.sender_key
        if self._push is None or not delivery.address:
            return
        if (await self._try(self._store.service_messages, sender) or 0) >= _PUSHES:
            return
        waiting = await self._try(self._store.waiting, sender)
        if waiting is None or not waiting.late:
            return
        text, rest = self._split(waiting.late)
        await self._try(self._store.sent_service_message, sender, self._now())
        try:
            # The sender's next message waits for this.
            await asyncio.wait_for(self._push(delivery.address, text), self._timing.deadline)
        except Exception as error:  # noqa: BLE001 - whatever the other way's trouble is, the answer waits for the next reply
            _log.warning(
                "A late answer could not be pushed (%s); it comes with the next reply.", type(error).__name__
            )
            return
        await self._try(self._store.taken, sender, Waiting(waiting.late), rest, self._now())

    def _finish(self, key: str, claim: _Claim, reply: str) -> None:
        """Fix the reply and forget the message: what comes now is answered from the store."""
        self._release(claim, reply)
        if self._open.get(key) is claim:
            del self._open[key]

    @staticmethod
    def _release(claim: _Claim, reply: str) -> None:
        """Fix the reply, once, for the deliveries."""
        if not claim.reply.done():
            claim.reply.set_result(reply)

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done: the loop itself refers to it only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, work: Callable[..., T], *values: Any) -> T | None:
        """What the store gives, in a thread; None after one line in the log, without the statement and its values."""
        try:
            return await _in_thread(work, *values)
        except StorageError as error:
            _log.error("The deliveries could not %s: %s", work.__name__, type(error).__name__)
            return None


async def _in_thread(work: Callable[..., T], *values: Any) -> T:
    return await asyncio.to_thread(work, *values)


def describe(error: BaseException) -> str:
    """Types and places of an error and its causes, without their messages: those may quote the user."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines += [*traceback.format_tb(cause.__traceback__), f"{type(cause).__name__}\n"]
        cause = cause.__cause__ or cause.__context__
    return "".join(lines)
