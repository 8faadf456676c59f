"""The shape of the policy parameters: dated values that carry their citation, and the rules of one place.

The files are read by :mod:`bot.knowledge.policy_files`; ``knowledge/policy/README.md`` shows the same shape as YAML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from bot.policy.facts import Category, Insurance, Level, Visit

T = TypeVar("T")
Unit = Literal["CNY", "/1", "text", "texts", "papers", "flag"]
# Papers to hand in: all of the outer list; of each inner list any one.
PaperList = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A value in force from ``since`` (``date.min``: the document states no date). ``value=None``: abolished that day."""

    since: date
    value: T | None
    # Section ids of knowledge/sources.yml that state the value.
    source: tuple[str, ...]
    # How an unclear passage was read; shown beside the figure.
    note: str | None = None


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """One rule of the documents through time, oldest value first."""

    description: str
    unit: Unit
    values: tuple[Dated[T], ...]

    def on(self, day: date) -> Dated[T] | None:
        """The value in force on ``day``; None before the first one and after an abolition."""
        current = None
        for value in self.values:
            if value.since <= day:
                current = value
        return current if current is not None and current.value is not None else None


def in_force(parameter: Parameter[T] | None, day: date) -> Dated[T] | None:
    """The value of an optional parameter on ``day``; None as well where the documents are silent."""
    return parameter.on(day) if parameter is not None else None


Text = Parameter[str]
Texts = Parameter[tuple[str, ...]]
Papers = Parameter[PaperList]
Number = Parameter[Decimal]
Flag = Parameter[bool]


@dataclass(frozen=True)
class CategoryRule:
    """A filing category as one place knows it."""

    name: str
    group: Literal["long_term", "temporary"]
    definition: Text
    papers: Papers | None = None
    promise: Flag | None = None
    validity: Text | None = None
    cancellation: Text | None = None
    treatment: Text | None = None
    # Whether people who study elsewhere belong to this category.
    covers_study: Flag | None = None


@dataclass(frozen=True)
class Exemption:
    """An area where this place's insured people need no filing (免备案)."""

    area: str
    treatment: Text
    # The estimate treats the visit as this category.
    as_category: Category


@dataclass(frozen=True)
class Channel:
    """A way to file: where, how long it takes, and for which categories (none named: for all)."""

    kind: Literal["online", "counter", "hospital", "telephone"]
    names: Texts
    time: Text | None = None
    categories: tuple[Category, ...] = ()

    def serves(self, categories: Iterable[Category]) -> bool:
        """Whether one of the categories can be filed this way."""
        return not self.categories or any(category in self.categories for category in categories)


@dataclass(frozen=True)
class FilingRules:
    """Everything about the filing (备案) of one place."""

    categories: dict[Category, CategoryRule]
    channels: tuple[Channel, ...]
    exemptions: tuple[Exemption, ...] = ()
    promise: Text | None = None
    agent_papers: Text | None = None
    lapsed: Text | None = None
    emergency: Text | None = None
    unfiled: Text | None = None
    referral_steps: Text | None = None
    # The area (as ``省/市``) that the documents call home where it is wider than the insured place itself.
    local_area: Text | None = None


@dataclass(frozen=True)
class Schedule:
    """How the fund pays for one kind of visit of one kind of insured people.

    ``share`` maps a status (or ``any``) to a hospital level (or ``any``) to the share the fund pays; without it the
    documents state no share and the person's own home share is asked for.
    """

    name: str
    insurance: tuple[Insurance, ...]
    visit: tuple[Visit, ...]
    deductible: Number | None = None
    ceiling: Number | None = None
    share: dict[str, dict[str, Number]] | None = None
    # What the share is multiplied by, by filing category or "unfiled"; a category that is not named keeps the full share.
    factors: dict[str, Number] = field(default_factory=dict)
    remark: Text | None = None

    def share_for(self, status: str, level: Level) -> Number | None:
        """The share for a status at a hospital level, through the ``any`` entries."""
        if self.share is None:
            return None
        by_level = self.share.get(status) or self.share.get("any") or {}
        return by_level.get(level) or by_level.get("any")

    @property
    def levels_differ(self) -> bool:
        """Whether the hospital level changes the share."""
        return any("any" not in levels for levels in (self.share or {}).values())

    @property
    def statuses_differ(self) -> bool:
        """Whether being retired changes the share."""
        return self.share is not None and "any" not in self.share


@dataclass(frozen=True)
class PlacePolicy:
    """The rules of one place, as its documents state them."""

    place: str
    verified_on: date
    filing: FilingRules
    schedules: tuple[Schedule, ...] = ()
    # What is known where no schedule fits: which place's rules apply, and that no figure is stated.
    no_figure: Text | None = None
    # What has to be said of everything in the documents, such as their age.
    caveat: Text | None = None

    def schedule_for(self, insurance: Insurance | None, visit: Visit) -> Schedule | None:
        """The schedule of an insurance and a kind of visit; None where the documents state none."""
        fits = self.schedules_for(insurance, visit)
        return fits[0] if fits else None

    def schedules_for(self, insurance: Insurance | None, visit: Visit) -> tuple[Schedule, ...]:
        """Every schedule that fits; more than one only while the insurance is not known."""
        return tuple(
            schedule
            for schedule in self.schedules
            if visit in schedule.visit and (insurance is None or insurance in schedule.insurance)
        )
