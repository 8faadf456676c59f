"""A message in its context: which facts it adds, corrects, leaves alone or forgets."""

from __future__ import annotations

from typing import Any

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.services.profile import ESTIMATE, FACT_SLOTS, FILING, PERSON, UNKNOWN
from bot.services.reading import Message, MessageReader
from tests.services.conftest import Say


@pytest.mark.parametrize(
    ("text", "intent", "update"),
    [
        ("我的参保地是南京", "set_place", {"insured_place": "nanjing"}),
        ("我的参保地是吴江", "set_place", {"insured_place": "wujiang"}),
        ("南京", "set_place", {"insured_place": "nanjing"}),
        ("我的参保地是昆明", "set_place", {"insured_place": "yunnan"}),
        ("我的参保地是清江浦区", "set_place", {"insured_place": "huaian"}),
        ("我的参保地是成都", "set_place", {"insured_area": "四川/成都"}),
        ("我的参保地是苏州", "set_place", {"place_question": "江苏/苏州"}),
        ("我的参保地是扬州", "set_place", {"place_question": "江苏/扬州"}),
        ("我的参保地是江苏", "set_place", {"place_question": "江苏"}),
        ("我的参保地是苏州姑苏区", "set_place", {"insured_area": "江苏/苏州/姑苏"}),
        ("我的参保地是苏州其他地方", "set_place", {"insured_area": "江苏/苏州"}),
        ("I'm insured in Nanjing", "set_place", {"insured_place": "nanjing"}),
    ],
)
def test_an_insured_place_becomes_a_served_place_a_question_or_an_area(
    say: Say, text: str, intent: str, update: dict[str, Any]
) -> None:
    assert say(text, intent) == update


def test_the_answer_to_the_question_which_part_settles_it(say: Say) -> None:
    pending = {"place_question": "江苏/苏州"}
    assert say("是吴江", "set_place", pending) == {"insured_place": "wujiang", "place_question": None}
    assert say("我的参保地是苏州其他地方", "set_place", pending) == {
        "insured_area": "江苏/苏州",
        "place_question": None,
    }
    assert say("不是", "deny", pending, "insured_place")["insured_area"] == "江苏/苏州"


def test_another_place_takes_the_place_of_the_old_one(say: Say) -> None:
    assert say("我的参保地是南京", "set_place", {"insured_place": "huaian"}) == {"insured_place": "nanjing"}
    assert say("我的参保地是成都", "set_place", {"insured_place": "huaian"}) == {
        "insured_place": None,
        "insured_area": "四川/成都",
    }
    assert say("我的参保地是南京", "set_place", {"insured_area": "四川/成都"}) == {
        "insured_place": "nanjing",
        "insured_area": None,
    }


def test_a_place_in_a_question_does_not_change_the_remembered_one(say: Say) -> None:
    assert say("南京医保怎么备案", "faq", {"insured_place": "huaian"}) == {}
    assert say("苏州医保怎么备案", "faq", {"insured_place": "huaian"}) == {}


def test_a_place_in_a_question_is_kept_while_none_is_known_a_bare_one_only_if_it_is_served(say: Say) -> None:
    assert say("我是南京的，怎么备案", "faq") == {"insured_place": "nanjing"}
    assert say("南京怎么备案", "faq") == {"insured_place": "nanjing"}
    assert say("我是成都的，怎么备案", "faq") == {"insured_area": "四川/成都"}
    for text in ("成都怎么备案", "苏州怎么备案", "去南京看病怎么备案"):
        assert say(text, "faq") == {}, text


@pytest.mark.parametrize(
    ("text", "intent", "update"),
    [
        (
            "我淮安退休，三甲看门诊花了三千五能报多少",
            "estimate",
            {
                "insured_place": "huaian",
                "status": "retired",
                "hospital_level": "tertiary",
                "visit": "outpatient",
                "cost": "3500",
            },
        ),
        (
            "I'm a retiree living in Shanghai; what do I need?",
            "check_filing",
            {"status": "retired", "purpose": "living", "care_place": "上海"},
        ),
        (
            "我南京的医保，人在上海，要备案吗",
            "check_filing",
            {"insured_place": "nanjing", "care_place": "上海"},
        ),
        (
            "吴江参保去上海看病要备案吗",
            "check_filing",
            {"insured_place": "wujiang", "care_place": "上海", "purpose": "visiting"},
        ),
    ],
)
def test_the_first_message_fills_all_that_it_says(
    say: Say, text: str, intent: str, update: dict[str, Any]
) -> None:
    assert say(text, intent) == update


