"""What holds for every person who asks about a filing, checked on drawn facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.base import KnowledgeBase
from bot.policy import filing
from bot.policy.areas import Area
from bot.policy.categories import possible_categories
from bot.policy.facts import CATEGORIES, INSURANCES, PURPOSES, STATUSES, Facts
from bot.policy.parameters import Dated

_DAY = date(2026, 11, 22)
_PLACES = ("huaian", "gaoyou", "wujiang", "nanjing", "xiamen", "national")
# The document each policy is taken from.
_DOCUMENTS = {place: "yunnan" if place == "national" else place for place in _PLACES}
_AREAS = (
    "上海",
    "上海/上海/青浦",
    "上海/上海/浦东",
    "浙江",
    "浙江/嘉兴",
    "浙江/嘉兴/嘉善",
    "北京",
    "江苏",
    "江苏/苏州",
    "江苏/苏州/吴江",
    "江苏/淮安",
    "江苏/扬州/高邮",
    "江苏/南京/鼓楼",
    "福建/厦门",
    "云南/昆明",
)
_HOMES = {
    "huaian": Area("江苏", "淮安"),
    "gaoyou": Area("江苏", "扬州", "高邮"),
    "wujiang": Area("江苏", "苏州", "吴江"),
    "nanjing": Area("江苏", "南京"),
    "xiamen": Area("福建", "厦门"),
    "national": Area("云南"),
}
_QUESTIONS = 6
_ANSWERS: dict[str, tuple[Any, ...]] = {
    "care_place": tuple(Area.parse(path) for path in _AREAS),
    "purpose": PURPOSES,
    "referral": (True, False),
    "status": STATUSES,
    "household_moved": (True, False),
}

every = settings(deadline=None, max_examples=100, database=None)


def _maybe(values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


_flags = st.none() | st.booleans()
_people = {
    "care_area": st.none() | st.sampled_from(_AREAS).map(Area.parse),
    "insurance": _maybe(INSURANCES),
    "status": _maybe(STATUSES),
    "purpose": _maybe(PURPOSES),
    "household_moved": _flags,
    "referral": _flags,
    "emergency": _flags,
    "filed": _flags,
    "agent": _flags,
}
_facts = st.builds(Facts, category=_maybe(CATEGORIES), **_people)


@every
@given(place=st.sampled_from(_PLACES), facts=_facts, data=st.data())
def test_answering_the_asked_question_never_widens_the_possible_categories(
    knowledge: KnowledgeBase, place: str, facts: Facts, data: st.DataObject
) -> None:
    policy = knowledge.policies[place]
    # The place of care decides about the exemption and not about the category.
    asked = data.draw(st.frozensets(st.sampled_from(sorted(_ANSWERS)), max_size=2)) | {"care_place"}
    facts = replace(facts, category=None)
    question = filing.next_question(facts, policy, _DAY, asked)
    if question is None:
        return
    before = set(possible_categories(facts, policy, _DAY))
    after = [
        set(possible_categories(replace(facts, **{question: answer}), policy, _DAY))
        for answer in _ANSWERS[question]
    ]
    assert all(answer <= before for answer in after)
    assert any(answer < before for answer in after), "the question decides nothing"


@every
@given(place=st.sampled_from(_PLACES), facts=_facts, data=st.data())
def test_asking_ends_within_six_questions_whatever_is_answered(
    knowledge: KnowledgeBase, place: str, facts: Facts, data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from([facts, Facts()]))
    asked: set[str] = set()
    count = 1  # The insured place.
    assert filing.next_question(start, None, _DAY) == "insured_place"
    while (
        question := filing.next_question(start, knowledge.policies[place], _DAY, frozenset(asked))
    ) is not None:
        count += 1
        assert count <= _QUESTIONS
        answer = data.draw(st.none() | st.sampled_from(_ANSWERS[question]))
        if answer is None:
            asked.add(question)
        else:
            start = replace(start, **{"care_area" if question == "care_place" else question: answer})


@every
@given(place=st.sampled_from(_PLACES), facts=_facts)
def test_only_wujiang_spares_anybody_the_filing(knowledge: KnowledgeBase, place: str, facts: Facts) -> None:
    verdict = filing.check(facts, knowledge.policies[place], _DAY, home=_HOMES[place])
    if place != "wujiang":
        assert verdict.outcome != "exempt"
        assert (verdict.exemption, verdict.exempt_area, verdict.nearby_exemptions) == (None, None, ())
    elif facts.care_area is not None and facts.care_area.within(Area("上海")):
        assert verdict.outcome == "exempt"


@every
@given(place=st.sampled_from(_PLACES), facts=_facts)
def test_nobody_with_lapsed_contributions_can_file_anywhere(
    knowledge: KnowledgeBase, place: str, facts: Facts
) -> None:
    national = knowledge.policies["national"]
    verdict = filing.check(
        replace(facts, lapsed=True), knowledge.policies[place], _DAY, home=_HOMES[place], national=national
    )
    assert (verdict.outcome, verdict.question, verdict.categories) == ("impossible", None, ())


def _cited(node: Any) -> Iterator[str]:
    """Every section id below a node: of dated values and of steps."""
    if isinstance(node, Dated):
        yield from node.source
    elif is_dataclass(node):
        for item in fields(node):
            value = getattr(node, item.name)
            yield from value if item.name == "sources" else _cited(value)
    elif isinstance(node, dict):
        for value in node.values():
            yield from _cited(value)
    elif isinstance(node, tuple):
        for value in node:
            yield from _cited(value)


@every
@given(place=st.sampled_from(_PLACES), facts=_facts, lapsed=st.booleans())
def test_a_verdict_cites_the_documents_of_its_own_place_and_the_national_one_for_the_lapse_alone(
    knowledge: KnowledgeBase, place: str, facts: Facts, lapsed: bool
) -> None:
    verdict = filing.check(
        replace(facts, lapsed=lapsed),
        knowledge.policies[place],
        _DAY,
        home=_HOMES[place],
        national=knowledge.policies["national"],
    )
    documents = {knowledge.sources.sections[section].document for section in _cited(verdict)}
    assert documents <= ({"yunnan"} if verdict.outcome == "impossible" else {_DOCUMENTS[place]})
