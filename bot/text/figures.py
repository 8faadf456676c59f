"""The figures a text states, in one spelling: for comparing an answer with its source.

A figure is a number with its unit: ``600元``, ``70%``, ``2个工作日``, ``15日``, ``9月30日``, ``0517-12393``. What is merely
counted (4 类, 三个) has no unit: ``4``. So 15 日 is never taken for 15 分钟.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.text.amounts import parse_number

# A number at the start of a line that numbers the line; 2.5 is no such number.
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.、)）](?!\d)\s*", re.MULTILINE)
_NUMERAL = "一二两三四五六七八九十百千"
_UNITS = {
    "个工作日": "个工作日",
    "工作日": "个工作日",
    "个百分点": "个百分点",
    "百分点": "个百分点",
    "个月": "个月",
    "个小时": "小时",
    "小时": "小时",
    "分钟": "分钟",
    "年": "年",
    "月": "月",
    "日": "日",
    "天": "日",
    "元": "元",
    "块": "元",
    "%": "%",
    "成": "成",
}
_UNIT = "|".join(_UNITS)
_FIGURE = re.compile(
    r"(?P<telephone>(?<!\d)\d{3,4}-\d{5,8}(?!\d))"
    r"|(?P<day>\d{1,2}\s*月\s*\d{1,2}\s*日)"
    rf"|(?P<low>\d+)\s*(?:-|~|～|到|至)\s*(?P<high>\d+)\s*(?P<range_unit>{_UNIT})"
    rf"|(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<thousand>[千万])?\s*(?P<unit>{_UNIT})?"
    rf"|百分之(?P<share>[{_NUMERAL}]+)"
    # 一个 and 一年 are articles and 第二天 is an ordinal; 二月 would be a month's name, which the documents never write.
    rf"|(?<![第{_NUMERAL}\d])(?P<word>[{_NUMERAL}]+)(?P<word_unit>个工作日|个月|个小时|个百分点|成|年|日|天|元|个(?!人))"
)
_ARTICLES = {"个", "年", "日", "天"}
_COUNTED = re.compile(rf"(?<![{_NUMERAL}])([{_NUMERAL}]+)(?:个|种|类|点|步|件|样|项|条|省|是)")
# The national hotline and the ambulance may be named everywhere.
_FREE = {"12393", "120"}


@dataclass(frozen=True)
class Figure:
    """A figure in the one spelling, and where it stands in the text."""

    value: str
    start: int
    end: int


def figures_in(text: str) -> list[str]:
    """Every figure, in order: in digits (2 个工作日), or spelled out with a unit (两个工作日, 八成). List numbers are none."""
    return [figure.value for figure in figures_at(text)]


def figures_at(text: str) -> list[Figure]:
    """Every figure with its place in the text."""
    # Blanks in place of a list number keep every other character where it stands.
    plain = _LIST_NUMBER.sub(lambda found: re.sub(r"\S", " ", found.group()), text.replace("％", "%"))
    read = ((_figure(match), match) for match in _FIGURE.finditer(plain))
    return [
        Figure(value, match.start(), match.start() + len(match.group().rstrip()))
        for value, match in read
        if value and value not in _FREE
    ]


def counts_in(text: str) -> list[str]:
    """Every spelled-out count (四种, 第三步, 三是): a figure in a document, often only the length of a list in an answer."""
    return [str(parse_number(written)) for written in _COUNTED.findall(text)]


def percent(share: Decimal) -> str:
    """A fraction of 1 as a figure: 0.65 is ``65%``."""
    return f"{(share * 100).normalize():f}%"


def yuan(amount: Decimal) -> str:
    """An amount of money as a figure: ``6000元``."""
    return f"{amount.normalize():f}元"


def _figure(match: re.Match[str]) -> str | None:
    if match["telephone"]:
        return match["telephone"]
    if match["day"]:
        return re.sub(r"\s", "", match["day"])
    if match["low"]:
        return f"{match['low']}-{match['high']}{_UNITS[match['range_unit']]}"
    if match["share"]:
        return percent((parse_number(match["share"]) or Decimal(0)) / 100)
    if match["word"]:
        return _spelled(match["word"], match["word_unit"])
    return _in_digits(match["number"].replace(",", ""), match["thousand"], match["unit"])


def _in_digits(written: str, thousand: str | None, unit: str | None) -> str:
    number = parse_number(written + (thousand or "")) or Decimal(0)
    if unit is None and thousand is None:
        return percent(number) if written.startswith("0.") else written
    return _with_unit(number, unit)


def _spelled(word: str, unit: str) -> str | None:
    if word == "一" and unit in _ARTICLES:
        return None
    number = parse_number(word)
    return None if number is None else _with_unit(number, None if unit == "个" else unit)


def _with_unit(number: Decimal, unit: str | None) -> str:
    if unit == "成":
        return percent(number / 10)
    return f"{number.normalize():f}{_UNITS[unit] if unit else ''}"
