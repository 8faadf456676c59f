"""What a clerk can set side by side: hospital levels, kinds of filing, insurances, 在职 and 退休, 门诊 and 住院."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.policy.categories import possible_categories
from bot.policy.facts import Category
from bot.policy.parameters import PlacePolicy
from bot.services.fact_form import ESTIMATE, FILING
from bot.services.profile import Slots, profile_of
from bot.wording import staff

# Which categories a column of filings stands for; the long-term ones do not differ in what is paid.
_GROUPS: dict[str, frozenset[Category]] = {
    "referral": frozenset({"referral"}),
    "temporary": frozenset({"temporary"}),
    "long_term_resident": frozenset({"retired_resettled", "long_term_resident", "posted_worker"}),
}
# Facts that a category settles: they go when it is varied.
_SETTLED = ("purpose", "referral", "household_moved", "filed", "category")
_TREATMENT = "treatment"
_UNFILED = "unfiled"


@dataclass(frozen=True)
class WhatIf:
    """A fact that can be varied: its name and what stands on it."""

    name: str
    label: str

    def shown(self, slots: Slots) -> tuple[str, ...]:
        """The values set side by side; 没备案 only for somebody who has not filed."""
        values = staff.column_values(self.name)
        unfiled = slots.get("filed") == "no"
        return tuple(value for value in values if value != _UNFILED or unfiled)

    def slots(self, slots: Slots, value: str) -> Slots:
        """What was entered, with this one fact changed."""
        if self.name != _TREATMENT:
            return {**slots, self.name: value}
        if value == _UNFILED:
            return slots
        return {**{k: v for k, v in slots.items() if k not in _SETTLED}, "category": value}

    def current(self, slots: Slots, policy: PlacePolicy, day: date) -> str | None:
        """The value that what was entered comes to; None while it is open. Without a word of it, care is 门诊."""
        facts = profile_of(slots).facts
        if self.name == _TREATMENT:
            return _treatment(slots, policy, day)
        stated = {
            "hospital_level": facts.hospital_level,
            "insurance": facts.known_insurance,
            "status": facts.status,
            "visit": facts.visit or "outpatient",
        }
        return stated[self.name]


WHAT_IFS: tuple[WhatIf, ...] = tuple(
    WhatIf(name, staff.what_if_label(name))
    for name in ("hospital_level", _TREATMENT, "insurance", "status", "visit")
)
# What can be varied for each tool: the filing check turns on the kind of filing alone.
CHANGES: Mapping[str, Mapping[str, str]] = {
    FILING: {_TREATMENT: staff.what_if_label(_TREATMENT)},
    ESTIMATE: {varied.name: varied.label for varied in WHAT_IFS},
}
_OTHER_NAMES = {"referral": _TREATMENT, "category": _TREATMENT}


def named_what_if(name: str, tool: str) -> WhatIf | None:
    """The what-if of a name for a tool; referral and category mean the treatment."""
    wanted = _OTHER_NAMES.get(name, name)
    return next(
        (found for found in WHAT_IFS if found.name == wanted and wanted in CHANGES.get(tool, {})), None
    )


def _treatment(slots: Slots, policy: PlacePolicy, day: date) -> str | None:
    if slots.get("filed") == "no":
        return _UNFILED
    possible = set(possible_categories(profile_of(slots).facts, policy, day))
    return next((value for value, group in _GROUPS.items() if possible <= group), None)
