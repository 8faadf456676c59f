"""One turn at a time per conversation, in the order of arrival."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rasa.core.lock_store import LockStore


class ConversationLocks(LockStore):
    """Locks within one process; a waiting message goes on at once, where Rasa's own would look again after a second."""

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
