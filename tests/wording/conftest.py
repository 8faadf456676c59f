"""Verdicts and estimates of the real policy files, to be put into words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.english import load_english
from bot.policy.areas import Area
from bot.policy.estimate import estimate
from bot.policy.facts import Facts, Money
from bot.policy.filing import check
from bot.wording.estimate import estimate_message
from bot.wording.filing import filing_message
from bot.wording.language import Gloss, Language

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
TODAY = date(2026, 11, 22)

Tell = Callable[..., str]


@pytest.fixture(scope="session")
def base() -> KnowledgeBase:
    """The real knowledge base."""
    return load_knowledge(KNOWLEDGE)


@pytest.fixture(scope="session")
def gloss() -> Gloss:
    """The English of official names."""
    return load_english(KNOWLEDGE / "english.yml").get


@pytest.fixture(scope="session")
def tell_filing(base: KnowledgeBase, gloss: Gloss) -> Tell:
    """``tell_filing(place_id, language, **facts)``: the verdict in words."""

    def tell(place_id: str, language: Language = "zh", **known: Any) -> str:
        place, policy = base.places.by_id[place_id], base.policy_of(place_id)
        facts = _facts(place_id, known)
        verdict = check(facts, policy, TODAY, home=place.area, national=base.policies["national"])
        return filing_message(verdict, place.name, place.hotline, language, gloss)

    return tell


@pytest.fixture(scope="session")
def tell_estimate(base: KnowledgeBase, gloss: Gloss) -> Tell:
    """``tell_estimate(place_id, language, **facts)``: the estimate in words."""

    def tell(place_id: str, language: Language = "zh", **known: Any) -> str:
        place, facts = base.places.by_id[place_id], _facts(place_id, known)
        result = estimate(facts, base.policy_of(place_id), TODAY)
        return estimate_message(result, place.name, place.hotline, language, gloss)

    return tell


def _facts(place_id: str, known: dict[str, Any]) -> Facts:
    if isinstance(known.get("care_area"), str):
        known["care_area"] = Area.parse(known["care_area"])
    if isinstance(known.get("cost"), int):
        known["cost"] = Money.exactly(known["cost"])
    return Facts(insured_place=place_id, **known)
