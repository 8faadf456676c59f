"""How searched texts and queries are spelled: one script, one width, and the sounds of Chinese characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from opencc import OpenCC
from pypinyin import lazy_pinyin

# A caller's sentence fits; what a program or a cat on the keyboard types beyond it tells nothing more.
LONGEST_QUERY = 200
LONGEST_SYLLABLE = 6
# Sounds that many speakers do not tell apart; both spellings count as one.
_MERGED = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"ng$"), "n"), (re.compile(r"^l"), "n"))
_HAN = re.compile(r"[\u3400-\u9fff]")
# A dot or a hyphen inside a number belongs to it: 0.85, 0517-12393.
_BETWEEN = re.compile(r"[^a-z0-9\u3400-\u9fff%.\-]+|(?<!\d)[.\-]|[.\-](?!\d)")
_SCRIPTS = re.compile(r"[\u3400-\u9fff]+|[a-z]+|[^a-z\u3400-\u9fff]+[\u3400-\u9fff]*")
_PIECES = re.compile(r"[a-z]+|[0-9]+|[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).lower()
    plain = plain if len(plain) == 1 else character
    if unicodedata.category(plain).startswith("C"):
        return " "
    simple = str(_simplifier().convert(plain)) if is_han(plain) else plain
    return simple if len(simple) == 1 else plain


def fold(text: str) -> str:
    """Half width, lower case, simplified script, spaces for control characters; position by position the same text."""
    return "".join(map(_folded, text))


def is_han(text: str) -> bool:
    """Whether a Chinese character stands in the text."""
    return _HAN.search(text) is not None


def count_han(text: str) -> int:
    """How many Chinese characters stand in the text."""
    return len(_HAN.findall(text))


def tokens(folded: str) -> tuple[str, ...]:
    """What stands between spaces and punctuation; the apostrophes of pinyin part nothing."""
    return tuple(token for token in _BETWEEN.split(folded.replace("'", "")) if token)


def pieces(folded: str) -> list[str]:
    """Latin words, numbers and Chinese characters, in order."""
    return _PIECES.findall(folded)


def scripts(folded: str) -> tuple[str, ...]:
    """What stands between spaces and punctuation, or between Chinese and Latin: 转诊bx is 转诊 and bx."""
    return tuple(part for token in tokens(folded) for part in _SCRIPTS.findall(token))


def letters_only(folded: str) -> str:
    """Letters, digits and Chinese characters with nothing between them."""
    return "".join(_PIECES.findall(folded))


@lru_cache(maxsize=20_000)
def sound(character: str) -> str:
    """A character's commonest reading; the character itself where it has none."""
    return "".join(lazy_pinyin(character))


@lru_cache(maxsize=5_000)
def merged(syllable: str) -> str:
    """A syllable without the differences that many speakers do not make."""
    for pattern, replacement in _MERGED:
        syllable = pattern.sub(replacement, syllable)
    return syllable


def spelled(text: str) -> str:
    """A name in pinyin, in one word."""
    return "".join(lazy_pinyin(text))


def readings(folded: str) -> Iterator[tuple[str, str]]:
    """Every character of a text with its reading in this text, and with its commonest one."""
    # For what is no Chinese the library takes one reading, as its types say, or one for each character.
    heard = lazy_pinyin(folded, errors=list)  # type: ignore[arg-type]
    if len(heard) != len(folded):
        heard = [sound(character) for character in folded]
    for character, reading in zip(folded, heard, strict=True):
        yield character, reading
        yield character, sound(character)


class Syllables:
    """Cuts Latin letters into the syllables of known characters."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)

    def split(self, word: str) -> list[str] | None:
        """``beian`` as ``bei``, ``an``: as few syllables as possible; None where the word is no pinyin."""
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - LONGEST_SYLLABLE), end):
                head, current = best[start], best[end]
                if head is None or word[start:end] not in self._known:
                    continue
                if current is None or len(head) + 1 < len(current):
                    best[end] = [*head, word[start:end]]
        return best[-1] or None
