"""Which tool a message belongs to that states facts and asks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from bot.services.profile import ESTIMATE, FILING

ToolName = Literal["check_filing", "estimate"]
# Facts that only an estimate can use, whatever was talked about before.
_AMOUNTS = {"cost", "home_share", "deductible_used", "paid_this_year"}


# What a fact alone asks after an answer of the FAQ: 那急诊呢, 没备案, 断缴了.
_TOPICS = {
    ("emergency", "yes"): "emergency_care",
    ("filed", "no"): "unfiled_care",
    ("lapsed", "yes"): "interrupted_insurance",
    ("visit", "inpatient"): "inpatient_benefit",
    ("visit", "outpatient"): "employee_outpatient_benefit",
}


def topic_for(entities: Iterable[Mapping[str, Any]], subject: str) -> str | None:
    """The topic that facts ask about after an answer of the FAQ; None where they belong to a tool or to nothing."""
    facts = {(str(e["entity"]), str(e["value"])) for e in entities if e["entity"] != "place"}
    if not subject.startswith("faq/") or not facts or not facts <= _TOPICS.keys():
        return None
    return next(topic for fact, topic in _TOPICS.items() if fact in facts)


# Topics whose answer differs by who the person is: 我是退休的 after one of them asks for it again.
_PERSONAL = {
    "employee_outpatient_benefit",
    "resident_outpatient_benefit",
    "inpatient_benefit",
    "benefit_by_category",
    "who_can_file",
}


def concerns_person(topic: str) -> bool:
    """Whether a fact about the person asks the topic again."""
    return topic in _PERSONAL


def topics_named() -> frozenset[str]:
    """The topics this module counts on; a test holds them against faq.md."""
    return frozenset(_TOPICS.values()) | _PERSONAL


def tool_for(
    entities: Iterable[Mapping[str, Any]], subject: str, care_place: str | None = None
) -> ToolName | None:
    """The tool to run with the new facts; ``subject`` is what the conversation was about last (``faq/...`` or a tool).

    ``care_place`` is where the person goes, as now understood: a place in the message may be it without saying so.

    None where the facts belong to no tool: a place, an insurance or a status without a matter under discussion.
    """
    found = list(entities)
    facts = {str(entity["entity"]) for entity in found}
    if facts & _AMOUNTS:
        return "estimate"
    if subject == "estimate" and facts:
        return "estimate"
    goes_somewhere = any(
        entity["entity"] == "place" and (entity.get("role") == "care" or entity["value"] == care_place)
        for entity in found
    )
    if goes_somewhere or facts & set(FILING):
        return "check_filing"
    if subject == "check_filing" and facts - set(ESTIMATE):
        return "check_filing"
    return "estimate" if subject == "check_filing" and facts else None
