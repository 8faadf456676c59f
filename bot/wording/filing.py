"""A filing verdict as a message."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy.filing import CategoryAdvice, FilingVerdict
from bot.policy.parameters import Dated, PaperList
from bot.wording.language import Gloss, Language, official, say, sentence
from bot.wording.terms import term

KINDS = {
    "online": ("网上", "Online"),
    "counter": ("窗口", "At a counter"),
    "hospital": ("医院", "At a hospital"),
    "telephone": ("电话", "By telephone"),
}
# Which facts lead to a category, for a verdict that still leaves several open.
_WHEN = {
    "retired_resettled": ("已退休、户口也迁过去了", "retired, and household registration moved"),
    "long_term_resident": ("长期住在那边、户口没迁", "living there, household registration not moved"),
    "posted_worker": ("单位派去或在那边工作", "working there"),
    "referral": ("本地医院开了转诊", "referred by a hospital at home"),
    "temporary": ("临时去、没有转诊", "a short visit, not referred"),
}
RULES = {
    "promise": ("承诺书", "Written promise (个人承诺书)"),
    "agent_papers": ("代办", "Somebody else files"),
    "emergency": ("急诊", "Emergency"),
    "unfiled": ("没备案的", "Without filing"),
    "referral_steps": ("转诊怎么办", "How to be referred"),
}


def filing_message(verdict: FilingVerdict, place: str, hotline: str, language: Language, gloss: Gloss) -> str:
    """The verdict in one message: the outcome first, then papers, channels, time, validity and treatment.

    ``place`` is the insured place as the person calls it; ``hotline`` is its telephone.
    """
    writer = {
        "impossible": _impossible,
        "at_home": _at_home,
        "exempt": _exempt,
        "unlisted": _unlisted,
    }.get(verdict.outcome, _file)
    lines = [*writer(verdict, place, hotline, language, gloss)]
    if verdict.national and verdict.outcome != "at_home":
        lines.append(national_caveat(verdict, place, hotline, language))
    return "\n".join(lines)


def _impossible(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    yield say(lang, "现在办不了备案。", "You cannot file now.")
    for _, rule in v.rules:
        yield _text(rule, lang, gloss)


def _at_home(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    area = v.facts.care_area.name if v.facts.care_area else ""
    yield say(
        lang,
        f"不用备案。{area}就在您参保的统筹区里（参保地{place}），不算异地就医。",
        f"No filing is needed: {area} is in the area where you are insured ({place}).",
    )


def _exempt(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    name = (v.exempt_area or "").split("/")[-1]
    treatment = _text(v.exemption, lang, gloss) if v.exemption is not None else ""
    yield say(
        lang,
        f"{place}参保的人到{name}看病，{treatment}",
        f"People insured in {place} are exempt (免备案) in {name}: {treatment}",
    )
    yield from _nearby(v, lang, gloss)
    yield say(
        lang,
        "带上医保电子凭证或社会保障卡，到联网的医院直接结算。",
        "Take your e-credential (医保电子凭证) or social security card (社会保障卡) to a networked hospital.",
    )


def _nearby(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    for area, rule in v.nearby_exemptions:
        inner = area.split("/")[-1]
        yield say(lang, f"如果是去{inner}：", f"If you go to {inner}: ") + _text(rule, lang, gloss)


def _unlisted(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    names = "、".join(term("category", category, lang) for category in v.unlisted)
    yield say(
        lang,
        f"您的情况像“{names}”，但{place}的材料里没有这一类，我不能替您下结论。",
        f"Your case looks like {names}, but the material of {place} does not list it.",
    )
    yield say(
        lang,
        f"请打 {hotline} 问清能不能备案。如果参保地的医院给您开转诊，可以按异地转诊办。",
        f"Please call {hotline}. With a referral from a hospital at home you can file as 异地转诊人员.",
    )
    yield from _extras(v, lang, gloss)


def _file(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    if v.outcome == "emergency":
        yield from _emergency_lead(v, lang, gloss)
    if len(v.categories) == 1 and not v.unlisted:
        yield from _one_category(v, v.categories[0], place, lang, gloss)
    else:
        yield from _several(v, place, hotline, lang, gloss)
    yield from _channels(v, lang, gloss)
    yield from _extras(v, lang, gloss)
    yield from _nearby(v, lang, gloss)


def _emergency_lead(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    yield say(
        lang, "先看病救人要紧，手续后办。", "In an emergency, get treated first; the paperwork can wait."
    )
    for name, rule in v.rules:
        if name == "emergency":
            yield _text(rule, lang, gloss)


def _one_category(
    v: FilingVerdict, advice: CategoryAdvice, place: str, lang: Language, gloss: Gloss
) -> Iterator[str]:
    name = official(advice.name, lang, gloss)
    if v.facts.filed:
        yield say(lang, "您说已经备过案，可以照下面核对一下。", "You said you have filed; please compare:")
    yield say(
        lang,
        f"需要备案，类型是：{name}{_insured_in(v, place, lang)}。",
        f"You need to file (备案) as: {name}.{_insured_in(v, place, lang)}",
    )
    yield from _papers(advice.papers, place, lang, gloss)
    rules = (
        (advice.validity, say(lang, "有效期：", "Valid: ")),
        (advice.cancellation, say(lang, "取消：", "Cancelling: ")),
        (advice.treatment, say(lang, "待遇：", "What you get: ")),
    )
    yield from (lead + _text(rule, lang, gloss) for rule, lead in rules if rule is not None)


def _several(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    yield say(
        lang,
        f"需要备案{_insured_in(v, place, lang)}。按您的情况有这几种可能：",
        f"You need to file (备案).{_insured_in(v, place, lang)} It depends on your case:",
    )
    for advice in v.categories:
        yield f"· {_when(advice.category, lang)} → {official(advice.name, lang, gloss)}"
        yield from _in_short(advice, lang, gloss)
    for category in v.unlisted:
        when, name = _when(category, lang), term("category", category, lang)
        yield say(
            lang,
            f"· {when} → “{name}”，{place}的材料里没有这一类，请打 {hotline}",
            f"· {when} → {name}: not in the material of {place}, call {hotline}",
        )


def _when(category: str, lang: Language) -> str:
    return say(lang, *_WHEN[category])


def _in_short(advice: CategoryAdvice, lang: Language, gloss: Gloss) -> Iterator[str]:
    rows = advice.papers.value if advice.papers is not None and advice.papers.value else ()
    if rows:
        papers = say(lang, "；", "; ").join(alternatives(row, lang, gloss) for row in rows)
        yield say(lang, f"  材料：{papers}", f"  Papers: {papers}")
    for rule in (advice.validity, advice.treatment):
        if rule is not None:
            yield f"  {_text(rule, lang, gloss)}"


def _papers(papers: Dated[PaperList] | None, place: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    if papers is None or papers.value is None:
        yield say(
            lang,
            f"材料：{place}的材料里没有写清单，办理时按页面或窗口提示交。",
            f"Papers: the material of {place} has no list; follow the app or the counter.",
        )
        return
    yield say(lang, "要准备的材料：", "Papers to bring:")
    for number, row in enumerate(papers.value, start=1):
        yield f"{number}. {alternatives(row, lang, gloss)}"
    if papers.note:
        yield sentence(papers.note, lang, gloss)


def alternatives(row: tuple[str, ...], lang: Language, gloss: Gloss) -> str:
    """Papers of which any one will do."""
    names = [official(name, lang, gloss) for name in row]
    if len(names) == 1:
        return names[0]
    return "、".join(names) + "（任选一样）" if lang == "zh" else "any one of: " + "; ".join(names)


def _channels(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    if v.channels:
        yield say(lang, "在哪里办：", "Where to file:")
    for advice in v.channels:
        kind = say(lang, *KINDS[advice.channel.kind])
        names = say(lang, "、", "; ").join(official(name, lang, gloss) for name in advice.names.value or ())
        time = sentence(advice.time.value, lang, gloss) if advice.time and advice.time.value else ""
        took = say(lang, f"（{time}）", f" – {time}") if time else ""
        yield say(lang, f"· {kind}：{names}{took}", f"· {kind}: {names}{took}")


def _extras(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    for name, rule in v.rules:
        told_already = name == "emergency" and v.outcome == "emergency"
        if name in RULES and not told_already:
            chinese, english = RULES[name]
            yield say(lang, f"{chinese}：", f"{english}: ") + _text(rule, lang, gloss)


def _insured_in(v: FilingVerdict, place: str, lang: Language) -> str:
    """Where the person is insured; nothing while that is not known."""
    return say(lang, f"（参保地{place}）", f" Insured in {place}.") if _place_known(v) else ""


def _place_known(v: FilingVerdict) -> bool:
    return v.facts.insured_place is not None or v.facts.insured_area is not None


def national_caveat(v: FilingVerdict, place: str, hotline: str, lang: Language) -> str:
    """That the rules told are the general national ones."""
    if not _place_known(v):
        return say(
            lang,
            f"还不知道您在哪里参保，以上是全国的一般规定，请打当地的 {hotline} 核实。",
            f"Your insured place is not known; these are the general national rules. Please call {hotline}.",
        )
    return say(
        lang,
        f"我没有{place}自己的材料，以上是全国的一般规定，请打 {hotline} 核实。",
        f"I have no material of {place} itself; these are the general national rules. Please call {hotline}.",
    )


def _text(rule: Dated[str], lang: Language, gloss: Gloss) -> str:
    text = sentence(str(rule.value), lang, gloss)
    note = sentence(rule.note, lang, gloss) if rule.note else ""
    if lang == "zh":
        return f"{text}（{note}）。" if note else f"{text}。"
    return f"{text} ({note})." if note else f"{text}."
