"""nlu.yml as text: cut and joined it is the same file, an edit changes its own lines, and odd texts are made harmless."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.examples_text import (
    LONGEST_EXAMPLE,
    BadExampleError,
    clean_example,
    parse_examples_text,
)
from bot.knowledge.trial import read_examples
from tests.knowledge.conftest import ROOT

REAL = (ROOT / "data" / "nlu.yml").read_text("utf-8")
TEXTS = st.lists(st.text(max_size=20), max_size=6)
ANYTHING = st.text(alphabet=st.characters(blacklist_categories=()), max_size=30)


def cleaned(texts: list[str]) -> list[str]:
    """The texts as examples; those that cannot be one are left out."""
    found = []
    for text in texts:
        try:
            found.append(clean_example(text))
        except BadExampleError:
            continue
    return list(dict.fromkeys(found))


def test_the_real_file_cut_and_joined_is_itself() -> None:
    text = parse_examples_text(REAL)
    assert text.raw == REAL
    assert {b.intent: list(b.examples) for b in text.blocks if b.intent} == read_examples(REAL)
    assert all(block.editable for block in text.blocks if block.intent)


def test_real_examples_written_unchanged_leave_the_file() -> None:
    text = parse_examples_text(REAL)
    for intent, examples in read_examples(REAL).items():
        assert text.with_examples(intent, examples).raw == REAL


@given(st.text(alphabet=st.sampled_from("- intent:examples|ab \n\r备\u2028"), max_size=80))
def test_any_text_cut_and_joined_is_itself(text: str) -> None:
    assert parse_examples_text(text).raw == text


@given(ANYTHING)
@settings(max_examples=300, deadline=None)
def test_a_clean_example_is_read_as_it_was_written(text: str) -> None:
    wanted = cleaned([text])
    assume(wanted)
    assert clean_example(wanted[0]) == wanted[0]
    file = parse_examples_text(REAL[:3000].rpartition("\n")[0] + "\n").with_examples("new", wanted)
    assert read_examples(file.raw)["new"] == wanted


@given(st.lists(ANYTHING, max_size=6), st.sampled_from(["faq/filing_steps", "inform", "faq/brand_new"]))
@settings(max_examples=8, deadline=None)
def test_an_edit_changes_its_intent_alone(texts: list[str], intent: str) -> None:
    file, before = parse_examples_text(REAL), read_examples(REAL)
    kept = list(before.get(intent, ()))[::2]
    wanted = list(dict.fromkeys([*kept, *cleaned(texts)]))
    after = file.with_examples(intent, wanted)
    assert read_examples(after.raw) == {**before, intent: wanted}
    assert [b.lines for b in after.blocks if b.intent not in (intent, _before(intent))] == [
        b.lines for b in file.blocks if b.intent not in (intent, _before(intent))
    ]
    if intent in before:
        assert after.with_examples(intent, before[intent]).raw == REAL
    else:
        assert after.without(intent).raw == REAL


def _before(intent: str) -> str:
    """The intent whose last line ends where a new one begins."""
    known = [block.intent for block in parse_examples_text(REAL).blocks]
    return known[-1] if intent not in known else ""


def test_one_example_more_is_one_line_more() -> None:
    file = parse_examples_text(REAL)
    for intent, examples in read_examples(REAL).items():
        lines = file.with_examples(intent, [*examples, "一句新的"]).raw.split("\n")
        lines.remove("    - 一句新的")
        assert "\n".join(lines) == REAL


def test_comments_and_odd_layouts_stay() -> None:
    text = "version: '3.1'\nnlu:\n- intent: a\n  examples: |\n      - 一  \n      # 不是例句\n      - 二\n\n- lookup: x\n  examples: |\n    - 三\n"
    after = parse_examples_text(text).with_examples("a", ["一", "二", "四"]).raw
    assert after == text.replace("      - 二\n", "      - 二\n      - 四\n")
    assert parse_examples_text(text.replace("\n", "\r\n")).with_examples(
        "a", ["一", "二", "四"]
    ).raw == after.replace("\n", "\r\n")


def test_another_style_is_not_edited_but_refused() -> None:
    text = "nlu:\n- intent: a\n  examples: |-\n    - 一\n"
    with pytest.raises(KnowledgeError, match="is not written as"):
        parse_examples_text(text).with_examples("a", ["一", "二"])


@pytest.mark.parametrize(
    ("text", "why"), [("", "empty"), (" \n\t\u3000", "empty"), ("字" * (LONGEST_EXAMPLE + 1), "long")]
)
def test_what_cannot_be_an_example_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadExampleError, match=why):
        clean_example(text)
