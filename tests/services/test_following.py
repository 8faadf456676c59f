"""A message that states facts and asks nothing: which tool runs again with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.faq import load_faq
from bot.services.following import tool_for, topic_for, topics_named


def of(*facts: str) -> list[dict[str, str]]:
    """Entities with these facts."""
    return [{"entity": fact, "value": "x"} for fact in facts]


@pytest.mark.parametrize(
    ("facts", "subject", "tool"),
    [
        (["insurance"], "estimate", "estimate"),
        (["referral"], "estimate", "estimate"),
        (["referral"], "check_filing", "check_filing"),
        (["household_moved"], "check_filing", "check_filing"),
        (["status"], "check_filing", "check_filing"),
        (["hospital_level"], "check_filing", "estimate"),
        (["cost"], "check_filing", "estimate"),
        (["cost"], "faq/hotline", "estimate"),
        (["cost"], "", "estimate"),
        (["purpose"], "", "check_filing"),
        (["filed"], "faq/hotline", "check_filing"),
        (["status"], "", None),
        (["insurance"], "faq/hotline", None),
        ([], "estimate", None),
        ([], "", None),
    ],
)
def test_the_facts_and_the_last_subject_decide(facts: list[str], subject: str, tool: str | None) -> None:
    assert tool_for(of(*facts), subject) == tool


def test_a_place_of_care_belongs_to_the_filing_check_and_a_bare_place_to_none() -> None:
    care = {"entity": "place", "role": "care", "value": "上海"}
    assert tool_for([care], "") == "check_filing"
    assert tool_for([{"entity": "place", "value": "上海"}], "") is None
    assert tool_for([{"entity": "place", "value": "上海"}], "estimate") == "estimate"


def test_the_topics_that_facts_ask_about_stand_in_the_faq() -> None:
    faq = load_faq(Path(__file__).parents[2] / "knowledge" / "faq.md")
    assert topics_named() <= faq.keys()


@pytest.mark.parametrize(
    ("facts", "subject", "topic"),
    [
        ([("emergency", "yes")], "faq/unfiled_care", "emergency_care"),
        ([("filed", "no")], "faq/emergency_care", "unfiled_care"),
        ([("emergency", "yes"), ("visit", "inpatient")], "faq/filing_time", "emergency_care"),
        ([("emergency", "yes")], "check_filing", None),
        ([("emergency", "yes"), ("purpose", "visiting")], "faq/filing_time", None),
        ([], "faq/filing_time", None),
    ],
)
def test_facts_alone_after_an_answer_ask_about_their_topic(
    facts: list[tuple[str, str]], subject: str, topic: str | None
) -> None:
    assert topic_for([{"entity": name, "value": value} for name, value in facts], subject) == topic
