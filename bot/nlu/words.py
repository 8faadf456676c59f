"""jieba with the project's own dictionary, in a tokenizer of its own: swapping a model leaves no words behind."""

from __future__ import annotations

import io
import logging
from functools import lru_cache
from typing import Any

import jieba

# jieba prints its loading time to stderr at every start.
jieba.setLogLevel(logging.WARNING)


class Words:
    """Splits Chinese text into words; keeps its dictionary with the model it is pickled in."""

    def __init__(self, dictionary: str) -> None:
        """``dictionary`` is the text of a file in jieba's user-dictionary format; it adds to jieba's own words."""
        self._dictionary = dictionary
        self._jieba = _tokenizer(dictionary)

    def split(self, text: str) -> str:
        """The words of a text, separated by single spaces."""
        return " ".join(word for word in self._jieba.cut(text) if word.strip())

    def __getstate__(self) -> dict[str, Any]:
        """The dictionary alone: jieba's own words come with jieba."""
        return {"dictionary": self._dictionary}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Load jieba with that dictionary."""
        self._dictionary = state["dictionary"]
        self._jieba = _tokenizer(self._dictionary)


@lru_cache(maxsize=2)
def _tokenizer(dictionary: str) -> Any:
    """A tokenizer with these words; a model that brings the same ones as the model before it takes no time."""
    plain = _plain_tokenizer()
    made = jieba.Tokenizer()
    made.FREQ, made.total, made.initialized = plain.FREQ.copy(), plain.total, True
    made.load_userdict(io.StringIO(dictionary))
    return made


@lru_cache(maxsize=1)
def _plain_tokenizer() -> Any:
    """Jieba's own words, read once per process: nothing else can run in the half second that it takes."""
    made = jieba.Tokenizer()
    made.initialize()
    return made
