"""The desk's reference: a topic for a caller's place with the clauses it rests on, and all places side by side.

Which answer a place gets is decided in :mod:`bot.services.standing`, as for citizens, so that nobody hears two things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faq import Answer, Topic
from bot.knowledge.figure_checks import policy_numbers
from bot.knowledge.places import GENERAL
from bot.policy.areas import Area
from bot.services.clauses import Clause, Clauses, Piece, pieces_of
from bot.services.neighbours import Neighbours
from bot.services.people import InsuredPlace
from bot.services.standing import Kind, Standing, caveat_of, source_line_of, standing_of
from bot.wording.renderings import Message, Renderings, render
from bot.wording.staff import general_only, no_such_place, no_such_topic, place_needed

__all__ = [
    "Clause",
    "NotFoundError",
    "Piece",
    "PlaceAnswer",
    "PlaceChoice",
    "PlaceNotFoundError",
    "Reference",
    "TopicNotFoundError",
    "TopicView",
]

# An answer that ends within so many days is marked, so that nobody promises what is about to end.
EXPIRES_SOON_DAYS = 30
# How many topics are offered beside one.
_NEIGHBOURS = 5


class NotFoundError(LookupError):
    """Something asked for is not in the knowledge base; its text is a sentence for the person."""


class TopicNotFoundError(NotFoundError):
    """No such topic."""


class PlaceNotFoundError(NotFoundError):
    """No served place and no area of the country."""


@dataclass(frozen=True)
class PlaceChoice:
    """A served place, with the digit of the keyboard that chooses it (empty from the tenth on)."""

    id: str
    name: str
    hotline: str
    key: str


@dataclass(frozen=True)
class PlaceAnswer:
    """One place's answer (or 通用) with all that it rests on.

    ``expires_in_days`` is given for an answer that ends soon; ``aged`` when a clause of it is.
    """

    place: str
    place_id: str | None
    body: str
    pieces: tuple[Piece, ...]
    checked_on: date
    since: date | None
    until: date | None
    clauses: tuple[Clause, ...]
    aged: bool
    expires_in_days: int | None = None
    # The line the bot writes below the answer.
    source_line: str = ""


@dataclass(frozen=True)
class TopicView:
    """A topic for a caller's place. ``place`` and ``place_id`` are None while the place is not known.

    ``place_id`` is the id of a served place or the path of an area without own material (江苏/无锡).
    """

    topic: str
    question: str
    place: str | None
    place_id: str | None
    hotline: str
    own: PlaceAnswer | None
    general: PlaceAnswer | None
    standing: Kind
    neighbours: tuple[tuple[str, str], ...]
    # What citizens hear before the answer, or instead of it; empty where nothing has to be said.
    caveat: str = ""
    # Served places inside an area of which only a part is served (江苏/苏州: 吴江), to ask the caller about: (id, name).
    inside: tuple[tuple[str, str], ...] = ()

    @property
    def given(self) -> PlaceAnswer | None:
        """The answer the caller gets."""
        return self.own or self.general


class Reference:
    """Looks things up. ``knowledge`` gives the knowledge in force, ``today`` the day."""

    def __init__(
        self,
        knowledge: Callable[[], KnowledgeBase],
        today: Callable[[], date],
        sources_dir: Path | None,
    ) -> None:
        self._knowledge = knowledge
        self._today = today
        self._clauses = Clauses(sources_dir)
        self._indexed: tuple[KnowledgeBase, Mapping[str, set[str]], Neighbours] | None = None

    def topic(self, topic_id: str, place_id: str | None) -> TopicView:
        """A topic for a served place (its id), an area (its path) or, with None, a place not known yet."""
        base = self._knowledge()
        topic, place = _topic(base, topic_id), place_of(base, place_id)
        found = standing_of(topic, place, self._today())
        return TopicView(
            topic=topic.id,
            question=topic.question,
            place=place.name if place.known else None,
            place_id=place.id or (place.area.path if place.area is not None else None),
            hotline=place.hotline,
            own=self._answer(base, found.own),
            general=self._answer(base, found.general),
            standing=found.kind,
            neighbours=self._neighbours(base, topic, place),
            caveat=_caveat(found, place),
            inside=_inside(base, place),
        )

    def everywhere(self, topic_id: str) -> tuple[PlaceAnswer, ...]:
        """The answers of all places that have one, 通用 first, then in the order of places.yml."""
        base, day = self._knowledge(), self._today()
        topic = _topic(base, topic_id)
        names = [GENERAL, *(place.name for place in base.places.by_id.values())]
        found = (self._answer(base, topic.answer(name, day)) for name in names)
        return tuple(answer for answer in found if answer is not None)

    def places(self) -> tuple[PlaceChoice, ...]:
        """The served places in the order of places.yml."""
        served = enumerate(self._knowledge().places.by_id.values(), start=1)
        return tuple(PlaceChoice(p.id, p.name, p.hotline, str(n) if n <= 9 else "") for n, p in served)

    def renderings(self, view: TopicView) -> Renderings:
        """What the clerk says or sends of a topic: script, SMS and WeChat text."""
        given = view.given
        return render(
            Message(
                question=view.question,
                body=given.body if given is not None else "",
                place=view.place or "",
                hotline=view.hotline,
                caveat=view.caveat,
                documents=tuple(dict.fromkeys(c.short for c in given.clauses)) if given is not None else (),
                checked_on=given.checked_on if given is not None else None,
                source_line=given.source_line if given is not None else "",
            )
        )

    def _answer(self, base: KnowledgeBase, answer: Answer | None) -> PlaceAnswer | None:
        if answer is None:
            return None
        place, clauses = (
            base.places.named(answer.place),
            self._clauses.of(base, answer.sources, self._today()),
        )
        return PlaceAnswer(
            place=answer.place,
            place_id=place.id if place is not None else None,
            body=answer.body,
            pieces=pieces_of(answer.body, answer.sources, base, self._index(base)[0]),
            checked_on=answer.checked_on,
            since=answer.since,
            until=answer.until,
            clauses=clauses,
            aged=any(clause.aged for clause in clauses),
            expires_in_days=_days_left(answer, self._today()),
            source_line=source_line_of(answer, base, "zh"),
        )

    def _neighbours(
        self, base: KnowledgeBase, topic: Topic, place: InsuredPlace
    ) -> tuple[tuple[str, str], ...]:
        """The nearest topics that have something for the place."""
        near = (base.faq[other] for other in self._index(base)[1].of(topic.id))
        useful = [t for t in near if standing_of(t, place, self._today()).kind != "none"]
        return tuple((t.id, t.question) for t in useful[:_NEIGHBOURS])

    def _index(self, base: KnowledgeBase) -> tuple[Mapping[str, set[str]], Neighbours]:
        """What is worked out once for a state of the knowledge."""
        if self._indexed is None or self._indexed[0] is not base:
            self._indexed = (base, policy_numbers(base), Neighbours(base.faq))
        return self._indexed[1], self._indexed[2]


def place_of(base: KnowledgeBase, place_id: str | None) -> InsuredPlace:
    """A place by its id or its area's path; a part of a served place is that place.

    Raises :class:`PlaceNotFoundError` for what is neither.
    """
    if not place_id:
        return InsuredPlace()
    if place_id in base.places.by_id:
        return InsuredPlace(base.places.by_id[place_id])
    area = Area.parse(place_id)
    if area.path != place_id or not base.places.exists(area):
        raise PlaceNotFoundError(no_such_place(place_id))
    served = base.places.resolve(area).place
    return InsuredPlace(served) if served is not None else InsuredPlace(area=area)


def _topic(base: KnowledgeBase, topic_id: str) -> Topic:
    try:
        return base.faq[topic_id]
    except KeyError as error:
        raise TopicNotFoundError(no_such_topic(topic_id)) from error


def _caveat(found: Standing, place: InsuredPlace) -> str:
    """As citizens hear it; without a place they are asked for it, which the clerk does, so that is said instead."""
    if place.known:
        return caveat_of(found, place, "zh")
    return general_only() if found.kind == "general" else place_needed()


def _inside(base: KnowledgeBase, place: InsuredPlace) -> tuple[tuple[str, str], ...]:
    if place.area is None:
        return ()
    return tuple((p.id, p.name) for p in base.places.resolve(place.area).candidates)


def _days_left(answer: Answer, day: date) -> int | None:
    left = (answer.until - day).days if answer.until is not None else None
    return left if left is not None and left <= EXPIRES_SOON_DAYS else None
