"""The reimbursement estimate (报销估算): what the fund pays and what the person pays, with every step.

A fact that is not known opens one scenario per value instead of stopping the estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from bot.policy.areas import Area
from bot.policy.errors import UnreasonableAmountError
from bot.policy.facts import LEVELS, Facts, Insurance, Level, Money
from bot.policy.formula import fund_pays
from bot.policy.parameters import Dated, PlacePolicy, Schedule, in_force
from bot.policy.trace import Step

EstimateQuestion = Literal[
    "insured_place", "insurance", "visit", "cost", "status", "hospital_level", "home_share"
]
Outcome = Literal["figures", "factor_only", "no_figure"]

_ONE = Decimal(1)
# Nobody's yearly bill: a slip of the finger or of the speech recognition.
_ABSURD = Decimal(10_000_000)


@dataclass(frozen=True)
class Assumption:
    """A fact that the person did not state and that a scenario takes for granted."""

    fact: str
    value: str


@dataclass(frozen=True)
class Scenario:
    """One worked case. Amounts in yuan; ``fund_pays`` and ``person_pays`` are ranges when the cost is one."""

    status: str | None
    hospital_level: Level | None
    # The filing category the factor stands for: "filed" (full share), a category with a factor, or "unfiled".
    treatment: str
    share: Decimal
    factor: Decimal
    fund_pays: Money
    person_pays: Money
    steps: tuple[Step, ...]
    # The insurance whose schedule was used; None where one schedule serves every insurance.
    insurance: Insurance | None = None


@dataclass(frozen=True)
class Estimate:
    """The result: scenarios from the likeliest on; ``question`` names the fact that would narrow them.

    ``schedule`` is the likeliest one; while the insurance is not known there are scenarios of the others as well.
    """

    outcome: Outcome
    place: str
    national: bool
    facts: Facts
    schedule: Schedule | None = None
    scenarios: tuple[Scenario, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    factors: tuple[tuple[str, Dated[Decimal]], ...] = ()
    rules: tuple[tuple[str, Dated[str]], ...] = ()
    question: EstimateQuestion | None = None


def reasonable(amount: Decimal) -> Decimal:
    """Return a cost that a bill can have; raise :class:`UnreasonableAmountError` for 0, a negative or an absurd one."""
    if amount <= 0 or amount > _ABSURD:
        raise UnreasonableAmountError(str(amount))
    return amount


def estimate(
    facts: Facts, policy: PlacePolicy, day: date, *, asked: frozenset[str] = frozenset()
) -> Estimate:
    """Work out the reimbursement by the rules of ``policy`` in force on ``day``; ``asked`` as in :func:`filing.check`."""
    if _exempt_category(facts, policy, day) is not None:
        # Where no filing is needed, none is missing.
        facts = replace(facts, filed=None)
    result = Estimate("no_figure", policy.place, policy.place == "national", facts)
    question = next_question(facts, policy, day, asked)
    schedules = policy.schedules_for(facts.known_insurance, facts.visit or "outpatient")
    if not schedules:
        return replace(result, rules=tuple(_named(policy, day)), question=question)
    result = replace(
        result,
        outcome="factor_only",
        schedule=schedules[0],
        question=question,
        factors=tuple(factor for schedule in schedules for factor in _factors(schedule, day)),
        rules=tuple(("remark", remark) for remark in _remarks(schedules, day)),
    )
    unknown_share = all(schedule.share is None for schedule in schedules) and facts.home_share is None
    if unknown_share or facts.cost is None:
        return result
    scenarios = tuple(found for schedule in schedules for found in _scenarios(facts, policy, schedule, day))
    return replace(
        result,
        outcome="figures" if scenarios else "no_figure",
        scenarios=scenarios,
        assumptions=tuple(_assumptions(facts, schedules)),
    )


def next_question(
    facts: Facts, policy: PlacePolicy | None, day: date, asked: frozenset[str] = frozenset()
) -> EstimateQuestion | None:
    """The fact to ask next; None when the estimate can be given or nothing would narrow it."""
    if policy is None:
        return None if "insured_place" in asked else "insured_place"
    if not policy.schedules:
        return None
    for name in _wanted(facts, policy):
        if name not in asked:
            return name
    return None


def _wanted(facts: Facts, policy: PlacePolicy) -> Iterator[EstimateQuestion]:
    """The unknown facts that matter, in the order of asking."""
    if facts.visit is None and _differ_by_visit(policy):
        yield "visit"
    if facts.known_insurance is None and _differ_by_insurance(policy, facts):
        yield "insurance"
    schedule = _schedule(facts, policy)
    if schedule is None:
        return
    if facts.cost is None:
        yield "cost"
    if schedule.share is None and facts.home_share is None:
        yield "home_share"
    if schedule.statuses_differ and facts.status not in ("employed", "retired"):
        yield "status"
    if schedule.levels_differ and facts.hospital_level is None:
        yield "hospital_level"


def _differ_by_visit(policy: PlacePolicy) -> bool:
    return len({schedule.visit for schedule in policy.schedules}) > 1 or any(
        len(schedule.visit) == 1 for schedule in policy.schedules
    )


def _differ_by_insurance(policy: PlacePolicy, facts: Facts) -> bool:
    visit = facts.visit or "outpatient"
    fits = {id(policy.schedule_for(insurance, visit)) for insurance in ("employee", "resident")}
    return len(fits) > 1


def _schedule(facts: Facts, policy: PlacePolicy) -> Schedule | None:
    return policy.schedule_for(facts.known_insurance, facts.visit or "outpatient")


def _named(policy: PlacePolicy, day: date) -> Iterator[tuple[str, Dated[str]]]:
    rule = in_force(policy.no_figure, day)
    if rule is not None:
        yield "no_figure", rule


def _remarks(schedules: tuple[Schedule, ...], day: date) -> Iterator[Dated[str]]:
    for schedule in schedules:
        remark = in_force(schedule.remark, day)
        if remark is not None:
            yield remark


def _factors(schedule: Schedule, day: date) -> Iterator[tuple[str, Dated[Decimal]]]:
    for name, parameter in schedule.factors.items():
        value = parameter.on(day)
        if value is not None:
            yield name, value


def _assumptions(facts: Facts, schedules: tuple[Schedule, ...]) -> Iterator[Assumption]:
    """What the scenarios take for granted; the deductible and the yearly sum only where a schedule has them."""
    if facts.insurance is None and facts.known_insurance is not None:
        yield Assumption("insurance", facts.known_insurance)
    if facts.visit is None:
        yield Assumption("visit", "outpatient")
    if any(schedule.deductible for schedule in schedules) and facts.deductible_used is None:
        yield Assumption("deductible_used", "0")
    if any(schedule.ceiling for schedule in schedules) and facts.paid_this_year is None:
        yield Assumption("paid_this_year", "0")


def _treatments(
    facts: Facts, policy: PlacePolicy, schedule: Schedule, day: date
) -> Iterator[tuple[str, Dated[Decimal] | None]]:
    """The treatments to work out, each with its factor (None: the full share).

    Where the documents do not say what unfiled care is paid, not having filed changes nothing.
    """
    factors = dict(_factors(schedule, day))
    unfiled = factors.pop("unfiled", None)
    exempt = _exempt_category(facts, policy, day)
    if exempt is None and facts.filed is False and unfiled is not None:
        yield "unfiled", unfiled
        return
    category = exempt or facts.category or _implied_category(facts)
    found = _filed_treatments(category, factors)
    yield from found.items()
    # Whoever names a category or an exempt place has settled the filing; of others it is not known.
    open_filing = facts.filed is None and exempt is None and facts.category is None
    known = {factor.value for factor in found.values() if factor is not None}
    if open_filing and unfiled is not None and unfiled.value not in known:
        yield "unfiled", unfiled


def _filed_treatments(
    category: str | None, factors: Mapping[str, Dated[Decimal]]
) -> dict[str, Dated[Decimal] | None]:
    """The full share and every factor while the category is open; one of them when it is known."""
    if category is None:
        return {"filed": None, **factors}
    if category == "visiting":
        # A short visit without a word of a referral: the reduced share is the likely one, so it comes first.
        return {**{name: factor for name, factor in factors.items() if name == "temporary"}, "filed": None}
    return {category: factors[category]} if category in factors else {"filed": None}


def _implied_category(facts: Facts) -> str | None:
    """The category that a purpose implies as far as factors go: the long-term ones do not differ in them.

    ``visiting`` where a referral is neither stated nor denied.
    """
    if facts.referral:
        return "referral"
    if facts.purpose in ("living", "posted", "studying"):
        return "long_term_resident"
    if facts.purpose == "visiting":
        return "temporary" if facts.referral is False else "visiting"
    # Whoever says that there was no referral, and nothing of living there, most likely went for the treatment.
    return "visiting" if facts.referral is False else None


def _exempt_category(facts: Facts, policy: PlacePolicy, day: date) -> str | None:
    for exemption in policy.filing.exemptions:
        inside = facts.care_area is not None and facts.care_area.within(Area.parse(exemption.area))
        if inside and exemption.treatment.on(day) is not None:
            return exemption.as_category
    return None


def _scenarios(facts: Facts, policy: PlacePolicy, schedule: Schedule, day: date) -> Iterator[Scenario]:
    levels: tuple[Level | None, ...] = (None,)
    if schedule.levels_differ:
        levels = (facts.hospital_level,) if facts.hospital_level else LEVELS
    statuses: tuple[str | None, ...] = (None,)
    if schedule.statuses_differ:
        known = facts.status in ("employed", "retired")
        statuses = (facts.status,) if known else ("employed", "retired")
    for treatment, factor in _treatments(facts, policy, schedule, day):
        for status in statuses:
            for level in levels:
                scenario = _work_out(facts, schedule, day, treatment, factor, status, level)
                if scenario is not None:
                    yield scenario


def _work_out(
    facts: Facts,
    schedule: Schedule,
    day: date,
    treatment: str,
    factor: Dated[Decimal] | None,
    status: str | None,
    level: Level | None,
) -> Scenario | None:
    """One scenario; None where the schedule states no share for it on the day."""
    share = _share(facts, schedule, day, status, level)
    if facts.cost is None or share is None or share.value is None:
        return None
    low, low_steps = fund_pays(facts.cost.low, facts, schedule, day, share, factor)
    high, _ = fund_pays(facts.cost.high, facts, schedule, day, share, factor)
    own = (facts.cost.low - low, facts.cost.high - high)
    return Scenario(
        status=status,
        hospital_level=level,
        treatment=treatment,
        share=share.value,
        factor=factor.value if factor is not None and factor.value is not None else _ONE,
        fund_pays=Money(low, high),
        person_pays=Money(min(own), max(own)),
        steps=low_steps,
        insurance=schedule.insurance[0] if len(schedule.insurance) == 1 else None,
    )


def _share(
    facts: Facts, schedule: Schedule, day: date, status: str | None, level: Level | None
) -> Dated[Decimal] | None:
    if schedule.share is None:
        return Dated(date.min, facts.home_share, ()) if facts.home_share is not None else None
    parameter = schedule.share_for(status or "any", level or "tertiary")
    return parameter.on(day) if parameter is not None else None
