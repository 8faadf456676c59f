"""What texts mean, as vectors: asked of the encoder once, remembered here and in the database, and sharpened by the model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from bot.storage.meanings import MeaningStore
from bot.text.sameness import key_of

__all__ = ["Meanings", "Vectors"]

Vectors = Any  # A numpy array of shape (texts, width) whose rows have length 1.

# So many vectors are kept in memory, 2 KB each: twice as many as the inbox shows.
_REMEMBERED = 10_000
_STORED_AS = np.float16


class Meanings:
    """``read`` is the encoder and ``name`` its name; ``sharpen`` makes likenesses of its vectors count for this subject."""

    def __init__(
        self,
        read: Callable[[list[str]], Vectors],
        name: str,
        store: MeaningStore,
        now: Callable[[], datetime],
        sharpen: Callable[[Vectors], Vectors],
    ) -> None:
        self._read = read
        self._name = name
        self._store = store
        self._now = now
        self._sharpen = sharpen
        self._known: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts."""
        with self._lock:
            keys = [key_of(f"{self._name} {text}") for text in texts]
            self._remember(dict(zip(keys, texts, strict=True)))
            vectors = np.stack([self._known[key] for key in keys]).astype(np.float32)
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
        return self._sharpen(vectors)

    def _remember(self, wanted: dict[str, str]) -> None:
        """Know the vectors of these texts by their keys."""
        missing = [key for key in wanted if key not in self._known]
        for key, stored in self._store.load(missing).items():
            self._known[key] = np.frombuffer(stored, dtype=_STORED_AS)
        unread = [key for key in missing if key not in self._known]
        if unread:
            made = np.asarray(self._read([wanted[key] for key in unread])).astype(_STORED_AS)
            self._store.save({key: row.tobytes() for key, row in zip(unread, made, strict=True)}, self._now())
            self._known.update(zip(unread, made, strict=True))
