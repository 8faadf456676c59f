"""What the console tells a clerk besides answers: what was not found, what of a form cannot be used, what a day means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from bot.policy.facts import Money
from bot.wording.terms import money

_HINTS = {
    "insured_place": "选一个，或写省/市，比如“江苏/无锡”",
    "care_place": "写城市或区县就行，比如“上海青浦”",
    "cost": "比如“3500”“三千五”“2000~3000”",
    "deductible_used": "写金额；付满了写“满”，知道还剩多少写“剩150”",
    "paid_this_year": "医保今年已经报过的钱",
    "home_share": "比如“80%”",
}
# Short names of values, as they stand above a column.
_COLUMNS = {
    "hospital_level": {"tertiary": "三级", "secondary": "二级", "primary": "一级及以下"},
    "treatment": {
        "referral": "转诊",
        "temporary": "临时外出",
        "long_term_resident": "长期备案",
        "unfiled": "没备案",
    },
    "insurance": {"employee": "职工", "resident": "居民"},
    "status": {"employed": "在职", "retired": "退休"},
    "visit": {"outpatient": "门诊", "inpatient": "住院"},
}
_WHAT_IFS = {
    "hospital_level": "医院级别",
    "treatment": "备案类型",
    "insurance": "险种",
    "status": "在职还是退休",
    "visit": "门诊还是住院",
}


def no_such_topic(topic_id: str) -> str:
    """A topic that is not in faq.md (any more)."""
    return f"没有“{topic_id}”这个主题，可能已经改名或删掉，请重新搜索。"


def no_such_place(written: str) -> str:
    """A place that is neither served nor an area of the country."""
    return f"没有找到“{written}”这个地方，请从列表里选，或写成“江苏/无锡”这样。"


def general_only() -> str:
    """Stands before a 通用 answer while the caller's place is not known."""
    return "还不知道您在哪里参保，先说全国的一般规定，各地有不同。"


def place_needed() -> str:
    """Stands instead of an answer that differs from place to place while the caller's is not known."""
    return "这个各地规定不一样，要先知道您在哪里参保。"


def hint(field: str) -> str:
    """How to fill in a field; empty for one that is chosen from a list."""
    return _HINTS.get(field, "")


def no_such_field(name: str) -> str:
    """A field the form does not have."""
    return f"没有“{name}”这一项。"


def bad_choice(label: str, written: str) -> str:
    """A value that is none of the choices."""
    return f"{label}没有“{written}”这个选项，请从列表里选。"


def bad_amount(label: str, written: str) -> str:
    """An amount that cannot be read."""
    return f"{label}“{written}”没看懂，请写一个金额，比如“3500”或“三千五”。"


def one_amount(label: str, written: str) -> str:
    """A range where one amount is wanted, or one whose ends are the wrong way round."""
    return f"{label}“{written}”不是一个准数，请只写一个金额。"


def bad_share(label: str, written: str) -> str:
    """A share that cannot be read."""
    return f"{label}“{written}”没看懂，请写成百分数，比如“80%”。"


def unknown_area(label: str, written: str) -> str:
    """A name that no area has."""
    return f"{label}“{written}”没有找到，请写省、市或区县的名字，比如“上海”“苏州姑苏”。"


def which_area(written: str) -> str:
    """A name that several areas have."""
    return f"叫“{written}”的地方不止一个，请选是哪一个。"


def which_part(area: str) -> str:
    """An insured place of which only a part is served."""
    return f"{area}里只有一部分地方有材料，请选参保地是哪一个。"


def elsewhere_in(area: str) -> str:
    """The rest of an area of which a part is served."""
    return f"{area}其他地方"


def area_label(path: str) -> str:
    """``辽宁/朝阳`` as people read it; a municipality once."""
    return " ".join(dict.fromkeys(path.split("/")))


def what_if_label(changed: str) -> str:
    """What the columns of a what-if differ in."""
    return _WHAT_IFS[changed]


def column_label(changed: str, value: str) -> str:
    """What stands above a column."""
    return _COLUMNS[changed][value]


def column_values(changed: str) -> tuple[str, ...]:
    """The values that are set side by side, in order."""
    return tuple(_COLUMNS[changed])


def no_such_what_if(possible: Iterable[str]) -> str:
    """A fact that cannot be varied."""
    return f"不能这样对比，可以对比的有：{'、'.join(possible)}。"


def difference(low: Decimal, high: Decimal) -> str:
    """How much more or less the fund pays than in the column compared with."""
    if low == high == 0:
        return "一样多"
    if low >= 0:
        return f"多报 {money(Money(low, high), 'zh')}"
    if high <= 0:
        return f"少报 {money(Money(-high, -low), 'zh')}"
    return f"少报 {money(Money.exactly(-low), 'zh')} 到多报 {money(Money.exactly(high), 'zh')}"


def not_yet_in_force(place: str, day: date, since: date, hotline: str) -> str:
    """Stands instead of a result for a day before the rules at hand."""
    return (
        f"{place}的材料从 {since.isoformat()} 起才有，{day.isoformat()} 那天的规定材料里没有写，"
        f"不能拿后来的规定去算。请打 {hotline} 问清。"
    )


def undated_rules(day: date, hotline: str) -> str:
    """Said of a past day where the documents do not state from when on their rules hold."""
    return f"材料没有写从哪天起执行，{day.isoformat()} 的费用适不适用，请打 {hotline} 核实。"


def future_day(day: date) -> str:
    """Said of a day to come."""
    return f"这是按现在手上的材料说的，到 {day.isoformat()} 可能会有变化。"
