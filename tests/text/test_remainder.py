"""Messages that only state facts are told from questions, so that 我的参保地是南京 is no topic and 转诊 alone is one."""

from __future__ import annotations

import pytest

from bot.text.follow_up import is_follow_up
from bot.text.reading import read
from bot.text.remainder import is_question, states_only_facts, states_only_insured_place
from tests.text.test_places import RULER

Span = tuple[str, int, int]


def spans(text: str) -> list[Span]:
    """What the assistant reads in a text."""
    places = [("place", mention.start, mention.end) for mention in RULER.find(text)]
    return [*places, *((reading.fact, reading.start, reading.end) for reading in read(text))]


@pytest.mark.parametrize(
    "text",
    [
        "我的参保地是南京",
        "南京",
        "三级医院",
        "退休",
        "不对，是二级医院",
        "那居民医保呢？",
        "要是我转诊呢",
        "应该是三千五",
        "户口没迁",
        "我是退休的，住在上海",
        "职工医保，三甲，花了3500",
        "what about resident insurance",
        "no, secondary hospital",
        "I'm insured in Nanjing",
    ],
)
def test_a_message_of_facts_and_filler_states_only_facts(text: str) -> None:
    assert states_only_facts(text, spans(text))


@pytest.mark.parametrize(
    "text",
    [
        "南京怎么备案",
        "退休了要什么材料",
        "去上海看病要备案吗",
        "三级医院能报多少",
        "没备案还能报销吗",
        "南京的电话",
        "我的电子凭证丢了",
        "转诊",
        "急诊",
        "断缴",
        "临时外出就医",
        "你好",
        "",
        "how do I file in Nanjing",
    ],
)
def test_a_question_or_a_keyword_is_more_than_facts(text: str) -> None:
    assert not states_only_facts(text, spans(text))


@pytest.mark.parametrize(
    "text", ["我的参保地是南京", "我医保在淮安交的", "我是南京的", "I'm insured in Nanjing"]
)
def test_a_message_that_does_nothing_but_name_the_insured_place_is_known(text: str) -> None:
    assert states_only_insured_place(text, spans(text))


@pytest.mark.parametrize("text", ["南京", "我住在南京", "我的参保地是南京，退休", "那要是南京医保呢"])
def test_a_message_that_says_more_or_less_is_not_taken_for_it(text: str) -> None:
    assert not states_only_insured_place(text, spans(text))


@pytest.mark.parametrize(
    "text",
    [
        "那居民医保呢？",
        "要是我转诊呢",
        "不对，是二级医院",
        "如果没备案的话",
        "what about a referral",
        "换成南京",
    ],
)
def test_a_message_that_changes_one_thing_is_a_follow_up(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize("text", ["居民医保", "我是退休的", "备案有效期多久", "hello"])
def test_a_new_message_is_no_follow_up(text: str) -> None:
    assert not is_follow_up(text)


@pytest.mark.parametrize(
    "text", ["电子凭证行不行", "多少钱", "在哪里办", "要什么材料", "南京？", "how long", "can I use it"]
)
def test_a_message_that_asks_is_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["三级医院", "没有", "退休了", "what about resident insurance"])
def test_a_message_that_answers_is_none(text: str) -> None:
    assert not is_question(text)
