"""The filing check (备案资格核对): from a person's facts to what they must file, with which papers, where and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any, Literal

from bot.policy.areas import Area
from bot.policy.facts import PURPOSES, STATUSES, Category, Facts
from bot.policy.parameters import (
    CategoryRule,
    Channel,
    Dated,
    Exemption,
    Flag,
    PaperList,
    Parameter,
    PlacePolicy,
    T,
)
from bot.policy.trace import Step

Outcome = Literal["file", "exempt", "impossible", "at_home", "emergency", "unlisted"]
FilingQuestion = Literal[
    "insured_place", "care_place", "purpose", "referral", "status", "household_moved"
]

# The facts that tell the categories apart, in the order in which they are asked, with the values they can take.
_DECIDING: dict[FilingQuestion, tuple[Any, ...]] = {
    "purpose": PURPOSES,
    "referral": (True, False),
    "status": STATUSES,
    "household_moved": (True, False),
}


@dataclass(frozen=True)
class CategoryAdvice:
    """What one category means at the insured place on the day: papers, promise, validity, cancellation, treatment."""

    category: Category
    name: str
    definition: Dated[str] | None
    papers: Dated[PaperList] | None
    promise: Dated[bool] | None
    validity: Dated[str] | None
    cancellation: Dated[str] | None
    treatment: Dated[str] | None


@dataclass(frozen=True)
class ChannelAdvice:
    """One way to file that is open on the day."""

    channel: Channel
    names: Dated[tuple[str, ...]]


@dataclass(frozen=True)
class FilingVerdict:
    """The outcome of the check.

    ``categories`` holds every category that the known facts still allow; ``question`` names the one fact that would
    decide between them (None when nothing is left to ask). ``national`` tells that the insured place is not served and
    the national rules stand in for its own.
    """

    outcome: Outcome
    place: str
    national: bool
    facts: Facts
    categories: tuple[CategoryAdvice, ...] = ()
    unlisted: tuple[Category, ...] = ()
    channels: tuple[ChannelAdvice, ...] = ()
    exemption: Dated[str] | None = None
    exempt_area: str | None = None
    nearby_exemptions: tuple[tuple[str, Dated[str]], ...] = ()
    rules: tuple[tuple[str, Dated[str]], ...] = ()
    question: FilingQuestion | None = None
    steps: tuple[Step, ...] = ()


def check(
    facts: Facts,
    policy: PlacePolicy,
    day: date,
    *,
    home: Area | None = None,
    national: PlacePolicy | None = None,
    asked: frozenset[str] = frozenset(),
) -> FilingVerdict:
    """Judge a filing by the rules of ``policy`` in force on ``day``.

    ``home`` is the insured place's area; ``national`` supplies the rule on lapsed contributions; ``asked`` names the
    facts the person could not tell, which are not asked again.
    """
    verdict = FilingVerdict("file", policy.place, policy.place == "national", facts)
    lapsed = _on((national or policy).filing.lapsed, day)
    if facts.lapsed and lapsed is not None:
        return replace(
            verdict,
            outcome="impossible",
            rules=(("lapsed", lapsed),),
            steps=(_step("lapsed", lapsed),),
        )
    if home is not None and facts.care_area is not None and facts.care_area.within(home):
        return replace(verdict, outcome="at_home")
    exempt = _exempt(verdict, policy, day)
    if exempt is not None:
        return exempt
    return _with_categories(verdict, policy, day, asked)


def possible_categories(facts: Facts, policy: PlacePolicy, day: date) -> tuple[Category, ...]:
    """The categories that the known facts allow, in the order of :data:`bot.policy.facts.CATEGORIES`."""
    if facts.category is not None:
        return (facts.category,)
    found = {_classify(case, policy, day) for case in _completions(facts)}
    order = ("retired_resettled", "long_term_resident", "posted_worker", "referral", "temporary")
    return tuple(category for category in order if category in found)


def _completions(facts: Facts) -> Iterator[Facts]:
    """Every way in which the unknown deciding facts could turn out.

    Somebody who lives, works or studies there is not asked about a referral; only a stated one counts.
    """
    unknown: dict[str, tuple[Any, ...]] = {
        name: values for name, values in _DECIDING.items() if getattr(facts, name) is None
    }
    for values in product(*unknown.values()):
        case: Facts = replace(facts, **dict(zip(unknown, values)))
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
    covers = _on_flag(rule.covers_study, day) if rule is not None else None
    return covers is not None and bool(covers.value)


def _exempt(verdict: FilingVerdict, policy: PlacePolicy, day: date) -> FilingVerdict | None:
    """The verdict for an exempt place of care (免备案), the narrowest area first."""
    care = verdict.facts.care_area
    if care is None:
        return None
    for exemption in sorted(policy.filing.exemptions, key=lambda e: -len(Area.parse(e.area).path)):
        treatment = exemption.treatment.on(day)
        if treatment is not None and care.within(Area.parse(exemption.area)):
            return replace(
                verdict,
                outcome="exempt",
                exemption=treatment,
                exempt_area=exemption.area,
                nearby_exemptions=_nearby(policy.filing.exemptions, care, exemption.area, day),
                steps=(_step("exemption", treatment),),
            )
    return None


def _nearby(
    exemptions: tuple[Exemption, ...], care: Area, taken: str | None, day: date
) -> tuple[tuple[str, Dated[str]], ...]:
    """Exempt areas inside the place of care: 嘉善 for somebody going to 嘉兴."""
    found = []
    for exemption in exemptions:
        treatment = exemption.treatment.on(day)
        inside = Area.parse(exemption.area).within(care) and exemption.area != taken
        if inside and treatment is not None:
            found.append((exemption.area, treatment))
    return tuple(found)


def _with_categories(
    verdict: FilingVerdict, policy: PlacePolicy, day: date, asked: frozenset[str]
) -> FilingVerdict:
    """The verdict once neither lapse nor exemption settles it: categories, channels and what to ask next."""
    facts, rules = verdict.facts, policy.filing
    categories = possible_categories(facts, policy, day)
    listed = tuple(_advice(c, rules.categories[c], day) for c in categories if c in rules.categories)
    unlisted = tuple(c for c in categories if c not in rules.categories)
    outcome: Outcome = "file" if listed else "unlisted"
    if facts.emergency and rules.emergency is not None:
        outcome = "emergency"
    channels = tuple(_channels(rules.channels, day))
    nearby = _nearby(rules.exemptions, facts.care_area, None, day) if facts.care_area else ()
    extra = tuple(_extra_rules(policy, outcome, categories, facts, day))
    steps = [_step(f"category.{advice.category}", advice.definition) for advice in listed]
    steps += [_step(f"papers.{advice.category}", advice.papers) for advice in listed]
    steps += [_step(f"rule.{name}", rule) for name, rule in extra]
    return replace(
        verdict,
        outcome=outcome,
        categories=listed,
        unlisted=unlisted,
        channels=channels,
        nearby_exemptions=nearby,
        rules=extra,
        question=next_question(facts, policy, day, asked),
        steps=tuple(step for step in steps if step.sources),
    )


def next_question(
    facts: Facts, policy: PlacePolicy | None, day: date, asked: frozenset[str] = frozenset()
) -> FilingQuestion | None:
    """The one fact that should be asked next; None when the answer would not change.

    ``policy`` is None while the insured place is not known. Facts in ``asked`` were answered with "don't know".
    """
    if policy is None:
        return None if "insured_place" in asked else "insured_place"
    if facts.lapsed or facts.emergency:
        return None
    if facts.care_area is None and policy.filing.exemptions and "care_place" not in asked:
        return "care_place"
    if facts.category is not None:
        return None
    for name, values in _DECIDING.items():
        if getattr(facts, name) is not None or name in asked:
            continue
        cases: list[Facts] = [replace(facts, **{name: value}) for value in values]
        if len({possible_categories(case, policy, day) for case in cases}) > 1:
            return name
    return None


def _advice(category: Category, rule: CategoryRule, day: date) -> CategoryAdvice:
    return CategoryAdvice(
        category=category,
        name=rule.name,
        definition=rule.definition.on(day),
        papers=_on(rule.papers, day),
        promise=_on_flag(rule.promise, day),
        validity=_on(rule.validity, day),
        cancellation=_on(rule.cancellation, day),
        treatment=_on(rule.treatment, day),
    )


def _channels(channels: tuple[Channel, ...], day: date) -> Iterator[ChannelAdvice]:
    for channel in channels:
        names = channel.names.on(day)
        if names is not None:
            yield ChannelAdvice(channel, names)


def _extra_rules(
    policy: PlacePolicy,
    outcome: Outcome,
    categories: tuple[Category, ...],
    facts: Facts,
    day: date,
) -> Iterator[tuple[str, Dated[str]]]:
    """The rules beside the category that this person needs to hear, by name."""
    filing = policy.filing
    wanted = {
        "emergency": (filing.emergency, outcome == "emergency"),
        "referral_steps": (filing.referral_steps, "referral" in categories),
        "agent_papers": (filing.agent_papers, bool(facts.agent)),
        "unfiled": (filing.unfiled, outcome == "unlisted" or facts.filed is False),
        "promise": (filing.promise, outcome == "file"),
    }
    for name, (parameter, applies) in wanted.items():
        rule = _on(parameter, day) if applies else None
        if rule is not None:
            yield name, rule


def _on(parameter: Parameter[T] | None, day: date) -> Dated[T] | None:
    return parameter.on(day) if parameter is not None else None


def _on_flag(parameter: Flag | None, day: date) -> Dated[bool] | None:
    return _on(parameter, day)


def _step(name: str, rule: Dated[T] | None) -> Step:
    """A trace step for a rule that was applied; without sources when the documents are silent."""
    if rule is None:
        return Step(name, None)
    return Step(name, str(rule.value), sources=rule.source, note=rule.note)
