"""The examples of all owners: which are nearest to a text, and how many speak of something."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.services.search_grams import GramIndex, Scores
from bot.services.search_phrases import Alphabet, Fit, Shelf
from bot.services.search_text import is_han, letters_only, merged, pieces, sound

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

# Of Latin letters, pieces of so many are compared.
_LETTERS = 3
# What likeness in sound or in letters is worth beside likeness in characters, in hundredths.
_ALIKE = 90
# More Latin letters than these for a Chinese character are a syllable and no initial.
_TELLING = 2


@dataclass(frozen=True)
class Nearest:
    """For every owner, by number, how near its nearest example is, and which example that is."""

    likeness: Scores
    examples: Numbers


@dataclass(frozen=True)
class Mentions:
    """For every owner, by number, the share of its examples that have something in them, and one of those.

    ``telling``: only those in which it is more than initials, which fit many words by chance.
    """

    share: Shares
    telling: Shares
    examples: Numbers


class ExampleIndex:
    """The examples, owner after owner; every owner has at least one."""

    def __init__(self, examples: Sequence[Sequence[str]], folded: Sequence[str], alphabet: Alphabet) -> None:
        """``folded`` are all examples in one spelling, one after the other."""
        self._written = [text for texts in examples for text in texts]
        self._counts = np.array([len(texts) for texts in examples])
        self._first = np.cumsum(self._counts) - self._counts
        self._owners = np.repeat(np.arange(len(examples)), self._counts)
        self._syllables = alphabet.syllables
        self._chinese = np.flatnonzero([is_han(text) for text in folded])
        self._shelf = Shelf((folded[number] for number in self._chinese), alphabet)
        self._by_character = GramIndex([_characters(text) for text in folded])
        self._by_sound = GramIndex([_pairs(self._heard(text)) for text in folded])
        self._by_letter = GramIndex([[] if is_han(text) else _letters(text) for text in folded])

    def written(self, number: int) -> str:
        """An example as it was written."""
        return self._written[number]

    def nearest(self, folded: str) -> Nearest:
        """How near every owner's examples are to a text: by its characters, by its sound, by its letters."""
        likeness = self._by_sound.alike(_pairs(self._heard(folded)))
        if not is_han(folded):
            likeness = np.maximum(likeness, self._by_letter.alike(_letters(folded)))
        likeness *= np.float32(_ALIKE / 100)
        likeness = np.maximum(likeness, self._by_character.alike(_characters(folded)))
        best = np.maximum.reduceat(likeness, self._first)
        at_best = np.flatnonzero(likeness == best[self._owners])
        _, firsts = np.unique(self._owners[at_best], return_index=True)
        return Nearest(best, at_best[firsts])

    def mentions(self, token: str) -> Mentions:
        """What share of every owner's Chinese examples has a token in them that was typed in Latin letters."""
        found = list(self._shelf.find(token))
        telling = [fit for fit in found if len(token) > _TELLING * fit.length]
        numbers = self._having(found)
        some = np.zeros(len(self._counts), dtype=np.int64)
        some[self._owners[numbers[::-1]]] = numbers[::-1]
        return Mentions(self._shares(numbers), self._shares(self._having(telling)), some)

    def _having(self, found: Sequence[Fit]) -> Numbers:
        """The examples in which one of these was found."""
        texts = np.unique(np.concatenate([self._chinese[:0], *(fit.texts for fit in found)]))
        return np.asarray(self._chinese[texts])

    def _shares(self, numbers: Numbers) -> Shares:
        """What share of every owner's examples these are."""
        return np.asarray(np.bincount(self._owners[numbers], minlength=len(self._counts)) / self._counts)

    def _heard(self, folded: str) -> list[str]:
        """The syllables of a text, those typed in Latin letters too."""
        heard: list[str] = []
        for piece in pieces(folded):
            if is_han(piece):
                heard.append(merged(sound(piece)))
            elif not piece.isdigit():
                heard += map(merged, self._syllables.split(piece) or [piece])
        return heard


def _characters(folded: str) -> list[str]:
    """Chinese characters and numbers in pairs, and Latin words and numbers by themselves."""
    found = pieces(folded)
    return [*_pairs([p for p in found if not p.isalpha() or is_han(p)]), *(p for p in found if not is_han(p))]


def _pairs(found: Sequence[str]) -> list[str]:
    return [f"{a} {b}" for a, b in itertools.pairwise(found)]


def _letters(folded: str) -> list[str]:
    """Runs of Latin letters across words: pinyin with and without spaces is the same."""
    text = letters_only(folded)
    return [text[n : n + _LETTERS] for n in range(len(text) - _LETTERS + 1)]
