"""What the gate says, in the words of the page: each number stands for what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.services.gate_report import Reason
from bot.web.maintain_words import PROBLEMS, reason_words

SERVICES = Path(__file__).parents[2] / "bot" / "services"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("floor", "top1", 0.9, 0.93), "第一个就对只有 90.0%，最少要 93.0%"),
        (Reason("ceiling", "wrongly_declined", 0.03, 0.02), "不该拒的拒了有 3.0%，最多只能 2.0%"),
        (Reason("loss", "top1", 0.931, 0.941), "第一个就对只有 93.1%；和使用中的版本比，不能低于 94.1%"),
        (Reason("tests", "", 3.0, 0.0), "有 3 个测试没有通过"),
        (Reason("tests", "pytest is missing", 0.0, 0.0), "测试没有跑成：pytest is missing"),
        (Reason("not_measured"), "没有量过新模型"),
    ],
)
def test_a_reason_says_what_was_found_and_what_is_wanted(reason: Reason, words: str) -> None:
    assert reason_words(reason) == words


@pytest.mark.parametrize("module", ["publishing", "gate", "training_runs"])
def test_every_refusal_of_training_and_publishing_has_a_chinese_line(module: str) -> None:
    written = (SERVICES / f"{module}.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'(?:Publication|Gate|Run)Error\(\s*"(\w+)"', written))
    assert codes
    assert not codes - set(PROBLEMS)
