"""The fake WeChat delivers, cuts, delivers again and shows what WeChat would: each against a webhook made to go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from defusedxml.ElementTree import fromstring

from bot.channels.wechat.protocol import SafeMode, sealed_reply, text_reply
from tests.channels.wechat.webhook import AES_KEY, APP_ID, TOKEN
from tests.fake_wechat import account as say
from tests.fake_wechat.account import Account
from tests.fake_wechat.api import FakeWeChatApi
from tests.fake_wechat.pusher import FAULT, Outcome, Pusher, opens_quota

PLAIN = Account(TOKEN, APP_ID)
SAFE = Account(TOKEN, APP_ID, aes_key=AES_KEY)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """A webhook that answers each delivery like this."""
    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def reply(content: str, to: str = "oCitizen") -> bytes:
    return text_reply(to, "gh_hospital", 1767225600, content).encode()


async def test_a_slow_answer_is_cut_and_delivered_again_with_the_same_id_and_time() -> None:
    bodies: list[bytes] = []

    async def slow_twice(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        if len(bodies) < 3:
            await asyncio.Event().wait()
        return web.Response(body=reply("答"))

    async with answering(slow_twice) as url, Pusher(PLAIN, url, cut_after=0.1) as wechat:
        shown = await wechat.deliver(say.text("oCitizen", "问"))
    outcomes = [delivery.outcome for delivery in shown.deliveries]
    assert outcomes == [Outcome.CUT, Outcome.CUT, Outcome.ANSWERED]
    assert (shown.kind, shown.text) == ("text", "答")
    assert len({(fromstring(b).findtext("MsgId"), fromstring(b).findtext("CreateTime")) for b in bodies}) == 1


async def test_after_three_silences_the_user_sees_the_fault() -> None:
    async def never(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with answering(never) as url, Pusher(PLAIN, url, cut_after=0.05) as wechat:
        shown = await wechat.deliver(say.text("oCitizen", "问"))
    assert (shown.fault, shown.text, len(shown.deliveries)) == (True, FAULT, 3)


async def test_a_server_that_is_not_there_is_tried_three_times() -> None:
    async with Pusher(PLAIN, "http://127.0.0.1:1/") as wechat:
        shown = await wechat.deliver(say.text("oCitizen", "问"))
    assert [delivery.outcome for delivery in shown.deliveries] == [Outcome.BROKEN] * 3
    assert shown.fault


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"success", ""),
        (b'{"errcode": 0}', "fault"),
        (b"fail", "fault"),
        (reply(""), "fault"),
        (reply("医" * 683), "fault"),
        (reply("答", to="oSomebodyElse"), "fault"),
        (reply("医" * 682), "text"),
    ],
)
async def test_what_is_no_reply_is_shown_as_the_fault(body: bytes, kind: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with answering(answer) as url, Pusher(PLAIN, url) as wechat:
        shown = await wechat.deliver(say.text("oCitizen", "问"))
    assert (shown.kind, len(shown.deliveries)) == (kind, 1)


@pytest.mark.parametrize(
    ("key", "app_id", "token", "kind"),
    [
        (AES_KEY, APP_ID, TOKEN, "text"),
        (AES_KEY[::-1], APP_ID, TOKEN, "fault"),
        (AES_KEY, "wx-another", TOKEN, "fault"),
        (AES_KEY, APP_ID, "another", "fault"),
    ],
)
async def test_a_sealed_reply_is_opened_and_its_signature_checked(
    key: str, app_id: str, token: str, kind: str
) -> None:
    xml = reply("答").decode()

    async def answer(request: web.Request) -> web.Response:
        safe = SafeMode.from_text(key, app_id)
        return web.Response(text=sealed_reply(safe, token, xml, 1767225600, "n0nce", b"r" * 16))

    async with answering(answer) as url, Pusher(SAFE, url) as wechat:
        shown = await wechat.deliver(say.text("oCitizen", "问"))
    assert shown.kind == kind


async def test_in_safe_mode_a_readable_reply_is_the_fault() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=reply("答"))

    async with answering(answer) as url, Pusher(SAFE, url) as wechat:
        assert (await wechat.deliver(say.text("oCitizen", "问"))).fault


async def test_thousands_are_delivered_at_once_and_open_the_quota_of_their_senders() -> None:
    async def echo(request: web.Request) -> web.Response:
        fields = fromstring(await request.read())
        return web.Response(
            body=reply(fields.findtext("Content") or "", fields.findtext("FromUserName") or "")
        )

    api = FakeWeChatApi()
    messages = [say.text(f"oCitizen{number}", f"第{number}问") for number in range(2000)]
    async with answering(echo) as url, Pusher(PLAIN, url, cut_after=60, heard=opens_quota(api)) as wechat:
        shown = await wechat.deliver_all(messages, at_once=200)
    assert [one.text for one in shown] == [f"第{number}问" for number in range(2000)]
    assert len(wechat.log) == 2000
    assert len(api._message_grants) == 2000
