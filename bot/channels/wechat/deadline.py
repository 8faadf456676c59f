"""One answer for all deliveries of a message, within the time that WeChat waits.

WeChat cuts a connection after 5 s and delivers the message again, three times in all. So a request for an
answer that is not ready is simply left waiting, and WeChat's next delivery joins the running work. When the
last delivery is about to time out, it gets a holding sentence; the answer is parked when it comes, and the
user's 继续 fetches it.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.channels.wechat.ledger import Claim, Parked, ReplyLedger
from bot.channels.wechat.replies import FAILURE, HOLDING, split

logger = logging.getLogger(__name__)

# WeChat's last delivery comes about 10 s after the first; 60 s leave room for a slow network.
REDELIVERY_WINDOW = 60.0
# A message waits for the one before it, but one that hangs must not silence its user for good.
LONGEST_TURN = 60.0


@dataclass(frozen=True)
class Answer:
    """A whole answer of any length; `fetched` when it was parked for the user and still stands there."""

    text: str = field(repr=False)
    fetched: bool = False


Work = Callable[[], Awaitable[Answer]]


class Answering:
    """Does the work for each message once, a user's messages in order, and shares it among the deliveries."""

    def __init__(self, ledger: ReplyLedger, deadline: float, deliveries: int) -> None:
        self._ledger = ledger
        self._deadline = deadline
        self._deliveries = deliveries
        self._running: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._unheard: dict[str, str] = {}

    async def reply(self, sender: str, key: str, work: Work) -> str:
        """The reply to one delivery; the same for every delivery of `key`.

        It is there within `deadline` seconds on the last delivery; earlier ones may wait until the last
        would end. A caller that is cancelled because its connection was cut leaves the work running.
        """
        claim, first = self._ledger.claim(key)
        patience = self._deadline * max(1, self._deliveries - claim.deliveries + 1)
        if first:
            self._line_up(sender, claim, work)
        claim.waiting += 1
        try:
            await asyncio.wait({claim.reply}, timeout=patience)
            if not claim.reply.done():
                self._keep(asyncio.create_task(self._hold(claim)))
                await asyncio.wait({claim.reply})
        finally:
            claim.waiting -= 1
        return claim.reply.result()

    async def parked(self, sender: str) -> str:
        """What this user can still fetch, or an empty text."""
        return (await self._ledger.parked(sender)).text

    def _line_up(self, sender: str, claim: Claim, work: Work) -> None:
        """Start a task that takes its place behind the user's last one at once, so that none overtakes it."""
        task = asyncio.create_task(self._run(sender, claim, work, self._last.get(sender)))
        self._last[sender] = task
        task.add_done_callback(lambda done: self._ended(sender, claim, done))
        self._keep(task)

    def _ended(self, sender: str, claim: Claim, task: asyncio.Task[None]) -> None:
        """Leave the line; where the ledger itself broke, the deliveries get the apology instead of waiting on."""
        if self._last.get(sender) is task:
            del self._last[sender]
        error = None if task.cancelled() else task.exception()
        if error:
            logger.error("The ledger broke.\n%s", describe(error))
        if error and not claim.reply.done():
            claim.reply.set_result(FAILURE)

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done: the loop itself refers to it only weakly."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _hold(self, claim: Claim) -> None:
        await self._ledger.finish(claim, HOLDING)

    async def _run(self, sender: str, claim: Claim, work: Work, before: asyncio.Task[None] | None) -> None:
        stored = await self._ledger.stored(claim)
        if stored is not None:
            await self._ledger.finish(claim, stored, store=False)
        if before:
            await asyncio.wait({before}, timeout=LONGEST_TURN)
        if stored is None:
            await self._answer(sender, claim, await _outcome(work))
        elif claim.key in self._unheard:
            await self._told(sender, self._unheard.pop(claim.key))

    async def _answer(self, sender: str, claim: Claim, answer: Answer) -> None:
        """Fix the reply, and park what of the answer it does not carry to the user."""
        head, rest = split(answer.text)
        if rest and not answer.fetched:
            # Parked whole before the reply is stored: a crash between the two repeats a part and loses none.
            await self._park(sender, lambda parked: parked.told("", answer.text))
        chosen = await self._ledger.finish(claim, head)
        heard = chosen == head and claim.waiting > 0
        if heard and (rest or answer.fetched):
            await self._told(sender, answer.text)
        if not heard and not answer.fetched:
            await self._park(sender, lambda parked: parked.missed(answer.text))
        if not heard and chosen == head:
            self._unheard[claim.key] = answer.text
            asyncio.get_running_loop().call_later(REDELIVERY_WINDOW, self._unheard.pop, claim.key, None)

    async def _told(self, sender: str, answer: str) -> None:
        await self._park(sender, lambda parked: parked.told(answer, split(answer)[1]))

    async def _park(self, sender: str, change: Callable[[Parked], Parked]) -> None:
        """Change what is parked; reading and writing are safe apart because a user's messages take turns."""
        await self._ledger.park(sender, change(await self._ledger.parked(sender)))


async def _outcome(work: Work) -> Answer:
    """The answer, or the apology for one that failed."""
    [result] = await asyncio.gather(work(), return_exceptions=True)
    if not isinstance(result, BaseException):
        return result
    logger.error("A message could not be answered.\n%s", describe(result))
    return Answer(FAILURE)


def describe(error: BaseException) -> str:
    """Types and places of an error and its causes, without their messages: those may quote the user."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines += [*traceback.format_tb(cause.__traceback__), f"{type(cause).__name__}\n"]
        cause = cause.__cause__ or cause.__context__
    return "".join(lines)
