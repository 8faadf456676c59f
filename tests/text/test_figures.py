"""Figures are found in one spelling, with their units, however they are written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.text.figures import counts_in, figures_at, figures_in, percent, yuan


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("起付标准 600 元，封顶 6,000元", ["600元", "6000元"]),
        ("70%、65％、百分之五十、八成", ["70%", "65%", "50%", "80%"]),
        ("正常比例×0.8，加 5 个百分点", ["80%", "5个百分点"]),
        ("1 千元以下，1.2万", ["1000元", "12000"]),
        ("2 个工作日、两个工作日、2工作日", ["2个工作日"] * 3),
        ("2-3 个工作日，2 到 3 个工作日", ["2-3个工作日"] * 2),
        (
            "三个月、6 个月、15 日、十五天、15 分钟、2 个小时",
            ["3个月", "6个月", "15日", "15日", "15分钟", "2小时"],
        ),
        ("9 月 30 日前，2019年8月", ["9月30日", "2019年", "8月"]),
        ("请打 0517-12393 或 12393，急救 120", ["0517-12393"]),
        ("4 类人，最多三个地方，开平路 300 号", ["4", "3", "300"]),
        ("1. 备案\n2、选医院\n10) 看病", []),
        ("2.5 倍", ["2.5"]),
        ("一个人一年去一次，到期第二天，第二年，二级医院，三代卡", []),
        ("一个工作日、1 年", ["1个工作日", "1年"]),
    ],
)
def test_figures_are_found_with_their_units(text: str, figures: list[str]) -> None:
    assert figures_in(text) == figures


def test_figures_are_found_where_they_stand() -> None:
    text = "1. 一年最多报 6,000 元，\n\n2. 要 2-3 个工作日；请打 0517-12393，按八成算"
    assert [text[figure.start : figure.end] for figure in figures_at(text)] == [
        "6,000 元",
        "2-3 个工作日",
        "0517-12393",
        "八成",
    ]


def test_counts_are_spelled_out_numbers_of_things() -> None:
    assert counts_in("四种情形，第三步，七个地区，一是备案，十五类") == ["4", "3", "7", "1", "15"]


def test_numbers_become_figures() -> None:
    assert [percent(Decimal(share)) for share in ("0.65", "0.8", "1", "0.125")] == [
        "65%",
        "80%",
        "100%",
        "12.5%",
    ]
    assert [yuan(Decimal(amount)) for amount in ("600", "6000", "0.50")] == ["600元", "6000元", "0.5元"]
