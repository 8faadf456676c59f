"""A sharper likeness of texts: the encoder's vectors turned so that examples of one topic lie closer than those of two.

The encoder knows the whole language, in which all questions about medical insurance are alike. The differences inside
topics are made small (within-class whitening), and the directions in which topics differ most are kept. On topics that it
has never seen, pairs of one topic are found half as often again as without it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bot.nlu.understanding import Understanding

Sharpen = Callable[[np.ndarray], np.ndarray]

# Directions that are kept, and how much of the average spread is added to each, so that none is blown up.
_KEPT = 100
_EVENNESS = 0.2


def sharpened_by(understanding: Understanding) -> Sharpen:
    """Turns vectors of the encoder by what a trained model knows of its examples."""
    model = understanding._sentences  # noqa: SLF001 - its examples are nobody else's business
    vectors, labels = model._meaning, model._label_of  # noqa: SLF001
    return sharpened(np.asarray(vectors, dtype=np.float64), np.asarray(labels))


def sharpened(vectors: np.ndarray, labels: np.ndarray) -> Sharpen:
    """The same from vectors of shape (texts, width) and the number of each text's topic."""
    middle = vectors.mean(axis=0)
    centres = np.stack([vectors[labels == label].mean(axis=0) for label in range(int(labels.max()) + 1)])
    inside, between = vectors - centres[labels], centres[labels] - middle
    spread = inside.T @ inside / len(vectors)
    spread += _EVENNESS * np.trace(spread) / len(spread) * np.eye(len(spread))
    widths, directions = np.linalg.eigh(spread)
    whitening = directions / np.sqrt(widths)
    apart = between @ whitening
    _, best = np.linalg.eigh(apart.T @ apart)
    turn = np.asarray(whitening @ best[:, -_KEPT:], dtype=np.float32)
    origin = middle.astype(np.float32)

    def sharpen(given: np.ndarray) -> np.ndarray:
        turned = (given - origin) @ turn
        return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9))

    return sharpen
