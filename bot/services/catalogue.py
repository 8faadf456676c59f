"""What there is to ask for: all topics, and a place as another program names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.places import GENERAL
from bot.services.reference import place_of

Knowledge = Callable[[], KnowledgeBase]


@dataclass(frozen=True)
class TopicEntry:
    """A topic; ``places`` are the ids of those with an answer of their own today, ``general`` whether there is a 通用 one."""

    id: str
    question: str
    places: tuple[str, ...]
    general: bool


class Catalogue:
    """Lists what can be asked for. ``knowledge`` gives the knowledge in force, ``today`` the day."""

    def __init__(self, knowledge: Knowledge, today: Callable[[], date]) -> None:
        self._knowledge = knowledge
        self._today = today

    def topics(self) -> tuple[TopicEntry, ...]:
        """All topics in the order of faq.md."""
        base, day = self._knowledge(), self._today()
        served = base.places.by_id.values()
        return tuple(
            TopicEntry(
                topic.id,
                topic.question,
                tuple(place.id for place in served if topic.answer(place.name, day) is not None),
                topic.answer(GENERAL, day) is not None,
            )
            for topic in base.faq.values()
        )

    def place(self, written: str) -> str | None:
        """A place by the one name under which it is kept: its id, the path of an area, or None for an empty one.

        A part of a served place is that place. Raises PlaceNotFoundError for what is no place.
        """
        found = place_of(self._knowledge(), written)
        return found.id or (found.area.path if found.area is not None else None)
