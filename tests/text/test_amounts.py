"""Amounts: every spelling people use is read as the same sum, and what is no money is no amount."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.text.amounts import find_amounts, find_percentages, parse_number


def sums(text: str, *, bare: bool = False) -> list[str]:
    """The amounts of a text as ``3500`` or ``2000~3000``."""
    written = []
    for amount in find_amounts(text, bare=bare):
        low, high = f"{amount.low.normalize():f}", f"{amount.high.normalize():f}"
        written.append(low if low == high else f"{low}~{high}")
    return written


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3500", "3500"),
        ("３５００", "3500"),
        ("3,500", "3500"),
        ("3500.50", "3500.50"),
        ("1,200.5", "1200.5"),
        ("三千五", "3500"),
        ("三千五百", "3500"),
        ("三千零五十", "3050"),
        ("三千零五", "3005"),
        ("三千五百二十一", "3521"),
        ("两千", "2000"),
        ("十五", "15"),
        ("一百二", "120"),
        ("一百零二", "102"),
        ("二百五十", "250"),
        ("1.2万", "12000"),
        ("一点二万", "12000"),
        ("一万二", "12000"),
        ("一万二千", "12000"),
        ("一万零二百", "10200"),
        ("十二万", "120000"),
        ("十二万三千", "123000"),
        ("1万2", "12000"),
        ("3千5", "3500"),
        ("1w2", "12000"),
        ("1w", "10000"),
        ("3k", "3000"),
        ("3K5", "3500"),
        ("叁仟伍佰", "3500"),
        ("壹万贰仟", "12000"),
        ("一亿", "100000000"),
        ("二〇二六", "2026"),
    ],
)
def test_a_number_is_read_in_every_spelling(written: str, value: str) -> None:
    assert parse_number(written) == Decimal(value)


@pytest.mark.parametrize("written", ["", "三千块头", "abc", "点五", "1.2.3"])
def test_what_is_no_number_is_none(written: str) -> None:
    assert parse_number(written) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3500", ["3500"]),
        ("三千五", ["3500"]),
        ("1.2万", ["12000"]),
        ("一万二千块", ["12000"]),
        ("一万二千块钱左右", ["12000"]),
        ("￥1,200.50", ["1200.5"]),
        ("¥3500", ["3500"]),
        ("花了3000元", ["3000"]),
        ("看门诊花了三千五能报多少", ["3500"]),
        ("总共花了80块", ["80"]),
        ("费用是 860", ["860"]),
        ("1w2", ["12000"]),
        ("花了3k", ["3000"]),
        ("差不多五万", ["50000"]),
        ("住院花了 12000.5 元", ["12000.5"]),
        ("人民币3000", ["3000"]),
        ("RMB 3000", ["3000"]),
        ("I spent 3000 yuan", ["3000"]),
        ("the bill was about 3,500", ["3500"]),
        ("0元", ["0"]),
        ("零元", ["0"]),
        ("花了0块", ["0"]),
        ("-500元", ["-500"]),
        ("负五百块", ["-500"]),
        ("花了一个亿，100000000元", ["100000000"]),
        ("门诊花了800，住院花了一万二", ["800", "12000"]),
    ],
)
def test_a_sum_is_found_in_what_people_write(text: str, found: list[str]) -> None:
    assert sums(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2千多", ["2000~3000"]),
        ("两千多块", ["2000~3000"]),
        ("3000多", ["3000~4000"]),
        ("3500多", ["3500~3600"]),
        ("一万多块钱", ["10000~20000"]),
        ("三千出头", ["3000~4000"]),
        ("两三千", ["2000~3000"]),
        ("花了四五百", ["400~500"]),
        ("3000到5000", ["3000~5000"]),
        ("三千到五千", ["3000~5000"]),
        ("3000-5000", ["3000~5000"]),
        ("3000~5000元", ["3000~5000"]),
        ("2000至3000块", ["2000~3000"]),
    ],
)
def test_a_vague_sum_is_a_range(text: str, found: list[str]) -> None:
    assert sums(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "我今年65岁",
        "我六十五了，退休三年",
        "住院7天",
        "住了三个月院",
        "去年8月15日备案的",
        "2024年3月5号",
        "2025年备的案",
        "打12393问问",
        "电话是12345",
        "三级医院",
        "三甲医院",
        "二级甲等",
        "去了三次医院",
        "一家三口",
        "报70%",
        "能报八成",
        "第3个",
        "一样吗",
        "一般怎么报",
        "万一没备案呢",
        "千万别忘了",
        "7个工作日",
        "等了2小时",
        "离家30公里",
        "什么是异地就医",
    ],
)
def test_ages_dates_telephones_and_levels_are_no_money(text: str) -> None:
    assert sums(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("500", ["500"]),
        ("80", ["80"]),
        ("五百", ["500"]),
        ("大概80吧", ["80"]),
        ("0", ["0"]),
        ("-5", ["-5"]),
        ("65岁", []),
        ("不知道", []),
    ],
)
def test_a_bare_number_counts_where_a_sum_was_asked_for(text: str, found: list[str]) -> None:
    assert sums(text, bare=True) == found


def test_an_amount_tells_where_it_stands() -> None:
    [amount] = find_amounts("门诊花了三千五能报多少")
    assert "门诊花了三千五能报多少"[amount.start : amount.end] == "三千五"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("80%", ["0.8"]),
        ("８０％", ["0.8"]),
        ("能报 72.5%", ["0.725"]),
        ("百分之八十", ["0.8"]),
        ("百分之85", ["0.85"]),
        ("八成", ["0.8"]),
        ("八成五", ["0.85"]),
        ("七成半", ["0.75"]),
        ("80 percent", ["0.8"]),
        ("80个点", ["0.8"]),
        ("120%", []),
        ("三千五", []),
    ],
)
def test_a_share_is_found_in_every_spelling(text: str, found: list[str]) -> None:
    assert [f"{share.value.normalize():f}" for share in find_percentages(text)] == found
