"""Turns of one conversation take turns in the order of arrival, those of two do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from bot.channels import locks
from bot.channels.locks import ConversationLocks, SharedLocks

REDIS = "redis://127.0.0.1:6379/9"


async def turn(place: ConversationLocks, told: list[str], name: str) -> None:
    """Tell when a turn begins and when it ends."""
    async with place.lock("a"):
        told.append(f"{name} begins")
        await asyncio.sleep(0.01)
        told.append(f"{name} ends")


def in_order(count: int) -> list[str]:
    """What is told when turns do not run into each other."""
    return [f"{n} {what}" for n in range(count) for what in ("begins", "ends")]


def test_turns_of_one_conversation_run_one_after_another_in_order() -> None:
    told: list[str] = []

    async def run() -> None:
        place = ConversationLocks()
        await asyncio.gather(*(turn(place, told, str(n)) for n in range(5)))

    asyncio.run(run())
    assert told == in_order(5)


def test_two_conversations_do_not_wait_for_each_other() -> None:
    async def run() -> None:
        place = ConversationLocks()
        async with place.lock("a"):
            await asyncio.wait_for(place.lock("b").__aenter__(), timeout=10)

    asyncio.run(run())


def test_nothing_is_kept_of_a_conversation_whose_turns_are_over() -> None:
    async def run() -> ConversationLocks:
        place = ConversationLocks()
        async with place.lock("a"):
            assert place._locks
        return place

    assert not asyncio.run(run())._locks


@pytest.fixture
def connect() -> Callable[[], Redis]:
    """Connections to an empty database of the Redis here; without one the test is skipped."""

    async def empty() -> None:
        redis = Redis.from_url(REDIS)
        try:
            await redis.flushdb()
        except OSError:
            pytest.skip("Redis does not answer at 127.0.0.1:6379")
        finally:
            await redis.close(close_connection_pool=True)

    asyncio.run(empty())
    return lambda: Redis.from_url(REDIS)


@pytest.mark.needs_redis
def test_turns_of_several_processes_run_one_after_another_in_order(connect: Callable[[], Redis]) -> None:
    told: list[str] = []

    async def run() -> None:
        clients = [connect() for _ in range(3)]
        places = [SharedLocks(client) for client in clients]
        turns = []
        for n in range(9):
            turns.append(asyncio.create_task(turn(places[n % 3], told, str(n))))
            # Three processes get nine messages one after another, not in the same instant.
            await asyncio.sleep(0.005)
        await asyncio.gather(*turns)
        assert not await clients[0].keys("*")
        for client in clients:
            await client.close(close_connection_pool=True)

    asyncio.run(run())
    assert sorted(told) == sorted(in_order(9))
    assert [name.split()[0] for name in told[::2]] == [name.split()[0] for name in told[1::2]]


@pytest.mark.needs_redis
def test_the_place_of_a_process_that_was_killed_is_given_up(
    connect: Callable[[], Redis], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_ALIVE", 0.2)
    told: list[str] = []

    async def run() -> None:
        client = connect()
        await client.rpush("turns:a", "killed")
        await asyncio.wait_for(turn(SharedLocks(client), told, "0"), timeout=20)
        await client.close(close_connection_pool=True)

    asyncio.run(run())
    assert told == in_order(1)


def test_without_redis_turns_are_kept_apart_within_the_process(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    async def run() -> None:
        client = Redis.from_url("redis://127.0.0.1:1/0")
        place = SharedLocks(client)
        await asyncio.gather(*(turn(place, told, str(n)) for n in range(3)))
        await client.close(close_connection_pool=True)

    asyncio.run(run())
    assert told == in_order(3)
    assert "Redis fails (ConnectionError)" in caplog.text
