"""Masking: personal data goes out of a text, public numbers and everything else stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.masking import is_id_number, mask

ID_NUMBER = "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"身份证{ID_NUMBER}", "身份证[身份证号]"),
        ("身份证11010519491231002x可以吗", "身份证[身份证号]可以吗"),
        ("１１０１０５１９４９１２３１００２Ｘ", "[身份证号]"),
        ("110105 19491231 002X", "[身份证号]"),
        ("110105-1949-1231-002X", "[身份证号]"),
        ("证件号320802199001011234打错一位也算", "证件号[身份证号]打错一位也算"),
        ("电话13812345678", "电话[手机号]"),
        ("138 1234 5678", "[手机号]"),
        ("138-1234-5678", "[手机号]"),
        ("8613812345678", "[手机号]"),
        ("+8613812345678", "+[手机号]"),
        ("１３８１２３４５６７８", "[手机号]"),
        ("打13812345678或13987654321", "打[手机号]或[手机号]"),
        ("卡号6222021234567890123", "卡号[卡号]"),
        ("6222 0212 3456 7890 123", "[卡号]"),
        ("社保卡号 320800123456789", "社保卡号 [卡号]"),
        ("单号 98765432101", "单号 [号码]"),
        ("单号 20261322-007", "单号 [号码]"),
        ("您的客服码是 482913（30 分钟内有效）", "您的客服码是 [客服码]（30 分钟内有效）"),
        ("Your support code (客服码) is 482913.", "Your support code (客服码) is [客服码]."),
        ("客服码：４８２ ９１３", "客服码：[客服码]"),
    ],
)
def test_a_long_number_is_masked_however_it_is_written(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "请打12393",
        "接上次来电 20261122-007",
        "客服码是什么",
        "客服码 30 分钟内有效",
        "淮安热线 0517-12393",
        "0514-84601050",
        "025-86590920 打不通",
        "02586590920",
        "0871-63886166",
        "打120、12345",
        "2026-11-22 08:30 去看的",
        "花了3500元",
        "花了1234567.89元",
        "￥1,200.50",
        "2026年11月22日",
        "2026-11-22",
        "3000-5000",
        "三千五",
        "我是退休的，住在上海，要准备什么？",
        "",
        "😀",
    ],
)
def test_hotlines_amounts_and_dates_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我叫王小明，退休了", "我叫[姓名]，退休了"),
        ("我叫王小明", "我叫[姓名]"),
        ("姓名：李四", "姓名：[姓名]"),
        ("姓名是欧阳小明。", "姓名是[姓名]。"),
        ("患者：张三 住院", "患者：[姓名] 住院"),
        ("我的名字是王芳", "我的名字是[姓名]"),
        ("我妈叫王桂兰，今年七十", "我妈叫[姓名]，今年七十"),
        ("My name is John Smith and I live in Shanghai", "My name is [姓名] and I live in Shanghai"),
    ],
)
def test_a_stated_name_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_everything_in_one_sentence_is_masked_and_the_question_stays() -> None:
    text = f"我叫王小明，身份证{ID_NUMBER}，手机13812345678，在上海看病要备案吗，能打0517-12393吗"
    assert mask(text) == "我叫[姓名]，身份证[身份证号]，手机[手机号]，在上海看病要备案吗，能打0517-12393吗"


def test_an_identity_number_is_known_by_its_check_digit() -> None:
    assert is_id_number(ID_NUMBER)
    assert not is_id_number("110105194912310021")
    assert not is_id_number("11010519491231002")


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_telephone_number_is_masked_whatever_stands_around_it(before: str, after: str) -> None:
    assert "13812345678" not in mask(f"{before}，13812345678，{after}")


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)
