"""Every figure that is told to people stands in a section that is cited for it, and answers agree with the policy files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.claims import Claim, figures_stated, number_as_figure
from bot.knowledge.errors import problem
from bot.knowledge.places import Place
from bot.knowledge.policy_files import parameters_of
from bot.knowledge.sources import Section
from bot.policy.parameters import Schedule
from bot.text.figures import figures_in, percent

# Which topic tells people what a schedule of the policy files says.
_BENEFIT_TOPICS = {
    ("employee", "outpatient"): "employee_outpatient_benefit",
    ("resident", "outpatient"): "resident_outpatient_benefit",
    ("employee", "inpatient"): "inpatient_benefit",
    ("resident", "inpatient"): "inpatient_benefit",
}
_RAISED = re.compile(r"加\s*(\d+)\s*个百分点")
_LOWERED = re.compile(r"下降\s*(\d+)%")
_WHOLE = Decimal(1)


def figure_problems(base: KnowledgeBase, claims: Sequence[Claim]) -> list[str]:
    """Findings on the figures of claims whose sections all exist."""
    numbers = policy_numbers(base)
    findings = [line for claim in claims for line in _unstated(base, claim, numbers)]
    for place in base.places.by_id.values():
        for schedule in base.policies[place.policy].schedules:
            findings += _disagreements(base, place, schedule)
    return findings


def section_figures(section: Section) -> set[str]:
    """The figures of a section in the spelling of :mod:`bot.text.figures`."""
    return {figure for written in section.figures for figure in figures_in(written)}


def policy_numbers(base: KnowledgeBase) -> Mapping[str, set[str]]:
    """The figures of the policy files by the section that states them, computed ones (70% + 5 个百分点) included."""
    numbers: dict[str, set[str]] = {}
    for policy in base.policies.values():
        for _, parameter in parameters_of(policy):
            for value in parameter.values:
                if isinstance(value.value, Decimal):
                    for source in value.source:
                        numbers.setdefault(source, set()).add(number_as_figure(parameter.unit, value.value))
    return numbers


def _unstated(base: KnowledgeBase, claim: Claim, numbers: Mapping[str, set[str]]) -> Iterator[str]:
    stated = {figure for source in claim.sources for figure in section_figures(base.sources.sections[source])}
    if claim.file == "faq.md":
        allowed = stated.union(*(numbers.get(source, set()) for source in claim.sources))
    else:
        allowed = stated | _computed(stated, claim.hint)
    for figure in dict.fromkeys(claim.figures):
        if figure not in allowed:
            found = f"{figure} does not stand in {'、'.join(claim.sources)}"
            write = "write the document's figure, or cite the section that states it"
            yield problem(claim.file, claim.where, found, write)


def _computed(stated: set[str], hint: str) -> set[str]:
    """What a parameter's description says how to compute: 加 5 个百分点 on a stated share, 下降 20% of the whole."""
    shares = [Decimal(figure[:-1]) for figure in stated if figure.endswith("%")]
    found = set()
    for points in _RAISED.findall(hint):
        if f"{points}个百分点" in stated:
            found |= {percent((share + Decimal(points)) / 100) for share in shares}
    for points in _LOWERED.findall(hint):
        if f"{points}%" in stated:
            found.add(percent(_WHOLE - Decimal(points) / 100))
    return found


def _disagreements(base: KnowledgeBase, place: Place, schedule: Schedule) -> Iterator[str]:
    """The place's benefit answers state exactly the money and the shares of the schedule."""
    topics = {_BENEFIT_TOPICS[i, v] for i in schedule.insurance for v in schedule.visit} & set(base.faq)
    for topic in sorted(topics):
        for answer in base.faq[topic].answers:
            if answer.place == place.name:
                where = f"{topic} ({place.name})"
                write = f"say it as policy/{place.policy}.yml, {schedule.name}"
                for found in _differences(set(figures_stated(answer.body)), list(_ways(schedule))):
                    yield problem("faq.md", where, found, write)


def _differences(stated: set[str], ways: Sequence[set[str]]) -> Iterator[str]:
    for way in ways:
        if not way & stated:
            yield f"{' or '.join(sorted(way))} is missing"
    for figure in sorted(stated - set().union(*ways)):
        if figure.endswith(("%", "元")):
            yield f"{figure} is no figure of the estimate"


def _ways(schedule: Schedule) -> Iterator[set[str]]:
    """How each number of a schedule may be told: as it is; a factor of 0.8 as 按 80% or as 下降 20%."""
    factors = list(schedule.factors.values())
    for _, parameter in parameters_of(schedule):
        number = parameter.values[-1].value
        if isinstance(number, Decimal):
            told = {number_as_figure(parameter.unit, number)}
            yield told | {percent(_WHOLE - number)} if parameter in factors else told
