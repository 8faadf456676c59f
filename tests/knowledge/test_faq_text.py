"""faq.md as text: cut and joined it is the same file, and what is written comes back as it was meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.faq import Answer, Topic
from bot.knowledge.faq_text import FaqText, parse_faq_text, topic_text
from bot.knowledge.trial import read_faq
from tests.knowledge.conftest import ROOT

REAL = (ROOT / "knowledge" / "faq.md").read_text("utf-8")
DAY = date(2026, 11, 22)

WORDS = st.text(alphabet="备案医保报销ab1 -“”（）[]#*😀", min_size=1, max_size=12).map(str.strip)
LINES = WORDS.filter(lambda line: line and not line.startswith(("#", "依据：", "话题：")))
BODIES = st.lists(LINES | st.just(""), min_size=1, max_size=6).map("\n".join).map(str.strip).filter(bool)
DAYS = st.none() | st.dates(date(2025, 1, 1), date(2030, 1, 1))
NAMES = st.lists(
    st.sampled_from(["yunnan-1", "huaian-1.3", "gaoyou-letter-0"]), min_size=1, max_size=3, unique=True
)
ANSWERS = st.lists(
    st.builds(Answer, st.sampled_from(["通用", "淮安", "南京"]), BODIES, NAMES.map(tuple), st.just(DAY), DAYS, DAYS),
    min_size=1, max_size=4, unique_by=lambda a: (a.place, a.since, a.until),
)  # fmt: skip
ABOUT = st.lists(st.sampled_from(["备案", "手工报销", "停车费"]), max_size=2, unique=True).map(tuple)
TOPICS = st.lists(
    st.tuples(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), LINES, ANSWERS, ABOUT),
    min_size=1, max_size=4, unique_by=lambda topic: topic[0],
)  # fmt: skip


def made(topic_id: str, question: str, answers: list[Answer], about: tuple[str, ...]) -> Topic:
    return Topic(topic_id, question, tuple(answers), about or (question,))


def written(drawn: list[tuple[str, str, list[Answer], tuple[str, ...]]], newline: str = "\n") -> str:
    """A file with these topics."""
    texts = [topic_text(made(*topic), topic[3], newline) for topic in drawn]
    return f"# 常见问题{newline}{newline}" + "".join(texts)


def test_the_real_file_cut_and_joined_is_itself() -> None:
    text = parse_faq_text(REAL)
    assert text.raw == REAL
    assert [t.id for t in text.topics] == list(read_faq(REAL))
    assert all(
        len(t.answers) == len(read.answers)
        for t, read in zip(text.topics, read_faq(REAL).values(), strict=True)
    )


def test_every_real_topic_written_unchanged_leaves_the_file() -> None:
    text = parse_faq_text(REAL)
    for topic in read_faq(REAL).values():
        about = text.topic(topic.id).about  # type: ignore[union-attr]
        assert text.with_topic(topic, about, topic).raw == REAL


def test_every_real_topic_taken_out_and_written_anew_says_the_same() -> None:
    text, topics = parse_faq_text(REAL), read_faq(REAL)
    for topic in list(topics.values())[::7]:
        about = text.topic(topic.id).about  # type: ignore[union-attr]
        without = text.without(topic.id)
        assert set(read_faq(without.raw)) == set(topics) - {topic.id}
        assert read_faq(without.with_topic(topic, about, None).raw)[topic.id] == topic


@given(st.text(alphabet=st.sampled_from("## \n#a备通用依据：；核对\r\t\u2028"), max_size=80))
def test_any_text_cut_and_joined_is_itself(text: str) -> None:
    assert parse_faq_text(text).raw == text


@given(TOPICS, st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_what_is_written_is_read_as_it_was_meant(
    drawn: list[tuple[str, str, list[Answer], tuple[str, ...]]], newline: str
) -> None:
    text = written(drawn, newline)
    assert parse_faq_text(text).raw == text
    assert list(read_faq(text).values()) == [made(*topic) for topic in drawn]


@given(TOPICS, LINES, ANSWERS, ABOUT, st.sampled_from(["\n", "\r\n"]), st.data())
@settings(deadline=None)
def test_an_edit_changes_its_topic_alone(
    drawn: list[tuple[str, str, list[Answer], tuple[str, ...]]],
    question: str,
    answers: list[Answer],
    about: tuple[str, ...],
    newline: str,
    data: st.DataObject,
) -> None:
    file = parse_faq_text(written(drawn, newline))
    before = read_faq(file.raw)
    chosen = data.draw(st.sampled_from(drawn))[0]
    after = file.with_topic(made(chosen, question, answers, about), about, before[chosen])
    assert read_faq(after.raw) == {**before, chosen: made(chosen, question, answers, about)}
    assert _others(after, chosen) == _others(file, chosen)
    # Back again, it says what it said; after an edit of words alone it is the very same text.
    old = next(topic for topic in drawn if topic[0] == chosen)
    back = after.with_topic(before[chosen], old[3], read_faq(after.raw)[chosen])
    assert read_faq(back.raw) == before


def _others(file: FaqText, topic_id: str) -> list[str]:
    return [topic.raw.rstrip() for topic in file.topics if topic.id != topic_id]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_word_changes_one_line_however_the_answer_is_laid_out(newline: str) -> None:
    lines = ["# 题", "", "## a 问？", "", "", "话题：甲,乙", "### 通用", "第一行。  ", "", "  第二行。", "依据：x, y；核对：2026-11-22", "", "", "## b 问？", "### 南京", "答。", "依据：x；核对：2026-11-22"]  # fmt: skip
    text = newline.join(lines)
    topic = read_faq(text)["a"]
    answer = replace(topic.answers[0], body=topic.answers[0].body.replace("第二", "第三"))
    file = parse_faq_text(text)
    after = file.with_topic(replace(topic, answers=(answer,)), ("甲", "乙"), topic).raw
    assert after == text.replace("第二", "第三")


def test_a_new_topic_stands_behind_those_of_its_matter_and_else_at_the_end() -> None:
    file = parse_faq_text(REAL)
    answer = Answer("通用", "答。", ("yunnan-1",), DAY)
    matter = file.topics[2].about[0]
    ids = [t.id for t in file.with_topic(made("new", "新？", [answer], (matter,)), (matter,), None).topics]
    last = max(n for n, t in enumerate(file.topics) if t.about[:1] == (matter,))
    assert ids.index("new") == last + 1
    alone = file.with_topic(made("new", "新？", [answer], ("停车",)), ("停车",), None)
    assert alone.topics[-1].id == "new"
    assert alone.raw.startswith(REAL)
    assert alone.raw.endswith("2026-11-22\n")
    assert not alone.raw.endswith("\n\n")
