"""What a person reads, as the services render it, shows nothing that belongs to another place alone.

test_no_leaks.py looks at the answers as they stand in the files; here caveats, hotlines, invitations, source lines and
the two tools' results stand around them, and the question may name another place than the one remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.english import load_english
from bot.knowledge.faq import Topic
from bot.knowledge.places import GENERAL, Place
from bot.policy.facts import CATEGORIES, INSURANCES, LEVELS, STATUSES, VISITS
from bot.services.asking import Asking
from bot.services.checking import Checking
from bot.services.estimating import Estimating
from bot.services.replies import Reply
from bot.wording.language import Language
from tests.knowledge.conftest import TODAY
from tests.knowledge.leaks import CHANNELS, KNOWLEDGE, leaks

BASE = load_knowledge(KNOWLEDGE)
GLOSS = load_english(KNOWLEDGE / "english.yml").get
ASKING = Asking(lambda: BASE, lambda: TODAY)
CHECKING = Checking(lambda: BASE, lambda: TODAY, GLOSS)
ESTIMATING = Estimating(lambda: BASE, lambda: TODAY, GLOSS)

PLACES = list(BASE.places.by_id.values())
TOPICS = [pytest.param(topic, id=topic.id) for topic in BASE.faq.values()]
# Not served: no place of the province is, the place of care of a served place's exemption, the rest of a city.
UNSERVED = ("四川/成都", "上海", "江苏/苏州/姑苏")
LANGUAGES: tuple[Language, ...] = ("zh", "en")
# A cost and a share of its own, so that no figure of a document is the result of a sum by chance.
COST, HOME_SHARE = "4321", "0.77"


def shown(reply: Reply) -> str:
    """Everything a person can read of a reply: its text, its options and the sources that unfold."""
    notes = [f"{note.document} {note.section} {note.precis} {note.note or ''}" for note in reply.sources]
    text = "\n".join([reply.text, *(option.label for option in reply.options), *notes])
    # The figures that belong to a place are written as the documents write them.
    return text.replace(" yuan", " 元")


def found_in(topic: Topic, place: Place, reply: Reply) -> list[str]:
    """The leaks of an answer to a topic for a person insured in a served place."""
    own = topic.answer(place.name, TODAY) is not None
    return leaks(shown(reply), place.name, general=not own)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
def test_an_answer_shows_a_person_of_a_place_nothing_of_another(topic: Topic, language: Language) -> None:
    for place in PLACES:
        reply = ASKING.answer(topic.id, [], {"insured_place": place.id}, language).reply
        assert reply.text
        assert found_in(topic, place, reply) == [], place.name


@pytest.mark.parametrize("topic", TOPICS)
def test_an_answer_shows_a_person_without_a_place_the_general_rule_alone(topic: Topic) -> None:
    assert leaks(shown(ASKING.answer(topic.id, [], {}, "zh").reply), GENERAL) == []


@pytest.mark.parametrize("area", UNSERVED)
@pytest.mark.parametrize("topic", TOPICS)
def test_an_answer_shows_a_person_of_an_unserved_place_the_general_rule_alone(
    topic: Topic, area: str
) -> None:
    reply = ASKING.answer(topic.id, [], {"insured_area": area}, "zh").reply
    assert leaks(shown(reply), GENERAL) == []
    for place in PLACES:
        assert place.name not in reply.text.partition("依据：")[0].partition("\n\n")[0]


@pytest.mark.parametrize("role", ["insured", None])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_place_named_in_the_question_is_answered_for_whatever_place_is_remembered(
    topic: Topic, role: str | None
) -> None:
    for named in PLACES:
        entity = {"entity": "place", "value": named.area.path, **({"role": role} if role else {})}
        replies = {
            shown(ASKING.answer(topic.id, [entity], slots, "zh").reply)
            for slots in ({}, *({"insured_place": place.id} for place in PLACES))
        }
        assert replies == {shown(ASKING.answer(topic.id, [], {"insured_place": named.id}, "zh").reply)}


@pytest.mark.parametrize("area", ["四川/成都", "江苏/苏州", "江苏/扬州", "江苏"])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_larger_or_unserved_place_named_in_the_question_never_gets_the_remembered_places_answer(
    topic: Topic, area: str
) -> None:
    entity = {"entity": "place", "value": area, "role": "insured"}
    for place in PLACES:
        reply = ASKING.answer(topic.id, [entity], {"insured_place": place.id}, "zh").reply
        assert leaks(shown(reply), GENERAL) == []


@pytest.mark.parametrize("area", ["江苏/苏州", "江苏/扬州", "江苏"])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_place_around_served_ones_is_asked_about(topic: Topic, area: str) -> None:
    entity = {"entity": "place", "value": area}
    answer = ASKING.answer(topic.id, [entity], {}, "zh")
    assert answer.wants_place
    assert [option.text for option in answer.reply.options][-1].endswith("其他地方")
    assert leaks(shown(answer.reply), GENERAL) == []


def filings() -> Iterator[dict[str, Any]]:
    """What may be known when the filing check gives its verdict, but for the insured place."""
    yield {}
    for category in CATEGORIES:
        yield {"category": category}
        yield {"category": category, "agent": "yes", "filed": "no", "care_place": "上海"}
    for care in ("浙江/嘉兴/嘉善", "上海/上海/青浦", "浙江/嘉兴", "江苏/苏州", "江苏/淮安"):
        yield {"care_place": care}
    yield {"lapsed": "yes"}
    yield {"emergency": "yes", "purpose": "visiting"}


def estimates() -> Iterator[dict[str, Any]]:
    """What may be known when the estimate is given, but for the insured place."""
    yield {}
    for insurance in INSURANCES:
        for visit in VISITS:
            known = {"insurance": insurance, "visit": visit, "cost": COST}
            yield known
            yield {**known, "home_share": HOME_SHARE, "filed": "no"}
            for category in CATEGORIES:
                yield {**known, "category": category, "home_share": HOME_SHARE}
    for status in STATUSES:
        for level in LEVELS:
            yield {"status": status, "hospital_level": level, "visit": "outpatient", "cost": COST}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [pytest.param(place, id=place.id) for place in PLACES])
def test_the_results_of_the_tools_show_nothing_of_another_place(place: Place, language: Language) -> None:
    general = place.policy == "national"
    for slots in filings():
        said = shown(CHECKING.verdict({"insured_place": place.id, **slots}, language))
        # What follows from a lapse is a general rule everywhere.
        assert leaks(said, place.name, general=general or "lapsed" in slots) == [], slots
    for slots in estimates():
        said = shown(ESTIMATING.result({"insured_place": place.id, **slots}, language))
        assert leaks(said, place.name, general=general) == [], slots


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("area", UNSERVED)
def test_the_results_of_the_tools_for_an_unserved_place_show_the_general_rules_alone(
    area: str, language: Language
) -> None:
    for slots in filings():
        assert leaks(shown(CHECKING.verdict({"insured_area": area, **slots}, language)), GENERAL) == [], slots
    for slots in estimates():
        said = shown(ESTIMATING.result({"insured_area": area, **slots}, language))
        assert leaks(said, GENERAL) == [], slots


def test_the_tools_without_any_place_show_the_general_rules_alone() -> None:
    for slots in filings():
        assert leaks(shown(CHECKING.verdict({"insured_place": "unknown", **slots}, "zh")), GENERAL) == []


def test_the_looking_itself_sees_what_each_place_alone_states(base: KnowledgeBase) -> None:
    seen = {
        name: sorted(
            channel
            for channel in CHANNELS
            if any(
                channel in ASKING.answer(topic, [], {"insured_place": place.id}, "zh").reply.text
                for topic in base.faq
            )
        )
        for name, place in ((place.name, place) for place in PLACES)
    }
    assert {"淮安市医保局", "苏服办"} <= set(seen["淮安"])
    assert "吴江医保" in seen["吴江"]
    assert "我的南京" in seen["南京"]
    assert "府前街" in seen["高邮"]
