"""Turns of one conversation take turns in the order of arrival, those of two do not wait for each other."""

from __future__ import annotations

import asyncio

from bot.channels.locks import ConversationLocks


def test_turns_of_one_conversation_run_one_after_another_in_order() -> None:
    told: list[str] = []

    async def turn(locks: ConversationLocks, name: str) -> None:
        async with locks.lock("a"):
            told.append(f"{name} begins")
            await asyncio.sleep(0)
            told.append(f"{name} ends")

    async def run() -> None:
        locks = ConversationLocks()
        await asyncio.gather(*(turn(locks, str(n)) for n in range(5)))

    asyncio.run(run())
    assert told == [f"{n} {what}" for n in range(5) for what in ("begins", "ends")]


def test_two_conversations_do_not_wait_for_each_other() -> None:
    async def run() -> None:
        locks = ConversationLocks()
        async with locks.lock("a"):
            await asyncio.wait_for(locks.lock("b").__aenter__(), timeout=10)

    asyncio.run(run())


def test_nothing_is_kept_of_a_conversation_whose_turns_are_over() -> None:
    async def run() -> ConversationLocks:
        locks = ConversationLocks()
        async with locks.lock("a"):
            assert locks._locks
        return locks

    assert not asyncio.run(run())._locks
