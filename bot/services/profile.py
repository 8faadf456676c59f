"""What is known about the person, between the conversation's slots and the policy core's facts.

Slots hold text: the words of :mod:`bot.policy.facts`, ``yes``/``no``, amounts like ``3500`` or ``2000~3000``, and
``unknown`` where the person was asked and could not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.policy.areas import Area
from bot.policy.facts import Facts, Money

UNKNOWN = "unknown"
# Before the part of the deductible that is left: ``left:150``.
_LEFT = "left:"
# Kept for the next question.
PERSON = ("insured_place", "insured_area", "insurance", "status")
# Kept while one matter is being discussed.
FILING = (
    "care_place",
    "purpose",
    "household_moved",
    "referral",
    "filed",
    "category",
    "emergency",
    "lapsed",
    "agent",
)
ESTIMATE = (
    "visit",
    "hospital_level",
    "cost",
    "deductible_used",
    "paid_this_year",
    "home_share",
    "designated",
    "pharmacy",
)
FACT_SLOTS = (*PERSON, *FILING, *ESTIMATE)
_YES_NO = ("household_moved", "referral", "emergency", "filed", "lapsed", "agent")
_WORDS = ("insurance", "status", "purpose", "category", "visit", "hospital_level")

Slots = Mapping[str, Any]


@dataclass(frozen=True)
class Profile:
    """The facts, the names of those the person could not tell, and whether the deductible is used up."""

    facts: Facts
    asked: frozenset[str]
    deductible_met: bool = False
    # What is left of the deductible, in yuan, where the person says that rather than what was paid.
    deductible_left: Decimal | None = None


def profile_of(slots: Slots) -> Profile:
    """Read the slots."""
    asked = frozenset(name for name in FACT_SLOTS if slots.get(name) == UNKNOWN)
    known = {name: slots[name] for name in FACT_SLOTS if slots.get(name) not in (None, UNKNOWN)}
    values: dict[str, Any] = {name: known[name] for name in _WORDS if name in known}
    values |= {name: known[name] == "yes" for name in _YES_NO if name in known}
    if values.get("household_moved"):
        # Whoever moved the household registration there lives there.
        values.setdefault("purpose", "living")
    used = str(known.get("deductible_used", ""))
    left = money_of(used.removeprefix(_LEFT)).high if used.startswith(_LEFT) else None
    for name in ("deductible_used", "paid_this_year", "home_share"):
        if name in known and known[name] != "full" and not str(known[name]).startswith(_LEFT):
            values[name] = money_of(known[name]).high if name != "home_share" else Decimal(known[name])
    if "cost" in known:
        values["cost"] = money_of(known["cost"])
    if "care_place" in known:
        values["care_area"] = Area.parse(known["care_place"])
    if "insured_area" in known:
        values["insured_area"] = Area.parse(known["insured_area"])
    return Profile(Facts(insured_place=known.get("insured_place"), **values), asked, used == "full", left)


def money_of(written: str) -> Money:
    """``3500`` or ``2000~3000``."""
    low, _, high = written.partition("~")
    return Money(Decimal(low), Decimal(high or low))
