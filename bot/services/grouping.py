"""Texts that mean the same, put together: each group around the text that stands nearest to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Grouping"]

Vectors = Any  # A numpy array of shape (texts, width) whose rows have length 1.

# Rows of likenesses that are computed at once; 5,000 texts need 10 MB for them.
_AT_ONCE = 512


@dataclass(frozen=True)
class Grouping:
    """Groups texts by the vectors that ``meanings`` gives: those of ``threshold`` likeness or more may stand together."""

    meanings: Callable[[Sequence[str]], Vectors]
    threshold: float

    def groups(self, texts: Sequence[str], weights: Sequence[int]) -> list[list[int]]:
        """The positions of the texts by group, the most central first; the same texts always give the same groups.

        ``weights`` tell how often each text came: what came more often is more central. The first of two equals wins.
        """
        if not texts:
            return []
        vectors = self.meanings(texts)
        near, centrality = _neighbours(vectors, np.asarray(weights, dtype=np.float32), self.threshold)
        return _around(vectors, _centres(near, centrality), near)


def _neighbours(vectors: Vectors, weights: Vectors, threshold: float) -> tuple[Vectors, Vectors]:
    """Which texts are alike, as a matrix of yes and no, and how central each is among those like it."""
    count = len(vectors)
    near = np.zeros((count, count), dtype=bool)
    centrality = np.zeros(count, dtype=np.float64)
    for start in range(0, count, _AT_ONCE):
        likeness = vectors[start : start + _AT_ONCE] @ vectors.T
        alike = likeness >= threshold
        near[start : start + _AT_ONCE] = alike
        # Rounded, so that the last bits of a sum decide nothing.
        centrality[start : start + _AT_ONCE] = np.round((likeness * alike) @ weights, 3)
    np.fill_diagonal(near, val=True)
    return near, centrality


def _centres(near: Vectors, centrality: Vectors) -> list[int]:
    """The most central text, then the most central one that is not like it, and so on."""
    free = np.ones(len(near), dtype=bool)
    centres = []
    for position in np.argsort(-centrality, kind="stable"):
        if free[position]:
            centres.append(int(position))
            free &= ~near[position]
    return centres


def _around(vectors: Vectors, centres: list[int], near: Vectors) -> list[list[int]]:
    """Every text with the centre that it is most like; each group in the order of the texts after its centre."""
    groups: dict[int, list[int]] = {centre: [centre] for centre in centres}
    chosen = np.asarray(centres)
    is_centre = np.zeros(len(vectors), dtype=bool)
    is_centre[chosen] = True
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        likeness = np.where(near[part][:, chosen], vectors[part] @ vectors[chosen].T, -2.0)
        for offset, best in enumerate(np.argmax(likeness, axis=1)):
            if not is_centre[start + offset]:
                groups[centres[int(best)]].append(start + offset)
    return list(groups.values())
