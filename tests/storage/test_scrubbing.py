"""Scrubbing: every text passes the mask, wherever it hides, and the bulk stays behind."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from bot.storage.scrubbing import scrub, scrub_event, slim_parse_data

SECRET = "13812345678"


def _mask(text: str) -> str:
    return text.replace(SECRET, "*")


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"call {SECRET} now",
        [SECRET],
        (SECRET,),
        {SECRET},
        {"deep": [{"deeper": ({"deepest": SECRET},)}]},
        {SECRET: "as a key"},
        int(SECRET),
        float(SECRET),
        np.int64(SECRET),
        np.float64(SECRET),
        Decimal(SECRET),
        np.array([int(SECRET)]),
    ],
)
def test_personal_data_is_masked_wherever_it_hides(value: Any) -> None:
    clean = scrub({"value": value}, _mask)
    assert SECRET not in json.dumps(clean)
    assert "*" in json.dumps(clean)


@pytest.mark.parametrize(
    "value", ["", "南京", 0, 1, 3500.5, 12_000_000_000.5, 99_999_999_999, True, False, None, [], {}]
)
def test_everything_else_stays_as_it_is(value: Any) -> None:
    clean = scrub(value, _mask)
    assert (clean, type(clean)) == (value, type(value))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("nan")])
def test_numbers_that_json_does_not_know_become_none(value: float) -> None:
    assert scrub([value], _mask) == [None]


def test_numbers_of_numpy_become_plain_ones() -> None:
    clean = scrub({"confidence": np.float32(0.5), "rank": np.int64(3)}, _mask)
    assert json.dumps(clean) == '{"confidence": 0.5, "rank": 3}'


def test_the_original_is_left_alone() -> None:
    event = {"event": "user", "text": SECRET, "metadata": {"phone": SECRET}, "parse_data": {"text": SECRET}}
    before = json.dumps(event)
    scrub_event(event, _mask)
    assert json.dumps(event) == before


def test_ids_made_by_machines_stay_readable() -> None:
    event = {
        "event": "user",
        "message_id": SECRET,
        "metadata": {"model_id": SECRET, "phone": SECRET},
        "text": SECRET,
    }
    assert scrub_event(event, _mask) == {
        "event": "user",
        "message_id": SECRET,
        "metadata": {"model_id": SECRET, "phone": "*"},
        "text": "*",
    }


def test_an_understanding_keeps_what_is_used_again_and_nothing_else() -> None:
    ranking = [{"name": f"faq/{number}", "confidence": 1 / number} for number in range(1, 40)]
    chosen = {"response": {"intent_response_key": "faq/1", "confidence": 0.9}}
    parse_data = {
        "text": "怎么备案",
        "intent": ranking[0],
        "entities": [{"entity": "place", "value": "南京"}],
        "intent_ranking": ranking,
        "response_selector": {"all_retrieval_intents": ["faq"], "faq": {**chosen, "ranking": ranking}},
        "text_tokens": [[0, 2], [2, 4]],
        "message_id": "1",
    }
    assert slim_parse_data(parse_data) == {
        "text": "怎么备案",
        "intent": ranking[0],
        "entities": [{"entity": "place", "value": "南京"}],
        "intent_ranking": ranking[:3],
        "response_selector": {"faq": chosen},
    }


def test_events_without_an_understanding_are_stored_whole() -> None:
    event = {"event": "slot", "timestamp": 1_700_000_000.0, "name": "insured_place", "value": ["南京"]}
    assert scrub_event(event, _mask) == event
