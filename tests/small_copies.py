"""A copy of the repository that trains in seconds: every topic, a few examples of each, a few questions for the gate."""

from __future__ import annotations

import re
from pathlib import Path

from tests.copies import ROOT, copy_repository

_EXAMPLES = 5
_EXAMPLE = re.compile(r"    - .*\n")
# What the gate runs: it gets the candidate, not the model that is served.
_TEST = """
import os, pathlib

def test_the_candidate_is_named():
    assert pathlib.Path(os.environ["TEST_MODEL"]).is_file()
    assert "versions" in os.environ["TEST_MODEL"]
"""


def small_copy(folder: Path) -> Path:
    """Copy the files below ``folder`` and return the copy's root."""
    root = copy_repository(folder)
    path = root / "data" / "nlu.yml"
    path.write_text(_shortened(path.read_text(encoding="utf-8")), encoding="utf-8")
    questions = root / "tests" / "nlu" / "questions.yml"
    questions.parent.mkdir(parents=True)
    questions.write_text(_questions(path), encoding="utf-8")
    test = root / "tests" / "policy" / "test_small.py"
    test.parent.mkdir()
    test.write_text(_TEST, encoding="utf-8")
    return root


def _shortened(text: str) -> str:
    """The first examples of every intent, and the questions of the topics, which a smoke conversation asks."""
    faq = (ROOT / "knowledge" / "faq.md").read_text(encoding="utf-8")
    asked = dict(re.findall(r"^## (\S+) (.*)$", faq, re.MULTILINE))
    head, *blocks = re.split(r"(?=^- intent: )", text, flags=re.MULTILINE)
    kept = [head]
    for block in blocks:
        examples = _EXAMPLE.findall(block)
        intent = re.match(r"- intent: (?:faq/)?(\S+)", block)[1]  # type: ignore[index]
        chosen = [f"    - {asked[intent]}\n"] if intent in asked else []
        chosen += [line for line in examples[:_EXAMPLES] if line not in chosen]
        kept.append(f"{block.splitlines()[0]}\n  examples: |\n{''.join(chosen)}\n")
    return "".join(kept)


def _questions(examples: Path) -> str:
    """What every model of these examples gets right: the first examples themselves."""
    found = re.findall(r"- intent: (\S+)\n  examples: \|\n    - (.*)\n", examples.read_text(encoding="utf-8"))
    lines = [f"  - {{topic: {topic}, style: plain, text: {_quoted(text)}}}" for topic, text in found[::4]]
    return "\n".join(["questions:", *lines, ""])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
