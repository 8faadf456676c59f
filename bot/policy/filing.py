"""The filing check (备案资格核对): from a person's facts to what they must file, with which papers, where and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from bot.policy.areas import Area
from bot.policy.categories import deciding_question, possible_categories
from bot.policy.facts import Category, Facts
from bot.policy.parameters import (
    CategoryRule,
    Channel,
    Dated,
    Exemption,
    PaperList,
    PlacePolicy,
    T,
    in_force,
)
from bot.policy.trace import Step

Outcome = Literal["file", "exempt", "impossible", "at_home", "emergency", "unlisted"]
FilingQuestion = Literal["insured_place", "care_place", "purpose", "referral", "status", "household_moved"]


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
    time: Dated[str] | None = None


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
    lapsed = in_force((national or policy).filing.lapsed, day)
    if facts.lapsed and lapsed is not None:
        return replace(
            verdict,
            outcome="impossible",
            rules=(("lapsed", lapsed),),
            steps=(_step("lapsed", lapsed),),
        )
    local = in_force(policy.filing.local_area, day)
    if _at_home(facts, home, local):
        return replace(verdict, outcome="at_home", steps=(_step("at_home", local),) if local else ())
    exempt = _exempt(verdict, policy, day)
    if exempt is not None:
        return exempt
    return _with_categories(verdict, policy, day, asked)


def _at_home(facts: Facts, home: Area | None, local: Dated[str] | None) -> bool:
    """Whether care there is care at home (本地就医): inside the insured city, or the wider area the documents name.

    A home known only as a province does not settle it: its cities pool separately (省内异地).
    """
    care = facts.care_area
    if care is None:
        return False
    if local is not None and care.within(Area.parse(str(local.value))):
        return True
    if home is not None and not home.in_one_city and facts.insured_area is not None:
        home = Area(facts.insured_area.province, facts.insured_area.city)
    return home is not None and home.in_one_city and care.within(home)


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
    known = {name: rule for name, rule in rules.categories.items() if rule.definition.on(day) is not None}
    listed = tuple(_advice(c, known[c], day) for c in categories if c in known)
    unlisted = tuple(c for c in categories if c not in known)
    outcome: Outcome = "file" if listed else "unlisted"
    if _emergency_rule_applies(facts, policy, day):
        outcome = "emergency"
    channels = tuple(_channels(rules.channels, categories, day))
    nearby = _nearby(rules.exemptions, facts.care_area, None, day) if facts.care_area else ()
    extra = tuple(_extra_rules(policy, outcome, listed, facts, day))
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
    if facts.lapsed or _emergency_rule_applies(facts, policy, day):
        return None
    if facts.care_area is None and policy.filing.exemptions and "care_place" not in asked:
        return "care_place"
    return deciding_question(facts, policy, day, asked)


def _emergency_rule_applies(facts: Facts, policy: PlacePolicy, day: date) -> bool:
    """Whether this is an emergency at a place whose own documents have a rule for it."""
    return bool(facts.emergency) and in_force(policy.filing.emergency, day) is not None


def _advice(category: Category, rule: CategoryRule, day: date) -> CategoryAdvice:
    return CategoryAdvice(
        category=category,
        name=rule.name,
        definition=rule.definition.on(day),
        papers=in_force(rule.papers, day),
        promise=in_force(rule.promise, day),
        validity=in_force(rule.validity, day),
        cancellation=in_force(rule.cancellation, day),
        treatment=in_force(rule.treatment, day),
    )


def _channels(
    channels: tuple[Channel, ...], categories: tuple[Category, ...], day: date
) -> Iterator[ChannelAdvice]:
    for channel in channels:
        names = channel.names.on(day)
        if names is not None and channel.serves(categories):
            yield ChannelAdvice(channel, names, in_force(channel.time, day))


def _extra_rules(
    policy: PlacePolicy,
    outcome: Outcome,
    listed: tuple[CategoryAdvice, ...],
    facts: Facts,
    day: date,
) -> Iterator[tuple[str, Dated[str]]]:
    """The rules beside the category that this person needs to hear, by name."""
    filing = policy.filing
    wanted = {
        "emergency": (filing.emergency, outcome == "emergency"),
        "referral_steps": (filing.referral_steps, any(a.category == "referral" for a in listed)),
        "agent_papers": (filing.agent_papers, bool(facts.agent)),
        "unfiled": (filing.unfiled, outcome == "unlisted" or facts.filed is False),
        "promise": (filing.promise, outcome == "file" and any(advice.promise for advice in listed)),
    }
    for name, (parameter, applies) in wanted.items():
        rule = in_force(parameter, day) if applies else None
        if rule is not None:
            yield name, rule


def _step(name: str, rule: Dated[T] | None) -> Step:
    """A trace step for a rule that was applied; without sources when the documents are silent."""
    if rule is None:
        return Step(name, None)
    return Step(name, str(rule.value), sources=rule.source, note=rule.note)


def as_own(verdict: FilingVerdict) -> FilingVerdict:
    """The verdict for a place whose own document the national rules come from: no caveat that they are general."""
    return replace(verdict, national=False)
