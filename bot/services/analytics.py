"""The figures a head of department reads in a minute: how much is asked, about what, from where, and how well it goes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.knowledge.base import KnowledgeBase
from bot.policy.areas import Area
from bot.services.exports import names_of
from bot.services.grouping import Grouping
from bot.services.inbox_items import Publication
from bot.storage.questions import Count, Questions
from bot.text.sameness import key_of
from bot.wording.inbox import LABEL_NAMES, NO_PLACE

__all__ = [
    "TOOLS", "Analytics", "Around", "DayFigures", "Figures", "PlaceFigures", "ToolFigures", "TopicFigures", "Totals",
    "Unanswered",
]  # fmt: skip

Key = TypeVar("Key", str, date)
TOOLS = ("check_filing", "estimate")
LONGEST_PERIOD = 400
"""Days of a period at most: so long questions are kept."""
_ASKED = ("answered", "unsure", "declined")
_FEEDBACK = "wrong_answer"
# Texts without an answer that are grouped, groups that are shown, publications that are compared.
_GROUPED, _TOP, _COMPARED = 1_000, 10, 10
# So many days before a publication are set beside as many after it.
_SPAN_DAYS = 7
_DAY_S = 86_400


@dataclass(frozen=True)
class Totals:
    """Turns of a day, a place or a period. ``complaints`` find fault with an answer, ``again`` ask the same at once."""

    answered: int = 0
    unsure: int = 0
    declined: int = 0
    tool: int = 0
    small_talk: int = 0
    again: int = 0
    complaints: int = 0

    @property
    def asked(self) -> int:
        """The questions: what was answered, not understood or declined."""
        return self.answered + self.unsure + self.declined

    def share(self, name: str) -> float:
        """The part of the questions that ``answered``, ``unsure``, ``declined`` or ``again`` is; 0 without questions."""
        return float(getattr(self, name)) / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class DayFigures:
    """One day in China."""

    day: date
    totals: Totals


@dataclass(frozen=True)
class TopicFigures:
    """A topic that was answered; ``share`` is its part of all answers."""

    label: str
    name: str
    count: int
    share: float
    again: int


@dataclass(frozen=True)
class PlaceFigures:
    """A place; ``place`` is empty where nobody said one."""

    place: str
    name: str
    totals: Totals


@dataclass(frozen=True)
class Unanswered:
    """Texts that mean the same and got no answer: the most central one, how often they came, how many wordings."""

    text: str
    count: int
    wordings: int


@dataclass(frozen=True)
class ToolFigures:
    """How often a tool was begun, and how often it came to a result."""

    tool: str
    name: str
    begun: int
    finished: int


@dataclass(frozen=True)
class Around:
    """A publication with the days before and after it, up to the publications beside it."""

    name: str
    at: datetime
    before: Totals
    after: Totals
    days_before: float
    days_after: float


@dataclass(frozen=True)
class Figures:
    """The figures of a period, both days included."""

    since: date
    until: date
    place: str | None
    totals: Totals
    days: tuple[DayFigures, ...]
    topics: tuple[TopicFigures, ...]
    places: tuple[PlaceFigures, ...]
    unanswered: tuple[Unanswered, ...]
    tools: tuple[ToolFigures, ...]
    publications: tuple[Around, ...]


class Analytics:
    """The figures over the questions of one assistant; ``publications`` gives name and moment of each."""

    def __init__(
        self,
        questions: Questions,
        knowledge: Callable[[], KnowledgeBase],
        grouping: Grouping,
        publications: Callable[[], Sequence[Publication]],
        now: Callable[[], datetime],
    ) -> None:
        self._questions = questions
        self._knowledge = knowledge
        self._grouping = grouping
        self._publications = publications
        self._now = now

    def figures(self, since: date, until: date, place: str | None = None) -> Figures:
        """The figures of a period; of one place, all but those of the publications. The later days of a long one count."""
        since = max(since, until - timedelta(days=LONGEST_PERIOD - 1))
        base = self._knowledge()
        everything = self._questions.counts(since, until)
        raw = {count.place for count in everything}
        meant = None if place is None else {name for name in raw if name and _place_id(base, name) == place}
        counts = [count for count in everything if meant is None or count.place in meant]
        return Figures(
            since,
            until,
            place,
            _totals(counts),
            tuple(_days(counts, since, until)),
            tuple(_topics(counts, base)),
            tuple(_places(counts, base)),
            tuple(self._unanswered(since, until, meant)),
            tuple(_tools(counts)),
            tuple(self._around()),
        )

    def _unanswered(self, since: date, until: date, places: set[str] | None) -> Iterator[Unanswered]:
        found: dict[str, tuple[str, int]] = {}
        for text, count in self._questions.unanswered(since, until, places, _GROUPED):
            key = key_of(text)
            first, before = found.get(key, (text, 0))
            found[key] = (first, before + count)
        texts, weights = [text for text, _ in found.values()], [count for _, count in found.values()]
        groups = self._grouping.groups(texts, weights)
        groups.sort(key=lambda group: (-sum(weights[i] for i in group), texts[group[0]]))
        for group in groups[:_TOP]:
            yield Unanswered(texts[group[0]], sum(weights[i] for i in group), len(group))

    def _around(self) -> Iterator[Around]:
        """The newest publications, the newest first."""
        published = sorted(self._publications(), key=lambda pair: pair[1])
        moments = [at for _, at in published]
        for position in reversed(range(max(0, len(published) - _COMPARED), len(published))):
            name, at = published[position]
            begin = max([at - timedelta(_SPAN_DAYS), *moments[:position][-1:]])
            end = min([at + timedelta(_SPAN_DAYS), self._now(), *moments[position + 1 :][:1]])
            yield Around(
                name, at, self._between(begin, at), self._between(at, end), _in_days(at - begin), _in_days(end - at)
            )  # fmt: skip

    def _between(self, since: datetime, until: datetime) -> Totals:
        found = self._questions.outcomes(since, until)
        known = {field.name: found.get(field.name, 0) for field in fields(Totals)}
        return Totals(**{**known, "complaints": found.get("feedback", 0)})


def _totals(counts: Iterable[Count]) -> Totals:
    sums: Counter[str] = Counter()
    for count in counts:
        sums["complaints" if count.label == _FEEDBACK else count.outcome] += count.count
        sums["again"] += count.again
    return Totals(**{field.name: sums[field.name] for field in fields(Totals)})


def _days(counts: Iterable[Count], since: date, until: date) -> Iterator[DayFigures]:
    """Every day of the period, also those on which nobody asked."""
    by_day = _by(counts, lambda count: count.day)
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        yield DayFigures(day, _totals(by_day.get(day, ())))


def _topics(counts: Iterable[Count], base: KnowledgeBase) -> Iterator[TopicFigures]:
    by_label = _by((c for c in counts if c.outcome == "answered"), lambda count: count.label)
    sums = {label: sum(c.count for c in found) for label, found in by_label.items()}
    for label in sorted(sums, key=lambda label: (-sums[label], label)):
        again = sum(count.again for count in by_label[label])
        yield TopicFigures(
            label, label_name(label, base), sums[label], sums[label] / sum(sums.values()), again
        )


def _places(counts: Iterable[Count], base: KnowledgeBase) -> Iterator[PlaceFigures]:
    by_place = _by(counts, lambda count: _place_id(base, count.place) if count.place else "")
    totals = {place: _totals(found) for place, found in by_place.items()}
    for place in sorted(totals, key=lambda place: (-totals[place].asked, place)):
        yield PlaceFigures(place, names_of(base).place(place) if place else NO_PLACE, totals[place])


def _tools(counts: Iterable[Count]) -> Iterator[ToolFigures]:
    by_tool = _by((c for c in counts if c.outcome == "tool"), lambda count: count.label)
    for tool in TOOLS:
        found = by_tool.get(tool, [])
        yield ToolFigures(
            tool, LABEL_NAMES[tool], sum(c.begun for c in found), sum(c.finished for c in found)
        )


def label_name(label: str, base: KnowledgeBase) -> str:
    """A full intent as people read it."""
    if label.startswith("faq/"):
        return names_of(base).topic(label.partition("/")[2])
    return LABEL_NAMES.get(label, label)


def _place_id(base: KnowledgeBase, written: str) -> str:
    """The place that a turn was recorded with: its id, or the area itself where it is not served."""
    if written in base.places.by_id:
        return written
    place = base.places.resolve(Area.parse(written)).place
    return place.id if place is not None else written


def _by(counts: Iterable[Count], key: Callable[[Count], Key]) -> dict[Key, list[Count]]:
    found: dict[Key, list[Count]] = defaultdict(list)
    for count in counts:
        found[key(count)].append(count)
    return found


def _in_days(span: timedelta) -> float:
    return max(0.0, span.total_seconds()) / _DAY_S
