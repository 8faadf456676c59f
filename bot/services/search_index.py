"""Everything the search looks in, made once for a state of the knowledge."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faq import Answer, Topic
from bot.services.search_grams import GramIndex, Scores
from bot.services.search_passages import Passages
from bot.services.search_phrases import Alphabet, Phrase, Phrases, Shelf
from bot.services.search_text import count_han, fold, is_han, letters_only, merged, pieces, sound, spelled
from bot.wording.answers import tool_options
from bot.wording.language import Gloss

TOOLS = ("check_filing", "estimate")
FAQ = "faq/"
Examples = Mapping[str, Sequence[str]]
# What a phrase is worth, in hundredths: the words of this topic alone, those it shares with others, and those that stand
# for a wider matter before the topic's own.
_WHOLE, _SHARED, _WIDER = 100, 90, 80
_SHORT = 10
_BRACKETED = re.compile(r"（[^）]*）")
# Of Latin letters, pieces of so many are compared.
_LETTERS = 3
_TWO = "  "


@dataclass(frozen=True)
class Subject:
    """What can be found: a topic, or a tool under its name."""

    id: str
    question: str
    topic: Topic | None = None

    @property
    def label(self) -> str:
        """Its full intent."""
        return FAQ + self.id if self.topic is not None else self.id

    @property
    def about(self) -> tuple[str, ...]:
        """The words that stand for it; a tool has its name alone."""
        return self.topic.about if self.topic is not None else ()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Its answers; a tool works them out."""
        return self.topic.answers if self.topic is not None else ()


@dataclass(frozen=True)
class Nearest:
    """For every subject, by number, how near its nearest example is, and which example that is."""

    likeness: Scores
    examples: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Mentions:
    """For every subject, by number, the share of its examples that have something in them, and one of those."""

    share: npt.NDArray[np.float64]
    examples: npt.NDArray[np.int64]


