"""The desk's reference: what citizens hear, with the clauses it rests on, for every place and with all places side by side."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.faq import Answer
from bot.knowledge.places import GENERAL
from bot.services.asking import Asking
from bot.services.reference import (
    PlaceNotFoundError,
    Reference,
    TopicNotFoundError,
)
from bot.text.figures import figures_in
from tests.knowledge.conftest import SOURCES
from tests.services.conftest import KNOWLEDGE, TODAY

# 淮安 and 南京 have an answer of their own to it, 厦门 has none; there is a general one.
TOPIC = "insured_and_care_place"
AREAS = ("江苏/无锡", "四川/成都", "江苏/苏州", "江苏", "北京/北京/朝阳")


@pytest.fixture(scope="session")
def reference(base: KnowledgeBase) -> Reference:
    """The reference, with the original documents where they are."""
    return Reference(lambda: base, lambda: TODAY, SOURCES if SOURCES.is_dir() else None)


def slots_of(place_id: str | None, base: KnowledgeBase) -> dict[str, str]:
    """What a conversation remembers of somebody insured there."""
    if place_id is None:
        return {}
    return {"insured_place": place_id} if place_id in base.places.by_id else {"insured_area": place_id}


def changed(base: KnowledgeBase, topic_id: str, change: Callable[[Answer], Answer]) -> KnowledgeBase:
    """The knowledge with every answer of a topic changed."""
    topic = base.faq[topic_id]
    answers = tuple(change(answer) for answer in topic.answers)
    return replace(base, faq={**base.faq, topic_id: replace(topic, answers=answers)})


def test_staff_and_citizens_hear_the_same_of_every_topic_in_every_place(
    reference: Reference, base: KnowledgeBase
) -> None:
    asking = Asking(lambda: base, lambda: TODAY)
    for topic in base.faq:
        for place in (*base.places.by_id, *AREAS):
            told = asking.answer(topic, [], slots_of(place, base), "zh", invite=False).reply.text
            assert reference.renderings(reference.topic(topic, place)).wechat == told, (topic, place)


def test_the_standing_says_where_the_answer_comes_from(reference: Reference, base: KnowledgeBase) -> None:
    for topic in base.faq.values():
        for place in base.places.by_id.values():
            view = reference.topic(topic.id, place.id)
            own, general = place.name in topic.places, GENERAL in topic.places
            if own:
                expected = "own"
            elif general:
                expected = "general_is_own" if place.id == "yunnan" else "general"
            else:
                expected = "none"
            assert view.standing == expected
            assert (view.own is not None, view.general is not None) == (own, general)
            assert bool(view.caveat) == (expected in ("general", "none"))


def test_the_general_answer_stands_beside_the_places_own(reference: Reference) -> None:
    view = reference.topic(TOPIC, "nanjing")
    assert view.own is not None
    assert view.general is not None
    assert (view.own.place, view.own.place_id) == ("南京", "nanjing")
    assert (view.general.place, view.general.place_id) == (GENERAL, None)
    assert view.given is view.own


@pytest.mark.parametrize(
    ("asked", "place", "place_id", "hotline"),
    [
        ("huaian", "淮安", "huaian", "0517-12393"),
        ("江苏/淮安/清江浦", "淮安", "huaian", "0517-12393"),
        ("云南/昆明", "云南", "yunnan", "12393"),
        ("江苏/无锡", "无锡", "江苏/无锡", "12393"),
        (None, None, None, "12393"),
        ("", None, None, "12393"),
    ],
)
def test_a_place_is_an_id_or_an_area(
    reference: Reference, asked: str | None, place: str | None, place_id: str | None, hotline: str
) -> None:
    view = reference.topic("hotline", asked)
    assert (view.place, view.place_id, view.hotline) == (place, place_id, hotline)


def test_an_area_without_material_gets_the_general_answer_with_a_caveat(reference: Reference) -> None:
    view = reference.topic("remote_care_meaning", "江苏/无锡")
    assert view.standing == "general"
    assert view.own is None
    assert view.caveat.startswith("我手上无锡的材料没有写这一点。")


def test_an_area_around_a_served_place_names_it_so_that_the_caller_is_asked(reference: Reference) -> None:
    assert reference.topic(TOPIC, "江苏/苏州").inside == (("wujiang", "吴江"),)
    assert reference.topic(TOPIC, "江苏/无锡").inside == ()


def test_without_a_place_the_general_answer_is_marked_as_such(
    reference: Reference, base: KnowledgeBase
) -> None:
    view = reference.topic(TOPIC, None)
    assert (view.standing, view.place) == ("general", None)
    assert "还不知道您在哪里参保" in view.caveat
    silent = next(topic.id for topic in base.faq.values() if GENERAL not in topic.places)
    assert "要先知道您在哪里参保" in reference.renderings(reference.topic(silent, None)).spoken


@pytest.mark.parametrize(
    "asked", ["atlantis", "江苏/火星", "江苏//吴江", "火星", "江苏/苏州/吴江/开平路", "江苏/"]
)
def test_a_place_that_is_none_is_refused_kindly(reference: Reference, asked: str) -> None:
    with pytest.raises(PlaceNotFoundError, match="没有找到"):
        reference.topic(TOPIC, asked)


def test_a_topic_that_is_none_is_refused_kindly(reference: Reference) -> None:
    with pytest.raises(TopicNotFoundError, match="没有“no_such”这个主题"):
        reference.topic("no_such", None)
    with pytest.raises(TopicNotFoundError):
        reference.everywhere("no_such")


def test_the_pieces_are_the_body_and_every_figure_is_linked_to_a_cited_clause_that_states_it(
    reference: Reference, base: KnowledgeBase
) -> None:
    seen = 0
    for topic in base.faq:
        for answer in reference.everywhere(topic):
            assert "".join(piece.text for piece in answer.pieces) == answer.body
            cited = {clause.id: clause for clause in answer.clauses}
            for piece in answer.pieces:
                if piece.figure:
                    assert piece.clause in cited, (topic, answer.place, piece.text)
                    seen += 1
    assert seen > 300


def test_a_figure_is_linked_to_the_clause_that_states_it(reference: Reference) -> None:
    view = reference.topic("manual_claim_standard", "huaian")
    assert view.own is not None
    linked = {piece.text: piece.clause for piece in view.own.pieces if piece.figure}
    assert linked["600 元"] == linked["6000 元"] == "huaian-2.2.1"
    # 70% + 5 个百分点 stands in no document as such; the policy file says how it is worked out, with its clause.
    assert linked["75%"] == "huaian-2.2.1"
    days = reference.topic("manual_claim_time", "huaian").own
    assert days is not None
    assert {p.text: p.clause for p in days.pieces if p.figure}["5 个工作日"] == "huaian-3.1"


def test_a_figure_that_no_cited_clause_states_is_linked_to_none(base: KnowledgeBase) -> None:
    other = changed(base, "manual_claim_time", lambda a: replace(a, body="单次 999 元以下 5 个工作日。"))
    answers = Reference(lambda: other, lambda: TODAY, None).everywhere("manual_claim_time")
    pieces = {p.text: p.clause for answer in answers if answer.place == "淮安" for p in answer.pieces}
    assert pieces["999 元"] is None
    assert pieces["5 个工作日"] == "huaian-3.1"


def test_a_figure_that_is_denied_is_no_figure_of_the_answer(reference: Reference) -> None:
    answer = reference.topic("benefit_by_category", "huaian").own
    assert answer is not None
    assert "不是减去 20 个百分点" in answer.body
    assert "20 个百分点" not in {piece.text for piece in answer.pieces if piece.figure}


def test_a_clause_carries_what_the_document_says_of_itself(reference: Reference) -> None:
    view = reference.topic("hotline", "gaoyou")
    assert view.own is not None
    clause = next(clause for clause in view.own.clauses if clause.id == "gaoyou-contact")
    assert clause.short == "2019年高邮公开信"
    assert clause.heading == "经办机构、地址和联系电话"
    assert clause.precis.startswith("高邮市医疗保险基金管理中心")
    assert clause.published == "2019-08"
    assert clause.note is not None
    assert "0514-84601050" in clause.figures


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the original documents are not here")
def test_the_original_words_stand_beside_our_precis_where_the_documents_are(reference: Reference) -> None:
    view = reference.topic("employee_outpatient_benefit", "huaian")
    assert view.own is not None
    original = next(c.original for c in view.own.clauses if c.id == "huaian-2.2.1")
    assert original is not None
    assert {"600元", "6000元", "70%"} <= set(figures_in(original.replace("\n", "")))


def test_without_the_documents_there_are_no_original_words(base: KnowledgeBase) -> None:
    view = Reference(lambda: base, lambda: TODAY, None).topic("hotline", "huaian")
    assert view.own is not None
    assert all(clause.original is None for clause in view.own.clauses)


def test_a_changed_document_is_read_again_with_the_knowledge(base: KnowledgeBase, tmp_path: Path) -> None:
    file = base.sources.documents["huaian"].file
    (tmp_path / file).write_text("旧的一行\n" * 300, encoding="utf-8")
    current = base
    reference = Reference(lambda: current, lambda: TODAY, tmp_path)

    def original() -> str:
        answer = reference.topic("hotline", "huaian").own
        assert answer is not None
        return str(answer.clauses[0].original)

    assert "旧的一行" in original()
    (tmp_path / file).write_text("新的一行\n" * 300, encoding="utf-8")
    current = replace(base)
    assert "新的一行" in original()


@pytest.mark.parametrize(
    ("document", "day", "aged"),
    [
        ("gaoyou", TODAY, True),
        # 2019-08 counts to the end of the month.
        ("gaoyou", date(2022, 8, 31), False),
        ("gaoyou", date(2022, 9, 1), True),
        ("yunnan", TODAY, True),
        # 南京 has no day of its own; its note names 2021 as the latest year.
        ("nanjing", date(2024, 12, 31), False),
        ("nanjing", date(2025, 1, 1), True),
        ("huaian", TODAY, False),
    ],
)
def test_a_document_of_more_than_three_years_ago_is_old(
    base: KnowledgeBase, document: str, day: date, aged: bool
) -> None:
    assert base.sources.documents[document].aged(day) is aged


def test_every_answer_of_gaoyou_is_flagged_as_old_and_none_of_huaian(
    reference: Reference, base: KnowledgeBase
) -> None:
    for topic in base.faq:
        for answer in reference.everywhere(topic):
            if answer.place in ("高邮", "淮安"):
                assert answer.aged == (answer.place == "高邮"), topic


@pytest.mark.parametrize(("days", "marked"), [(0, 0), (30, 30), (31, None), (400, None)])
def test_an_answer_that_ends_soon_is_marked_with_the_days_left(
    base: KnowledgeBase, days: int, marked: int | None
) -> None:
    until = TODAY + timedelta(days=days)
    other = changed(base, "hotline", lambda answer: replace(answer, until=until))
    answer = Reference(lambda: other, lambda: TODAY, None).topic("hotline", "huaian").own
    assert answer is not None
    assert (answer.until, answer.expires_in_days) == (until, marked)


def test_an_answer_without_an_end_is_not_marked(reference: Reference) -> None:
    answer = reference.topic("hotline", "huaian").own
    assert answer is not None
    assert answer.expires_in_days is None


def test_an_answer_that_has_ended_is_not_shown(base: KnowledgeBase) -> None:
    other = changed(base, "hotline", lambda answer: replace(answer, until=TODAY - timedelta(days=1)))
    reference = Reference(lambda: other, lambda: TODAY, None)
    assert reference.topic("hotline", "huaian").standing == "none"
    assert reference.everywhere("hotline") == ()


def test_all_places_stand_side_by_side_with_the_general_answer_first(
    reference: Reference, base: KnowledgeBase
) -> None:
    order = [GENERAL, *(place.name for place in base.places.by_id.values())]
    for topic in base.faq.values():
        shown = [answer.place for answer in reference.everywhere(topic.id)]
        assert shown == [name for name in order if name in topic.places]


def test_the_places_have_the_digits_of_the_keyboard(reference: Reference, base: KnowledgeBase) -> None:
    choices = reference.places()
    assert [choice.id for choice in choices] == list(base.places.by_id)
    assert [choice.key for choice in choices] == ["1", "2", "3", "4", "5", "6"]
    assert choices[0].hotline == "0517-12393"


def test_only_nine_places_have_a_digit(base: KnowledgeBase) -> None:
    first = next(iter(base.places.by_id.values()))
    many = {f"p{n}": replace(first, id=f"p{n}") for n in range(11)}
    other = replace(base, places=replace(base.places, by_id=many))
    keys = [choice.key for choice in Reference(lambda: other, lambda: TODAY, None).places()]
    assert keys == [*"123456789", "", ""]


def test_neighbours_are_other_topics_that_have_something_for_the_place(
    reference: Reference, base: KnowledgeBase
) -> None:
    for topic in base.faq:
        for place in (None, *base.places.by_id):
            near = reference.topic(topic, place).neighbours
            assert len(near) <= 5
            for other, question in near:
                assert other != topic
                assert base.faq[other].question == question
                assert reference.topic(other, place).standing != "none"


@pytest.mark.parametrize(
    ("topic", "neighbour"),
    [
        ("referral_procedure", "papers_referral"),
        ("employee_outpatient_benefit", "resident_outpatient_benefit"),
        ("manual_claim", "manual_claim_channels"),
    ],
)
def test_the_nearest_topics_are_those_of_the_same_matter(
    reference: Reference, topic: str, neighbour: str
) -> None:
    assert neighbour in dict(reference.topic(topic, "huaian").neighbours)


def test_the_reference_follows_the_knowledge(base: KnowledgeBase, tmp_path: Path) -> None:
    shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")
    faq = tmp_path / "knowledge" / "faq.md"
    faq.write_text(faq.read_text("utf-8").replace("淮安医保咨询电话", "淮安的咨询电话"), "utf-8")
    current = base
    reference = Reference(lambda: current, lambda: TODAY, None)
    before = reference.topic("hotline", "huaian").own
    current = load_knowledge(tmp_path / "knowledge")
    after = reference.topic("hotline", "huaian").own
    assert before is not None
    assert after is not None
    assert "淮安医保咨询电话" in before.body
    assert "淮安的咨询电话" in after.body
