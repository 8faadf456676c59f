"""What leans on the conversation, and what stands alone."""

from __future__ import annotations

import pytest

from bot.text.follow_up import is_follow_up, leans_on_context, names_matter


@pytest.mark.parametrize(
    "text",
    [
        "要什么材料",
        "那有效期呢？",
        "退休的呢",
        "在哪办",
        "多少钱",
        "What about inpatient?",
        "能给老婆办吗",
        "那住院呢",
    ],
)
def test_a_short_message_without_a_matter_leans_on_what_went_before(text: str) -> None:
    assert leans_on_context(text)


@pytest.mark.parametrize(
    "text",
    [
        "备案要什么材料",
        "手工报销在哪办",
        "去上海看病要备案吗",
        "医保局电话多少",
        "我想问问像我这样的情况到底该找哪个部门去办才行呢因为跑了好几趟",
    ],
)
def test_a_message_that_names_its_matter_or_is_long_stands_alone(text: str) -> None:
    assert not leans_on_context(text)


def test_a_marked_message_may_name_another_matter() -> None:
    assert is_follow_up("那住院呢")
    assert names_matter("那住院呢")
    assert not names_matter("退休的呢")
