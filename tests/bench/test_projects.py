"""The projects of the benchmark: ours with other examples or more topics, and the stock one."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.projects import (
    StockProject,
    copy_project,
    draw_examples,
    multiplied,
    multiply_topics,
    write_examples,
)
from bench.stock import write_project, write_serving
from bot.knowledge.base import load_knowledge
from bot.knowledge.checks import find_problems
from bot.knowledge.examples import load_examples

EXAMPLES = {"faq/a": ["一", "二：三", "- 四", "#五"], "faq/b": ["六", "七", "八"], "help": ["九", "十"]}


def loaded(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


def test_so_many_examples_of_each_intent_are_drawn_the_same_each_time() -> None:
    drawn = draw_examples(EXAMPLES, 6)
    assert {label: len(texts) for label, texts in drawn.items()} == {"faq/a": 2, "faq/b": 2, "help": 2}
    assert drawn == draw_examples(EXAMPLES, 6)
    assert all(set(texts) <= set(EXAMPLES[label]) for label, texts in drawn.items())


def test_written_examples_are_read_as_they_were(tmp_path: Path) -> None:
    write_examples(tmp_path / "nlu.yml", EXAMPLES)
    assert load_examples(tmp_path / "nlu.yml") == EXAMPLES


def test_more_topics_have_their_own_examples_and_as_many_in_all() -> None:
    examples = {f"faq/t{i}": [f"{i}-{j}" for j in range(90)] for i in range(8)} | {"help": ["九"] * 50}
    found = multiplied(examples, 40)
    assert len(found) == 8 * 40 + 1
    assert sum(map(len, found.values())) == pytest.approx(sum(map(len, examples.values())), rel=0.02)
    assert found["help"] == examples["help"]
    assert multiplied(examples, 1) == examples
    often = Counter(text for label, texts in found.items() if label != "help" for text in texts)
    assert set(often.values()) == {1}


def test_a_copy_with_more_topics_passes_the_checks_of_its_knowledge(tmp_path: Path) -> None:
    root = copy_project(tmp_path, "three")
    topics = len(load_knowledge(root / "knowledge").faq)
    assert multiply_topics(root, 3) == 3 * topics
    base = load_knowledge(root / "knowledge")
    assert len(base.faq) == 3 * topics
    assert len({topic.question for topic in base.faq.values()}) == 3 * topics
    assert not list(find_problems(base, set(load_examples(root / "data" / "nlu.yml")), None, date.max))


def test_the_stock_assistant_answers_the_faq_by_its_action(tmp_path: Path) -> None:
    write_project(tmp_path, EXAMPLES, 3, with_action=True)
    write_serving(tmp_path, {"faq/a": "甲", "faq/b": "乙"}, 5099)
    rules = {rule["rule"]: rule["steps"] for rule in loaded(tmp_path / "data" / "rules.yml")["rules"]}
    assert rules["faq_a"] == [{"intent": "faq_a"}, {"action": "action_answer"}]
    assert rules["help"] == [{"intent": "help"}, {"action": "utter_help"}]
    assert rules["nlu_fallback"] == [{"intent": "nlu_fallback"}, {"action": "utter_default"}]
    domain = loaded(tmp_path / "domain.yml")
    assert domain["actions"] == ["action_answer"]
    assert set(domain["responses"]) == {"utter_help", "utter_default"}
    assert loaded(tmp_path / "endpoints.yml")["action_endpoint"]["url"].endswith(":5099/webhook")
    assert '"faq_a": "甲"' in (tmp_path / "actions" / "answers.json").read_text("utf-8")


def test_without_the_action_each_topic_has_its_own_answer(tmp_path: Path) -> None:
    write_project(tmp_path, EXAMPLES)
    domain = loaded(tmp_path / "domain.yml")
    assert set(domain["responses"]) == {"utter_faq_a", "utter_faq_b", "utter_help"}
    assert "actions" not in domain


def test_a_stock_model_is_known_by_what_it_is_trained_from() -> None:
    first, same, other = StockProject(EXAMPLES, 3), StockProject(EXAMPLES, 3), StockProject(EXAMPLES, 4)
    assert first.folder == same.folder != other.folder
    assert not first.is_trained
