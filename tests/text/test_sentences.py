"""Messages cut into the questions they ask."""

from __future__ import annotations

import pytest

from bot.text.sentences import are_set_apart, clauses, questions_in


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("备案要什么材料？有效期多久？", ["备案要什么材料", "有效期多久"]),
        ("我爸在上海住院了，怎么报，要带什么", ["我爸在上海住院了，怎么报", "要带什么"]),
        ("怎么备案，另外在哪里办", ["怎么备案", "在哪里办"]),
        ("怎么备案", []),
        ("我退休了，住在上海，户口没迁", []),
    ],
)
def test_each_question_keeps_what_is_told_before_it(text: str, questions: list[str]) -> None:
    assert questions_in(text) == questions


def test_a_list_of_many_questions_is_a_story() -> None:
    assert questions_in("怎么办？怎么报？去哪办？要多久？带什么？") == []


def test_full_stops_set_questions_apart_and_commas_do_not() -> None:
    assert are_set_apart("怎么备案？在哪办？")
    assert not are_set_apart("怎么备案，在哪办")


def test_clauses_are_the_pieces_between_punctuation() -> None:
    assert clauses("孕妇出血很多，没备案，能不能先去医院？") == ["孕妇出血很多", "没备案", "能不能先去医院"]
