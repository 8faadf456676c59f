"""Which filing categories (备案类型) the known facts still allow, and which fact would decide between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any, Literal

from bot.policy.facts import CATEGORIES, PURPOSES, STATUSES, Category, Facts
from bot.policy.parameters import PlacePolicy, in_force

DecidingFact = Literal["purpose", "referral", "status", "household_moved"]

# The facts that tell the categories apart, in the order in which they are asked, with the values they can take.
_DECIDING: dict[DecidingFact, tuple[Any, ...]] = {
    "purpose": PURPOSES,
    "referral": (True, False),
    "status": STATUSES,
    "household_moved": (True, False),
}


def possible_categories(facts: Facts, policy: PlacePolicy, day: date) -> tuple[Category, ...]:
    """The categories that the known facts allow, in the order of :data:`bot.policy.facts.CATEGORIES`."""
    if facts.category is not None:
        return (facts.category,)
    found = {_classify(case, policy, day) for case in _completions(facts)}
    return tuple(category for category in CATEGORIES if category in found)


def deciding_question(
    facts: Facts, policy: PlacePolicy, day: date, asked: frozenset[str] = frozenset()
) -> DecidingFact | None:
    """The first unknown fact whose answers lead to different categories; None when none does.

    Every answer narrows the possible categories; a fact that could only add one (a referral, for somebody who lives
    there) is not asked.
    """
    if facts.category is not None:
        return None
    possible = set(possible_categories(facts, policy, day))
    for name, values in _DECIDING.items():
        if getattr(facts, name) is not None or name in asked:
            continue
        cases: list[Facts] = [replace(facts, **{name: value}) for value in values]
        answers = {possible_categories(case, policy, day) for case in cases}
        if len(answers) > 1 and all(possible.issuperset(answer) for answer in answers):
            return name
    return None


def _completions(facts: Facts) -> Iterator[Facts]:
    """Every way in which the unknown deciding facts could turn out.

    Somebody who lives, works or studies there is not asked about a referral; only a stated one counts.
    """
    unknown: dict[str, tuple[Any, ...]] = {
        name: values for name, values in _DECIDING.items() if getattr(facts, name) is None
    }
    for values in product(*unknown.values()):
        case: Facts = replace(facts, **dict(zip(unknown, values, strict=True)))
        unstated = facts.referral is None and case.purpose != "visiting"
        yield replace(case, referral=False) if unstated else case


def _classify(facts: Facts, policy: PlacePolicy, day: date) -> Category:
    """The category of fully known facts (policy-notes, Categories)."""
    if facts.referral:
        return "referral"
    if facts.purpose == "posted":
        return "posted_worker"
    if facts.purpose == "studying":
        return "posted_worker" if _study_counts_as_work(policy, day) else "long_term_resident"
    if facts.purpose == "living":
        settled = facts.status == "retired" and facts.household_moved
        return "retired_resettled" if settled else "long_term_resident"
    return "temporary"


def _study_counts_as_work(policy: PlacePolicy, day: date) -> bool:
    rule = policy.filing.categories.get("posted_worker")
    covers = in_force(rule.covers_study, day) if rule is not None else None
    return covers is not None and bool(covers.value)
