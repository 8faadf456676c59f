"""The reimbursement estimate (报销估算): what the fund pays and what the person pays, with every step.

A fact that is not known opens one scenario per value instead of stopping the estimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from bot.policy.areas import Area
from bot.policy.errors import UnreasonableAmountError
from bot.policy.facts import LEVELS, Facts, Level, Money
from bot.policy.parameters import Dated, PlacePolicy, Schedule
from bot.policy.trace import Step

EstimateQuestion = Literal[
    "insured_place", "insurance", "visit", "cost", "status", "hospital_level", "home_share"
]
Outcome = Literal["figures", "factor_only", "no_figure"]

_FEN = Decimal("0.01")
_ZERO = Decimal(0)
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


@dataclass(frozen=True)
class Estimate:
    """The result: scenarios from the likeliest on; ``question`` names the fact that would narrow them."""

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


def round_to_fen(amount: Decimal) -> Decimal:
    """Round to 0.01 yuan, half up: no document states a rule, so the customary one is used."""
    return amount.quantize(_FEN, rounding=ROUND_HALF_UP)


def reasonable(amount: Decimal) -> Decimal:
    """Return a cost that a bill can have; raise :class:`UnreasonableAmountError` for 0, a negative or an absurd one."""
    if amount <= 0 or amount > _ABSURD:
        raise UnreasonableAmountError(str(amount))
    return amount


def estimate(
    facts: Facts, policy: PlacePolicy, day: date, *, asked: frozenset[str] = frozenset()
) -> Estimate:
    """Work out the reimbursement by the rules of ``policy`` in force on ``day``; ``asked`` as in :func:`filing.check`."""
    result = Estimate("no_figure", policy.place, policy.place == "national", facts)
    question = next_question(facts, policy, day, asked)
    schedule = _schedule(facts, policy)
    if schedule is None:
        rules = tuple(_named(policy, day))
        return replace(result, rules=rules, question=question)
    result = replace(result, schedule=schedule, question=question)
    remark = schedule.remark.on(day) if schedule.remark is not None else None
    rules = (("remark", remark),) if remark is not None else ()
    factors = tuple(_factors(schedule, day))
    if schedule.share is None and facts.home_share is None:
        return replace(result, outcome="factor_only", factors=factors, rules=rules)
    if facts.cost is None:
        return replace(result, outcome="factor_only", factors=factors, rules=rules)
    scenarios = tuple(_scenarios(facts, policy, schedule, day))
    return replace(
        result,
        outcome="figures" if scenarios else "no_figure",
        scenarios=scenarios,
        factors=factors,
        rules=rules,
        assumptions=tuple(_assumptions(facts, schedule)),
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
        return
    if facts.known_insurance is None and _differ_by_insurance(policy, facts):
        yield "insurance"
        return
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
    rule = policy.no_figure.on(day) if policy.no_figure is not None else None
    if rule is not None:
        yield "no_figure", rule


def _factors(schedule: Schedule, day: date) -> Iterator[tuple[str, Dated[Decimal]]]:
    for name, parameter in schedule.factors.items():
        value = parameter.on(day)
        if value is not None:
            yield name, value


def _assumptions(facts: Facts, schedule: Schedule) -> Iterator[Assumption]:
    """What the scenarios take for granted; the deductible and the yearly sum only where the schedule has them."""
    if facts.insurance is None and facts.known_insurance is not None:
        yield Assumption("insurance", facts.known_insurance)
    if facts.visit is None:
        yield Assumption("visit", "outpatient")
    if schedule.deductible is not None and facts.deductible_used is None:
        yield Assumption("deductible_used", "0")
    if schedule.ceiling is not None and facts.paid_this_year is None:
        yield Assumption("paid_this_year", "0")


def _treatments(
    facts: Facts, policy: PlacePolicy, schedule: Schedule, day: date
) -> Iterator[tuple[str, Dated[Decimal] | None]]:
    """The treatments to work out, each with its factor (None: the full share)."""
    factors = dict(_factors(schedule, day))
    exempt = _exempt_category(facts, policy, day)
    category = exempt or facts.category or ("referral" if facts.referral else None)
    if facts.filed is False and exempt is None:
        if "unfiled" in factors:
            yield "unfiled", factors["unfiled"]
        else:
            # The documents do not say what unfiled care is paid: both ways of filing are shown instead.
            yield "filed", None
            yield from ((name, factors[name]) for name in ("temporary",) if name in factors)
        return
    if category is None and facts.purpose in ("living", "posted", "studying"):
        category = "long_term_resident"
    if category is None and facts.purpose == "visiting" and facts.referral is False:
        category = "temporary"
    if category is not None:
        yield (category if category in factors else "filed"), factors.get(category)
        return
    yield "filed", None
    yield from ((name, factor) for name, factor in factors.items() if name != "unfiled")


def _exempt_category(facts: Facts, policy: PlacePolicy, day: date) -> str | None:
    for exemption in policy.filing.exemptions:
        inside = facts.care_area is not None and facts.care_area.within(Area.parse(exemption.area))
        if inside and exemption.treatment.on(day) is not None:
            return exemption.as_category
    return None


def _scenarios(
    facts: Facts, policy: PlacePolicy, schedule: Schedule, day: date
) -> Iterator[Scenario]:
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
    """One scenario: ``min(ceiling − paid, max(0, cost − deductible left) × share × factor)`` (policy-notes, 淮安)."""
    assert facts.cost is not None
    share = _share(facts, schedule, day, status, level)
    if share is None or share.value is None:
        return None
    low, low_steps = _fund_pays(facts.cost.low, facts, schedule, day, share, factor)
    high, _ = _fund_pays(facts.cost.high, facts, schedule, day, share, factor)
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
    )


def _share(
    facts: Facts, schedule: Schedule, day: date, status: str | None, level: Level | None
) -> Dated[Decimal] | None:
    if schedule.share is None:
        return Dated(date.min, facts.home_share, ()) if facts.home_share is not None else None
    parameter = schedule.share_for(status or "any", level or "tertiary")
    return parameter.on(day) if parameter is not None else None


def _fund_pays(
    cost: Decimal,
    facts: Facts,
    schedule: Schedule,
    day: date,
    share: Dated[Decimal],
    factor: Dated[Decimal] | None,
) -> tuple[Decimal, tuple[Step, ...]]:
    """The fund's part of one cost, and the steps that lead there."""
    steps: list[Step] = [Step("cost", cost)]
    above = cost
    deductible = schedule.deductible.on(day) if schedule.deductible is not None else None
    if deductible is not None and deductible.value is not None:
        left = max(_ZERO, deductible.value - (facts.deductible_used or _ZERO))
        above = max(_ZERO, cost - left)
        inputs = {"cost": cost, "deductible": deductible.value, "left": left}
        steps.append(Step("above_deductible", above, inputs, deductible.source, deductible.note))
    assert share.value is not None
    paid = above * share.value
    steps.append(Step("share", paid, {"above": above, "share": share.value}, share.source, share.note))
    if factor is not None and factor.value is not None:
        reduced = paid * factor.value
        inputs = {"paid": paid, "factor": factor.value}
        steps.append(Step("factor", reduced, inputs, factor.source, factor.note))
        paid = reduced
    paid = round_to_fen(paid)
    ceiling = schedule.ceiling.on(day) if schedule.ceiling is not None else None
    if ceiling is not None and ceiling.value is not None:
        room = max(_ZERO, ceiling.value - (facts.paid_this_year or _ZERO))
        inputs = {"paid": paid, "ceiling": ceiling.value, "room": room}
        paid = min(paid, room)
        steps.append(Step("ceiling", paid, inputs, ceiling.source, ceiling.note))
    return paid, tuple(steps)
