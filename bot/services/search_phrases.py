"""Texts found by a fragment of them: by its characters, by its sound, by pinyin begun or whole, by initials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.services.search_text import (
    LONGEST_SYLLABLE,
    Syllables,
    is_han,
    letters_only,
    merged,
    pieces,
    readings,
    sound,
)

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
# Which characters, by their numbers, may stand at a place.
Choice = npt.NDArray[np.bool_]
# Where matches begin, by how many characters they have so far and whether the last one is a syllable only begun.
Matches = Mapping[tuple[int, bool], Numbers]

_END = "\n"
_NOWHERE: Numbers = np.zeros(0, dtype=np.int64)
_DIGRAPHS = ("zh", "ch", "sh")
# How good a match is, in hundredths: for standing there at all, for being all of the text, for standing at its beginning.
_THERE, _ALL, _FIRST = 60, 25, 15
# What a match with a syllable that is only begun is worth, in hundredths: ba is rather 备案 than the beginning of 报.
_UNFINISHED = 90
# What a match in sound alone is worth, and what it gains by the characters that are right, in hundredths.
_ALIKE, _RIGHT = 75, 15


class Alphabet:
    """The characters of some texts by number, and which of them a typed piece may stand for."""

    def __init__(self, texts: Iterable[str], more: Iterable[str] = ()) -> None:
        """Characters read as in ``texts`` and by their commonest reading, those of ``more`` by the latter."""
        heard = {pair for text in texts for pair in readings(text)}
        heard |= {(character, sound(character)) for character in set("".join(more))}
        self._number = {c: n for n, c in enumerate([_END, *sorted({c for c, _ in heard} - {_END})])}
        begun: dict[str, set[str]] = defaultdict(set)
        alike: dict[str, set[str]] = defaultdict(set)
        whole: dict[str, set[str]] = defaultdict(set)
        for character, reading in heard:
            if not is_han(character):
                begun[character].add(character)
                continue
            whole[reading].add(character)
            alike[merged(reading)].add(character)
            for length in range(1, len(reading) + 1):
                begun[reading[:length]].add(character)
        self.syllables = Syllables(whole)
        self._whole, self._alike, self._begun = map(self._choices, (whole, alike, begun))

    def numbers(self, text: str) -> npt.NDArray[np.int32]:
        """A text as numbers; what is not of this alphabet has the number that no match goes beyond."""
        return np.array([self._number.get(character, 0) for character in text], dtype=np.int32)

    def of_sound(self, character: str) -> Choice | None:
        """The characters that sound like one, itself among them."""
        return self._alike.get(merged(sound(character)), self._begun.get(character))

    def of_segment(self, letters: str) -> Choice | None:
        """The characters that Latin letters may stand for as an initial or as a whole syllable."""
        initial = len(letters) == 1 or letters in _DIGRAPHS
        return (self._begun if initial else self._whole).get(letters)

    def of_beginning(self, letters: str) -> Choice | None:
        """The characters whose syllable begins with these letters and goes on."""
        begun, whole = self._begun.get(letters), self._whole.get(letters)
        return begun if begun is None or whole is None else begun & ~whole

    def _choices(self, sets: Mapping[str, set[str]]) -> dict[str, Choice]:
        made = {}
        for key, characters in sets.items():
            made[key] = np.zeros(len(self._number), dtype=np.bool_)
            made[key][[self._number[character] for character in characters]] = True
        return made


class Fit(NamedTuple):
    """The numbers of the texts that something stands in, how well it fits each, and how many characters it is there."""

    texts: Numbers
    fits: Shares
    length: int


class Shelf:
    """Many texts as one, so that a fragment is looked for once; each is known by its number."""

    def __init__(self, texts: Iterable[str], alphabet: Alphabet) -> None:
        self._alphabet = alphabet
        plain = [letters_only(text) for text in texts]
        self._lengths = np.array([len(text) for text in plain])
        self._starts = np.cumsum([0, *(self._lengths[:-1] + 1)])
        self._text = alphabet.numbers(_END.join(plain) + _END)

    def find(self, token: str) -> Iterator[Fit]:
        """Where the token stands, for the ways in which it may be meant."""
        plain = letters_only(token)
        typed = self._alphabet.numbers(plain) if is_han(plain) else None
        for (length, unfinished), starts in self._matches(plain).items():
            texts = np.searchsorted(self._starts, starts, side="right") - 1
            fit = _THERE + _ALL * length / self._lengths[texts] + _FIRST * (starts == self._starts[texts])
            if typed is not None and length == len(typed):
                right = np.mean([self._text[starts + n] == typed[n] for n in range(length)], axis=0)
                fit = np.where(right == 1, fit, fit * (_ALIKE + _RIGHT * right) / 100)
            yield Fit(texts, fit / 100 * (_UNFINISHED / 100 if unfinished else 1), length)

    def _matches(self, plain: str) -> Matches:
        # Matches of no length are everywhere; where they are is not written out.
        found: Matches = {(0, False): _NOWHERE} if plain else {}
        for piece in pieces(plain):
            if piece.isalpha() and piece.isascii():
                found = self._spelled(found, piece)
                continue
            for character in piece:
                found = self._step(found, self._alphabet.of_sound(character))
        return found

    def _spelled(self, before: Matches, word: str) -> Matches:
        """Go on from matches over every way of cutting Latin letters into syllables and initials."""
        at: list[_Gathered] = [defaultdict(list) for _ in range(len(word) + 1)]
        _gather(at[0], before)
        for begin in range(len(word)):
            here = _joined(at[begin])
            for end in range(begin + 1, min(len(word), begin + LONGEST_SYLLABLE) + 1 if here else 0):
                segment = word[begin:end]
                _gather(at[end], self._step(here, self._alphabet.of_segment(segment)))
                if end == len(word) and len(segment) > 1:
                    choice = self._alphabet.of_beginning(segment)
                    _gather(at[end], self._step(here, choice, unfinished=True))
        return _joined(at[-1])

    def _step(self, before: Matches, choice: Choice | None, *, unfinished: bool = False) -> Matches:
        """The matches that go on with one of the characters. The end of a text is none, so every match stops there."""
        if choice is None:
            return {}
        found = {}
        for (length, was_unfinished), starts in before.items():
            if length == 0:
                further = np.flatnonzero(choice[self._text])
            else:
                further = starts[choice[self._text[starts + length]]]
            if len(further):
                found[length + 1, unfinished or was_unfinished] = further
        return found


_Gathered = defaultdict[tuple[int, bool], list[Numbers]]


def _gather(into: _Gathered, matches: Matches) -> None:
    for key, starts in matches.items():
        into[key].append(starts)


def _joined(found: _Gathered) -> Matches:
    return {
        key: starts[0] if len(starts) == 1 else np.unique(np.concatenate(starts))
        for key, starts in found.items()
    }


@dataclass(frozen=True)
class Phrase:
    """A text that stands for something, as it is shown; ``owner`` is the number of what it stands for.

    ``weight`` says how much it stands for it, in hundredths.
    """

    text: str
    owner: int
    weight: int = 100


@dataclass(frozen=True)
class Best:
    """For every owner, by number, how well its best text fits, from 0 to 1, and which one that is."""

    fit: Shares
    texts: Numbers


class Phrases:
    """Phrases, found by a fragment of one of their spellings."""

    def __init__(self, spelled: Sequence[tuple[str, Phrase]], alphabet: Alphabet) -> None:
        """``spelled`` are the spellings to look in with the phrase each belongs to, owner after owner."""
        self._shelf = Shelf((spelling for spelling, _ in spelled), alphabet)
        self._phrases = [phrase for _, phrase in spelled]
        self._weights = np.array([phrase.weight for phrase in self._phrases]) / 100
        self._owners = np.array([phrase.owner for phrase in self._phrases])
        self._first = np.searchsorted(self._owners, np.arange(self._owners[-1] + 1))

    def find(self, token: str) -> Best:
        """The best phrase of every owner with the token in it, as it is or as it sounds."""
        fit = np.zeros(len(self._phrases))
        for found in self._shelf.find(token):
            np.maximum.at(fit, found.texts, found.fits)
        fit *= self._weights
        best = np.maximum.reduceat(fit, self._first)
        texts = np.zeros(len(best), dtype=np.int64)
        at_best = np.flatnonzero(fit == best[self._owners])[::-1]
        texts[self._owners[at_best]] = at_best
        return Best(best, texts)

    def shown(self, number: int) -> str:
        """A phrase as it is shown."""
        return self._phrases[number].text
