"""The evaluation sets themselves: broad enough, and apart from the training examples."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.knowledge.examples import load_examples
from bot.knowledge.faq import load_faq
from bot.nlu.normalise import normalise
from bot.training.questions import Question, load_questions, load_told

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """Every question of every set."""
    return load_questions(ROOT / "tests" / "nlu")


def test_no_question_is_a_training_example(questions: list[Question]) -> None:
    examples = load_examples(ROOT / "data" / "nlu.yml")
    learned = {normalise(text) for texts in examples.values() for text in texts}
    alone = [q for q in questions if not q.subject]
    assert [q.text for q in alone if normalise(q.text) in learned] == []


def test_every_topic_has_eight_questions_and_forty_examples(questions: list[Question]) -> None:
    examples = load_examples(ROOT / "data" / "nlu.yml")
    asked = Counter(q.topic for q in questions if not q.subject)
    topics = [f"faq/{topic}" for topic in load_faq(ROOT / "knowledge" / "faq.md")]
    assert {topic: asked[topic] for topic in topics if asked[topic] < 8} == {}
    assert {topic: len(examples[topic]) for topic in topics if len(examples[topic]) < 40} == {}


def test_every_label_is_one_the_model_can_give(questions: list[Question]) -> None:
    known = set(load_examples(ROOT / "data" / "nlu.yml"))
    assert {label for q in questions for label in (q.topic, *q.also)} - known == set()


def test_what_is_not_ours_comes_in_many_kinds(questions: list[Question]) -> None:
    foreign = Counter(q.topic for q in questions if q.topic.startswith("decline/"))
    assert foreign.total() >= 200
    assert len(foreign) == 8


def test_the_facts_of_messages_are_texts() -> None:
    told = load_told(ROOT / "tests" / "nlu")
    assert len(told) >= 150
    assert all(isinstance(value, str) for message in told for value in message.facts.values())
