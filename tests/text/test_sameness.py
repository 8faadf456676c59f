"""Messages that count as the same one."""

from __future__ import annotations

import pytest

from bot.text.sameness import key_of, plain


@pytest.mark.parametrize(
    "other", ["能用爱心卡吗", "能用爱心卡吗？", " 能用 爱心卡 吗?! ", "能用爱心卡吗。。。"]
)
def test_spaces_and_punctuation_do_not_tell_messages_apart(other: str) -> None:
    assert key_of(other) == key_of("能用爱心卡吗")


def test_width_and_case_do_not_tell_messages_apart() -> None:
    assert key_of("ＡＰＰ 打不开") == key_of("app打不开")


def test_other_words_and_other_figures_are_other_messages() -> None:
    assert len({key_of(text) for text in ("能用爱心卡吗", "能用爱心卡", "花了300", "花了3000")}) == 4


def test_a_message_of_signs_alone_is_told_from_another() -> None:
    assert plain("？？？") != plain("。。。")


def test_half_an_emoji_has_a_key() -> None:
    assert len(key_of("\ud83d")) == 32
