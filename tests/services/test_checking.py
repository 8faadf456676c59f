"""The filing check in dialogue: one question at a time, none that changes nothing, and the verdict for what is known."""

from __future__ import annotations

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.services.checking import Checking, ask
from bot.services.profile import UNKNOWN
from bot.wording.language import Language


def test_the_place_is_asked_for_first_unless_the_person_cannot_tell(checking: Checking) -> None:
    assert checking.next_question({}) == "insured_place"
    assert checking.next_question({"insured_place": UNKNOWN}) == "purpose"
    assert checking.next_question({"insured_area": "四川/成都"}) == "purpose"


def test_only_a_place_with_exemptions_asks_where_the_care_is(checking: Checking, base: KnowledgeBase) -> None:
    asked = {place: checking.next_question({"insured_place": place}) for place in base.places.by_id}
    assert asked == {place: "care_place" if place == "wujiang" else "purpose" for place in base.places.by_id}


@pytest.mark.parametrize(
    ("known", "question"),
    [
        ({"purpose": "living"}, "status"),
        ({"purpose": "living", "status": "retired"}, "household_moved"),
        ({"purpose": "living", "status": "employed"}, None),
        ({"purpose": "living", "status": UNKNOWN}, "household_moved"),
        ({"purpose": "living", "status": "retired", "household_moved": UNKNOWN}, None),
        ({"purpose": "visiting"}, "referral"),
        ({"purpose": "visiting", "referral": "no"}, None),
        ({"purpose": "posted"}, None),
        ({"status": "retired", "household_moved": "yes"}, None),
        ({"status": "retired", "household_moved": "no"}, "purpose"),
        ({"category": "referral"}, None),
        ({"lapsed": "yes"}, None),
    ],
)
def test_the_next_question_is_the_one_that_decides(
    checking: Checking, known: dict[str, str], question: str | None
) -> None:
    assert checking.next_question({"insured_place": "huaian", **known}) == question


def test_the_missions_sentence_needs_the_place_and_the_household_alone(checking: Checking) -> None:
    known = {"status": "retired", "purpose": "living", "care_place": "上海"}
    assert checking.next_question(known) == "insured_place"
    assert checking.next_question({**known, "insured_place": "huaian"}) == "household_moved"
    assert checking.next_question({**known, "insured_place": "huaian", "household_moved": "no"}) is None
    assert checking.next_question({**known, "insured_place": "wujiang"}) is None


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        (
            {"insured_place": "huaian", "purpose": "living", "status": "retired", "household_moved": "yes"},
            ["异地安置退休人员（参保地淮安）", "居住证明、个人承诺书（任选一样）", "苏服办"],
        ),
        ({"insured_place": "wujiang", "care_place": "上海"}, ["不用备案", "异地转诊", "如果是去青浦"]),
        ({"insured_place": "wujiang", "care_place": "上海/上海/青浦"}, ["不用备案", "区域同城"]),
        ({"insured_place": "wujiang", "care_place": "浙江/嘉兴/嘉善"}, ["不用备案", "区域同城"]),
        ({"insured_place": "huaian", "care_place": "上海"}, ["需要备案"]),
        ({"insured_place": "huaian", "care_place": "江苏/淮安/涟水"}, ["不用备案", "不算异地就医"]),
        ({"insured_place": "nanjing", "lapsed": "yes"}, ["现在办不了备案", "断缴"]),
        ({"insured_place": "gaoyou", "category": "temporary"}, ["没有这一类", "0514-84601050"]),
        ({"insured_place": "nanjing", "category": "referral"}, ["《南京市基本医疗保险转外就医备案表》"]),
        ({"insured_place": "xiamen", "category": "long_term_resident"}, ["3 个月"]),
        ({"insured_place": "wujiang", "category": "temporary", "agent": "yes"}, ["代办：", "亲情账户"]),
        ({"insured_area": "四川/成都", "category": "referral"}, ["成都", "全国的一般规定", "12393"]),
    ],
)
def test_the_verdict_says_what_the_facts_lead_to(
    checking: Checking, slots: dict[str, str], says: list[str]
) -> None:
    said = checking.verdict(slots, "zh").text
    for part in says:
        assert part in said


def test_what_stays_unknown_leads_to_a_conditional_verdict(checking: Checking) -> None:
    slots = {"insured_place": "huaian", "purpose": "living", "status": "retired", "household_moved": UNKNOWN}
    said = checking.verdict(slots, "zh").text
    assert "已退休、户口也迁过去了 → 异地安置退休人员" in said
    assert "户口没迁 → 异地长期居住人员" in said
    assert "常驻异地工作人员" not in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_cannot_tell_the_insured_place_gets_the_general_rules_without_a_made_up_name(
    checking: Checking, language: Language
) -> None:
    slots = {"insured_place": UNKNOWN, "purpose": "living", "status": "employed"}
    said = checking.verdict(slots, language).text
    assert "（参保地" not in said
    assert "Insured in" not in said
    assert ("全国的一般规定" if language == "zh" else "the general national rules") in said
    assert "12393" in said


def test_the_exemption_of_one_place_is_not_given_to_the_neighbours(checking: Checking) -> None:
    for slots in (
        {"insured_area": "江苏/苏州/姑苏"},
        {"insured_area": "江苏/苏州"},
        {"insured_place": "nanjing"},
    ):
        said = checking.verdict({**slots, "care_place": "上海"}, "zh").text
        assert "不用备案" not in said
        assert "免备案" not in said


def test_the_place_whose_own_rules_are_general_gets_them_without_a_caveat(checking: Checking) -> None:
    said = checking.verdict({"insured_place": "yunnan", "category": "referral"}, "zh").text
    assert "我没有" not in said
    assert "参保地云南" in said


def test_every_verdict_names_its_document_and_shows_the_sections(
    checking: Checking, base: KnowledgeBase
) -> None:
    for place in base.places.by_id:
        reply = checking.verdict({"insured_place": place, "category": "referral"}, "zh")
        assert "依据：" in reply.text
        assert reply.sources
        assert all(note.checked_on == "2026-11-22" for note in reply.sources)


def test_a_question_offers_the_served_places_the_answers_and_not_knowing(base: KnowledgeBase) -> None:
    places = ask("insured_place", {}, base, "zh")
    assert [option.label for option in places.options] == [p.name for p in base.places.by_id.values()]
    assert ask("status", {}, base, "zh").options[-1].label == "不清楚"


def test_a_place_that_could_be_several_is_asked_about(base: KnowledgeBase) -> None:
    asked = ask("insured_place", {"place_question": "江苏/苏州"}, base, "zh")
    assert "苏州里我只有吴江的材料" in asked.text
    assert [option.text for option in asked.options] == ["我的参保地是吴江", "我的参保地是苏州其他地方"]


def test_an_odd_amount_is_told_in_the_question_for_a_better_one(base: KnowledgeBase) -> None:
    asked = ask("cost", {"odd_amount": "-500"}, base, "zh")
    assert "“-500”这个金额我算不了" in asked.text
    assert "花了多少钱" in asked.text
