"""The benchmark of the search counts what it says it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.searching import Asked, ask, initials, keystrokes, percentiles, questions_of, share
from bot.services.searching import Hit
from bot.training.questions import Question

QUESTIONS = Path(__file__).parents[1] / "nlu"


@dataclass
class Fixed:
    """A search that finds the same topics whatever is asked."""

    topics: Sequence[str]

    def __call__(self, text: str) -> tuple[Hit, ...]:
        """The hits."""
        return tuple(Hit(topic, topic, 1.0, "words", "", own=False) for topic in self.topics)


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (Question("甲", "faq/a"), 0),
        (Question("乙", "faq/b"), 1),
        (Question("丙", "estimate"), 2),
        (Question("丁", "faq/estimate"), None),
        (Question("戊", "faq/c"), None),
        (Question("己", "faq/c", also=("faq/b",)), 1),
    ],
)
def test_the_place_of_the_right_topic_is_the_first_one_that_serves(
    question: Question, place: int | None
) -> None:
    (asked,) = ask(Fixed(["a", "b", "estimate"]), [question])
    assert asked.place == place


def test_the_share_counts_those_among_the_first() -> None:
    asked = [Asked("", "", place, ()) for place in (0, 1, 2, 3, None)]
    assert [share(asked, n) for n in (1, 3, 5)] == [0.2, 0.6, 0.8]


def test_the_questions_are_those_of_topics_and_tools_that_stand_alone() -> None:
    questions = questions_of(QUESTIONS)
    assert {q.group for q in questions} == {"questions", "trial", "dialogue"}
    assert all(not q.subject for q in questions)
    assert not [q for q in questions if q.topic.startswith(("decline/", "chat/"))]


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        ("什么是异地就医？", "smsydjy"),
        ("用“江苏医保云”APP怎么备案？", "yjsybyappzmba"),
        ("备案多长？", "badz"),
    ],
)
def test_initials_leave_out_what_is_no_letter(question: str, typed: str) -> None:
    assert initials(question) == typed


def test_a_text_is_typed_character_by_character() -> None:
    assert list(keystrokes("备案材")) == ["备", "备案", "备案材"]


def test_percentiles_are_times_that_were_measured() -> None:
    found = percentiles([float(n) for n in range(1, 101)])
    assert found == {"p50": 51, "p95": 96, "p99": 100, "max": 100}
