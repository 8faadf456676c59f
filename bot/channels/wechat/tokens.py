"""The access token of an account: fetched by one for all, kept where all find it, renewed before it ends.

`stable_token` gives everybody who asks the same token until its last five minutes. So what goes wrong with a
store or a lock here costs a fetch too many, never a token that works.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from redis.asyncio import Redis  # type: ignore[import-untyped]  # redis comes without types
from redis.exceptions import LockError, RedisError  # type: ignore[import-untyped]

from bot.channels.wechat.api_errors import WeChatApiError

logger = logging.getLogger(__name__)

# WeChat gives out a new token in the last 300 s of the old one; before that the same comes again.
EARLY = 240.0
# After a renewal that failed the old token is used on, and WeChat is left alone for so long.
RENEWAL_PAUSE = 30.0
# A token may be forced 20 times a day (getStableAccessToken): every 4,320 s, and a little more.
FORCING_PAUSE = 4400.0
# A fetch with all its tries takes some 20 s; a lock left behind by a dead process is free again after this.
LOCK_SECONDS = 30.0
# Who has waited so long for another's fetch does it without the lock.
LOCK_PATIENCE = 15.0


@dataclass(frozen=True)
class Token:
    """A token, when it ends, and when a new one was last forced on WeChat (Unix seconds)."""

    value: str = field(repr=False)
    expires_at: float
    forced_at: float = 0.0


class Fetch(Protocol):
    """Asks WeChat for a token; raises `WeChatApiError`."""

    async def __call__(self, *, force: bool) -> Token:
        """The token in force, or with `force` a new one, which ends the one in force."""


class TokenStore(Protocol):
    """Where the token lies; `value` may have any length (WeChat asks for room for 512 characters)."""

    async def get(self) -> Token | None:
        """The token that was put last; None where there is none."""

    async def put(self, token: Token) -> None:
        """Keep this token in place of any other."""

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Held by the one that fetches a token."""

    async def close(self) -> None:
        """Give back what the store has opened."""


class MemoryTokenStore:
    """The store of a single process."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Token | None:
        """See `TokenStore.get`."""
        return self._token

    async def put(self, token: Token) -> None:
        """See `TokenStore.put`."""
        self._token = token

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """See `TokenStore.lock`."""
        async with self._lock:
            yield

    async def close(self) -> None:
        """See `TokenStore.close`; there is nothing to do."""


class RedisTokenStore:
    """The store that all processes of an account share; while Redis fails, each has its own token."""

    def __init__(self, client: Redis, key: str, clock: Callable[[], float]) -> None:
        """`client` has to decode its answers; `clock` gives Unix seconds."""
        self._client = client
        self._key = key
        self._clock = clock
        self._own = MemoryTokenStore()
        self._warned = False

    async def get(self) -> Token | None:
        """See `TokenStore.get`."""
        try:
            return _read(await self._client.get(self._key))
        except RedisError as error:
            self._warn(error)
            return await self._own.get()

    async def put(self, token: Token) -> None:
        """See `TokenStore.put`."""
        await self._own.put(token)
        seconds = max(1, round(token.expires_at - self._clock()))
        try:
            await self._client.set(self._key, json.dumps(asdict(token)), ex=seconds)
        except RedisError as error:
            self._warn(error)

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """See `TokenStore.lock`; entered without the lock when another keeps it too long or Redis fails."""
        lock = self._client.lock(f"{self._key}:lock", timeout=LOCK_SECONDS, blocking_timeout=LOCK_PATIENCE)
        held = False
        try:
            held = await lock.acquire()
        except RedisError as error:
            self._warn(error)
        try:
            yield
        finally:
            # Gone by itself after LOCK_SECONDS, or with Redis.
            with suppress(LockError, RedisError):
                if held:
                    await lock.release()

    async def close(self) -> None:
        """See `TokenStore.close`."""
        # A client made of an address does not close its connections by itself, and uvloop waits for them at its end.
        with suppress(RedisError):
            await self._client.close(close_connection_pool=True)

    def _warn(self, error: RedisError) -> None:
        if not self._warned:
            logger.warning(
                "Redis fails (%s): until it is back, this process fetches an access token of its own; "
                "check REDIS_URL and the Redis server",
                type(error).__name__,
            )
        self._warned = True


def _read(stored: str | None) -> Token | None:
    """The stored token; None for anything that this version did not write."""
    with suppress(ValueError, TypeError, KeyError):
        fields = json.loads(stored or "{}")
        return Token(str(fields["value"]), float(fields["expires_at"]), float(fields["forced_at"]))
    return None


class AccessTokens:
    """Gives the token in force. In one process one fetch runs at a time, for all who wait for a token."""

    def __init__(self, store: TokenStore, fetch: Fetch, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        self._store = store
        self._fetch = fetch
        self._clock = clock
        self._running: dict[str, asyncio.Task[Token]] = {}
        self._renew_after = 0.0

    async def get(self) -> str:
        """A token that is good now. Near its end a new one is fetched beside, and this one used until it is there."""
        token = await self._store.get()
        if token is None or self._left(token) <= 0:
            return (await asyncio.shield(self._fetching(""))).value
        if self._left(token) <= EARLY and self._clock() >= self._renew_after:
            self._fetching("")
        return token.value

    async def instead_of(self, refused: str) -> str:
        """Another token than this one, which WeChat has just refused; the same one where there is none to be had."""
        return (await asyncio.shield(self._fetching(refused))).value

    async def close(self) -> None:
        """Stop fetching and close the store."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.close()

    def _left(self, token: Token) -> float:
        return token.expires_at - self._clock()

    def _fetching(self, refused: str) -> asyncio.Task[Token]:
        """The fetch that runs already, or a new one; a caller that gives up does not end it for the others."""
        task = self._running.get(refused)
        if task is None:
            task = self._running[refused] = asyncio.create_task(self._renewed(refused))
            task.add_done_callback(lambda done: self._ended(refused, done))
        return task

    def _ended(self, refused: str, task: asyncio.Task[Token]) -> None:
        del self._running[refused]
        if not task.cancelled() and task.exception():
            self._renew_after = self._clock() + RENEWAL_PAUSE

    async def _renewed(self, refused: str) -> Token:
        async with self._store.lock():
            # Another process, or a fetch for another reason, may have been first.
            stored = await self._store.get()
            if stored and stored.value != refused and self._left(stored) > (0 if refused else EARLY):
                return stored
            token = await self._fetched(refused, stored.forced_at if stored else 0.0)
            await self._store.put(token)
            return token

    async def _fetched(self, refused: str, forced_at: float) -> Token:
        """A token from WeChat; forced only when WeChat gives the one that it refuses, and not too often."""
        token = replace(await self._fetch(force=False), forced_at=forced_at)
        now = self._clock()
        if token.value != refused or now - forced_at < FORCING_PAUSE:
            return token
        with suppress(WeChatApiError):
            return replace(await self._fetch(force=True), forced_at=now)
        return token
