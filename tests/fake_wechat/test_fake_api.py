"""The fake API behaves as WeChat's documents say, or the tests and benchmarks that stand on it prove nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fake_wechat.api import APP_ID, PLAIN_TOKEN, SECRET, SEND, STABLE_TOKEN, FakeWeChatApi


class Clock:
    """A time that a test sets."""

    now = 1_767_225_600.0

    def __call__(self) -> float:
        """The time, in Unix seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def api(clock: Clock) -> AsyncIterator[FakeWeChatApi]:
    async with FakeWeChatApi(clock=clock) as running:
        yield running


async def ask(api: FakeWeChatApi, path: str, body: Any = None, **query: str) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.request("POST" if body else "GET", f"{api.base}/{path}", json=body, params=query) as response,
    ):
        return dict(await response.json(content_type="text/plain"))


async def stable(api: FakeWeChatApi, *, force: bool = False) -> str:
    body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": force}
    return str((await ask(api, STABLE_TOKEN, body))["access_token"])


async def send(api: FakeWeChatApi, token: str, text: str = "好") -> int:
    body = {"touser": "oCitizen", "msgtype": "text", "text": {"content": text}}
    return int((await ask(api, SEND, body, access_token=token))["errcode"])


async def test_the_stable_token_comes_again_until_its_last_five_minutes(
    api: FakeWeChatApi, clock: Clock
) -> None:
    first = await stable(api)
    clock.now += 6899
    assert await stable(api) == first
    clock.now += 2
    second = await stable(api)
    assert second != first
    api.user_wrote("oCitizen")
    assert [await send(api, token) for token in (first, second)] == [0, 0]
    clock.now += 300
    assert [await send(api, token) for token in (first, second)] == [42001, 0]


async def test_a_forced_token_ends_the_one_before_at_once_and_at_most_every_thirty_seconds(
    api: FakeWeChatApi, clock: Clock
) -> None:
    first = await stable(api)
    second = await stable(api, force=True)
    assert await send(api, first) == 40001
    assert await stable(api, force=True) == second
    clock.now += 31
    assert await stable(api, force=True) not in {first, second}


async def test_each_plain_token_is_new_and_leaves_the_stable_one_alone(api: FakeWeChatApi) -> None:
    api.user_wrote("oCitizen")
    kept = await stable(api)
    query = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
    tokens = [(await ask(api, PLAIN_TOKEN, **query))["access_token"] for _ in range(2)]
    assert len({kept, *tokens}) == 3
    assert [await send(api, token) for token in (kept, *tokens)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("changed", "code"), [({"appid": "wx"}, 40013), ({"secret": "x"}, 40125), ({"grant_type": ""}, 40002)]
)
async def test_wrong_credentials_get_no_token(api: FakeWeChatApi, changed: dict[str, str], code: int) -> None:
    query = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET} | changed
    assert (await ask(api, PLAIN_TOKEN, **query))["errcode"] == code


async def test_a_message_opens_five_sendings_and_a_click_three(api: FakeWeChatApi, clock: Clock) -> None:
    token = await stable(api)
    assert await send(api, token) == 45015
    api.user_wrote("oCitizen")
    assert [await send(api, token) for _ in range(6)] == [0] * 5 + [45047]
    api.user_clicked("oCitizen")
    assert [await send(api, token) for _ in range(4)] == [0] * 3 + [45047]
    clock.now += 48 * 3600
    assert await send(api, await stable(api)) == 45015


async def test_a_text_has_2048_bytes_at_most(api: FakeWeChatApi) -> None:
    api.user_wrote("oCitizen")
    token = await stable(api)
    assert await send(api, token, "医" * 682 + "ab") == 0
    assert await send(api, token, "医" * 683) == 45002
