"""Names of values: what a person reads for ``retired``, ``tertiary`` or ``posted_worker``."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from bot.policy.facts import Money
from bot.wording.language import Language

_TERMS: dict[str, dict[str, tuple[str, str]]] = {
    "insurance": {
        "employee": ("职工医保", "employee insurance (职工医保)"),
        "resident": ("居民医保", "resident insurance (居民医保)"),
    },
    "status": {
        "employed": ("在职", "employed (在职)"),
        "retired": ("退休", "retired (退休)"),
        "student": ("在外地上学", "student elsewhere (在外地上学)"),
    },
    "hospital_level": {
        "primary": ("一级及以下医院（社区、卫生院）", "grade-1 hospital or clinic (一级及以下)"),
        "secondary": ("二级医院", "grade-2 hospital (二级)"),
        "tertiary": ("三级医院", "grade-3 hospital (三级)"),
    },
    "visit": {
        "outpatient": ("门诊", "outpatient care (门诊)"),
        "inpatient": ("住院", "a hospital stay (住院)"),
    },
    "purpose": {
        "living": ("长期住在那边", "living there"),
        "posted": ("单位派去或在那边工作", "working there"),
        "studying": ("在那边上学", "studying there"),
        "visiting": ("临时去（旅游、探亲、自己去看病）", "a short visit or own choice"),
    },
    "referral": {"yes": ("有转诊", "referred"), "no": ("没有转诊", "not referred")},
    "household_moved": {
        "yes": ("户口已迁过去", "household registration moved"),
        "no": ("户口没迁", "household registration not moved"),
    },
    "filed": {"yes": ("已备案", "filed"), "no": ("没备案", "not filed")},
    "emergency": {"yes": ("急诊", "emergency"), "no": ("不是急诊", "no emergency")},
    "lapsed": {"yes": ("医保断缴", "contributions lapsed"), "no": ("没有断缴", "contributions paid")},
    "designated": {"yes": ("是定点医院", "designated hospital"), "no": ("不是定点医院", "not designated")},
    "pharmacy": {"yes": ("药店买药", "bought at a pharmacy"), "no": ("不是药店买药", "not at a pharmacy")},
    "agent": {"yes": ("别人代办", "filed by somebody else"), "no": ("自己办", "filed in person")},
    "category": {
        "retired_resettled": ("异地安置退休人员", "resettled retiree (异地安置退休人员)"),
        "long_term_resident": ("异地长期居住人员", "long-term resident elsewhere (异地长期居住人员)"),
        "posted_worker": ("常驻异地工作人员", "worker posted elsewhere (常驻异地工作人员)"),
        "referral": ("异地转诊人员", "patient referred elsewhere (异地转诊人员)"),
        "temporary": ("其他临时外出就医人员", "temporary visitor (其他临时外出就医人员)"),
    },
    "treatment": {
        "filed": ("已办长期居住或转诊备案", "filed as long-term or referred"),
        "temporary": ("按临时外出就医备案", "filed as a temporary visitor (临时外出就医)"),
        "unfiled": ("没有备案", "not filed"),
        "referral": ("异地转诊待遇", "terms of a referral (异地转诊)"),
    },
}
_FACTS: dict[str, tuple[str, str]] = {
    "insured_place": ("参保地", "insured in"),
    "care_place": ("就医地", "place of care"),
    "insurance": ("险种", "insurance"),
    "status": ("身份", "status"),
    "purpose": ("去外地的原因", "reason"),
    "household_moved": ("户口", "household registration"),
    "referral": ("转诊", "referral"),
    "filed": ("备案", "filing"),
    "category": ("备案类型", "category"),
    "emergency": ("急诊", "emergency"),
    "lapsed": ("缴费", "contributions"),
    "agent": ("办理", "filed by"),
    "visit": ("看病方式", "kind of care"),
    "hospital_level": ("医院级别", "hospital level"),
    "cost": ("费用", "cost"),
    "deductible_used": ("今年已付起付线", "deductible used"),
    "paid_this_year": ("今年已报销", "paid by the fund this year"),
    "home_share": ("本地报销比例", "share at home"),
    "designated": ("定点医院", "designated hospital"),
    "pharmacy": ("药店买药", "pharmacy"),
}


def term(fact: str, value: str, language: Language) -> str:
    """What a person reads for a value of a fact; the value itself where it has no word."""
    chinese, english = _TERMS.get(fact, {}).get(value, (value, value))
    return chinese if language == "zh" else english


def fact_name(fact: str, language: Language) -> str:
    """What a person reads for the name of a fact."""
    chinese, english = _FACTS.get(fact, (fact, fact))
    return chinese if language == "zh" else english


def yuan(amount: Decimal, language: Language) -> str:
    """``1,560 元``; the fen only where there are some."""
    rounded = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    whole = rounded == rounded.to_integral_value()
    written = f"{rounded:,.0f}" if whole else f"{rounded:,.2f}"
    return f"{written} 元" if language == "zh" else f"{written} yuan"


def money(amount: Money, language: Language) -> str:
    """An amount or a range of it."""
    if not amount.is_range:
        return yuan(amount.low, language)
    return f"{yuan(amount.low, language)} {'到' if language == 'zh' else 'to'} {yuan(amount.high, language)}"


def percent(share: Decimal) -> str:
    """``0.65`` as ``65%``."""
    return f"{(share * 100).normalize():f}%"