@pytest.mark.parametrize(
    ("requested", "text", "value"),
    [
        ("purpose", "长期住在那边", "living"),
        ("purpose", "在那边工作", "posted"),
        ("purpose", "在外地上学", "studying"),
        ("referral", "有转诊", "yes"),
        ("referral", "有", "yes"),
        ("referral", "没有", "no"),
        ("referral", "没开", "no"),
        ("status", "退休", "retired"),
        ("status", "是的", "retired"),
        ("status", "没有", "employed"),
        ("household_moved", "迁了", "yes"),
        ("household_moved", "没迁", "no"),
        ("household_moved", "没有", "no"),
        ("household_moved", "对", "yes"),
        ("insurance", "居民医保", "resident"),
        ("visit", "住院", "inpatient"),
        ("hospital_level", "三甲", "tertiary"),
        ("cost", "三千五", "3500"),
        ("cost", "500", "500"),
        ("cost", "两三千吧", "2000~3000"),
        ("home_share", "80", "0.8"),
        ("home_share", "八成", "0.8"),
        ("care_place", "上海", "上海"),
        ("care_place", "去浙江嘉善", "浙江/嘉兴/嘉善"),
        ("care_place", "去其他城市", UNKNOWN),
        ("insured_place", "淮安", "huaian"),
    ],
)
def test_a_short_answer_is_the_answer_to_what_was_asked(
    say: Say, requested: str, text: str, value: str | None
) -> None:
    assert say(text, "inform", {}, requested).get(requested) == value


def test_a_category_is_an_answer_to_the_question_why(say: Say) -> None:
    assert say("临时外出", "inform", {}, "purpose") == {"category": "temporary"}


@pytest.mark.parametrize(
    "requested", ["purpose", "status", "household_moved", "hospital_level", "home_share", "cost"]
)
@pytest.mark.parametrize(
    "text", ["不知道", "不清楚", "我不太清楚", "记不得了", "说不好", "not sure", "I don't know", "忘了"]
)
def test_not_knowing_is_an_answer_too(say: Say, requested: str, text: str) -> None:
    assert say(text, "unsure", {}, requested) == {requested: UNKNOWN}


def test_a_correction_changes_that_fact_alone(say: Say) -> None:
    known = {
        "insured_place": "huaian",
        "status": "retired",
        "hospital_level": "tertiary",
        "visit": "outpatient",
    }
    assert say("不对，是二级医院", "inform", known, "cost") == {"hospital_level": "secondary"}
    assert say("说错了，是在职", "inform", known, "cost") == {"status": "employed"}
    assert say("不对，我是南京的", "inform", known, "cost") == {"insured_place": "nanjing"}


def test_a_question_in_between_changes_nothing(say: Say) -> None:
    known = {"insured_place": "huaian", "status": "retired"}
    for text in ("等下，电子凭证行不行？", "没备案能报吗", "居民医保怎么报？", "南京怎么办？"):
        assert say(text, "faq", known, "household_moved") == {}, text


def test_what_is_said_again_is_no_change(say: Say) -> None:
    assert say("我退休了", "inform", {"status": "retired"}, "household_moved") == {}


@pytest.mark.parametrize("text", ["0", "0元", "-500", "负五百块", "99999999", "一亿"])
def test_an_amount_that_no_bill_can_have_is_not_taken_and_remembered_for_the_question(
    say: Say, text: str
) -> None:
    update = say(text, "inform", {"cost": None}, "cost")
    assert "cost" not in update
    assert update["odd_amount"]


def test_a_good_amount_ends_the_question_about_an_odd_one(say: Say) -> None:
    assert say("3500", "inform", {"odd_amount": "-500"}, "cost") == {"cost": "3500", "odd_amount": None}


def test_a_new_filing_check_forgets_the_last_matter_and_keeps_who_the_person_is(say: Say) -> None:
    known = dict.fromkeys((*FILING, *ESTIMATE), "yes") | {
        "insured_place": "huaian",
        "insurance": "employee",
        "status": "retired",
    }
    update = say("备案资格核对", "check_filing", known)
    assert update == dict.fromkeys((*FILING, *ESTIMATE))
    assert not set(update) & set(PERSON)


def test_a_new_estimate_keeps_what_was_said_about_the_filing(say: Say) -> None:
    known = {"insured_place": "huaian", "filed": "yes", "cost": "3000", "hospital_level": "tertiary"}
    assert say("报销估算", "estimate", known) == {"cost": None, "hospital_level": None}


def test_a_new_matter_takes_its_own_facts_at_once(say: Say) -> None:
    known = {"insured_place": "huaian", "cost": "3000", "hospital_level": "tertiary", "visit": "inpatient"}
    update = say("再算一个，二级医院花了500能报多少", "estimate", known)
    assert update == {"cost": "500", "hospital_level": "secondary", "visit": None}


@pytest.mark.parametrize("intent", ["chat", "decline", "human", "help", "stop", "faq", "nlu_fallback"])
def test_small_talk_states_no_facts(say: Say, intent: str) -> None:
    assert say("退休的人三级医院花了3500", intent) == {}


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("zh", "I live in Shanghai", "en"),
        ("en", "我住在上海", "zh"),
        ("en", "3500", "en"),
        ("zh", "3500", "zh"),
        ("zh", "yidi jiuyi beian", "zh"),
        ("en", "😀", "en"),
    ],
)
def test_the_language_follows_the_person(base: KnowledgeBase, before: str, text: str, after: str) -> None:
    update = MessageReader(base.places).read(Message(text, "chat"), {"language": before}, None)
    assert {"language": before, **update}["language"] == after


def test_every_fact_is_a_persons_or_of_a_matter() -> None:
    assert len(set(FACT_SLOTS)) == len(FACT_SLOTS) == len(PERSON) + len(FILING) + len(ESTIMATE)
