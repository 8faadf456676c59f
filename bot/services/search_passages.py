"""Keywords and figures in long texts: the answers of a topic and the clauses they stand on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from bot.services.search_text import fold, is_han
from bot.text.figures import figures_in

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

_END = "\n"
# What a keyword is worth, in hundredths: in an answer, only in a clause; a figure in another spelling, or one that goes on;
# and what it may lose where it stands among many other words.
_SAID, _IN_CLAUSE, _INEXACT = 100, 70, 80
_IN_PASSING = 20
_TINY = 1e-12
_AROUND = 18
# What a snippet neither begins nor ends with.
_MARGIN = " ，。；、：:）)-"
# 600 元, 15 日: documents write a space between a number and its unit, people do not.
_SPACED = re.compile(r"(?<=[\d%\u3400-\u9fff]) +(?=[\d\u3400-\u9fff])")
_NUMBER = re.compile(r"\d[\d.\-]*")
_DIGITS = np.array([ord(character) for character in "0123456789."])
_FEWEST_LETTERS = 3


@dataclass(frozen=True)
class Passage:
    """What a keyword is worth for every owner, by number, and where it stands in their text, -1 where it does not.

    A figure in another spelling stands in one of the ``lines``; ``length`` is that of the keyword.
    """

    worth: Shares
    places: Numbers
    length: int
    figure: str
    lines: Mapping[int, str]


class Passages:
    """All texts as one, owner after owner, and the figures in them."""

    def __init__(self, answers: Sequence[Sequence[str]], clauses: Sequence[Sequence[str]]) -> None:
        """For every owner, by number: what they say themselves, and the clauses they stand on."""
        said = [_SPACED.sub("", _END.join(found)) + _END for found in answers]
        more = [_SPACED.sub("", _END.join(found)) + _END for found in clauses]
        whole = [first + second for first, second in zip(said, more, strict=True)]
        self._shown = "".join(whole)
        self._starts = np.array([0, *accumulate(map(len, whole))][:-1])
        self._ends_of_said = self._starts + [len(text) for text in said]
        self._lengths = np.array([len(text) for text in whole])
        self._text = _codes(fold(self._shown))
        # Where every character stands: a keyword is looked for where its rarest character is.
        self._order = np.argsort(self._text, kind="stable")
        self._sorted = self._text[self._order]
        self._figures: dict[str, dict[int, str]] = defaultdict(dict)
        for owner, text in enumerate(whole):
            for line in text.splitlines():
                for figure in _figures(line):
                    self._figures[figure].setdefault(owner, line)

    def find(self, token: str) -> Passage:
        """Every owner with the token in a text of theirs; 15天 is found as 15日 too, and 0.85 as 85%."""
        worth = np.zeros(len(self._starts))
        places = np.full(len(worth), -1)
        lines: Mapping[int, str] = {}
        figure = next(iter(figures_in(token)), "")
        if _tells_something(token):
            lines = self._figures.get(figure, lines)
            worth[list(lines)] = _INEXACT / 100
            found = self._places(_codes(token))
            every = np.searchsorted(self._starts, found, side="right") - 1
            owners, firsts, times = np.unique(every, return_index=True, return_counts=True)
            places[owners] = found[firsts]
            worth[owners] = self._worth(found[firsts], owners, token) * self._dense(owners, times)
        return Passage(worth, places, len(token), figure, lines)

    def snippet(self, passage: Passage, owner: int) -> str:
        """The words around a keyword."""
        place = int(passage.places[owner])
        if place < 0:
            return _cut(passage.lines.get(owner, ""), passage.figure)
        end = place + passage.length
        first = self._shown.rfind(_END, 0, place) + 1
        last = self._shown.find(_END, end)
        return self._shown[max(first, place - _AROUND) : min(last, end + _AROUND)].strip(_MARGIN)

    def _places(self, codes: npt.NDArray[np.uint32]) -> Numbers:
        """Where a text stands; a number neither inside another one nor behind its point."""
        bounds = [
            np.searchsorted(self._sorted, code, side=side) for code in codes for side in ("left", "right")
        ]
        rarest = int(np.argmin(np.diff(bounds)[::2]))
        found = np.sort(self._order[bounds[2 * rarest] : bounds[2 * rarest + 1]]) - rarest
        found = found[(found >= 0) & (found + len(codes) < len(self._text))]
        for number, code in enumerate(codes):
            found = found[self._text[found + number] == code]
        if codes[0] in _DIGITS:
            found = found[~np.isin(self._text[found - 1], _DIGITS)]
        return np.asarray(found)

    def _dense(self, owners: Numbers, times: Numbers) -> Shares:
        """What repeats a keyword in few words is about it; what names it in passing is worth a little less."""
        density = times / self._lengths[owners]
        return np.asarray(1 - _IN_PASSING / 100 * (1 - density / density.max(initial=_TINY)))

    def _worth(self, places: Numbers, owners: Numbers, token: str) -> Shares:
        worth = np.where(places < self._ends_of_said[owners], _SAID, _IN_CLAUSE) / 100
        if token[-1].isdigit():
            goes_on = np.isin(self._text[places + len(token)], _DIGITS)
            worth = np.where(goes_on, worth * _INEXACT / 100, worth)
        return worth


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _cut(line: str, figure: str) -> str:
    """The words of a line around a figure, which may be spelled in another way there."""
    number = _NUMBER.match(figure)
    place = max(0, line.find(number.group())) if number else 0
    return line[max(0, place - _AROUND) : place + len(figure) + _AROUND].strip(_MARGIN)


def _tells_something(token: str) -> bool:
    if is_han(token) or token[0].isdigit():
        return len(token) > 1
    return len(token) >= _FEWEST_LETTERS


@lru_cache(maxsize=20_000)
def _figures(line: str) -> tuple[str, ...]:
    return tuple(figures_in(line)) if _NUMBER.search(line) else ()
