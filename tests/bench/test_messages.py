"""What the benchmark asks: the same each time, and no text twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures import WINDOWS
from bench.messages import Messages, long_conversation, real_questions, repeated_share, short_questions

QUESTIONS = Path(__file__).parents[1] / "nlu"


def texts(drawn: list[list[str]]) -> list[str]:
    """Every text of some conversations."""
    return [text for talk in drawn for text in talk]


def test_the_same_seed_draws_the_same_messages() -> None:
    questions = real_questions(QUESTIONS)
    drawn = [Messages(questions).conversations(200) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != Messages(questions, seed=5).conversations(200)


def test_no_text_is_handed_out_twice_even_when_the_questions_are_used_up() -> None:
    messages = Messages(["一", "二", "三", "四", "五"])
    sent = texts(messages.conversations(30)) + texts(messages.conversations(30))
    assert len(set(sent)) == len(sent) >= 60


def test_more_messages_than_there_are_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="all there are"):
        Messages(["一"]).conversations(1_000)


def test_questions_come_in_their_own_words_first() -> None:
    questions = real_questions(QUESTIONS)
    asked = [text for talk in Messages(questions).conversations(300) if len(talk) == 3 for text in talk]
    assert len(set(asked) & set(questions)) > 250


def test_there_are_dialogues_with_both_tools() -> None:
    sent = texts(Messages(real_questions(QUESTIONS)).conversations(100))
    assert any(text.endswith("要准备什么？") for text in sent)
    assert any("能报多少" in text for text in sent)


def test_a_question_that_goes_on_about_another_is_not_asked_alone() -> None:
    assert "退休的呢" not in real_questions(QUESTIONS)


def test_a_long_conversation_is_in_another_order_each_time() -> None:
    short = short_questions(QUESTIONS, 1_000)
    first, second = (long_conversation(short, 1_000, number) for number in (0, 1))
    assert len(set(first) | set(second)) == 2_000


def test_the_turns_that_are_compared_ask_the_same_in_new_words() -> None:
    talk = long_conversation(short_questions(QUESTIONS, 1_000), 1_000, 0)
    asked = [{text.split("，", 2)[2] for text in talk[first - 1 : last]} for first, last in WINDOWS.values()]
    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) == 6


def test_a_shorter_conversation_stops_where_it_is_told() -> None:
    assert len(long_conversation(short_questions(QUESTIONS, 40), 20, 0)) == 20


def test_repeated_texts_are_counted() -> None:
    assert repeated_share(["a", "b", "a", "a"]) == 0.5
    assert repeated_share([]) == 0
