"""An estimate as a message: the result first, then the steps, then what it takes for granted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bot.policy.estimate import Assumption, Estimate, Scenario
from bot.policy.trace import Step
from bot.wording.language import Gloss, Language, sentence
from bot.wording.terms import money, percent, term, yuan


def estimate_message(
    result: Estimate, place: str, hotline: str, language: Language, gloss: Gloss
) -> str:
    """The estimate in one message; ``place`` and ``hotline`` as in the filing message."""
    if result.outcome == "figures":
        lines = [*_figures(result, place, language, gloss)]
    elif result.outcome == "factor_only":
        lines = [*_factor_only(result, place, language, gloss)]
    else:
        lines = [*_no_figure(result, place, hotline, language, gloss)]
    return "\n".join(lines)


def _figures(result: Estimate, place: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    main, others = result.scenarios[0], result.scenarios[1:]
    schedule = result.schedule.name if result.schedule is not None else ""
    if _comparable(result.scenarios):
        yield from _headline(main, lang)
    else:
        yield from _range(result, lang)
    basis = f"（{place}，{schedule}）" if lang == "zh" else f"({place}: {sentence(schedule, lang, gloss)})"
    yield basis
    yield "怎么算的：" if lang == "zh" else "How it is worked out:"
    yield from _steps(main, lang, gloss)
    if others:
        yield "其他情况：" if lang == "zh" else "Other cases:"
        for scenario in others:
            yield f"· {_name(scenario, lang)}：{_pays(scenario, lang)}" if lang == "zh" else f"· {_name(scenario, lang)}: {_pays(scenario, lang)}"
    yield from _taken_for_granted(result, lang, gloss)


def _comparable(scenarios: tuple[Scenario, ...]) -> bool:
    """Whether the first scenario can stand as the answer: level and status are the same in all of them."""
    return len({(s.hospital_level, s.status) for s in scenarios}) == 1


def _headline(scenario: Scenario, lang: Language) -> Iterator[str]:
    fund, own = money(scenario.fund_pays, lang), money(scenario.person_pays, lang)
    if lang == "zh":
        yield f"大约能报 {fund}，自己付 {own}。"
    else:
        yield f"The fund pays about {fund}; you pay {own}."


def _range(result: Estimate, lang: Language) -> Iterator[str]:
    low = min(s.fund_pays.low for s in result.scenarios)
    high = max(s.fund_pays.high for s in result.scenarios)
    if lang == "zh":
        yield f"大约能报 {yuan(low, lang)} 到 {yuan(high, lang)}，要看具体情况："
    else:
        yield f"The fund pays between {yuan(low, lang)} and {yuan(high, lang)}, depending on the case:"
    first = result.scenarios[0]
    yield f"· {_name(first, lang)}：{_pays(first, lang)}" if lang == "zh" else f"· {_name(first, lang)}: {_pays(first, lang)}"


def _name(scenario: Scenario, lang: Language) -> str:
    parts = []
    if scenario.status:
        parts.append(term("status", scenario.status, lang))
    if scenario.hospital_level:
        parts.append(term("hospital_level", scenario.hospital_level, lang))
    parts.append(term("treatment", scenario.treatment, lang))
    return ("，" if lang == "zh" else ", ").join(parts)


def _pays(scenario: Scenario, lang: Language) -> str:
    fund = money(scenario.fund_pays, lang)
    return f"报 {fund}" if lang == "zh" else f"{fund}"


def _steps(scenario: Scenario, lang: Language, gloss: Gloss) -> Iterator[str]:
    for number, step in enumerate(scenario.steps[1:], start=1):
        yield f"{number}. {_step(step, lang)}"
        if step.note:
            yield f"   {sentence(step.note, lang, gloss)}"


def _step(step: Step, lang: Language) -> str:
    value = {name: item for name, item in step.inputs.items() if isinstance(item, Decimal)}
    result = yuan(step.result, lang) if isinstance(step.result, Decimal) else str(step.result)
    zh = lang == "zh"
    if step.name == "above_deductible":
        line = f"{yuan(value['cost'], lang)} − {'起付线' if zh else 'deductible (起付线)'} {yuan(value['left'], lang)} = {result}"
        full = yuan(value["deductible"], lang)
        used = "" if value["left"] == value["deductible"] else (f"（起付线一年 {full}，已付一部分）" if zh else f" (of {full} a year)")
        return line + used
    if step.name == "share":
        return f"{yuan(value['above'], lang)} × {'报销比例' if zh else 'share (报销比例)'} {percent(value['share'])} = {result}"
    if step.name == "factor":
        return f"{yuan(value['paid'], lang)} × {percent(value['factor'])} = {result}"
    if step.name == "ceiling":
        limit, room = yuan(value["ceiling"], lang), yuan(value["room"], lang)
        if value["paid"] > value["room"]:
            return f"一年最多报 {limit}，还能报 {room}" if zh else f"yearly ceiling {limit}; {room} left"
        return f"没超过一年最多 {limit}" if zh else f"within the yearly ceiling of {limit}"
    return f"{step.name}: {result}"


def _taken_for_granted(result: Estimate, lang: Language, gloss: Gloss) -> Iterator[str]:
    assumed = [_assumption(a, lang) for a in result.assumptions]
    if result.facts.cost is not None and result.facts.cost.is_range:
        assumed.append("步骤按低的金额写" if lang == "zh" else "steps shown for the lower amount")
    if assumed:
        joined = ("、" if lang == "zh" else "; ").join(assumed)
        yield f"按这些来算：{joined}。不对请告诉我。" if lang == "zh" else f"Assumed: {joined}. Tell me if that is wrong."
    if result.facts.filed is False and result.schedule is not None and "unfiled" not in result.schedule.factors:
        if lang == "zh":
            yield "没备案怎么报，材料里没有写；上面是备了案的算法，请打 12393 问清。"
        else:
            yield "The material does not say what unfiled care is paid; the figures above are with a filing. Call 12393."
    for _, rule in result.rules:
        yield f"{sentence(str(rule.value), lang, gloss)}。" if lang == "zh" else f"{sentence(str(rule.value), lang, gloss)}."


def _assumption(assumption: Assumption, lang: Language) -> str:
    zh = lang == "zh"
    if assumption.fact == "deductible_used":
        return "今年的起付线还没用过" if zh else "none of this year's deductible is used"
    if assumption.fact == "paid_this_year":
        return "今年还没报销过" if zh else "nothing was paid this year"
    return term(assumption.fact, assumption.value, lang)


def _factor_only(result: Estimate, place: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    zh = lang == "zh"
    if result.factors:
        yield (
            f"{place}的材料没有写本地报几成，只写了按本地比例怎么打折："
            if zh
            else f"The material of {place} states no share, only how the home share is reduced:"
        )
        yield "· 办了长期居住或转诊备案：和本地一样" if zh else "· filed as long-term or referred: the same as at home"
        for name, factor in result.factors:
            share = percent(factor.value) if factor.value is not None else ""
            label = term("treatment", name, lang)
            yield f"· {label}：本地比例的 {share}" if zh else f"· {label}: {share} of the home share"
    else:
        yield "还差费用金额，说一个大概数就能算。" if zh else "Tell me roughly how much it cost."
    for _, rule in result.rules:
        yield f"{sentence(str(rule.value), lang, gloss)}。" if zh else f"{sentence(str(rule.value), lang, gloss)}."


def _no_figure(result: Estimate, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    zh = lang == "zh"
    if result.national:
        yield f"我没有{place}的报销数字，算不出来。" if zh else f"I have no figures for {place}, so I cannot work it out."
    else:
        yield f"{place}的材料里没有这种费用的报销数字，我不能乱算。" if zh else f"The material of {place} has no figures for this, so I will not guess."
    for _, rule in result.rules:
        yield f"{sentence(str(rule.value), lang, gloss)}。" if zh else f"{sentence(str(rule.value), lang, gloss)}."
    if not any(hotline in str(rule.value) for _, rule in result.rules):
        yield f"请打 {hotline} 问清。" if zh else f"Please call {hotline}."
