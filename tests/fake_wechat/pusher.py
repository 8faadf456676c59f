"""WeChat's side of the webhook: it delivers, hangs up after five seconds, delivers again, and shows the user what came.

Written down by WeChat (被动回复用户消息): the cut after 5 s, three deliveries with the same MsgId, success or an
empty body for silence, the fault message after silence of the server or an answer that is no reply. Seen, but
written down nowhere: a connection that breaks counts like one that was cut, an HTTP error like a bad answer.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import aiohttp
from typing_extensions import Self

from tests.fake_wechat.account import Account, BadReply, Heard, Message

FAULT = "该公众号提供的服务出现故障，请稍后再试"


class Outcome(Enum):
    """What became of one delivery."""

    ANSWERED = "answered in time"
    CUT = "cut: no answer in time"
    BROKEN = "the connection broke"
    BAD = "an answer that is no reply"


@dataclass(frozen=True)
class Delivery:
    """One request: how it ended, after how many seconds, what came back, and what of it the user would see."""

    outcome: Outcome
    seconds: float
    status: int = 0
    body: bytes = field(default=b"", repr=False)
    problem: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class Shown:
    """What the user finally saw: `kind` "" for nothing, "fault" for WeChat's own message, else the reply's MsgType."""

    message: Message
    kind: str
    text: str
    deliveries: tuple[Delivery, ...]
    seconds: float
    created: int = 0

    @property
    def fault(self) -> bool:
        """Whether the user saw that the account is broken."""
        return self.kind == "fault"


class Pusher:
    """Delivers to one webhook; `async with Pusher(account, url) as wechat: await wechat.deliver(text(...))`.

    `heard` is told each message when it is first sent (`FakeWeChatApi` opens its quota by it, see `opens_quota`).
    `apart` is the least time between the starts of two deliveries: WeChat lets about 5 s pass where a connection is
    refused too.
    """

    def __init__(
        self,
        account: Account,
        url: str,
        *,
        cut_after: float = 5.0,
        deliveries: int = 3,
        apart: float = 0.0,
        clock: Callable[[], float] = time.time,
        heard: Heard | None = None,
    ) -> None:
        self.account, self.url = account, url
        self.cut_after, self.deliveries, self.apart = cut_after, deliveries, apart
        self.log: list[Shown] = []
        self._clock = clock
        self._heard = heard
        self._nonces = itertools.count(1_000_000_000)

    async def __aenter__(self) -> Self:
        """Open the connections; there is no limit to how many WeChat opens."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self.cut_after),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close them."""
        await self._session.close()

    async def check(self, echo: str = "5837205482956291") -> bool:
        """Save the server's settings in the console: whether the endpoint proves that it knows the token."""
        stamp, nonce = str(int(self._clock())), str(next(self._nonces))
        query = {"timestamp": stamp, "nonce": nonce, "echostr": echo}
        query["signature"] = self.account.signature(stamp, nonce)
        async with self._session.get(self.url, params=query) as response:
            return response.status == 200 and await response.text() == echo

    async def deliver(self, message: Message, created: int | None = None) -> Shown:
        """Deliver a message as often as it takes, and log what the user saw."""
        if self._heard is not None:
            self._heard(message)
        started, created = time.monotonic(), int(self._clock()) if created is None else created
        tried: list[Delivery] = []
        while len(tried) < self.deliveries and (
            not tried or tried[-1].outcome in (Outcome.CUT, Outcome.BROKEN)
        ):
            if tried:
                await asyncio.sleep(self.apart - tried[-1].seconds)
            tried.append(await self._once(message, created))
        last = tried[-1]
        seen = (last.kind, last.text) if last.outcome is Outcome.ANSWERED else ("fault", FAULT)
        shown = Shown(message, *seen, tuple(tried), time.monotonic() - started, created)
        self.log.append(shown)
        return shown

    async def again(self, shown: Shown) -> Delivery:
        """Deliver a message once more although it was answered, as WeChat now and then does; nobody sees the reply."""
        return await self._once(shown.message, shown.created)

    async def deliver_all(self, messages: Iterable[Message], at_once: int = 1000) -> list[Shown]:
        """Deliver many at a time; the answers in the order of the messages. A user's own messages may overtake."""
        gate = asyncio.Semaphore(at_once)

        async def one(message: Message) -> Shown:
            async with gate:
                return await self.deliver(message)

        return await asyncio.gather(*map(one, messages))

    async def _once(self, message: Message, created: int) -> Delivery:
        query, body = self.account.delivery(message, created, int(self._clock()), str(next(self._nonces)))
        started = time.monotonic()

        def ended(outcome: Outcome, **what: Any) -> Delivery:
            return Delivery(outcome, time.monotonic() - started, **what)

        try:
            async with self._session.post(
                self.url, params=query, data=body, headers={"Content-Type": "text/xml"}
            ) as response:
                answer: dict[str, Any] = {"status": response.status, "body": await response.read()}
        except asyncio.TimeoutError:
            return ended(Outcome.CUT)
        except aiohttp.ClientError as error:
            return ended(Outcome.BROKEN, problem=type(error).__name__)
        if answer["status"] != 200:
            return ended(Outcome.BAD, problem=f"HTTP {answer['status']}", **answer)
        try:
            kind, text = self.account.shown(message, answer["body"])
        except BadReply as error:
            return ended(Outcome.BAD, problem=str(error), **answer)
        return ended(Outcome.ANSWERED, kind=kind, text=text, **answer)


def opens_quota(api: Any) -> Heard:
    """Tells a `FakeWeChatApi` of each message, so that 客服 messages to its sender are allowed as WeChat allows them."""

    def heard(message: Message) -> None:
        if message.kind != "event":
            api.user_wrote(message.openid)
        elif message.event.lower() in ("click", "scan", "subscribe"):
            api.user_clicked(message.openid)

    return heard
