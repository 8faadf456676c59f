"""One spelling for the same words, and positions that stay what they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import normalise, simplify


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("異地就醫備案", "异地就医备案"),
        ("門診報銷", "门诊报销"),
        ("醫保電子憑證", "医保电子凭证"),
        ("ＡＰＰ怎么用？", "app怎么用?"),
        ("１２３９３", "12393"),
        ("APP", "app"),
        ("在吗在吗在吗", "在吗在吗在吗"),
        ("啊啊啊啊啊啊", "啊啊"),
        ("报销！！！！！", "报销!!"),
        ("  备案   有效期 \n 多久 ", "备案 有效期 多久"),
        ("", ""),
        ("😀😀😀😀", "😀😀"),
    ],
)
def test_a_text_is_brought_to_one_spelling(text: str, spelling: str) -> None:
    assert normalise(text) == spelling


@given(st.text(max_size=80))
def test_simplifying_keeps_every_character_in_its_place(text: str) -> None:
    assert len(simplify(text)) == len(text)


def test_simplifying_keeps_letter_case_because_names_are_read_in_it() -> None:
    assert simplify("Ｎａｎｊｉｎｇ 醫保") == "Nanjing 医保"


@given(st.text(max_size=80))
def test_normalising_never_fails_and_leaves_no_blank_ends(text: str) -> None:
    assert normalise(text) == normalise(text).strip()
