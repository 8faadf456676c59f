"""A message that states facts and asks nothing: which tool runs again with them."""

from __future__ import annotations

import pytest

from bot.services.following import tool_for


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
