"""An estimate as a message: the result first, then the steps, then what it takes for granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from bot.policy.estimate import Assumption, Estimate, Scenario
from bot.policy.facts import Money
from bot.policy.trace import Step
from bot.wording.language import Gloss, Language, say, sentence
from bot.wording.terms import money, percent, term, yuan

# The line above the steps of a sum, and how a step begins that did not change it (bot/wording/sms.py leaves them out).
WORKING = "怎么算的："
WITHIN_CEILING = "没超过一年最多"


def estimate_message(result: Estimate, place: str, hotline: str, language: Language, gloss: Gloss) -> str:
    """The estimate in one message; ``place`` and ``hotline`` as in the filing message."""
    if result.outcome == "figures":
        lines = [*unfiled_lead(result, hotline, language), *_figures(result, place, language, gloss)]
    elif result.outcome == "factor_only":
        lines = [*_factor_only(result, place, language, gloss)]
    else:
        lines = [*_no_figure(result, place, hotline, language, gloss)]
    return "\n".join(lines)


def headline(result: Estimate) -> tuple[Money, Money] | None:
    """What the fund pays and what the person pays, as the first line says; None where there are no figures."""
    if not result.scenarios:
        return None
    if _comparable(result.scenarios):
        return result.scenarios[0].fund_pays, result.scenarios[0].person_pays
    return _span(s.fund_pays for s in result.scenarios), _span(s.person_pays for s in result.scenarios)


def step_line(step: Step, language: Language) -> str:
    """A step of the trace in one line."""
    if step.name == "cost" and isinstance(step.result, Decimal):
        return yuan(step.result, language)
    return _step(step, language)


def _span(amounts: Iterable[Money]) -> Money:
    found = list(amounts)
    return Money(min(amount.low for amount in found), max(amount.high for amount in found))


def unfiled_lead(result: Estimate, hotline: str, lang: Language) -> Iterator[str]:
    """What stands before the figures for somebody who has not filed, where the documents give no figure for that."""
    figures = result.outcome == "figures"
    if figures and result.facts.filed is False and all(s.treatment != "unfiled" for s in result.scenarios):
        yield say(
            lang,
            f"没备案怎么报，材料里没有写，请打 {hotline} 问清。下面是备了案的算法：",
            f"The material does not say what unfiled care is paid; please call {hotline}. With a filing:",
        )


def _figures(result: Estimate, place: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    main, others = result.scenarios[0], result.scenarios[1:]
    schedule = result.schedule.name if result.schedule is not None else ""
    if _comparable(result.scenarios):
        yield _headline(main, lang)
    else:
        yield from _range(result.scenarios, lang)
    yield say(lang, f"（{place}，{schedule}）", f"({place}: {sentence(schedule, lang, gloss)})")
    yield say(lang, WORKING, "How it is worked out:")
    yield from _steps(main, lang, gloss)
    if others:
        yield say(lang, "其他情况：", "Other cases:")
        yield from (_row(scenario, lang) for scenario in others)
    yield from _taken_for_granted(result, lang, gloss)


def _comparable(scenarios: tuple[Scenario, ...]) -> bool:
    """Whether the first scenario can stand as the answer: only the filing differs between them."""
    return len({(s.insurance, s.hospital_level, s.status) for s in scenarios}) == 1


def _headline(scenario: Scenario, lang: Language) -> str:
    fund, own = money(scenario.fund_pays, lang), money(scenario.person_pays, lang)
    return say(lang, f"大约能报 {fund}，自己付 {own}。", f"The fund pays about {fund}; you pay {own}.")


def _range(scenarios: tuple[Scenario, ...], lang: Language) -> Iterator[str]:
    fund = _span(s.fund_pays for s in scenarios)
    low, high = yuan(fund.low, lang), yuan(fund.high, lang)
    yield say(
        lang,
        f"大约能报 {low} 到 {high}，要看具体情况：",
        f"The fund pays between {low} and {high}, depending on the case:",
    )
    yield _row(scenarios[0], lang)


def _row(scenario: Scenario, lang: Language) -> str:
    name, fund = _name(scenario, lang), money(scenario.fund_pays, lang)
    return say(lang, f"· {name}：报 {fund}", f"· {name}: {fund}")


def _name(scenario: Scenario, lang: Language) -> str:
    facts = {
        "insurance": scenario.insurance,
        "status": scenario.status,
        "hospital_level": scenario.hospital_level,
        "treatment": scenario.treatment,
    }
    parts = [term(fact, value, lang) for fact, value in facts.items() if value]
    return say(lang, "，", ", ").join(parts)


def _steps(scenario: Scenario, lang: Language, gloss: Gloss) -> Iterator[str]:
    for number, step in enumerate(scenario.steps[1:], start=1):
        yield f"{number}. {_step(step, lang)}"
        if step.note:
            yield f"   {sentence(step.note, lang, gloss)}"


def _step(step: Step, lang: Language) -> str:
    value = {name: item for name, item in step.inputs.items() if isinstance(item, Decimal)}
    result = yuan(step.result, lang) if isinstance(step.result, Decimal) else str(step.result)
    if step.name == "above_deductible":
        return _above_deductible(value, result, lang)
    if step.name == "share":
        share = say(lang, "报销比例", "share (报销比例)")
        return f"{yuan(value['above'], lang)} × {share} {percent(value['share'])} = {result}"
    if step.name == "factor":
        return f"{yuan(value['paid'], lang)} × {percent(value['factor'])} = {result}"
    if step.name == "ceiling":
        return _ceiling(value, lang)
    return f"{step.name}: {result}"


def _above_deductible(value: dict[str, Decimal], result: str, lang: Language) -> str:
    left, full = yuan(value["left"], lang), yuan(value["deductible"], lang)
    if 0 < value["cost"] <= value["left"]:
        cost = yuan(value["cost"], lang)
        return say(
            lang,
            f"{cost} 没超过{'' if left == full else '剩下的'}起付线 {left}，起付线以内要自己付",
            f"{cost} is within the {'' if left == full else 'remaining '}deductible (起付线) of {left}, which you pay yourself",
        )
    line = f"{yuan(value['cost'], lang)} − {say(lang, '起付线', 'deductible (起付线)')} {left} = {result}"
    if value["left"] == value["deductible"]:
        return line
    if value["left"] == 0:
        return line + say(lang, f"（一年 {full} 的起付线已付满）", f" (the {full} of the year are used)")
    return line + say(lang, f"（起付线一年 {full}，已付一部分）", f" (of {full} a year)")


def _ceiling(value: dict[str, Decimal], lang: Language) -> str:
    limit, room = yuan(value["ceiling"], lang), yuan(value["room"], lang)
    if value["paid"] > value["room"]:
        return say(lang, f"一年最多报 {limit}，还能报 {room}", f"yearly ceiling {limit}; {room} left")
    return say(lang, f"{WITHIN_CEILING} {limit}", f"within the yearly ceiling of {limit}")


def _taken_for_granted(result: Estimate, lang: Language, gloss: Gloss) -> Iterator[str]:
    taken = assumed(result, lang)
    if taken:
        joined = say(lang, "、", "; ").join(taken)
        yield say(
            lang, f"按这些来算：{joined}。不对请告诉我。", f"Assumed: {joined}. Tell me if that is wrong."
        )
    yield from _rules(result, lang, gloss)


def assumed(result: Estimate, lang: Language) -> tuple[str, ...]:
    """What an estimate takes for granted."""
    taken = [_assumption(a, lang) for a in result.assumptions]
    if result.facts.cost is not None and result.facts.cost.is_range:
        taken.append(say(lang, "步骤按低的金额写", "steps shown for the lower amount"))
    return tuple(taken)


def _rules(result: Estimate, lang: Language, gloss: Gloss) -> Iterator[str]:
    for text in dict.fromkeys(str(rule.value) for _, rule in result.rules):
        yield sentence(text, lang, gloss) + say(lang, "。", ".")


def _assumption(assumption: Assumption, lang: Language) -> str:
    if assumption.fact == "deductible_used":
        return say(lang, "今年的起付线还没用过", "none of this year's deductible is used")
    if assumption.fact == "paid_this_year":
        return say(lang, "今年还没报销过", "nothing was paid this year")
    return term(assumption.fact, assumption.value, lang)


def _factor_only(result: Estimate, place: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    if result.schedule is not None and result.schedule.share is not None:
        yield say(lang, "还差费用金额，说一个大概数就能算。", "Tell me roughly how much it cost.")
        return
    yield say(
        lang,
        f"{place}的材料没有写本地报几成，只写了按本地比例怎么打折：",
        f"The material of {place} states no share, only how the home share is reduced:",
    )
    yield say(
        lang, "· 办了长期居住或转诊备案：和本地一样", "· filed as long-term or referred: the same as at home"
    )
    for name, factor in result.factors:
        share = percent(factor.value) if factor.value is not None else ""
        label = term("treatment", name, lang)
        yield say(lang, f"· {label}：本地比例的 {share}", f"· {label}: {share} of the home share")
    yield from _rules(result, lang, gloss)


def _no_figure(result: Estimate, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    if result.national:
        yield say(
            lang,
            f"我没有{place}的报销数字，算不出来。",
            f"I have no figures for {place}, so I cannot work it out.",
        )
    else:
        yield say(
            lang,
            f"{place}的材料里没有这种费用的报销数字，我不能乱算。",
            f"The material of {place} has no figures for this, so I will not guess.",
        )
    yield from _rules(result, lang, gloss)
    if not any(hotline in str(rule.value) for _, rule in result.rules):
        yield say(lang, f"请打 {hotline} 问清。", f"Please call {hotline}.")
