"""The sharper likeness: what all texts share counts for nothing, what tells topics apart counts."""

from __future__ import annotations

import numpy as np

from bot.training.likeness import sharpened


def made_up(topics: int, each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of length 1 that have most in common, vary loudly inside topics, and differ quietly between them."""
    chance = np.random.default_rng(seed)
    labels = np.repeat(np.arange(topics), each)
    centres = np.zeros((topics, 64))
    centres[:, 32:] = chance.normal(scale=0.5, size=(topics, 32))
    vectors = 3.0 + centres[labels]
    vectors[:, :32] += chance.normal(scale=1.5, size=(len(labels), 32))
    vectors[:, 32:] += chance.normal(scale=0.3, size=(len(labels), 32))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def right_neighbours(vectors: np.ndarray, labels: np.ndarray) -> float:
    """How many texts have their nearest neighbour in their own topic."""
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -2)
    return float(np.mean(labels[likeness.argmax(axis=1)] == labels))


def test_topics_never_seen_are_told_apart_better() -> None:
    sharpen = sharpened(*made_up(30, 20, seed=1))
    vectors, labels = made_up(10, 12, seed=2)
    assert right_neighbours(vectors, labels) < 0.5
    assert right_neighbours(sharpen(vectors), labels) > 0.7


def test_sharpened_vectors_have_length_1_and_depend_on_their_text_alone() -> None:
    sharpen = sharpened(*made_up(30, 20, seed=1))
    vectors, _ = made_up(10, 12, seed=2)
    turned = sharpen(vectors)
    assert np.allclose(np.linalg.norm(turned, axis=1), 1, atol=1e-5)
    assert np.allclose(sharpen(vectors[:3]), turned[:3], atol=1e-5)
