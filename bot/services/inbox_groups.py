"""The groups of the inbox: put together when something has changed, and shown with what the model makes of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.services.grouping import Grouping
from bot.services.inbox_items import KINDS, Item, Pile
from bot.storage.decisions import Decisions

__all__ = ["Filters", "Group", "Groups", "Ranking"]

Ranking = Sequence[tuple[str, float]]

_SUGGESTED = 3
# So many texts of a group are shown to the model: for a suggestion, in a list of groups, and of one group alone.
_RANKED, _RANKED_IN_LIST, _RANKED_ALONE = 3, 5, 250
_REMEMBERED = 20_000
# Putting a large inbox together takes a second; it is done anew after at least five times as long as it took.
_LONG_S, _REST = 1 / 4, 5


@dataclass(frozen=True)
class Filters:
    """Which items are wanted; None wants all. ``place`` is as a message was recorded with it."""

    kind: str | None = None
    place: str | None = None
    since: datetime | None = None
    text: str = ""


@dataclass(frozen=True)
class Group:
    """Items that mean the same; the first is the most central one, and stands as the title.

    ``suggestions`` are full intents with the model's confidence, best first.
    """

    id: str
    title: str
    items: tuple[Item, ...]
    suggestions: tuple[tuple[str, float], ...] = ()

    @property
    def count(self) -> int:
        """How often they came, all together."""
        return sum(item.count for item in self.items)

    @property
    def trend(self) -> tuple[int, int]:
        """How often in the last seven days, and in the seven before."""
        return sum(item.this_week for item in self.items), sum(item.last_week for item in self.items)

    @property
    def again(self) -> bool:
        """Whether something in it came back after it was settled."""
        return any(item.again for item in self.items)

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """How often each kind, the gravest first."""
        sums = dict.fromkeys(KINDS, 0)
        for item in self.items:
            for kind, count in item.kinds:
                sums[kind] += count
        return tuple((kind, count) for kind, count in sums.items() if count)

    @property
    def places(self) -> tuple[str, ...]:
        """Where they came from."""
        return tuple(dict.fromkeys(place for item in self.items for place in item.places))

    @property
    def last_at(self) -> datetime:
        """When the last of them came."""
        return max(item.last_at for item in self.items)


class Groups:
    """The groups of one inbox. ``rank`` gives the full intents of a text, ``model`` names the model that does.

    A topic is known to the model from the confidence ``known_from`` on.
    """

    def __init__(
        self,
        pile: Pile,
        decisions: Decisions,
        grouping: Grouping,
        rank: Callable[[str], Ranking],
        model: Callable[[], str],
        known_from: float,
    ) -> None:
        self._pile = pile
        self._decisions = decisions
        self._grouping = grouping
        self._rank = rank
        self._model = model
        self._known_from = known_from
        self._rankings: dict[tuple[str, str], Ranking] = {}
        self._lock = threading.Lock()
        self._groups: list[Group] = []
        self._decided: object = None
        self._stamp: object = None
        self._fresh_until = 0.0

    def page(self, filters: Filters, limit: int, offset: int) -> tuple[tuple[Group, ...], int]:
        """A page of groups, the largest first, and how many there are in all."""
        chosen = [kept for group in self.all() if (kept := _filtered(group, filters))]
        chosen.sort(key=lambda group: (-group.count, -group.last_at.timestamp(), group.id))
        page = chosen[max(0, offset) : max(0, offset) + max(0, limit)]
        return tuple(self._explained(group, _RANKED_IN_LIST) for group in page), len(chosen)

    def one(self, group_id: str) -> Group | None:
        """One group, by the id it has or had a moment ago."""
        groups = self.all()
        found = next((group for group in groups if group.id == group_id), None)
        # The text at the centre may have changed: then the group is meant in which the old one stands.
        found = found or next((g for g in groups if any(_id(item) == group_id for item in g.items)), None)
        return None if found is None else self._explained(found, _RANKED_ALONE)

    def all(self) -> list[Group]:
        """All groups; as they were a moment ago where putting them together takes long and nothing was decided."""
        with self._lock:
            decided = (self._decisions.stamp(), self._model())
            if decided == self._decided and time.monotonic() < self._fresh_until:
                return self._groups
            stamp = self._pile.stamp()
            if (decided, stamp) != (self._decided, self._stamp):
                begun = time.monotonic()
                self._groups = self._put_together()
                self._decided, self._stamp = decided, stamp
                ended = time.monotonic()
                took = ended - begun
                self._fresh_until = ended + (_REST * took if took > _LONG_S else 0.0)
            return self._groups

    def _put_together(self) -> list[Group]:
        items = self._pile.items()
        positions = self._grouping.groups([item.text for item in items], [item.count for item in items])
        return [_group([items[position] for position in group]) for group in positions]

    def _explained(self, group: Group, ranked: int) -> Group:
        """The group with the model's suggestions, and with what it knows of the first items."""
        items = [replace(item, known=self._known(item.text)) for item in group.items[:ranked]]
        suggestions = self._suggestions(item.text for item in group.items[:_RANKED])
        return replace(group, items=(*items, *group.items[ranked:]), suggestions=suggestions)

    def _known(self, text: str) -> str | None:
        label, confidence = next(iter(self._ranked(text)), ("", 0.0))
        return label if confidence >= self._known_from else None

    def _suggestions(self, texts: Iterable[str]) -> tuple[tuple[str, float], ...]:
        rankings = [self._ranked(text) for text in texts]
        sums: dict[str, float] = {}
        for label, confidence in (entry for ranking in rankings for entry in ranking):
            sums[label] = sums.get(label, 0.0) + confidence / len(rankings)
        return tuple(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:_SUGGESTED])

    def _ranked(self, text: str) -> Ranking:
        key = (self._model(), text)
        if key not in self._rankings:
            while len(self._rankings) >= _REMEMBERED:
                self._rankings.pop(next(iter(self._rankings)), None)
            self._rankings[key] = self._rank(text)
        return self._rankings[key]


def _group(items: Sequence[Item]) -> Group:
    return Group(_id(items[0]), items[0].text, tuple(items))


def _id(item: Item) -> str:
    """The id of the group whose most central text this is."""
    return item.key[:12]


def _filtered(group: Group, filters: Filters) -> Group | None:
    """The group with the items that are wanted; None where there is none. The id stays what it is."""
    kept = tuple(item for item in group.items if _wanted(item, filters))
    return replace(group, title=kept[0].text, items=kept) if kept else None


def _wanted(item: Item, filters: Filters) -> bool:
    return (
        (filters.kind is None or filters.kind in dict(item.kinds))
        and (filters.place is None or filters.place in item.places)
        and (filters.since is None or item.last_at >= filters.since)
        and filters.text in item.text
    )
