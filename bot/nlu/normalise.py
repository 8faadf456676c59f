"""One spelling for the same words: full width, traditional script, letter case, repeated characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

_REPEATED = re.compile(r"(.)\1{2,}")
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Half width and simplified script, character for character: positions in the text stay what they were."""
    folded = "".join(_fold(character) for character in text)
    simplified = str(_simplifier().convert(folded))
    return simplified if len(simplified) == len(text) else folded


def _fold(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def normalise(text: str) -> str:
    """The spelling the classifier learns from: simplified, lower case, single spaces, no character more than twice."""
    return _SPACES.sub(" ", _REPEATED.sub(r"\1\1", simplify(text).lower())).strip()
