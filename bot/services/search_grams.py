"""Texts alike in their pieces: an inverted index that holds for every piece the texts it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]


class GramIndex:
    """Gives every text's likeness to a query. A piece counts by how rare it is."""

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        postings: dict[str, list[int]] = {}
        for number, document in enumerate(documents):
            for gram in set(document):
                postings.setdefault(gram, []).append(number)
        self._count = len(documents)
        self._weights = {gram: self._weight(len(found)) for gram, found in postings.items()}
        self._postings = {gram: np.array(found, dtype=np.int32) for gram, found in postings.items()}
        squares = np.zeros(self._count, dtype=np.float32)
        for gram, found in self._postings.items():
            squares[found] += self._weights[gram]
        self._lengths = np.sqrt(squares) + np.float32(1e-6)

    def alike(self, grams: Iterable[str]) -> Scores:
        """From 0 to 1 for every text: how much of the query stands in it, and how little else does."""
        asked = set(grams)
        shared = np.zeros(self._count, dtype=np.float32)
        for gram in asked & self._postings.keys():
            shared[self._postings[gram]] += self._weights[gram]
        whole = sum(self._weights.get(gram, self._weight(1)) for gram in asked)
        if not whole:
            return shared
        contained = shared / np.float32(whole)
        cosine = shared / (self._lengths * np.float32(np.sqrt(whole)))
        return np.asarray((contained * 2 + cosine * 2) / 4, dtype=np.float32)

    def _weight(self, found: int) -> float:
        """The square of the inverse document frequency."""
        return float(np.log(1 + self._count / found) ** 2)
