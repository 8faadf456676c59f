"""Pinyin as a second spelling: it catches wrong characters of the same sound, and messages typed in pinyin."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT

_LATIN = re.compile(r"[a-z']+")
# Sounds that many speakers do not tell apart; both spellings count as one.
_MERGED = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"ng$"), "n"), (re.compile(r"^l"), "n"))
_LONGEST = 6
# Latin runs, single Chinese characters, runs of anything else.
_PIECES = re.compile(r"[a-z']+|[\u3400-\u9fff]|[^a-z'\s\u3400-\u9fff]+")


def syllables(text: str) -> str:
    """The pinyin of a text as space-separated syllables; Latin runs that are pinyin are split into syllables too."""
    found: list[str] = []
    for piece in _PIECES.findall(text.lower()):
        if _LATIN.fullmatch(piece):
            found += [_merge(syllable) for syllable in split(piece) or [piece]]
        else:
            found.append(_sound(piece) if len(piece) == 1 else piece)
    return " ".join(found)


@lru_cache(maxsize=20_000)
def _sound(character: str) -> str:
    """A character by its commonest reading: which of several does not matter where every text is read the same way."""
    return _merge("".join(lazy_pinyin(character)))


def is_pinyin(text: str) -> bool:
    """Whether a message without Chinese characters is Chinese typed in pinyin rather than English."""
    words = re.findall(r"[a-z']+", text.lower())
    if not words or re.search(r"[一-鿿]", text):
        return False
    letters = sum(len(word) for word in words)
    spelled = sum(len(word) for word in words if split(word))
    return letters >= 4 and spelled / letters > 0.9


def split(word: str) -> list[str] | None:
    """``beian`` as ``["bei", "an"]``, longest syllables first; None when the word is not pinyin."""
    word = word.replace("'", "")
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for length in range(min(_LONGEST, end), 0, -1):
            head = best[end - length]
            if head is not None and word[end - length : end] in _inventory():
                candidate = [*head, word[end - length : end]]
                current = best[end]
                if current is None or len(candidate) < len(current):
                    best[end] = candidate
    return best[len(word)] or None


def _merge(syllable: str) -> str:
    for pattern, replacement in _MERGED:
        syllable = pattern.sub(replacement, syllable)
    return syllable


@lru_cache(maxsize=1)
def _inventory() -> frozenset[str]:
    """Every syllable that a common character can have, read off the library's own dictionary."""
    common = [chr(code) for code in range(0x4E00, 0x9FA6) if code in PINYIN_DICT]
    return frozenset(s for s in lazy_pinyin("".join(common)) if re.fullmatch(r"[a-z]+", s) and len(s) > 1) | {
        "a",
        "e",
        "o",
    }
