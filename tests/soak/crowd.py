"""Many people who write to the account at once, each in order, and what the fake WeChat saw of it."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bot.channels.wechat.replies import CONTINUE, CONTINUE_LINK
from tests.copies import ROOT
from tests.fake_wechat import account as say
from tests.fake_wechat.pusher import Delivery, Outcome, Pusher, Shown
from tests.soak.slow import mark

# Seconds that somebody lets pass before the next message when they do not wait for the answer.
_QUICK = 0.2


@dataclass(frozen=True)
class Said:
    """One message that somebody will send."""

    text: str
    slow: bool = False
    # Delivered so often although it was answered; `together`: at the same moment as the first time.
    duplicates: int = 0
    together: bool = False
    # The next message does not wait for the answer.
    quick: bool = False


@dataclass
class Sent:
    """One message that was sent: when, what was shown, and what its duplicates were given."""

    said: Said
    began: float
    shown: Shown
    duplicates: list[Delivery] = field(default_factory=list)

    @property
    def ended(self) -> float:
        """When the person saw what they saw."""
        return self.began + self.shown.seconds

    @property
    def broken(self) -> bool:
        """Whether a connection broke, as at a kill."""
        return any(delivery.outcome is Outcome.BROKEN for delivery in self.shown.deliveries)


Plan = dict[str, list[Said]]


def planned(messages: int, people: int, slow: Sequence[int], seed: int) -> Plan:
    """Who says what: questions of the knowledge, no text twice; 10 % duplicates, 10 % quick ones, and the slow ones.

    `slow` gives the seconds of each slow turn; they come in the first three quarters of the run.
    """
    draw = random.Random(seed)  # noqa: S311
    faq = (ROOT / "knowledge" / "faq.md").read_text("utf-8")
    questions = re.findall(r"^## \w+ (.+)$", faq, re.MULTILINE)
    marks = dict(zip(draw.sample(range(messages * 3 // 4), len(slow)), slow, strict=True))
    orders = {f"oSoak{seed}x{person}": draw.sample(questions, len(questions)) for person in range(people)}
    plan: Plan = {openid: [] for openid in orders}
    for number in range(messages):
        openid = list(orders)[number % people]
        question = orders[openid][len(plan[openid]) % len(questions)]
        seconds = marks.get(number)
        text = f"{question}（{number}）{mark(seconds) if seconds else ''}"
        duplicates = draw.choice((1, 2)) if draw.random() < 0.1 and not seconds else 0
        together, quick = draw.random() < 0.5, draw.random() < 0.1
        plan[openid].append(Said(text, bool(seconds), duplicates, together, quick))
    return plan


class Crowd:
    """Sends a plan, at most `rate` messages a second; `pause` lets nobody begin another message."""

    def __init__(self, wechat: Pusher, plan: Plan, rate: float) -> None:
        self.sent: dict[str, list[Sent]] = {openid: [] for openid in plan}
        self.begun = 0
        self._wechat = wechat
        self._plan = plan
        self._apart = 1 / rate
        self._next = 0.0
        self._stopping = asyncio.Event()
        self._going = asyncio.Event()
        self._going.set()
        self._reached: dict[int, asyncio.Event] = {}

    @property
    def everything(self) -> list[Sent]:
        """All that was sent, in the order in which it began."""
        return sorted((sent for line in self.sent.values() for sent in line), key=lambda sent: sent.began)

    async def run(self) -> None:
        """Send everything and wait for what is shown."""
        await asyncio.gather(*(self._person(openid, said) for openid, said in self._plan.items()))

    async def reached(self, messages: int) -> None:
        """Wait until so many messages have begun."""
        await self._reached.setdefault(messages, asyncio.Event()).wait()

    def pause(self) -> None:
        """Let nobody begin another message."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    async def say(self, openid: str, said: Said) -> Sent:
        """Send one message, and ask for the rest of the answer as long as there is one."""
        message = say.text(openid, said.text)
        sent = Sent(said, time.monotonic(), Shown(message, "", "", (), 0.0, int(time.time())))
        self.sent[openid].append(sent)
        first = self._wechat.deliver(message, sent.shown.created)
        if said.together:
            copies = [self._wechat.again(sent.shown) for _ in range(said.duplicates)]
            sent.shown, *sent.duplicates = await asyncio.gather(first, *copies)
        else:
            sent.shown = await first
            sent.duplicates = [await self._wechat.again(sent.shown) for _ in range(said.duplicates)]
        return sent

    async def finish(self, openid: str, said: Said) -> None:
        """Send a last message, outside of the plan, and read it to its end."""
        await self._read(openid, [asyncio.create_task(self.say(openid, said))])

    def stop(self) -> None:
        """Let nobody begin another message for good."""
        self._stopping.set()

    async def _person(self, openid: str, plan: Sequence[Said]) -> None:
        under_way: list[asyncio.Task[Sent]] = []
        for said in plan:
            await self._turn()
            if self._stopping.is_set():
                break
            under_way.append(asyncio.create_task(self.say(openid, said)))
            if said.quick and len(under_way) < 3:
                await asyncio.sleep(_QUICK)
                continue
            await self._read(openid, under_way)
        await self._read(openid, under_way)

    async def _read(self, openid: str, under_way: list[asyncio.Task[Sent]]) -> None:
        """Wait for the answers, and tap 继续 while there is more."""
        answers = await asyncio.gather(*under_way)
        under_way.clear()
        while any(CONTINUE_LINK in sent.shown.text for sent in answers):
            answers = [await self.say(openid, Said(CONTINUE))]

    async def _turn(self) -> None:
        """Keep to the rate and to the pause."""
        await self._going.wait()
        now = time.monotonic()
        self._next = max(self._next + self._apart, now)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), self._next - now)
        self.begun += 1
        for messages, reached in self._reached.items():
            if self.begun >= messages:
                reached.set()