class SearchIndex:
    """The subjects with their phrases, examples and texts. ``base`` and ``examples`` are what it was made of."""

    def __init__(self, base: KnowledgeBase, examples: Examples, gloss: Gloss) -> None:
        self.base, self.examples = base, examples
        self.subjects = tuple(_subjects(base))
        self.number = {subject.label: n for n, subject in enumerate(self.subjects)}
        self.places = base.places.gazetteer(
            {spelled(p.name): p.area.path for p in base.places.by_id.values()}
        )
        times = Counter(words for topic in base.faq.values() for words in topic.about)
        shared = {words for words, count in times.items() if count > 1}
        named = [pair for n, s in enumerate(self.subjects) for pair in _phrases(n, s, shared)]
        known = [list(_known(s, examples, gloss, shared)) for s in self.subjects]
        self._sentences = [text for texts in known for text in texts]
        self._first = np.cumsum([0, *(len(texts) for texts in known[:-1])])
        folded = [fold(text) for text in self._sentences]
        alphabet = Alphabet((fold(spelling) for spelling, _ in named), folded)
        self._syllables = alphabet.syllables
        self.phrases = Phrases([(fold(t), phrase) for t, phrase in named], alphabet)
        self._chinese = np.flatnonzero([is_han(text) for text in folded])
        self._shelf = Shelf((text for text in folded if is_han(text)), alphabet)
        self._counts = np.diff([*self._first, len(folded)])
        self._owners = np.repeat(np.arange(len(known)), self._counts)
        self._characters = GramIndex([_characters(text) for text in folded])
        self._by_sound = GramIndex([_pairs(self._heard(text)) for text in folded])
        self._by_letter = GramIndex([[] if is_han(text) else _letters(text) for text in folded])
        self.passages = Passages(
            [[answer.body for answer in s.answers] for s in self.subjects],
            [list(_clauses(s, base)) for s in self.subjects],
        )

    def is_made_of(self, base: KnowledgeBase, examples: Examples) -> bool:
        """Whether this is the index of just this state."""
        return self.base is base and self.examples is examples

    def sentence(self, number: int) -> str:
        """An example, or a phrase among them, as it was written."""
        return self._sentences[number]

    def length(self, folded: str) -> int:
        """About how many Chinese characters a text has, or would have: a word of another language counts as two."""
        words = (piece for piece in pieces(folded) if piece.isalpha() and not is_han(piece))
        return count_han(folded) + sum(len(self._syllables.split(word) or _TWO) for word in words)

    def nearest(self, folded: str) -> Nearest:
        """How near every subject's examples are to a text: by its characters, by its sound, by its letters."""
        likeness = self._characters.alike(_characters(folded))
        heard = self._by_sound.alike(_pairs(self._heard(folded)))
        likeness = np.maximum(likeness, heard * np.float32(90 / 100))
        if not is_han(folded):
            likeness = np.maximum(likeness, self._by_letter.alike(_letters(folded)) * np.float32(90 / 100))
        best = np.maximum.reduceat(likeness, self._first)
        at_best = np.flatnonzero(likeness == best[self._owners])
        _, firsts = np.unique(self._owners[at_best], return_index=True)
        return Nearest(best, at_best[firsts])

    def mentions(self, token: str) -> Mentions:
        """What share of every subject's Chinese examples has a token in them that was typed in Latin letters."""
        found = [texts for texts, _ in self._shelf.find(token)]
        numbers = self._chinese[np.unique(np.concatenate(found))] if found else self._chinese[:0]
        owners = self._owners[numbers]
        some = np.zeros(len(self.subjects), dtype=np.int64)
        some[owners[::-1]] = numbers[::-1]
        return Mentions(np.bincount(owners, minlength=len(some)) / self._counts, some)

    def _heard(self, folded: str) -> list[str]:
        """The syllables of a text, those typed in Latin letters too."""
        heard: list[str] = []
        for piece in pieces(folded):
            if is_han(piece):
                heard.append(merged(sound(piece)))
            elif not piece.isdigit():
                heard += map(merged, self._syllables.split(piece) or [piece])
        return heard


def _subjects(base: KnowledgeBase) -> Iterator[Subject]:
    for topic in base.faq.values():
        yield Subject(topic.id, topic.question, topic)
    for tool, option in zip(TOOLS, tool_options("zh"), strict=True):
        yield Subject(tool, option.label)


def _phrases(number: int, subject: Subject, shared: AbstractSet[str]) -> Iterator[tuple[str, Phrase]]:
    """The spellings a subject is looked for under, each with the phrase that is shown.

    ``shared`` are the words that stand for a matter of several topics.
    """
    question = Phrase(subject.question, number)
    yield subject.question, question
    if _BRACKETED.search(subject.question):
        yield _BRACKETED.sub("", subject.question), question
    # Of topics that share their words, the one with the shortest question is the most general.
    longer = min(_SHORT, max(0, len(subject.question) - _SHORT))
    about = subject.about
    for words in about:
        worth = (_SHARED if words == about[-1] else _WIDER) - longer if words in shared else _WHOLE
        yield words, Phrase(words, number, worth)


def _known(subject: Subject, examples: Examples, gloss: Gloss, shared: AbstractSet[str]) -> Iterator[str]:
    """The question, the words that stand for this topic alone, the question in English, the examples."""
    yield subject.question
    yield from (words for words in subject.about if words not in shared)
    english = gloss(subject.question)
    if english:
        yield english
    yield from examples.get(subject.label, ())


def _clauses(subject: Subject, base: KnowledgeBase) -> Iterator[str]:
    """The clauses that the answers of a topic stand on."""
    for source in dict.fromkeys(source for answer in subject.answers for source in answer.sources):
        section = base.sources.sections.get(source)
        if section is not None:
            yield f"{section.heading}：{section.precis} {'、'.join(section.figures)}".strip()


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
