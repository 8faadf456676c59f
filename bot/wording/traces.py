"""The trace of a verdict or an estimate, step by step, as a clerk reads it beside the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.policy.estimate import Estimate
from bot.policy.filing import CategoryAdvice, FilingVerdict
from bot.policy.parameters import Dated
from bot.policy.trace import Step
from bot.wording.estimate import step_line
from bot.wording.filing import KINDS, RULES, alternatives
from bot.wording.terms import percent, term

_STEPS = {
    "cost": "费用",
    "above_deductible": "扣起付线",
    "share": "乘报销比例",
    "factor": "按备案类型打折",
    "ceiling": "看封顶线",
}


@dataclass(frozen=True)
class Line:
    """One step: what it is about, what it says, how an unclear passage was read, and the sections that say so."""

    label: str
    text: str
    note: str | None = None
    sources: tuple[str, ...] = ()


def estimate_lines(result: Estimate) -> tuple[Line, ...]:
    """The steps of the first case, then the factors and rules where there is no sum."""
    if result.scenarios:
        return tuple(_sum_line(step) for step in result.scenarios[0].steps) + tuple(_rule_lines(result))
    factors = (
        Line(
            _STEPS["factor"],
            f"{term('treatment', name, 'zh')}：{percent(factor.value)}",
            factor.note,
            factor.source,
        )
        for name, factor in result.factors
        if factor.value is not None
    )
    return (*factors, *_rule_lines(result))


def filing_lines(verdict: FilingVerdict) -> tuple[Line, ...]:
    """What led to the verdict and what it says of each category, channel and rule."""
    return tuple(line for line in _filing_lines(verdict) if line.sources)


def _sum_line(step: Step) -> Line:
    return Line(_STEPS.get(step.name, step.name), step_line(step, "zh"), step.note, step.sources)


def _rule_lines(result: Estimate) -> Iterator[Line]:
    for _, rule in result.rules:
        yield _line("说明", rule)


def _filing_lines(verdict: FilingVerdict) -> Iterator[Line]:
    named = {"lapsed": "断缴", "at_home": "本地就医", "exemption": "免备案"}
    for step in verdict.steps:
        if step.name in named:
            yield Line(named[step.name], _without_path(step), step.note, step.sources)
    for advice in verdict.categories:
        yield from _category_lines(advice)
    for channel in verdict.channels:
        names = "、".join(channel.names.value or ())
        yield Line(
            f"在哪里办·{KINDS[channel.channel.kind][0]}", names, channel.names.note, channel.names.source
        )
        if channel.time is not None:
            yield _line(f"多久·{KINDS[channel.channel.kind][0]}", channel.time)
    for name, rule in verdict.rules:
        if name in RULES:
            yield _line(RULES[name][0], rule)
    for area, rule in verdict.nearby_exemptions:
        yield _line(f"免备案·{area.split('/')[-1]}", rule)


def _without_path(step: Step) -> str:
    """江苏/苏州 as 江苏苏州; other rules are sentences already."""
    return str(step.result).replace("/", "") if step.name == "at_home" else str(step.result)


def _category_lines(advice: CategoryAdvice) -> Iterator[Line]:
    if advice.definition is not None:
        yield Line(
            f"备案类型·{advice.name}",
            str(advice.definition.value),
            advice.definition.note,
            advice.definition.source,
        )
    if advice.papers is not None and advice.papers.value is not None:
        rows = "；".join(alternatives(row, "zh", lambda _: None) for row in advice.papers.value)
        yield Line("材料", rows, advice.papers.note, advice.papers.source)
    for label, rule in (
        ("有效期", advice.validity),
        ("取消", advice.cancellation),
        ("待遇", advice.treatment),
    ):
        if rule is not None:
            yield _line(label, rule)


def _line(label: str, rule: Dated[str]) -> Line:
    return Line(label, str(rule.value), rule.note, rule.source)
