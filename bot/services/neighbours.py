"""Which topics are near one another: they share words of 话题 and cite the same sections."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from bot.knowledge.faq import Faq, Topic


class Neighbours:
    """Ranks the topics around a topic; a section that every topic cites says little, a rare one much."""

    def __init__(self, faq: Faq) -> None:
        self._marks = {topic.id: _marks(topic) for topic in faq.values()}
        spread = Counter(mark for marks in self._marks.values() for mark in marks)
        self._weights: Mapping[str, float] = {
            mark: math.log(len(self._marks) / count) for mark, count in spread.items()
        }

    def of(self, topic_id: str) -> Sequence[str]:
        """The topics that share anything with this one, the nearest first."""
        scores = {other: self._likeness(topic_id, other) for other in self._marks if other != topic_id}
        return sorted((other for other in scores if scores[other] > 0), key=lambda other: -scores[other])

    def _likeness(self, one: str, other: str) -> float:
        """Cosine of the two topics' marks."""
        shared = self._marks[one] & self._marks[other]
        if not shared:
            return 0.0
        return self._sum(shared) / math.sqrt(self._sum(self._marks[one]) * self._sum(self._marks[other]))

    def _sum(self, marks: frozenset[str]) -> float:
        return sum(self._weights[mark] ** 2 for mark in marks)


def _marks(topic: Topic) -> frozenset[str]:
    """The words of 话题 and the sections cited by any of its answers; a colon keeps the two apart."""
    sections = (source for answer in topic.answers for source in answer.sources)
    return frozenset({*(f"about:{about}" for about in topic.about), *sections})
