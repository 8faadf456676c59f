"""How searched texts and queries are spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.search_text import (
    Syllables,
    fold,
    letters_only,
    merged,
    pieces,
    readings,
    scripts,
    sound,
    tokens,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("備案材料", "备案材料"),
        ("ＹＤＪＹ", "ydjy"),
        ("８５％", "85%"),
        ("a\tb\nc", "a b c"),
        ("备\x00案", "备 案"),
        ("…", "…"),
    ],
)
def test_one_spelling(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_moves_no_character(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_every_character_has_a_reading(text: str) -> None:
    folded = fold(text)
    assert [character for character, _ in readings(folded)][::2] == list(folded)


@pytest.mark.parametrize(
    ("folded", "parts"),
    [
        ("备案 材料", ("备案", "材料")),
        ("备案，材料？", ("备案", "材料")),
        ("bei'an cai", ("beian", "cai")),
        ("0.85", ("0.85",)),
        ("0517-12393", ("0517-12393",)),
        ("a-b.c", ("a", "b", "c")),
        ("65%", ("65%",)),
        ("", ()),
    ],
)
def test_tokens_stand_between_spaces_and_punctuation(folded: str, parts: tuple[str, ...]) -> None:
    assert tokens(folded) == parts


@pytest.mark.parametrize(
    ("folded", "parts"),
    [
        ("转诊bx", ("转诊", "bx")),
        ("备案cai料", ("备案", "cai", "料")),
        ("600元", ("600元",)),
        ("住院 65%", ("住院", "65%")),
    ],
)
def test_scripts_are_told_apart_and_numbers_keep_their_unit(folded: str, parts: tuple[str, ...]) -> None:
    assert scripts(folded) == parts


def test_pieces_are_words_numbers_and_characters() -> None:
    assert pieces("用app办15日!") == ["用", "app", "办", "15", "日"]
    assert letters_only("用“app” 办 15 日!") == "用app办15日"


@pytest.mark.parametrize(
    ("one", "other"), [("zhang", "zan"), ("shi", "si"), ("ling", "nin"), ("cheng", "cen")]
)
def test_sounds_that_many_do_not_tell_apart_are_one(one: str, other: str) -> None:
    assert merged(one) == merged(other)


@pytest.mark.parametrize(("character", "reading"), [("备", "bei"), ("医", "yi"), ("a", "a"), ("1", "1")])
def test_the_commonest_reading(character: str, reading: str) -> None:
    assert sound(character) == reading


def test_a_character_has_the_reading_of_its_word_and_its_commonest_one() -> None:
    assert {("重", "chong"), ("重", "zhong")} <= set(readings("重庆"))


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("beian", ["bei", "an"]),
        ("xian", ["xian"]),
        ("bei", ["bei"]),
        ("bx", None),
        ("filing", None),
        ("", None),
    ],
)
def test_letters_are_cut_into_as_few_syllables_as_possible(word: str, syllables: list[str] | None) -> None:
    assert Syllables({"bei", "an", "xi", "xian"}).split(word) == syllables
