"""Calls of WeChat's API over HTTP: one token for all, tries that are worth it, advice, and nothing secret said."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.wechat.api import TRIES, WeChatApi, next_midnight
from bot.channels.wechat.api_errors import ADVICE, WeChatApiError
from bot.channels.wechat.tokens import MemoryTokenStore
from tests.fake_wechat.api import (
    APP_ID,
    BREAK_OFF,
    CREATE_MENU,
    GARBLE,
    HANG,
    SECRET,
    SEND,
    STABLE_TOKEN,
    TYPING,
    UNAVAILABLE,
    FakeWeChatApi,
)

OPENID = "oCitizen-whom-no-log-names"
TEXT = "退休人员的药费三千五，一句没有日志会引用的话"


class World:
    """The time that a test sets, and the pauses that were made instead of sleeping."""

    def __init__(self) -> None:
        self.now = 1_767_225_600.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        """The time, in Unix seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Note the pause."""
        self.pauses.append(seconds)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def fake(world: World) -> AsyncIterator[FakeWeChatApi]:
    async with FakeWeChatApi(clock=world.clock) as running:
        running.user_wrote(OPENID)
        yield running


def client(world: World, base: str, **changed: Any) -> WeChatApi:
    settings: dict[str, Any] = {"app_id": APP_ID, "secret": SECRET, "timeout": 4.0} | changed
    return WeChatApi(
        settings["app_id"],
        settings["secret"],
        MemoryTokenStore(),
        base=base,
        clock=world.clock,
        sleep=world.sleep,
        random=lambda: 0.5,
        timeout=settings["timeout"],
    )


@pytest.fixture
async def api(world: World, fake: FakeWeChatApi) -> AsyncIterator[WeChatApi]:
    opened = client(world, fake.base)
    yield opened
    await opened.close()


async def refusal(api: WeChatApi, openid: str = OPENID, text: str = TEXT) -> WeChatApiError:
    """Send a text and return the error that is raised."""
    with pytest.raises(WeChatApiError) as caught:
        await api.send_text(openid, text)
    return caught.value


async def test_a_text_arrives_as_it_is_in_utf8(api: WeChatApi, fake: FakeWeChatApi) -> None:
    await api.send_text(OPENID, TEXT)
    [call] = fake.calls(SEND)
    assert call.body == {"touser": OPENID, "msgtype": "text", "text": {"content": TEXT}}
    assert TEXT.encode() in call.raw, "WeChat shows escapes as they stand"


async def test_a_text_that_has_no_utf8_is_sent_without_the_broken_part(
    api: WeChatApi, fake: FakeWeChatApi
) -> None:
    await api.send_text(OPENID, "好\ud800好")
    assert fake.texts(OPENID) == ["好?好"]


async def test_many_sendings_at_once_fetch_one_token(api: WeChatApi, fake: FakeWeChatApi) -> None:
    openids = [f"oCitizen{number}" for number in range(100)]
    for openid in openids:
        fake.user_wrote(openid)
    await asyncio.gather(*(api.send_text(openid, TEXT) for openid in openids))
    assert len(fake.calls(SEND)) == 100
    [fetch] = fake.calls(STABLE_TOKEN)
    assert fetch.body == {
        "grant_type": "client_credential",
        "appid": APP_ID,
        "secret": SECRET,
        "force_refresh": False,
    }


async def test_the_token_is_renewed_before_it_ends(api: WeChatApi, fake: FakeWeChatApi, world: World) -> None:
    await api.send_text(OPENID, TEXT)
    world.now += 7000
    await api.send_text(OPENID, TEXT)
    await asyncio.gather(*api._tokens._running.values())
    world.now += 400
    await api.send_text(OPENID, TEXT)
    assert [call.answer for call in fake.calls(SEND)] == [0, 0, 0]
    assert fake.token_fetches == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_once(api: WeChatApi, fake: FakeWeChatApi, code: int) -> None:
    await api.send_text(OPENID, TEXT)
    fake.revoke_tokens()
    fake.answer_next(SEND, code)
    await api.send_text(OPENID, TEXT)
    assert [call.answer for call in fake.calls(SEND)] == [0, code, 0]
    assert fake.token_fetches == 2


async def test_a_token_that_wechat_refuses_and_gives_again_is_forced_once(
    api: WeChatApi, fake: FakeWeChatApi, caplog: pytest.LogCaptureFixture
) -> None:
    fake.answer_next(SEND, 40001, 40001)
    assert (await refusal(api)).code == 40001
    assert [call.body["force_refresh"] for call in fake.calls(STABLE_TOKEN)] == [False, False, True]
    assert len(fake.calls(SEND)) == 2
    assert "WECHAT_APP_SECRET" in caplog.text


async def test_a_replaced_token_is_no_cause_for_a_warning(
    api: WeChatApi, fake: FakeWeChatApi, caplog: pytest.LogCaptureFixture
) -> None:
    fake.answer_next(SEND, 42001)
    await api.send_text(OPENID, TEXT)
    assert caplog.text == ""


@pytest.mark.parametrize("hindrance", [-1, GARBLE, UNAVAILABLE, BREAK_OFF])
async def test_what_passes_is_tried_again_with_growing_pauses(
    api: WeChatApi, fake: FakeWeChatApi, world: World, hindrance: int | str
) -> None:
    fake.answer_next(SEND, hindrance, times=TRIES - 1)
    await api.send_text(OPENID, TEXT)
    assert world.pauses == [0.625, 1.25, 2.5]
    assert fake.texts(OPENID) == [TEXT]


@pytest.mark.parametrize(
    ("hindrance", "code"), [(-1, -1), (GARBLE, None), (UNAVAILABLE, None), (45011, 45011)]
)
async def test_the_tries_are_few(
    api: WeChatApi, fake: FakeWeChatApi, world: World, hindrance: int | str, code: int | None
) -> None:
    fake.answer_next(SEND, hindrance, times=99)
    assert (await refusal(api)).code == code
    assert len(fake.calls(SEND)) == TRIES
    assert len(world.pauses) == TRIES - 1


async def test_the_limit_per_minute_is_waited_out(api: WeChatApi, fake: FakeWeChatApi, world: World) -> None:
    fake.answer_next(SEND, 45011, times=TRIES - 1)
    await api.send_text(OPENID, TEXT)
    assert sum(world.pauses) > 60


async def test_an_answer_that_does_not_come_is_given_up_after_the_time_out(
    fake: FakeWeChatApi, world: World
) -> None:
    fake.answer_next(SEND, HANG)
    api = client(world, fake.base, timeout=0.3)
    await api.send_text(OPENID, TEXT)
    await api.close()
    assert [call.answer for call in fake.calls(SEND)] == [HANG, 0]


async def test_a_network_that_is_down_is_one_error_without_the_address_of_the_call(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    api = client(world, "http://127.0.0.1:1")
    error = await refusal(api)
    await api.close()
    assert error.code is None
    assert "WECHAT_API_BASE" in str(error)
    assert len(world.pauses) == TRIES - 1
    assert SECRET not in caplog.text + str(error)


async def test_the_daily_limit_ends_the_sending_until_the_next_day_in_china(
    api: WeChatApi, fake: FakeWeChatApi, world: World
) -> None:
    fake.answer_next(SEND, 45009)
    assert [(await refusal(api)).code for _ in range(3)] == [45009] * 3
    assert (len(fake.calls(SEND)), world.pauses) == (1, [])
    await api.typing(OPENID)
    world.now = next_midnight(world.now)
    fake.user_wrote(OPENID)
    await api.send_text(OPENID, TEXT)
    assert fake.texts(OPENID) == [TEXT]


@pytest.mark.parametrize(
    ("now", "midnight"),
    # 2026-01-01 08:00 in China; one second before midnight there; midnight itself.
    [(1767225600, 1767283200), (1767283199, 1767283200), (1767283200, 1767369600)],
)
def test_the_next_midnight_is_chinas(now: float, midnight: float) -> None:
    assert next_midnight(now) == midnight


async def test_the_sixth_message_is_refused_at_once_and_said_once(
    api: WeChatApi, fake: FakeWeChatApi, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        await api.send_text(OPENID, TEXT)
    for _ in range(3):
        assert (await refusal(api)).code == 45047
    assert len(fake.calls(SEND)) == 8
    assert world.pauses == []
    [line] = [record.getMessage() for record in caplog.records]
    assert "45047" in line
    assert ADVICE[45047] in line


@pytest.mark.parametrize(
    "code", sorted(code for code in ADVICE if code and code not in {-1, 45011, 40001, 40014, 42001})
)
async def test_every_other_code_is_raised_at_once_with_its_advice(
    api: WeChatApi, fake: FakeWeChatApi, world: World, code: int
) -> None:
    fake.answer_next(SEND, code)
    error = await refusal(api)
    assert (error.code, world.pauses, len(fake.calls(SEND))) == (code, [], 1)
    assert ADVICE[code] in str(error)
    assert "\n" not in str(error)


async def test_a_code_that_nobody_knows_is_raised_with_where_to_look(
    api: WeChatApi, fake: FakeWeChatApi
) -> None:
    fake.answer_next(SEND, 99999)
    assert "99999" in str(await refusal(api))


async def test_a_refused_server_is_told_the_address_for_the_white_list(
    api: WeChatApi, fake: FakeWeChatApi
) -> None:
    fake.answer_next(STABLE_TOKEN, 40164)
    error = await refusal(api)
    assert error.code == 40164
    assert "white list" in str(error)
    assert "203.0.113.7" in str(error)


@pytest.mark.parametrize(
    ("changed", "code"), [({"secret": "wrong-secret"}, 40125), ({"app_id": "wx0"}, 40013)]
)
async def test_wrong_credentials_are_named_without_being_shown(
    world: World, fake: FakeWeChatApi, changed: dict[str, str], code: int
) -> None:
    api = client(world, fake.base, **changed)
    error = await refusal(api)
    await api.close()
    assert error.code == code
    assert "WECHAT_APP_SECRET" in str(error)
    assert "wrong-secret" not in str(error)


async def test_neither_secret_nor_token_nor_openid_nor_text_is_said_anywhere(
    api: WeChatApi, fake: FakeWeChatApi, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(api), repr(api._tokens)]
    for plan in ([-1], [GARBLE], [BREAK_OFF], [45011], [40001], [48001]):
        fake.answer_next(SEND, *plan, times=TRIES)
        error = await refusal(api)
        said += ["".join(traceback.format_exception(error)), repr(error), repr(error.__context__)]
        said.append(repr(vars(error)))
        fake._next.clear()
    whole = caplog.text + "".join(said)
    for secret in (SECRET, "_ttt", "access_token=", OPENID, TEXT):
        assert secret not in whole


async def test_the_secret_follows_no_redirection(world: World, fake: FakeWeChatApi) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 307 Moved\r\nLocation: {fake.base}/{STABLE_TOKEN}\r\n".encode())
        writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    api = client(world, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert (await refusal(api)).code is None
    await api.close()
    server.close()
    assert fake.log == []


async def test_typing_and_the_menu_are_called_as_documented(api: WeChatApi, fake: FakeWeChatApi) -> None:
    menu = {"button": [{"type": "click", "name": "报销估算", "key": "帮我估算报销"}]}
    assert (await api.show_menu())["is_menu_open"] == 0
    await api.create_menu(menu)
    await api.typing(OPENID)
    assert (await api.show_menu())["selfmenu_info"] == menu
    assert "报销估算".encode() in fake.calls(CREATE_MENU)[0].raw
    assert fake.calls(TYPING)[0].body == {"touser": OPENID, "command": "Typing"}


# ---- several processes ----

REDIS = "redis://127.0.0.1:6379/0"
PROCESS = """
import asyncio, sys
from bot.wiring import wechat_api

