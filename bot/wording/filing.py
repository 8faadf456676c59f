"""A filing verdict as a message."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy.filing import CategoryAdvice, FilingVerdict
from bot.policy.parameters import Dated, PaperList
from bot.wording.language import Gloss, Language, official, sentence
from bot.wording.terms import term

_KINDS = {
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
_RULES = {
    "promise": ("承诺书", "Written promise (个人承诺书)"),
    "agent_papers": ("代办", "Somebody else files"),
    "emergency": ("急诊", "Emergency"),
    "unfiled": ("没备案的", "Without filing"),
    "referral_steps": ("转诊怎么办", "How to be referred"),
}


def filing_message(
    verdict: FilingVerdict, place: str, hotline: str, language: Language, gloss: Gloss
) -> str:
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
        lines.append(_national(place, hotline, language))
    return "\n".join(lines)


def _impossible(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    yield "现在办不了备案。" if lang == "zh" else "You cannot file now."
    for _, rule in v.rules:
        yield _text(rule, lang, gloss)


def _at_home(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    area = v.facts.care_area.name if v.facts.care_area else ""
    if lang == "zh":
        yield f"不用备案。{area}就在您的参保地{place}范围内，不算异地就医。"
    else:
        yield f"No filing is needed: {area} belongs to {place}, where you are insured."


def _exempt(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    name = (v.exempt_area or "").split("/")[-1]
    if lang == "zh":
        yield f"不用备案。{place}参保的人到{name}看病免备案。"
    else:
        yield f"No filing is needed: people insured in {place} are exempt in {name} (免备案)."
    if v.exemption is not None:
        yield _text(v.exemption, lang, gloss)
    for area, rule in v.nearby_exemptions:
        inner = area.split("/")[-1]
        lead = f"如果是在{inner}：" if lang == "zh" else f"In {inner}: "
        yield lead + _text(rule, lang, gloss)
    if lang == "zh":
        yield "带上医保电子凭证或社会保障卡，到联网的医院直接结算。"
    else:
        yield "Take your e-credential (医保电子凭证) or social security card (社会保障卡) to a networked hospital."


def _unlisted(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    names = "、".join(term("category", category, lang) for category in v.unlisted)
    if lang == "zh":
        yield f"您的情况像“{names}”，但{place}的材料里没有这一类，我不能替您下结论。"
        yield f"请打 {hotline} 问清能不能备案。如果参保地的医院给您开转诊，可以按异地转诊办。"
    else:
        yield f"Your case looks like {names}, but the material of {place} does not list it."
        yield f"Please call {hotline}. With a referral from a hospital at home you can file as 异地转诊人员."
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
    for area, rule in v.nearby_exemptions:
        inner = area.split("/")[-1]
        lead = f"如果是去{inner}：" if lang == "zh" else f"If you go to {inner}: "
        yield lead + _text(rule, lang, gloss)


def _emergency_lead(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    yield "急病先救人，手续可以后补问。" if lang == "zh" else "In an emergency, get treated first."
    for name, rule in v.rules:
        if name == "emergency":
            yield _text(rule, lang, gloss)


def _one_category(
    v: FilingVerdict, advice: CategoryAdvice, place: str, lang: Language, gloss: Gloss
) -> Iterator[str]:
    name = _category_name(advice, lang)
    if lang == "zh":
        done = "您说已经备过案，下面可以核对一下。" if v.facts.filed else ""
        yield f"需要备案，类型是：{name}（参保地{place}）。{done}"
    else:
        yield f"You need to file (备案) as: {name}. Insured in {place}."
    yield from _papers(advice.papers, place, lang, gloss)
    labels = {
        "validity": ("有效期：", "Valid: "),
        "cancellation": ("取消：", "Cancelling: "),
        "treatment": ("待遇：", "What you get: "),
    }
    for field, (chinese, english) in labels.items():
        rule = getattr(advice, field)
        if rule is not None:
            yield (chinese if lang == "zh" else english) + _text(rule, lang, gloss)


def _several(v: FilingVerdict, place: str, hotline: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    if lang == "zh":
        yield f"需要备案（参保地{place}）。按您的情况有这几种可能："
    else:
        yield f"You need to file (备案; insured in {place}). It depends on your case:"
    for advice in v.categories:
        when = _WHEN[advice.category][0 if lang == "zh" else 1]
        yield (f"· {when} → {_category_name(advice, lang)}")
        papers = "；".join(_alternatives(row, lang, gloss) for row in (advice.papers.value or ())) if advice.papers else ""
        if papers:
            yield (f"  材料：{papers}" if lang == "zh" else f"  Papers: {papers}")
        for rule in (advice.validity, advice.treatment):
            if rule is not None:
                yield f"  {_text(rule, lang, gloss)}"
    for category in v.unlisted:
        when, name = _WHEN[category][0 if lang == "zh" else 1], term("category", category, lang)
        if lang == "zh":
            yield f"· {when} → “{name}”，{place}的材料里没有这一类，请打 {hotline}"
        else:
            yield f"· {when} → {name}: not in the material of {place}, call {hotline}"


def _papers(papers: Dated[PaperList] | None, place: str, lang: Language, gloss: Gloss) -> Iterator[str]:
    if papers is None or papers.value is None:
        if lang == "zh":
            yield f"材料：{place}的材料里没有写清单，办理时按页面或窗口提示交。"
        else:
            yield f"Papers: the material of {place} has no list; follow the app or the counter."
        return
    yield "要准备的材料：" if lang == "zh" else "Papers to bring:"
    for number, row in enumerate(papers.value, start=1):
        yield f"{number}. {_alternatives(row, lang, gloss)}"
    if papers.note:
        yield papers.note


def _alternatives(row: tuple[str, ...], lang: Language, gloss: Gloss) -> str:
    names = [official(name, lang, gloss) for name in row]
    if len(names) == 1:
        return names[0]
    return "、".join(names) + "（任选一样）" if lang == "zh" else "any one of: " + "; ".join(names)


def _channels(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    if v.channels:
        yield "在哪里办：" if lang == "zh" else "Where to file:"
    for advice in v.channels:
        kind = _KINDS[advice.channel.kind][0 if lang == "zh" else 1]
        names = ("、" if lang == "zh" else "; ").join(
            official(name, lang, gloss) for name in advice.names.value or ()
        )
        time = advice.channel.time.values[-1].value if advice.channel.time is not None else None
        took = f"（{sentence(time, lang, gloss)}）" if time and lang == "zh" else ""
        if time and lang == "en":
            took = f" ({sentence(time, lang, gloss)})"
        yield f"· {kind}：{names}{took}" if lang == "zh" else f"· {kind}: {names}{took}"


def _extras(v: FilingVerdict, lang: Language, gloss: Gloss) -> Iterator[str]:
    for name, rule in v.rules:
        if name == "emergency" and v.outcome == "emergency":
            continue
        if name in _RULES:
            lead = _RULES[name][0 if lang == "zh" else 1]
            yield f"{lead}：{_text(rule, lang, gloss)}" if lang == "zh" else f"{lead}: {_text(rule, lang, gloss)}"


def _national(place: str, hotline: str, lang: Language) -> str:
    if lang == "zh":
        return f"我没有{place}自己的材料，以上是全国的一般规定，请打 {hotline} 核实。"
    return f"I have no material of {place} itself; these are the general national rules. Please call {hotline}."


def _category_name(advice: CategoryAdvice, lang: Language) -> str:
    if lang == "zh":
        return advice.name
    english = term("category", advice.category, lang).split(" (")[0]
    return f"{english} ({advice.name})"


def _text(rule: Dated[str], lang: Language, gloss: Gloss) -> str:
    text = sentence(str(rule.value), lang, gloss)
    note = sentence(rule.note, lang, gloss) if rule.note else ""
    if lang == "zh":
        return f"{text}（{note}）。" if note else f"{text}。"
    return f"{text} ({note})." if note else f"{text}."
