"""Answers: the person's own place, else the general rule marked as such; never another place's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.channels.wechat.replies import TEXT_LIMIT, compose
from bot.knowledge.base import KnowledgeBase
from bot.services.asking import BENEFIT_OF, Asking
from tests.services.conftest import TODAY, Entities

# 淮安 and 南京 have an answer of their own to it, 厦门 has none; there is a general one.
TOPIC = "insured_and_care_place"
CAVEAT = "下面是全国的一般规定"


def answered(asking: Asking, topic: str, place: str | None = None, **slots: str) -> str:
    """The text of an answer for a person of a place."""
    known = {"insured_place": place, **slots} if place else dict(slots)
    return asking.answer(topic, [], known, "zh").reply.text


def test_a_place_with_an_answer_gets_it_without_a_caveat(asking: Asking) -> None:
    said = answered(asking, "hotline", "huaian")
    assert "0517-12393" in said
    assert CAVEAT not in said


def test_a_place_without_an_answer_gets_the_general_one_marked_as_such_with_its_hotline(
    asking: Asking, base: KnowledgeBase
) -> None:
    for place in base.places.by_id.values():
        for topic in base.faq.values():
            own, general = topic.answer(place.name, TODAY), topic.answer("通用", TODAY)
            if own is not None or general is None or place.general_rules_are_own:
                continue
            said = answered(asking, topic.id, place.id)
            caveat, _, rest = said.partition("\n\n")
            assert CAVEAT in caveat
            assert place.name in caveat
            assert place.hotline in caveat
            assert rest.startswith(general.body)


def test_a_place_without_any_answer_is_told_so_with_its_hotline(asking: Asking, base: KnowledgeBase) -> None:
    silent = [topic for topic in base.faq.values() if "通用" not in topic.places]
    assert silent
    for topic in silent:
        for place in base.places.by_id.values():
            if place.name not in topic.places:
                said = answered(asking, topic.id, place.id)
                assert (
                    said
                    == f"我手上{place.name}的材料没有写这一点，不能乱说。请打医保热线 {place.hotline} 问清。"
                )


def test_the_general_rules_need_no_caveat_where_they_are_the_places_own(asking: Asking) -> None:
    assert CAVEAT not in answered(asking, "remote_care_meaning", "yunnan")


def test_an_unserved_place_gets_the_general_answer_with_the_national_hotline(asking: Asking) -> None:
    said = answered(asking, "remote_care_meaning", insured_area="四川/成都")
    assert "我手上成都的材料没有写" in said
    assert "12393" in said


def test_a_person_without_a_place_gets_the_general_answer_at_once_and_an_invitation(
    asking: Asking, base: KnowledgeBase
) -> None:
    found = asking.answer(TOPIC, [], {}, "zh")
    general = base.faq[TOPIC].answer("通用", TODAY)
    assert general is not None
    assert found.reply.text.startswith(general.body)
    assert "您在哪里参保" in found.reply.text
    assert found.wants_place
    assert [option.text for option in found.reply.options] == [
        f"我的参保地是{name}" for name in base.faq[TOPIC].places if name != "通用"
    ]


def test_only_a_topic_without_a_general_answer_asks_for_the_place_first(
    asking: Asking, base: KnowledgeBase
) -> None:
    for topic in base.faq.values():
        found = asking.answer(topic.id, [], {}, "zh")
        asked = "您的医保是在哪里交的" in found.reply.text
        assert asked == ("通用" not in topic.places)
        assert found.wants_place == bool(set(topic.places) - {"通用"})


def test_several_answers_in_a_row_can_leave_the_invitation_out(asking: Asking) -> None:
    found = asking.answer(TOPIC, [], {}, "zh", invite=False)
    assert "您在哪里参保" not in found.reply.text
    assert not found.wants_place


@pytest.mark.parametrize(
    "text",
    ["南京的参保地是什么意思", "我是南京的，参保地怎么算", "要是南京医保呢", "南京参保去上海看病怎么算"],
)
def test_a_place_named_in_the_question_beats_the_remembered_one(
    asking: Asking, entities: Callable[[str], Entities], text: str
) -> None:
    said = asking.answer(TOPIC, entities(text), {"insured_place": "gaoyou"}, "zh").reply.text
    assert said == answered(asking, TOPIC, "nanjing")


@pytest.mark.parametrize("text", ["去南京看病怎么办", "我住在南京", "人在南京"])
def test_a_place_of_care_in_the_question_does_not(
    asking: Asking, entities: Callable[[str], Entities], text: str
) -> None:
    said = asking.answer(TOPIC, entities(text), {"insured_place": "gaoyou"}, "zh").reply.text
    assert said == answered(asking, TOPIC, "gaoyou")


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("苏州医保怎么算", ["是吴江", "苏州其他地方"]),
        ("扬州的医保呢", ["是高邮", "扬州其他地方"]),
        ("江苏参保的呢", ["是淮安", "是高邮", "是吴江", "是南京", "江苏其他地方"]),
    ],
)
def test_a_place_around_served_ones_gets_the_general_answer_and_is_asked_about(
    asking: Asking, entities: Callable[[str], Entities], text: str, offered: list[str]
) -> None:
    found = asking.answer(TOPIC, entities(text), {"insured_place": "nanjing"}, "zh")
    assert [option.label for option in found.reply.options] == offered
    assert found.wants_place
    assert "高邮，参保地就是高邮" not in found.reply.text


def test_an_unserved_insured_place_in_the_question_gets_the_general_answer(
    asking: Asking, entities: Callable[[str], Entities]
) -> None:
    said = asking.answer(TOPIC, entities("我成都的医保怎么算"), {"insured_place": "nanjing"}, "zh").reply.text
    assert "我手上成都的材料没有写" in said


def test_every_answer_names_its_source_and_the_day_it_was_checked(
    asking: Asking, base: KnowledgeBase
) -> None:
    for topic in base.faq.values():
        reply = asking.answer(topic.id, [], {"insured_place": "nanjing"}, "zh").reply
        if "不能乱说" not in reply.text:
            assert "依据：" in reply.text
            assert "（核对于 2026-11-22）" in reply.text
            assert reply.sources


def test_an_english_question_is_answered_with_an_english_lead(asking: Asking) -> None:
    said = asking.answer("hotline", [], {"insured_place": "huaian"}, "en").reply.text
    assert said.startswith("Here is the official answer (in Chinese):")
    assert "Source: " in said


def test_every_answer_with_all_that_stands_around_it_fits_one_wechat_message(
    asking: Asking, base: KnowledgeBase
) -> None:
    people = [{"insured_place": place} for place in base.places.by_id] + [{"insured_area": "四川/成都"}]
    for topic in base.faq:
        for slots in people:
            text = asking.answer(topic, [], slots, "zh").reply.text
            assert len(compose([{"text": text}]).encode()) <= TEXT_LIMIT, (topic, slots)


def test_an_answer_changes_on_the_day_it_says(base: KnowledgeBase) -> None:
    topic = base.faq["hotline"]
    old = topic.answer("淮安", TODAY)
    assert old is not None
    turn = date(2027, 1, 1)
    answers = (replace(old, until=date(2026, 12, 31)), replace(old, body="新的电话", since=turn))
    changed = replace(base, faq={**base.faq, "hotline": replace(topic, answers=answers)})
    slots = {"insured_place": "huaian"}
    before = Asking(lambda: changed, lambda: TODAY).answer("hotline", [], slots, "zh").reply.text
    after = Asking(lambda: changed, lambda: turn).answer("hotline", [], slots, "zh").reply.text
    assert old.body in before
    assert "新的电话" in after


def test_a_topic_that_is_gone_is_answered_politely(asking: Asking) -> None:
    assert "没听明白" in answered(asking, "no_such_topic", "nanjing")


def test_a_place_that_is_not_served_any_more_counts_as_not_known(asking: Asking) -> None:
    assert answered(asking, TOPIC, "atlantis") == answered(asking, TOPIC)


@pytest.mark.parametrize(
    ("topic", "slots", "says", "hides"),
    [
        ("resident_outpatient_benefit", {"status": "retired"}, "75%", "300 元"),
        ("employee_outpatient_benefit", {"insurance": "resident"}, "300 元", "75%"),
        ("resident_outpatient_benefit", {}, "300 元", "75%"),
    ],
)
def test_the_benefit_is_that_of_the_persons_own_insurance(
    asking: Asking, topic: str, slots: dict[str, str], says: str, hides: str
) -> None:
    said = answered(asking, topic, "huaian", **slots)
    assert says in said
    assert hides not in said


def test_a_question_that_names_an_insurance_is_about_that_one(asking: Asking, base: KnowledgeBase) -> None:
    named = [{"entity": "insurance", "value": "resident"}]
    slots = {"insured_place": "huaian", "status": "retired"}
    assert "300 元" in asking.answer("resident_outpatient_benefit", named, slots, "zh").reply.text
    assert set(BENEFIT_OF.values()) <= base.faq.keys()