async def send():
    api = wechat_api()
    await asyncio.gather(*(api.send_text(f"oCitizen{n}", "好") for n in range(20)))
    await api.close()

asyncio.run(send())
"""


def run_process(base: str, app_id: str) -> tuple[int, str]:
    """Send 20 texts from a process of its own, built as the assistant builds itself."""
    environment = {
        **os.environ,
        "WECHAT_APP_ID": app_id,
        "WECHAT_APP_SECRET": SECRET,
        "WECHAT_API_BASE": base,
        "REDIS_URL": REDIS,
    }
    finished = subprocess.run(
        [sys.executable, "-c", PROCESS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return finished.returncode, finished.stderr


@pytest.mark.needs_redis
async def test_processes_that_share_redis_fetch_one_token() -> None:
    app_id = f"wx{uuid.uuid4().hex[:16]}"
    redis = Redis.from_url(REDIS, decode_responses=True, socket_connect_timeout=1)
    try:
        await redis.ping()
    except RedisError as error:
        await redis.close(close_connection_pool=True)
        pytest.skip(f"Redis does not answer: {type(error).__name__}")
    async with FakeWeChatApi(app_id) as fake:
        for number in range(20):
            fake.user_wrote(f"oCitizen{number}")
        finished = await asyncio.gather(
            *(asyncio.to_thread(run_process, fake.base, app_id) for _ in range(2))
        )
    stored = json.loads(await redis.get(f"wechat:token:{app_id}"))
    await redis.delete(f"wechat:token:{app_id}")
    await redis.close(close_connection_pool=True)
    assert finished == [(0, "")] * 2
    assert (fake.token_fetches, len(fake.calls(SEND))) == (1, 40)
    assert len(stored["value"]) == 512
