"""Everything the search looks in, made once for a state of the knowledge."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faq import Answer, Topic
from bot.services.search_examples import ExampleIndex
from bot.services.search_passages import Passages
from bot.services.search_phrases import Alphabet, Phrase, Phrases
from bot.services.search_text import count_han, fold, is_han, pieces, spelled
from bot.wording.answers import tool_options
from bot.wording.language import Gloss

Examples = Mapping[str, Sequence[str]]

_TOOLS = ("check_filing", "estimate")
_FAQ = "faq/"
# What a phrase is worth, in hundredths: the words of this topic alone, those it shares with others, and those that stand
# for a wider matter before the topic's own.
_WHOLE, _SHARED, _WIDER = 100, 90, 80
# Of topics that share their words, the one with the shortest question is the most general; so many characters are short.
_SHORT = 10
_BRACKETED = re.compile(r"（[^）]*）")
# A word of another language is about as much as two Chinese characters.
_WORD = 2


@dataclass(frozen=True)
class Subject:
    """What can be found: a topic, or a tool under its name."""

    id: str
    question: str
    topic: Topic | None = None

    @property
    def label(self) -> str:
        """Its full intent."""
        return _FAQ + self.id if self.topic is not None else self.id

    @property
    def about(self) -> tuple[str, ...]:
        """The words that stand for it; a tool has its name alone."""
        return self.topic.about if self.topic is not None else ()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Its answers; a tool works them out."""
        return self.topic.answers if self.topic is not None else ()


class SearchIndex:
    """The subjects with their phrases, examples and texts. ``base`` and ``examples`` are what it was made of."""

    def __init__(self, base: KnowledgeBase, examples: Examples, gloss: Gloss) -> None:
        self.base = base
        self._made_of = examples
        self.subjects = tuple(_subjects(base))
        self.number = {subject.label: n for n, subject in enumerate(self.subjects)}
        served = base.places.by_id.values()
        self.places = base.places.gazetteer({spelled(place.name): place.area.path for place in served})
        times = Counter(words for topic in base.faq.values() for words in topic.about)
        shared = {words for words, count in times.items() if count > 1}
        named = [pair for n, s in enumerate(self.subjects) for pair in _phrases(n, s, shared)]
        known = [list(_known(s, examples, gloss, shared)) for s in self.subjects]
        folded = [fold(text) for texts in known for text in texts]
        self._alphabet = Alphabet((spelling for spelling, _ in named), folded)
        self.phrases = Phrases(named, self._alphabet)
        self.examples = ExampleIndex(known, folded, self._alphabet)
        said = [[answer.body for answer in subject.answers] for subject in self.subjects]
        self.passages = Passages(said, [list(_clauses(subject, base)) for subject in self.subjects])

    def is_made_of(self, base: KnowledgeBase, examples: Examples) -> bool:
        """Whether this is the index of just this state."""
        return self.base is base and self._made_of is examples

    def length(self, folded: str) -> int:
        """About how many Chinese characters a text has, or would have."""
        words = (piece for piece in pieces(folded) if piece.isalpha() and not is_han(piece))
        syllables = (self._alphabet.syllables.split(word) for word in words)
        return count_han(folded) + sum(len(found) if found else _WORD for found in syllables)


def _subjects(base: KnowledgeBase) -> Iterator[Subject]:
    for topic in base.faq.values():
        yield Subject(topic.id, topic.question, topic)
    for tool, option in zip(_TOOLS, tool_options("zh"), strict=True):
        yield Subject(tool, option.label)


def _phrases(number: int, subject: Subject, shared: AbstractSet[str]) -> Iterator[tuple[str, Phrase]]:
    """The spellings a subject is looked for under, each with the phrase that is shown.

    ``shared`` are the words that stand for a matter of several topics.
    """
    question = Phrase(subject.question, number)
    yield fold(subject.question), question
    if _BRACKETED.search(subject.question):
        yield fold(_BRACKETED.sub("", subject.question)), question
    longer = min(_SHORT, max(0, len(subject.question) - _SHORT))
    for words in subject.about:
        worth = (_SHARED if words == subject.about[-1] else _WIDER) - longer if words in shared else _WHOLE
        yield fold(words), Phrase(words, number, worth)


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
