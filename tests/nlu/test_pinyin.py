"""Pinyin: wrong characters of the same sound become the same, and a message typed in pinyin is told from English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.pinyin import is_pinyin, split, syllables


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("备按", "备案"),
        ("报消", "报销"),
        ("异地就衣", "异地就医"),
        ("转珍", "转诊"),
        ("beian", "备案"),
        ("bei an", "备案"),
        ("yidi jiuyi", "异地就医"),
        ("怎么beian", "怎么备案"),
        ("BEIAN", "备案"),
        ("zuanzen", "转诊"),
        ("shanghai", "上海"),
        ("sanghai", "上海"),
        ("nan jing", "南今"),
    ],
)
def test_what_sounds_the_same_is_spelled_the_same(typed: str, meant: str) -> None:
    assert syllables(typed) == syllables(meant)


@pytest.mark.parametrize(("one", "other"), [("备案", "报销"), ("门诊", "住院"), ("上海", "南京")])
def test_what_sounds_different_is_spelled_differently(one: str, other: str) -> None:
    assert syllables(one) != syllables(other)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("beian", ["bei", "an"]),
        ("yidi", ["yi", "di"]),
        ("zhuanzhen", ["zhuan", "zhen"]),
        ("huai'an", ["huai", "an"]),
        ("shuang", ["shuang"]),
        ("hello", None),
        ("insurance", None),
        ("xyz", None),
        ("", None),
    ],
)
def test_a_word_is_split_into_syllables_or_is_no_pinyin(word: str, parts: list[str] | None) -> None:
    assert split(word) == parts


@pytest.mark.parametrize(
    "text", ["yidi jiuyi zenme beian", "zhuanyuan xuyao shenme cailiao", "baoxiao duoshao qian?", "beian"]
)
def test_a_message_in_pinyin_is_known(text: str) -> None:
    assert is_pinyin(text)


@pytest.mark.parametrize(
    "text",
    ["how do I file", "what papers do I need", "怎么beian", "备案", "3500", "", "ok", "I live in Shanghai"],
)
def test_english_chinese_and_numbers_are_none(text: str) -> None:
    assert not is_pinyin(text)


@given(st.text(max_size=60))
def test_any_text_has_syllables(text: str) -> None:
    assert syllables(text) == syllables(text).strip()
