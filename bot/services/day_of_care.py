"""What a date of care means for rules that have days of their own: not in force yet, undated, or still to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from bot.knowledge.policy_files import parameters_of
from bot.policy.parameters import Parameter, PlacePolicy, Schedule
from bot.wording import staff

# The units of the numbers a sum is made of.
_NUMBERS = {"CNY", "/1"}


def rules_start(policy: PlacePolicy, day: date) -> date | None:
    """The first day of the place's rules, where all of them begin after ``day``; None where some hold on it."""
    first = min(_first_days(policy), default=day)
    return first if first > day else None


def sums_start(policy: PlacePolicy, schedules: Sequence[Schedule], day: date) -> date | None:
    """The day from which every number of the schedules is stated, where that is after ``day``.

    The core leaves out a deductible or a ceiling that is not in force. Before its first value it is not known whether
    there was one, so no sum is right.
    """
    late = [first for schedule in schedules for first in _first_days(schedule, _NUMBERS) if first > day]
    return max(late) if late else rules_start(policy, day)


def caveats_of_day(policy: PlacePolicy, day: date, today: date, hotline: str) -> Iterator[str]:
    """What has to be said of a result for another day than today."""
    if day < today and date.min in _first_days(policy):
        yield staff.undated_rules(day, hotline)
    if day > today:
        yield staff.future_day(day)


def _first_days(rules: PlacePolicy | Schedule, units: set[str] | None = None) -> list[date]:
    parameters: Iterator[Parameter[Any]] = (parameter for _, parameter in parameters_of(rules))
    return [p.values[0].since for p in parameters if units is None or p.unit in units]
