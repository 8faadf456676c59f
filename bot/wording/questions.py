"""The questions the two tools ask, in plain words, each with its tappable answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.wording.language import Language


@dataclass(frozen=True)
class Option:
    """A tappable answer: what stands on it and what is sent when it is tapped (which also works typed)."""

    label: str
    text: str


@dataclass(frozen=True)
class Question:
    """One question with its options."""

    text: str
    options: tuple[Option, ...] = ()


_Row = tuple[tuple[str, str], ...]
_UNSURE = {"zh": ("不清楚", "不清楚"), "en": ("Not sure", "not sure")}

_QUESTIONS: dict[str, dict[Language, tuple[str, _Row]]] = {
    "insured_place": {
        "zh": ("您的医保是在哪里交的（参保地）？", ()),
        "en": ("Where are you insured (参保地)?", ()),
    },
    "care_place": {
        "zh": ("您要去哪里看病（就医地）？说城市就行，比如上海、嘉善。", (("上海", "去上海"), ("浙江嘉善", "去浙江嘉善"), ("其他城市", "去其他城市"))),
        "en": ("Where will you be treated (就医地)? The city is enough.", (("Shanghai", "in Shanghai"), ("Jiashan, Zhejiang", "in 浙江嘉善"), ("Another city", "another city"))),
    },
    "purpose": {
        "zh": ("去外地看病一般要先备案，材料看属于哪一类。您是因为什么在外地看病？", (("长期住在那边", "长期住在那边"), ("单位派去/在那边工作", "在那边工作"), ("在那边上学", "在外地上学"), ("本地医院转诊", "医院转诊的"), ("临时去（旅游、探亲、自己去看病）", "临时外出"))),
        "en": ("You will usually need to file (备案); the papers depend on why you are there. Why are you there?", (("I live there", "I live there"), ("I work there", "posted there by my employer"), ("I study there", "I study there, student"), ("My hospital referred me", "referred by my hospital"), ("Short visit or my own choice", "temporary visit"))),
    },
    "referral": {
        "zh": ("参保地的医院给您开转诊证明了吗？", (("开了转诊", "有转诊"), ("没有转诊", "没转诊"))),
        "en": ("Did a hospital at home refer you (转诊)?", (("Yes, referred", "referred"), ("No", "no referral"))),
    },
    "status": {
        "zh": ("您退休了吗？", (("已退休", "退休"), ("在职", "在职"))),
        "en": ("Are you retired or still employed?", (("Retired", "retired"), ("Employed", "employed"))),
    },
    "household_moved": {
        "zh": ("户口迁到那边了吗？", (("迁过去了", "户口迁了"), ("没有迁", "户口没迁"))),
        "en": ("Was the household registration (户籍) moved there?", (("Yes, moved", "hukou moved"), ("No", "hukou not moved"))),
    },
    "insurance": {
        "zh": ("您是职工医保还是居民医保？（单位交的、退休职工是职工医保；自己按年交的一般是居民医保）", (("职工医保", "职工医保"), ("居民医保", "居民医保"))),
        "en": ("Which insurance do you have: employee (职工医保) or resident (居民医保)?", (("Employee", "employee insurance"), ("Resident", "resident insurance"))),
    },
    "visit": {
        "zh": ("是看门诊还是住院？", (("门诊", "门诊"), ("住院", "住院"))),
        "en": ("Was it outpatient care or a hospital stay?", (("Outpatient", "outpatient"), ("Hospital stay", "inpatient"))),
    },
    "cost": {
        "zh": ("这次大概花了多少钱？比如“3500”“三千五”“2千多”都可以。", ()),
        "en": ("How much did it cost, in yuan? For example 3500.", ()),
    },
    "hospital_level": {
        "zh": ("去的是几级医院？（三甲就是三级）", (("三级", "三级医院"), ("二级", "二级医院"), ("一级、社区、卫生院", "一级医院"))),
        "en": ("Which level was the hospital?", (("Grade 3 (三级)", "tertiary"), ("Grade 2 (二级)", "secondary"), ("Grade 1, clinic (一级)", "primary"))),
    },
    "home_share": {
        "zh": ("您在本地看这种病，一般能报百分之几？比如“80%”。不知道可以说“不清楚”。", ()),
        "en": ("What share does the fund pay for this at home, for example 80%? You may say you are not sure.", ()),
    },
}  # fmt: skip


def question(fact: str, language: Language, extra: tuple[Option, ...] = ()) -> Question:
    """The question for a fact; ``extra`` options (the served places) come first, 不清楚 last."""
    text, rows = _QUESTIONS[fact][language]
    options = [*extra, *(Option(label, sent) for label, sent in rows)]
    if fact not in {"insured_place", "cost"}:
        options.append(Option(*_UNSURE[language]))
    return Question(text, tuple(options))
