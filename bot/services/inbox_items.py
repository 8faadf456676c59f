"""What lies in the inbox: each text once, with how it was missed, how often, where, and whether it was dealt with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.storage.decisions import Decision, Decisions
from bot.storage.misses import Counted, Miss, Misses, Weeks
from bot.storage.reports import Report, ReportStore
from bot.text.sameness import key_of
from bot.wording.inbox import KIND_NAMES

__all__ = ["KINDS", "Item", "Pile", "Publication"]

KINDS = tuple(KIND_NAMES)
"""Kinds of items, the gravest first."""

Publication = tuple[str, datetime]
"""The name of a version, and when it was published."""

# Distinct texts that are looked at, the newest ones, and the rows they may come from: one for each kind and place.
_MOST_TEXTS = 5_000
_MOST_ROWS = 20_000
_MOST_REPORTS = 1_000
_WEEK_DAYS = 7


@dataclass(frozen=True)
class Item:
    """A text: its gravest kind, how often it came, where from and when; `again` where it came back after it was settled.

    `about` are the labels of the answers (or refusals) it is about, `answer` is the last one as it was shown, `wanted`
    what clerks say should be different. `known` is the topic the model in use gives with great confidence: one more
    example of it would teach nothing.
    """

    key: str
    text: str
    kind: str
    count: int
    places: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    this_week: int = 0
    last_week: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    about: tuple[str, ...] = ()
    answer: str = field(default="", repr=False)
    wanted: str = field(default="", repr=False)
    reports: tuple[int, ...] = ()
    again: bool = False
    known: str | None = None


@dataclass(frozen=True)
class _Sighting:
    """One way in which a text was met: a row of counted misses, or a report."""

    text: str
    kind: str
    place: str | None
    count: int
    first_at: datetime
    last_at: datetime
    this_week: int
    last_week: int
    miss: int = 0
    label: str = ""
    report: Report | None = None


class Pile:
    """Reads misses, reports and decisions into items."""

    def __init__(
        self,
        misses: Misses,
        reports: ReportStore,
        decisions: Decisions,
        publications: Callable[[], Sequence[Publication]],
        now: Callable[[], datetime],
    ) -> None:
        self._misses = misses
        self._reports = reports
        self._decisions = decisions
        self._publications = publications
        self._now = now

    def stamp(self) -> object:
        """Changes whenever the items may have changed; trends change with the hour."""
        reports = tuple(report.id for report in self._open_reports())
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        return (
            self._misses.stamp(),
            self._decisions.stamp(),
            reports,
            tuple(self._publications()),
            hour,
        )

    def items(self) -> list[Item]:
        """What waits for a decision, at most the newest texts; the most frequent first, then the oldest."""
        sightings = [*self._missed(), *(_reported(report, self._weeks()) for report in self._open_reports())]
        by_key: dict[str, list[_Sighting]] = {}
        for sighting in sorted(sightings, key=lambda s: s.last_at, reverse=True):
            key = key_of(sighting.text)
            if key in by_key or len(by_key) < _MOST_TEXTS:
                by_key.setdefault(key, []).append(sighting)
        standing, published = self._decisions.standing(), sorted(at for _, at in self._publications())
        items = [
            _item(key, seen, decided=key in standing)
            for key, seen in by_key.items()
            if _waits(seen, standing.get(key), published)
        ]
        return sorted(self._with_answers(items), key=lambda item: (-item.count, item.first_at, item.key))

    def _missed(self) -> Iterable[_Sighting]:
        for row in self._misses.counted(None, self._weeks(), _MOST_ROWS):
            yield _missed(row)

    def _open_reports(self) -> list[Report]:
        return self._reports.in_state("open", _MOST_REPORTS, 0)

    def _weeks(self) -> Weeks:
        now = self._now()
        return Weeks(begin=now - timedelta(2 * _WEEK_DAYS), middle=now - timedelta(_WEEK_DAYS))

    def _with_answers(self, items: Iterable[tuple[Item, int]]) -> list[Item]:
        """The items with the answer that did not satisfy, read for those alone that have one."""
        found = list(items)
        shown = {miss.id: miss for miss in self._misses.these({newest for _, newest in found if newest})}
        return [_answered(item, shown.get(newest)) for item, newest in found]


def _missed(row: Counted) -> _Sighting:
    kind = "declined" if row.kind.startswith("decline/") else row.kind
    return _Sighting(
        row.text,
        kind if kind in KINDS else "unsure",
        row.place,
        row.count,
        row.first_at,
        row.last_at,
        row.this_week or 0,
        row.last_week or 0,
        miss=row.newest,
        label=row.kind if kind == "declined" else "",
    )


def _reported(report: Report, weeks: Weeks) -> _Sighting:
    at = report.created_at
    return _Sighting(
        report.question or report.wanted,
        "reported",
        report.place,
        1,
        at,
        at,
        int(at >= weeks.middle),
        int(weeks.begin <= at < weeks.middle),
        label=f"faq/{report.topic}" if report.topic else "",
        report=report,
    )


def _waits(seen: Sequence[_Sighting], decision: Decision | None, published: Sequence[datetime]) -> bool:
    """Whether nobody decided about a text, or it came again after what was decided should have settled it."""
    if decision is None:
        return True
    if any(s.report is not None and s.last_at > decision.at for s in seen):
        return True  # A clerk says so again, and clerks know what they say.
    if decision.action == "dismiss":
        return False
    settled = next((at for at in published if at > decision.at), None)
    return settled is not None and any(s.last_at > settled and _counts(s, decision) for s in seen)


def _counts(seen: _Sighting, decision: Decision) -> bool:
    """Whether it shows that a decision did not help: what is out of scope is declined, as it should be."""
    return decision.action != "out_of_scope" or seen.kind != "declined"


def _item(key: str, seen: Sequence[_Sighting], *, decided: bool) -> tuple[Item, int]:
    """The item, and the miss in which the answer stands that it is about (0 without one)."""
    kinds: Mapping[str, int] = _tally((s.kind, s.count) for s in seen)
    gravest = min(kinds, key=KINDS.index)
    spelled = _tally((s.text, s.count) for s in seen)
    reports = [s.report for s in seen if s.report is not None]
    item = Item(
        key=key,
        text=min(spelled, key=lambda text: (-spelled[text], len(text), text)),
        kind=gravest,
        count=sum(s.count for s in seen),
        places=tuple(_tally((s.place, s.count) for s in seen if s.place)),
        first_at=min(s.first_at for s in seen),
        last_at=max(s.last_at for s in seen),
        this_week=sum(s.this_week for s in seen),
        last_week=sum(s.last_week for s in seen),
        kinds=tuple((kind, kinds[kind]) for kind in KINDS if kind in kinds),
        about=tuple(dict.fromkeys(s.label for s in seen if s.label)),
        answer=next((report.answer for report in reports if report.answer), ""),
        wanted="\n".join(dict.fromkeys(report.wanted for report in reports if report.wanted)),
        reports=tuple(report.id for report in reports),
        again=decided,
    )
    complained = [s.miss for s in seen if s.kind in ("corrected", "unhelpful")]
    return item, max(complained, default=0)


def _tally(pairs: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """Sums by name, the largest first."""
    sums: Counter[str] = Counter()
    for name, count in pairs:
        sums[str(name)] += count
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))


def _answered(item: Item, miss: Miss | None) -> Item:
    """The item with the answer shown and its label."""
    if miss is None:
        return item
    labels = [*item.about, *(str(label) for label in miss.candidates)]
    return replace(item, about=tuple(dict.fromkeys(labels)), answer=item.answer or miss.answer or "")
