"""No answer for a place shows a figure, a telephone or a channel that belongs to another place alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.claims import claims_of
from tests.knowledge.leaks import CHANNELS, KNOWLEDGE, Belongings, leaks

ANSWERS = [
    pytest.param(answer.place, answer.body, id=f"{topic.id}-{answer.place}-{answer.since or 'always'}")
    for topic in load_knowledge(KNOWLEDGE).faq.values()
    for answer in topic.answers
]


@pytest.mark.parametrize(("place", "body"), ANSWERS)
def test_an_answer_shows_nothing_of_another_place(place: str, body: str) -> None:
    assert leaks(body, place) == []


def test_a_policy_value_shows_nothing_of_another_place(base: KnowledgeBase) -> None:
    claims = [claim for claim in claims_of(base) if claim.file.startswith("policy/")]
    found = [(claim.file, claim.where, leaks("\n".join(claim.texts), claim.place)) for claim in claims]
    assert [line for line in found if line[2]] == []


def test_every_place_and_the_general_rules_are_looked_at(base: KnowledgeBase) -> None:
    looked_at = {param.values[0] for param in ANSWERS}
    assert looked_at == {place.name for place in base.places.by_id.values()} | {"通用"}


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("起付标准 600 元", "吴江", ["600元 of 淮安"]),
        ("请打 0517-12393", "高邮", ["0517-12393 of 淮安"]),
        ("请打 0871-63886166", "通用", ["0871-63886166 of 云南"]),
        ("15 日内补齐", "淮安", ["15日 of 吴江"]),
        ("三个月内不能变更", "南京", ["3个月 of 厦门"]),
        ("9 月 30 日前办", "云南", ["9月30日 of 厦门"]),
        ("两个工作日后审完", "南京", ["2个工作日 of 厦门、吴江"]),
        ("按八成报", "高邮", ["80% of 吴江、淮安"]),
        ("关注“吴江医保”公众号", "厦门", ["吴江医保 of 吴江"]),
        ("用江苏医保云 APP", "南京", ["江苏医保云 of 吴江、淮安"]),
        ("填《南京市基本医疗保险转外就医备案表》", "通用", ["南京市基本医疗保险转外就医备案表 of 南京"]),
        ("微信小程序云南医保网厅", "通用", ["云南医保网厅 of 云南"]),
    ],
)
def test_what_belongs_to_another_place_is_found(text: str, place: str, found: list[str]) -> None:
    assert leaks(text, place) == found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("请打 12393 或 120", "厦门"),
        ("用江苏医保云 APP", "吴江"),
        ("用“国家医保服务平台”APP", "南京"),
        ("退休 75%，临时外出按 80%", "淮安"),
        ("一共 4 类人，分 3 步", "吴江"),
    ],
)
def test_what_is_shared_or_told_by_the_place_itself_is_no_leak(text: str, place: str) -> None:
    assert leaks(text, place) == []


def test_a_general_answer_given_to_a_person_of_a_place_may_show_its_hotline_and_the_general_figures() -> None:
    text = "快速备案预计 2-3 个工作日。请打 0517-12393 问清。"
    assert leaks(text, "淮安") == ["2-3个工作日 of 云南、通用"]
    assert leaks(text, "淮安", general=True) == []
    assert leaks("先打 0514-84601050", "淮安", general=True) == ["0514-84601050 of 高邮"]


def test_every_telephone_of_the_documents_belongs_to_someone(base: KnowledgeBase) -> None:
    figures = Belongings.of(base).figures
    assert {f for f in figures if re.fullmatch(r"\d{3,4}-\d{5,8}", f)} == {
        "0517-12393", "0514-84601050", "0871-63886166", "025-86590920",
    }  # fmt: skip


def test_the_channels_stand_in_the_documents_of_exactly_their_places(
    base: KnowledgeBase, sources_dir: Path
) -> None:
    places_of: dict[str, set[str]] = {name: set() for name in CHANNELS}
    for section in base.sources.sections:
        original = re.sub(r"\s", "", base.sources.original(section, sources_dir) or "")
        for name, places in places_of.items():
            if name in original:
                places |= set(base.sources.document_of(section).places)
    places_of["国家医保服务平台"].add("厦门")  # see CHANNELS
    places_of["云南医保网厅"].discard(
        "通用"
    )  # named in a general answer of the FAQ, though it serves 云南 alone
    assert places_of == CHANNELS
