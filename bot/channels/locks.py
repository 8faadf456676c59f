"""One turn at a time per conversation, in the order of arrival, without looking again only every second as Rasa does."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any

from rasa.core.lock_store import LockStore
from redis.asyncio import Redis  # type: ignore[import-untyped]  # redis comes without types
from redis.exceptions import RedisError  # type: ignore[import-untyped]

_log = logging.getLogger(__name__)

# Seconds. A process that has not been heard of for so long is taken out of the line.
_ALIVE = 6.0
_HEARD_EVERY = 2.0
_LOOKED_AFTER = 0.01


class ConversationLocks(LockStore):
    """Locks within one process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._users: defaultdict[str, int] = defaultdict(int)

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: float, **__: float) -> AsyncIterator[None]:
        """Wait for the turns of this conversation that came before."""
        self._users[conversation_id] += 1
        try:
            async with self._locks[conversation_id]:
                yield
        finally:
            self._users[conversation_id] -= 1
            if not self._users[conversation_id]:
                del self._users[conversation_id], self._locks[conversation_id]

    async def close(self) -> None:
        """Nothing to close here."""


class SharedLocks(ConversationLocks):
    """The same for all processes of a Redis: each conversation has a line there.

    While Redis fails, turns are kept apart within each process alone.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: float, **__: float) -> AsyncIterator[None]:
        """Wait for the turns of this conversation that came before, here and elsewhere."""
        async with super().lock(conversation_id):
            line, place = f"turns:{conversation_id}", uuid.uuid4().hex
            alive = asyncio.create_task(self._be_heard_of(place))
            try:
                await self._or_log(self._wait(line, place))
                yield
            finally:
                alive.cancel()
                await self._or_log(self._leave(line, place))

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._redis.close(close_connection_pool=True)

    async def _wait(self, line: str, place: str) -> None:
        await self._redis.set(_mark(place), 1, px=int(_ALIVE * 1000))
        await self._redis.rpush(line, place)
        while (first := await self._redis.lindex(line, 0)) is not None:
            name = first.decode() if isinstance(first, bytes) else first
            if name == place:
                return
            if not await self._redis.exists(_mark(name)):
                # Whoever stood there was killed.
                await self._redis.lrem(line, 1, name)
                continue
            await asyncio.sleep(_LOOKED_AFTER)

    async def _be_heard_of(self, place: str) -> None:
        while True:
            await asyncio.sleep(_HEARD_EVERY)
            with suppress(RedisError):
                await self._redis.set(_mark(place), 1, px=int(_ALIVE * 1000))

    async def _leave(self, line: str, place: str) -> None:
        await self._redis.lrem(line, 1, place)
        await self._redis.delete(_mark(place))

    @staticmethod
    async def _or_log(work: Awaitable[Any]) -> None:
        try:
            await work
        except RedisError as error:
            _log.error(
                "Turns are kept apart within this process alone: Redis fails (%s).", type(error).__name__
            )


def _mark(place: str) -> str:
    return f"alive:{place}"
