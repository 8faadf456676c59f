"""Place names found by spaCy's phrase matcher; what they mean and which role they play is :mod:`bot.text.places`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import spacy
from pypinyin import lazy_pinyin
from spacy.matcher import PhraseMatcher

from bot.text.places import Gazetteer, PlaceMention

_LATIN = re.compile(r"[A-Za-z']+(?: [A-Za-z']+)?")
_SHORTEST_PINYIN = 5


class PlaceRuler:
    """Finds places. The matcher tells quickly whether a text names any; the gazetteer reads areas and roles."""

    def __init__(
        self, divisions: Mapping[str, Mapping[str, Sequence[str]]], aliases: Mapping[str, str]
    ) -> None:
        self._gazetteer = Gazetteer(divisions, {**pinyin_names(divisions), **aliases})
        self._nlp = spacy.blank("zh")
        self._matcher = PhraseMatcher(self._nlp.vocab)
        names = [name for name in self._gazetteer.names if not name.isascii()]
        self._matcher.add("PLACE", [self._nlp.make_doc(name) for name in names])

    def find(self, text: str) -> list[PlaceMention]:
        """The places of a text, in order."""
        if not _LATIN.search(text) and not self._matcher(self._nlp.make_doc(text)):
            return []
        return self._gazetteer.find(text)


def pinyin_names(divisions: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, str]:
    """Provinces and cities as an English speaker or somebody typing pinyin writes them: ``shanghai``, ``huai'an``."""
    names: dict[str, str] = {}
    for province, cities in divisions.items():
        for name, path in [(province, province)] + [(c, f"{province}/{c}") for c in cities if c != province]:
            spelled = lazy_pinyin(name)
            joined = "".join(spelled)
            if len(joined) >= _SHORTEST_PINYIN and joined not in names:
                names[joined] = path
                names["'".join(spelled)] = path
    names |= {"wujiang": "江苏/苏州/吴江", "gaoyou": "江苏/扬州/高邮", "hong kong": "香港", "macau": "澳门"}
    return names
