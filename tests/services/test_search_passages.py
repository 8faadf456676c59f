"""Keywords and figures in answers and clauses."""

from __future__ import annotations

import numpy as np
import pytest

from bot.services.search_grams import GramIndex
from bot.services.search_passages import Passages

ANSWERS = [
    ["超过 600 元的部分才报。\n一年最多 6000 元。", "窗口当场办好。"],
    ["签承诺书的，要在 15 日内补齐证明，报 65%。"],
    [],
]
CLAUSES = [[], ["二：窗口办理。 600元、0.7"], ["打 0517-12393 问清，APP 也行。"]]


@pytest.fixture(scope="module")
def passages() -> Passages:
    """The texts of three owners."""
    return Passages(ANSWERS, CLAUSES)


@pytest.mark.parametrize(
    ("token", "owners"),
    [
        ("承诺书", [1]),
        ("窗口", [0, 1]),
        ("600元", [0, 1]),
        ("600", [0, 1]),
        ("6000元", [0]),
        ("00元", []),
        ("15日", [1]),
        ("15天", [1]),
        ("5日", []),
        ("65%", [1]),
        ("0.65", [1]),
        ("70%", [1]),
        ("0.7", [1]),
        ("0517", [2]),
        ("0517-12393", [2]),
        ("12393", [2]),
        ("app", [2]),
        ("ap", []),
        ("元", []),
        ("才报。一年", []),
        ("龘靐", []),
    ],
)
def test_the_owners_of_a_keyword(passages: Passages, token: str, owners: list[int]) -> None:
    assert np.flatnonzero(passages.find(token).worth).tolist() == owners


def test_an_answer_counts_more_than_a_clause_and_a_whole_number_more_than_the_beginning_of_one(
    passages: Passages,
) -> None:
    worth = passages.find("600元").worth
    assert worth[0] > worth[1] > 0
    assert passages.find("600").worth[0] == worth[0]
    assert 0 < passages.find("60").worth[0] < worth[0]


def test_who_repeats_a_keyword_in_few_words_comes_before_who_names_it_in_passing() -> None:
    passages = Passages([["别的" * 50 + "热线"], ["热线：12393 热线"], ["没有"]], [[], [], []])
    worth = passages.find("热线").worth
    assert worth[1] > worth[0] > worth[2] == 0


@pytest.mark.parametrize(
    ("token", "owner", "snippet"),
    [
        ("承诺书", 1, "签承诺书的，要在15日内补齐证明，报65%"),
        ("窗口", 0, "窗口当场办好"),
        ("15天", 1, "签承诺书的，要在15日内补齐证明，报65%"),
        ("app", 2, "打0517-12393问清，APP也行"),
    ],
)
def test_a_snippet_shows_the_words_around_the_keyword_as_they_are_written(
    passages: Passages, token: str, owner: int, snippet: str
) -> None:
    assert passages.snippet(passages.find(token), owner).replace(" ", "") == snippet


def test_a_long_line_is_cut_around_the_keyword() -> None:
    passages = Passages([["头" * 100 + "承诺书" + "尾" * 100]], [[]])
    assert passages.snippet(passages.find("承诺书"), 0) == "头" * 18 + "承诺书" + "尾" * 18


def test_a_rare_piece_makes_texts_more_alike_than_a_common_one() -> None:
    index = GramIndex([["备 案", "材 料"], ["备 案", "电 话"], ["备 案"], ["备 案"]])
    assert np.argmax(index.alike(["备 案", "电 话"])) == 1
    assert index.alike(["电 话"])[1] > index.alike(["备 案"])[1]


def test_likeness_is_1_for_the_same_text_and_0_for_another() -> None:
    index = GramIndex([["备 案", "材 料"], ["电 话"]])
    assert index.alike(["备 案", "材 料"]).tolist() == pytest.approx([1, 0])
    assert index.alike([]).tolist() == [0, 0]
    assert index.alike(["没 有"]).tolist() == [0, 0]
