"""The questions of the two tools: one fact each, in plain words, with answers that are understood when tapped."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.policy.categories import DecidingFact
from bot.policy.estimate import EstimateQuestion
from bot.policy.facts import INSURANCES, LEVELS, PURPOSES, STATUSES, VISITS
from bot.policy.filing import FilingQuestion
from bot.text.reading import read
from bot.wording.language import Language
from bot.wording.questions import Option, question
from bot.wording.terms import fact_name, term

FACTS = sorted({*get_args(FilingQuestion), *get_args(EstimateQuestion), *get_args(DecidingFact)})
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CHOICES = {
    "purpose": set(PURPOSES),
    "status": {"retired", "employed"},
    "insurance": set(INSURANCES),
    "visit": set(VISITS),
    "hospital_level": set(LEVELS),
    "referral": {"yes", "no"},
    "household_moved": {"yes", "no"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_that_can_be_asked_for_has_one_question(fact: str, language: Language) -> None:
    asked = question(fact, language)
    assert asked.text.count("？" if language == "zh" else "?") == 1
    assert len(asked.text) <= 120


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", sorted(set(FACTS) - {"insured_place", "cost"}))
def test_not_knowing_can_always_be_tapped(fact: str, language: Language) -> None:
    assert question(fact, language).options[-1].text in ("不清楚", "not sure")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", CHOICES)
def test_every_tapped_answer_is_read_as_a_value_of_the_fact(fact: str, language: Language) -> None:
    values = set()
    for option in question(fact, language).options[:-1]:
        facts = {reading.fact: reading.value for reading in read(option.text)}
        if fact == "purpose":
            # A referral and a temporary filing answer the question why, too.
            assert {"purpose", "referral", "category"} & set(facts), option
            values |= {facts.get("purpose", "visiting")}
        else:
            assert fact in facts, option
            values.add(facts[fact])
    assert values == CHOICES[fact]


def test_the_served_places_come_first() -> None:
    place = Option("淮安", "我的参保地是淮安")
    assert question("insured_place", "zh", (place,)).options[0] == place


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_has_a_word_in_both_languages(language: Language) -> None:
    for fact, values in {**CHOICES, "status": set(STATUSES)}.items():
        assert fact_name(fact, "zh") != fact
        for value in values:
            assert term(fact, value, language) != value
