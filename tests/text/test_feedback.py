"""A complaint about an answer: the question was missed, or the answer was of no use."""

from __future__ import annotations

import pytest

from bot.text.feedback import feedback_in


@pytest.mark.parametrize(
    "said",
    ["没帮到我", "没用", "这个答案没用", "等于没说", "看完还是不知道该怎么办", "一点用都没有", "沒有幫到我", "mei yong", "that didn't help",
     "not helpful", "没解决我的问题"],
)  # fmt: skip
def test_an_answer_of_no_use_is_unhelpful(said: str) -> None:
    assert feedback_in(said) == "unhelpful"


@pytest.mark.parametrize(
    "said",
    [
        "不是这个意思",
        "没用 不是我想知道的",
        "你搞错了",
        "答非所问",
        "我问的是药店",
        "我没问你这个呀",
        "that's not what I asked",
        "wrong answer",
    ],
)
def test_a_missed_question_is_corrected_even_where_the_answer_is_called_useless_too(said: str) -> None:
    assert feedback_in(said) == "corrected"
