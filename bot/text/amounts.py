"""Amounts of money and percentages in every spelling people use: 3500、三千五、1.2万、一万二千块、2千多、￥1,200.50、3k."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "俩": 2, "幺": 1, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "万": 10_000, "萬": 10_000, "w": 10_000, "亿": 100_000_000}  # fmt: skip
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％ｋｗＫＷ＋－", "0123456789.,%kwKW+-")

_D = "零〇一二两俩三四五六七八九壹贰叁肆伍陆柒捌玖"
_U = "十拾百佰千仟万萬亿"
_NUMBER = re.compile(
    rf"(?P<minus>(?<![0-9A-Za-z])[-−]|负)?(?P<sign>[¥￥$]|rmb|人民币)?\s*"
    rf"(?P<number>(?:\d{{1,3}}(?:,\d{{3,}})+|\d+)(?:\.\d+)?(?:\s*[kw]\d*(?![a-z\d]))?(?:[{_U}]\d*[{_U}{_D}\d]*)?|[{_D}{_U}]+(?:点[{_D}]+[万千]?)?)"
    r"(?P<more>多|几|来|出头)?\s*(?P<unit>块钱|块|元|圆|万块|万元|千块|yuan|rmb|cny|人民币|刀)?(?P<after>多|左右|上下|出头)?",
    re.IGNORECASE,
)
# What follows a number that is not money.
_NOT_MONEY = re.compile(
    r"^\s*(?:岁|天|日|个|月|年|级|甲|乙|次|号|人|楼|点|%|％|成|折|周|小时|位|家|张|份|种|类|条|步|楼|层|床|代|公里|分钟|期|倍|环|里路"
    r"|years?|days?|months?|weeks?|times?|-?year|人份|口人|级医院|甲医院|线|诊|样|些|下|般|直|定|起|共|切|旦|概|致|路|边)",
    re.IGNORECASE,
)
_NOT_MONEY_BEFORE = re.compile(r"(?:第|周|星期|初|20\d\d年|拨打?|打|电话|热线|月|年|/)$")
_YEAR = re.compile(r"^20[12]\d$")
_PHONES = {"12393", "12345", "120", "110", "119", "12333", "95598"}
_SPENDING = re.compile(
    r"(?:花|用|付|交|费用?|总共|一共|总计|合计|账单|金额|医药费|开销|掏|垫|收|要|报|大概|大约|约|差不多|是|不到|超过|cost|paid?|bill(?: was| is)?|was|charged|spent|of|for|about|[，,。\s:：])\s*(?:了|去|掉|过|是|为|在|有|出|的)?\s*$",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(?P<digits>\d+(?:\.\d+)?)\s*(?:%|％|个点|percent)|百分之(?P<words>[{_D}十百\d]+)|(?P<tenths>[{_D}\d])成(?P<half>半|[{_D}])?"
)
_RANGE_JOIN = re.compile(r"^\s*(?:到|至|~|～|—|-)\s*$")


@dataclass(frozen=True)
class Amount:
    """A sum of money in yuan, ``low`` to ``high`` (equal unless the text gives a range), and where it stands in the text."""

    low: Decimal
    high: Decimal
    start: int
    end: int


@dataclass(frozen=True)
class Percentage:
    """A share as a fraction of 1, and where it stands in the text."""

    value: Decimal
    start: int
    end: int


def find_amounts(text: str, *, bare: bool = False) -> list[Amount]:
    """All sums of money in the text, in order.

    A number counts when it has a currency or a magnitude, follows a word of spending, or, with ``bare`` (the person was
    just asked for an amount), whenever nothing says that it is an age, a date or the like.
    """
    plain = text.translate(_FULL_WIDTH)
    found: list[Amount] = []
    for match in _NUMBER.finditer(plain):
        amount = _amount(match, plain, bare)
        if amount is not None:
            found.append(amount)
    return _join_ranges(found, plain)


def find_percentages(text: str) -> list[Percentage]:
    """All percentages: 80%, 百分之八十, 八成, 八成五."""
    plain = text.translate(_FULL_WIDTH)
    found = []
    for match in _PERCENT.finditer(plain):
        value = _percentage(match)
        if value is not None and value <= 100:
            found.append(Percentage(value / 100, match.start(), match.end()))
    return found


def _percentage(match: re.Match[str]) -> Decimal | None:
    if match["digits"]:
        return Decimal(match["digits"])
    if match["words"]:
        return parse_number(match["words"])
    tenths = parse_number(match["tenths"])
    half = Decimal(5) if match["half"] == "半" else parse_number(match["half"] or "零")
    return None if tenths is None or half is None else tenths * 10 + half


def _amount(match: re.Match[str], plain: str, bare: bool) -> Amount | None:
    """The amount of one number in the text; None when it is not money."""
    written = match["number"].strip()
    value = parse_number(written)
    if value is None or written in _PHONES:
        return None
    before, after = plain[: match.start()], plain[match.end() :]
    has_unit = bool(match["unit"] or match["sign"])
    if not has_unit and (_NOT_MONEY.match(after) or _NOT_MONEY_BEFORE.search(before)):
        return None
    magnitude = any(unit in written.lower() for unit in "百千万佰仟萬kw") and len(written) > 1
    spending = bool(_SPENDING.search(before)) and len(written) > 1 and value >= 10
    sizeable = bool(re.fullmatch(r"\d{3,7}(?:\.\d+)?", written)) and not _YEAR.match(written)
    if not (has_unit or magnitude or spending or sizeable or bare):
        return None
    high = value
    if match["more"] or match["after"] in ("多", "出头"):
        high = value + _step(written, value)
    if re.fullmatch(rf"[{_D}]{{2}}[{_U}]", written):  # 两三千: two to three thousand
        unit = _UNITS[written[-1]]
        value, high = Decimal(_DIGITS[written[0]] * unit), Decimal(_DIGITS[written[1]] * unit)
    if match["minus"]:
        value, high = -high, -value
    return Amount(value, high, match.start(), match.end())


def _step(written: str, value: Decimal) -> Decimal:
    """How much 多 may add: one of the last magnitude named (2千多: up to 3千)."""
    for character in reversed(written.lower()):
        if character in _UNITS:
            return Decimal(_UNITS[character])
    whole = str(int(value))
    zeros = len(whole) - len(whole.rstrip("0"))
    return Decimal(10**zeros) if zeros else Decimal(0)


def _join_ranges(amounts: list[Amount], plain: str) -> list[Amount]:
    """Make one of 3000到5000."""
    joined: list[Amount] = []
    for amount in amounts:
        last = joined[-1] if joined else None
        between = plain[last.end : amount.start] if last is not None else ""
        if last is not None and _RANGE_JOIN.match(between) and amount.high >= last.low:
            joined[-1] = Amount(last.low, amount.high, last.start, amount.end)
        elif last is not None and between == "" and amount.low < 0:  # 3000-5000: the hyphen is no minus
            joined[-1] = Amount(last.low, -amount.low, last.start, amount.end)
        else:
            joined.append(amount)
    return joined


def parse_number(written: str) -> Decimal | None:
    """A number in digits, Chinese numerals or a mix (1万2, 3千5, 一万二, 三千零五十); None when it is not one."""
    text = re.sub(r"[,\s]", "", written.translate(_FULL_WIDTH).lower())
    if not text:
        return None
    if "点" in text:
        return _spoken_decimal(text)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Decimal(text)
    if all(c in _DIGITS for c in text):
        return Decimal("".join(str(_DIGITS[c]) for c in text))
    return _by_units(text)


def _spoken_decimal(text: str) -> Decimal | None:
    """一点二万: 1.2 × 10,000."""
    whole, _, fraction = text.partition("点")
    unit = _UNITS.get(fraction[-1:], 1)
    digits = fraction.rstrip("".join(_UNITS))
    left = parse_number(whole)
    if left is None or not digits or any(c not in _DIGITS for c in digits):
        return None
    return (left + Decimal("0." + "".join(str(_DIGITS[c]) for c in digits))) * unit


def _by_units(text: str) -> Decimal | None:
    """Sum of digit-unit pairs; a last digit without a unit counts the next lower magnitude (三千五 = 3,500)."""
    total, section, current = Decimal(0), Decimal(0), Decimal(0)
    last_unit, zero_before, pending = 1, False, ""
    if _UNITS.get(text[0], 10) != 10:
        return None  # 万一, 千万: no number begins with a unit but 十
    for token in re.findall(r"\d+(?:\.\d+)?|.", text):
        if token in _UNITS:
            unit = _UNITS[token]
            if pending == "" and unit == 10 and current == 0:
                current = Decimal(1)  # 十五: fifteen
            if unit >= 10_000:
                total += (section + current) * unit
                section = Decimal(0)
            else:
                section += current * unit
            last_unit, current, pending, zero_before = unit, Decimal(0), "", False
        elif token in _DIGITS:
            zero_before = zero_before or _DIGITS[token] == 0
            pending += str(_DIGITS[token])
            current = Decimal(pending)
        elif re.fullmatch(r"\d+(\.\d+)?", token):
            pending += token
            current = Decimal(pending)
        else:
            return None
    if pending and last_unit >= 100 and not zero_before and len(pending) == 1:
        current *= last_unit // 10
    return total + section + current
