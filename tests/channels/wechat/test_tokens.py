"""The token is fetched by one for all, renewed before it ends, and survives what fails on the way."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.channels.wechat.api_errors import WeChatApiError
from bot.channels.wechat.tokens import (
    EARLY,
    FORCING_PAUSE,
    RENEWAL_PAUSE,
    AccessTokens,
    MemoryTokenStore,
    RedisTokenStore,
    Token,
    TokenStore,
)

REDIS = "redis://127.0.0.1:6379/0"


class WeChat:
    """Gives out tokens "1", "2", …; the same until it is forced, unless the test makes a `new` one."""

    def __init__(self) -> None:
        self.now = 1_767_225_600.0
        self.fetches: list[bool] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._number = 1

    def clock(self) -> float:
        """The time, in Unix seconds."""
        return self.now

    def new(self) -> None:
        """From now on the next token is given out."""
        self._number += 1

    async def fetch(self, *, force: bool) -> Token:
        """What the tokens call."""
        self.fetches.append(force)
        await self.gate.wait()
        if self.broken:
            raise WeChatApiError("cgi-bin/stable_token", -1)
        self._number += force
        return Token(str(self._number), self.now + 7200)


@pytest.fixture
def wechat() -> WeChat:
    return WeChat()


def tokens(wechat: WeChat, store: TokenStore | None = None) -> AccessTokens:
    return AccessTokens(store or MemoryTokenStore(), wechat.fetch, wechat.clock)


async def settled(kept: AccessTokens) -> None:
    """Wait for what is fetched in the background."""
    await asyncio.gather(*kept._running.values(), return_exceptions=True)
    await asyncio.sleep(0)


@pytest.fixture
async def client() -> AsyncIterator[Redis]:
    """The Redis of this machine."""
    opened = Redis.from_url(REDIS, decode_responses=True, socket_connect_timeout=1)
    try:
        await opened.ping()
    except RedisError as error:
        await opened.close(close_connection_pool=True)
        pytest.skip(f"Redis does not answer: {type(error).__name__}")
    yield opened
    await opened.close(close_connection_pool=True)


@pytest.fixture
async def key(client: Redis) -> AsyncIterator[str]:
    """A key of this test alone."""
    name = f"test:{uuid.uuid4().hex}"
    yield name
    await client.delete(name, f"{name}:lock")


async def test_many_callers_wait_for_one_fetch(wechat: WeChat) -> None:
    kept = tokens(wechat)
    wechat.gate.clear()
    callers = [asyncio.create_task(kept.get()) for _ in range(50)]
    await asyncio.sleep(0)
    callers[0].cancel()
    wechat.gate.set()
    assert await asyncio.gather(*callers[1:]) == ["1"] * 49
    assert wechat.fetches == [False]


async def test_callers_of_a_fetch_that_fails_all_hear_of_it_and_the_next_one_asks_again(
    wechat: WeChat,
) -> None:
    kept = tokens(wechat)
    wechat.broken = True
    heard = await asyncio.gather(*(kept.get() for _ in range(5)), return_exceptions=True)
    assert [type(error) for error in heard] == [WeChatApiError] * 5
    assert len(wechat.fetches) == 1
    wechat.broken = False
    assert await kept.get() == "1"


async def test_near_its_end_the_token_is_renewed_and_used_until_the_new_one_is_there(wechat: WeChat) -> None:
    kept = tokens(wechat)
    await kept.get()
    wechat.now += 7200 - EARLY - 1
    assert await kept.get() == "1"
    assert len(wechat.fetches) == 1
    wechat.now += 1
    wechat.new()
    wechat.gate.clear()
    assert await kept.get() == "1"
    wechat.gate.set()
    await settled(kept)
    assert await kept.get() == "2"
    assert len(wechat.fetches) == 2


async def test_a_renewal_that_fails_keeps_the_old_token_and_is_tried_again_after_a_while(
    wechat: WeChat,
) -> None:
    kept = tokens(wechat)
    await kept.get()
    wechat.now += 7200 - EARLY
    wechat.broken = True
    for _ in range(3):
        assert await kept.get() == "1"
        await settled(kept)
    assert len(wechat.fetches) == 2
    wechat.now += RENEWAL_PAUSE
    assert await kept.get() == "1"
    await settled(kept)
    assert len(wechat.fetches) == 3
    wechat.now += EARLY
    with pytest.raises(WeChatApiError):
        await kept.get()


async def test_a_refused_token_is_replaced_without_force_where_wechat_has_another(wechat: WeChat) -> None:
    kept = tokens(wechat)
    first = await kept.get()
    wechat.new()
    assert await asyncio.gather(*(kept.instead_of(first) for _ in range(5))) == ["2"] * 5
    assert wechat.fetches == [False, False]
    assert await kept.instead_of(first) == "2"
    assert wechat.fetches == [False, False]


async def test_a_token_is_forced_when_wechat_gives_the_refused_one_but_seldom(wechat: WeChat) -> None:
    kept = tokens(wechat)
    assert await kept.instead_of(await kept.get()) == "2"
    assert wechat.fetches == [False, False, True]
    assert await kept.instead_of("2") == "2"
    assert wechat.fetches == [False, False, True, False]
    wechat.now += FORCING_PAUSE
    assert await kept.instead_of("2") == "3"


async def test_closing_ends_a_fetch(wechat: WeChat) -> None:
    kept = tokens(wechat)
    wechat.gate.clear()
    caller = asyncio.create_task(kept.get())
    await asyncio.sleep(0)
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await caller


def test_no_token_is_in_a_repr() -> None:
    assert "geheim" not in repr(Token("geheim", 1.0))


@pytest.mark.needs_redis
async def test_processes_with_one_redis_fetch_one_token(wechat: WeChat, client: Redis, key: str) -> None:
    processes = [tokens(wechat, RedisTokenStore(client, key, wechat.clock)) for _ in range(4)]
    assert await asyncio.gather(*(kept.get() for kept in processes)) == ["1"] * 4
    assert wechat.fetches == [False]
    wechat.new()
    assert await asyncio.gather(*(kept.instead_of("1") for kept in processes)) == ["2"] * 4
    assert wechat.fetches == [False, False]


@pytest.mark.needs_redis
async def test_redis_keeps_a_long_token_whole_and_forgets_it_at_its_end(
    wechat: WeChat, client: Redis, key: str
) -> None:
    store = RedisTokenStore(client, key, wechat.clock)
    token = Token("t" * 4096, wechat.now + 7200, 12.5)
    await store.put(token)
    assert await store.get() == token
    assert 7100 < await client.ttl(key) <= 7200


@pytest.mark.needs_redis
async def test_closing_the_store_closes_its_connections(client: Redis, key: str) -> None:
    store = RedisTokenStore(client, key, lambda: 0.0)
    await store.get()
    [connection] = client.connection_pool._available_connections
    assert connection.is_connected
    await store.close()
    assert not connection.is_connected


@pytest.mark.needs_redis
async def test_what_no_version_of_this_program_wrote_counts_as_no_token(client: Redis, key: str) -> None:
    store = RedisTokenStore(client, key, lambda: 0.0)
    for stored in ("", "nonsense", "[]", "{}", '{"value": "t", "expires_at": null, "forced_at": 0}'):
        await client.set(key, stored)
        assert await store.get() is None


@pytest.mark.needs_redis
async def test_a_lock_that_a_dead_process_left_behind_stops_nobody_for_good(
    wechat: WeChat, client: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wechat.tokens.LOCK_PATIENCE", 0.05)
    await client.set(f"{key}:lock", "somebody else")
    assert await tokens(wechat, RedisTokenStore(client, key, wechat.clock)).get() == "1"
    assert await client.get(f"{key}:lock") == "somebody else"


async def test_without_redis_a_process_has_a_token_of_its_own_and_says_so_once(
    wechat: WeChat, caplog: pytest.LogCaptureFixture
) -> None:
    client = Redis.from_url("redis://:geheim@127.0.0.1:1/0", decode_responses=True)
    kept = tokens(wechat, RedisTokenStore(client, "key", wechat.clock))
    with caplog.at_level(logging.DEBUG):
        assert [await kept.get() for _ in range(3)] == ["1"] * 3
    await kept.close()
    assert wechat.fetches == [False]
    [line] = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert "REDIS_URL" in line
    assert "geheim" not in caplog.text
