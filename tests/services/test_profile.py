"""Slots become facts, and what is known about a person can be shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.policy.areas import Area
from bot.policy.facts import Facts, Money
from bot.services.asking import Asking
from bot.services.checking import Checking
from bot.services.conversation import Conversation
from bot.services.estimating import Estimating
from bot.services.people import insured_place
from bot.services.profile import UNKNOWN, money_of, profile_of
from bot.text.masking import mask
from bot.wording.language import Language


def test_every_slot_becomes_the_fact_of_its_name() -> None:
    slots = {
        "insured_place": "huaian",
        "insurance": "employee",
        "status": "retired",
        "care_place": "浙江/嘉兴/嘉善",
        "purpose": "living",
        "household_moved": "yes",
        "referral": "no",
        "visit": "outpatient",
        "hospital_level": "tertiary",
        "cost": "2000~3000",
        "paid_this_year": "100",
        "home_share": "0.8",
        "language": "zh",
        "filed": None,
    }
    assert profile_of(slots).facts == Facts(
        insured_place="huaian",
        insurance="employee",
        status="retired",
        care_area=Area("浙江", "嘉兴", "嘉善"),
        purpose="living",
        household_moved=True,
        referral=False,
        visit="outpatient",
        hospital_level="tertiary",
        cost=Money(Decimal(2000), Decimal(3000)),
        paid_this_year=Decimal(100),
        home_share=Decimal("0.8"),
    )


def test_what_the_person_could_not_tell_is_no_fact_and_is_remembered_as_asked() -> None:
    profile = profile_of({"status": UNKNOWN, "purpose": "living"})
    assert profile.facts == Facts(purpose="living")
    assert profile.asked == {"status"}


def test_who_moved_the_household_lives_there() -> None:
    assert profile_of({"household_moved": "yes"}).facts.purpose == "living"
    assert profile_of({"household_moved": "yes", "purpose": "posted"}).facts.purpose == "posted"
    assert profile_of({"household_moved": "no"}).facts.purpose is None


def test_a_used_up_deductible_is_no_amount_yet() -> None:
    profile = profile_of({"deductible_used": "full"})
    assert profile.deductible_met
    assert profile.facts.deductible_used is None


@pytest.mark.parametrize(
    ("written", "low", "high"), [("3500", "3500", "3500"), ("2000~3000", "2000", "3000"), ("-5", "-5", "-5")]
)
def test_an_amount_is_read_back_as_it_was_written(written: str, low: str, high: str) -> None:
    assert money_of(written) == Money(Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("slots", "name", "hotline"),
    [
        ({"insured_place": "huaian"}, "淮安", "0517-12393"),
        ({"insured_place": "wujiang"}, "吴江", "12393"),
        ({"insured_area": "四川/成都"}, "成都", "12393"),
    ],
)
def test_an_insured_place_has_a_name_and_a_hotline(
    base: KnowledgeBase, slots: dict[str, str], name: str, hotline: str
) -> None:
    place = insured_place(slots, base)
    assert (place.known, place.name, place.hotline) == (True, name, hotline)


@pytest.mark.parametrize("slots", [{}, {"insured_place": UNKNOWN}, {"insured_place": "gone"}])
def test_without_one_nothing_is_known(base: KnowledgeBase, slots: dict[str, str]) -> None:
    place = insured_place(slots, base)
    assert (place.known, place.hotline) == (False, "12393")


@pytest.fixture
def missed() -> list[dict[str, Any]]:
    """What was recorded for the maintainers."""
    return []


@pytest.fixture
def conversation(
    base: KnowledgeBase,
    asking: Asking,
    checking: Checking,
    estimating: Estimating,
    missed: list[dict[str, Any]],
) -> Conversation:
    """Everything the dialogue asks of the use-cases."""
    return Conversation(
        lambda: base,
        asking,
        checking,
        estimating,
        lambda **miss: missed.append(miss),
        lambda sender: "482913",
    )


def test_what_is_known_about_the_person_is_shown_in_words(conversation: Conversation) -> None:
    slots = {"insured_place": "huaian", "insurance": "employee", "status": "retired", "cost": "3500"}
    said = conversation.profile(slots, "zh").text
    assert said.splitlines()[1:4] == ["· 参保地：淮安", "· 险种：职工医保", "· 身份：退休"]
    assert "清除我的信息" in said
    assert "3500" not in said


def test_nothing_known_is_said_too(conversation: Conversation) -> None:
    assert conversation.profile({"status": UNKNOWN}, "zh").text == "我还没有记住您的任何信息。"


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ({"insured_place": "nanjing"}, "好的，记住了：您的参保地是南京。"),
        ({"insured_area": "四川/成都"}, "我没有成都自己的材料"),
        ({"place_question": "江苏/扬州"}, "您的参保地是高邮吗？"),
        ({}, "您的医保是在哪里交的？"),
    ],
)
def test_a_named_place_is_confirmed_in_one_short_reply(
    conversation: Conversation, slots: dict[str, str], says: str
) -> None:
    assert says in conversation.place_confirmation(slots, "zh").text


def test_an_unclear_message_is_recorded_and_offers_the_likeliest_questions(
    conversation: Conversation, missed: list[dict[str, Any]]
) -> None:
    ranking = [
        {"name": "faq/hotline"},
        {"name": "chat/greet"},
        {"name": "check_filing"},
        {"name": "faq/gone"},
    ]
    reply = conversation.unsure("嗯那个电话", ranking, {"insured_place": "huaian"}, "zh")
    assert [option.text for option in reply.options] == ["医保咨询电话是多少？", "备案资格核对"]
    assert missed == [
        {
            "text": "嗯那个电话",
            "kind": "unsure",
            "candidates": ["faq/hotline", "chat/greet", "check_filing", "faq/gone"],
            "place": "huaian",
        }
    ]


def test_a_second_failure_offers_the_places_own_hotline(
    conversation: Conversation, missed: list[dict[str, Any]]
) -> None:
    assert "0517-12393" in conversation.give_up("?", {"insured_place": "huaian"}, "zh").text
    assert [miss["kind"] for miss in missed] == ["failed_twice"]


def test_a_code_is_given_with_what_to_do_with_it(conversation: Conversation) -> None:
    told = conversation.support_code("anna", "zh").text
    assert all(part in told for part in ("482913", "30 分钟", "念给", "这段对话", "手机号"))
    assert "482913" in conversation.support_code("anna", "en").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_stored_of_the_sentence_hides_the_code(
    conversation: Conversation, language: Language
) -> None:
    told = conversation.support_code("anna", language).text
    assert mask(told) == told.replace("482913", "[客服码]")


def test_a_human_is_reached_at_the_places_own_hotline(conversation: Conversation) -> None:
    assert "淮安医保热线 0517-12393" in conversation.human({"insured_place": "huaian"}, "zh").text
    assert "全国医保热线 12393" in conversation.human({}, "zh").text
