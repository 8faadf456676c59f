"""What there is to ask for: the list of topics agrees with the answers, and a place has one name however it is written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.services.catalogue import Catalogue
from bot.services.reference import PlaceNotFoundError, Reference
from tests.services.conftest import TODAY


@pytest.fixture
def catalogue(base: KnowledgeBase) -> Catalogue:
    """The real catalogue."""
    return Catalogue(lambda: base, lambda: TODAY)


def test_the_list_says_which_places_have_an_answer_of_their_own(
    catalogue: Catalogue, base: KnowledgeBase
) -> None:
    reference = Reference(lambda: base, lambda: TODAY, None)
    topics = catalogue.topics()
    assert [entry.id for entry in topics] == list(base.faq)
    for entry in topics:
        answers = reference.everywhere(entry.id)
        assert [answer.place_id for answer in answers if answer.place_id] == list(entry.places)
        assert entry.general == (answers[0].place_id is None)


def test_the_list_goes_by_the_day(base: KnowledgeBase) -> None:
    began = [
        (topic.id, answer.since)
        for topic in base.faq.values()
        for answer in topic.answers
        if answer.since is not None and sum(a.place == answer.place for a in topic.answers) == 1
    ]
    for topic_id, since in began:
        before = Catalogue(lambda: base, lambda since=since: since - timedelta(days=1))
        after = Catalogue(lambda: base, lambda since=since: since)
        assert _entry(before, topic_id) != _entry(after, topic_id)
    never = Catalogue(lambda: base, lambda: date.min)
    assert len(never.topics()) == len(base.faq)


def _entry(catalogue: Catalogue, topic_id: str) -> object:
    return next(entry for entry in catalogue.topics() if entry.id == topic_id)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("nanjing", "nanjing"),
        ("江苏/南京", "nanjing"),
        ("江苏/南京/玄武", "nanjing"),
        ("江苏/苏州/吴江", "wujiang"),
        ("江苏/苏州", "江苏/苏州"),
        ("江苏/无锡", "江苏/无锡"),
        ("上海", "上海"),
        ("", None),
    ],
)
def test_a_place_is_kept_under_one_name(catalogue: Catalogue, written: str, kept: str | None) -> None:
    assert catalogue.place(written) == kept


@pytest.mark.parametrize("written", ["火星", "nanjing ", "江苏/", "/", "unknown", "江苏/苏州/吴江/松陵"])
def test_what_is_no_place_is_refused(catalogue: Catalogue, written: str) -> None:
    with pytest.raises(PlaceNotFoundError):
        catalogue.place(written)
