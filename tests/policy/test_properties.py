"""What holds for every bill, checked on drawn facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.knowledge.base import KnowledgeBase
from bot.policy.areas import Area
from bot.policy.estimate import Estimate, Scenario, estimate
from bot.policy.facts import CATEGORIES, INSURANCES, LEVELS, PURPOSES, STATUSES, VISITS, Facts, Money
from bot.policy.trace import sources_of

_DAY = date(2026, 11, 22)
# The places, and the document each is taken from.
_DOCUMENTS = {
    **{place: place for place in ("huaian", "gaoyou", "wujiang", "nanjing", "xiamen")},
    "national": "yunnan",
}
_AREAS = ("上海", "上海/上海/青浦", "浙江/嘉兴", "浙江/嘉兴/嘉善", "北京", "江苏/南京")

every = settings(deadline=None, max_examples=100, database=None)

# Amounts at which a figure of the documents begins or ends to count, in fen, drawn more often than their share.
_EDGES = (1, 59_999, 60_000, 60_001, 859_999, 860_000, 1_059_999, 1_060_000, 1_060_001, 1_310_000)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


_amounts = (st.sampled_from(_EDGES) | st.integers(1, 3_000_000)).map(_yuan)
_sums = (st.sampled_from((0, 30_000, 60_000, 600_000)) | st.integers(0, 800_000)).map(_yuan)
_shares = st.integers(0, 100).map(_yuan)


def _maybe(values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


_flags = st.none() | st.booleans()
_people = {
    "care_area": st.none() | st.sampled_from(_AREAS).map(Area.parse),
    "insurance": _maybe(INSURANCES),
    "status": _maybe(STATUSES),
    "purpose": _maybe(PURPOSES),
    "referral": _flags,
    "filed": _flags,
}
_bills = st.builds(
    Facts,
    **_people,
    visit=_maybe(VISITS),
    hospital_level=_maybe(LEVELS),
    cost=_amounts.map(Money.exactly),
    deductible_used=st.none() | _sums,
    paid_this_year=st.none() | _sums,
    home_share=_shares,
)
_named_bills = st.builds(replace, _bills, category=_maybe(CATEGORIES))
_paying_places = st.sampled_from(["huaian", "wujiang"])


def _estimate(knowledge: KnowledgeBase, place: str, facts: Facts) -> Estimate:
    return estimate(facts, knowledge.policies[place], _DAY)


def _by_kind(result: Estimate) -> dict[tuple[Any, ...], Scenario]:
    """The scenarios by what they stand for, so that two estimates can be compared one by one."""
    return {(one.insurance, one.status, one.hospital_level, one.treatment): one for one in result.scenarios}


def _pairs(first: Estimate, second: Estimate) -> Iterator[tuple[Decimal, Decimal]]:
    """What the fund pays in each scenario of two estimates of the same kind."""
    one, other = _by_kind(first), _by_kind(second)
    assert one.keys() == other.keys()
    for kind, scenario in one.items():
        yield scenario.fund_pays.low, other[kind].fund_pays.low


def _with_cost(facts: Facts, cost: Decimal) -> Facts:
    return replace(facts, cost=Money.exactly(cost))


@every
@given(place=_paying_places, facts=_named_bills)
def test_the_fund_never_pays_below_zero_above_the_cost_or_above_what_is_left_of_the_ceiling(
    knowledge: KnowledgeBase, place: str, facts: Facts
) -> None:
    assert facts.cost is not None
    ceilings = {"employee": Decimal(6000), "resident": Decimal(300)} if place == "huaian" else {}
    for scenario in _estimate(knowledge, place, facts).scenarios:
        assert 0 <= scenario.fund_pays.low <= facts.cost.low
        ceiling = ceilings.get(scenario.insurance or "")
        if ceiling is not None:
            left = max(Decimal(0), ceiling - (facts.paid_this_year or 0))
            assert scenario.fund_pays.low <= left


@every
@given(place=_paying_places, facts=_named_bills)
def test_the_fund_and_the_person_pay_the_cost_together_to_the_fen(
    knowledge: KnowledgeBase, place: str, facts: Facts
) -> None:
    assert facts.cost is not None
    for scenario in _estimate(knowledge, place, facts).scenarios:
        fund, person = scenario.fund_pays.low, scenario.person_pays.low
        assert fund + person == facts.cost.low
        assert fund == round(fund, 2)


@every
@given(place=_paying_places, facts=_named_bills, costs=st.tuples(_amounts, _amounts))
def test_a_higher_cost_never_lowers_what_either_side_pays(
    knowledge: KnowledgeBase, place: str, facts: Facts, costs: tuple[Decimal, Decimal]
) -> None:
    low, high = sorted(costs)
    cheap = _estimate(knowledge, place, _with_cost(facts, low))
    dear = _estimate(knowledge, place, _with_cost(facts, high))
    for less, more in _pairs(cheap, dear):
        assert less <= more
        assert low - less <= high - more


@every
@given(place=_paying_places, facts=_named_bills, costs=st.tuples(_amounts, _amounts))
def test_a_range_of_costs_gives_the_range_between_its_two_ends(
    knowledge: KnowledgeBase, place: str, facts: Facts, costs: tuple[Decimal, Decimal]
) -> None:
    low, high = sorted(costs)
    ranged = _by_kind(_estimate(knowledge, place, replace(facts, cost=Money(low, high))))
    ends = [_by_kind(_estimate(knowledge, place, _with_cost(facts, cost))) for cost in (low, high)]
    for kind, scenario in ranged.items():
        assert scenario.fund_pays == Money(*(end[kind].fund_pays.low for end in ends))
        assert scenario.person_pays == Money(*(end[kind].person_pays.low for end in ends))


@every
@given(facts=_named_bills)
def test_a_lower_hospital_level_and_retirement_never_pay_less(knowledge: KnowledgeBase, facts: Facts) -> None:
    facts = replace(facts, insurance="employee", visit="outpatient", hospital_level=None, status=None)
    found = _by_kind(_estimate(knowledge, "huaian", facts))
    treatments = {kind[3] for kind in found}

    def paid(status: str, level: str, treatment: str) -> Decimal:
        return found["employee", status, level, treatment].fund_pays.low

    for treatment in treatments:
        for status in ("employed", "retired"):
            in_order = [paid(status, level, treatment) for level in ("tertiary", "secondary", "primary")]
            assert in_order == sorted(in_order)
        for level in LEVELS:
            assert paid("employed", level, treatment) <= paid("retired", level, treatment)


@every
@given(facts=_named_bills, shares=st.tuples(_shares, _shares))
def test_a_higher_home_share_never_pays_less(
    knowledge: KnowledgeBase, facts: Facts, shares: tuple[Decimal, Decimal]
) -> None:
    low, high = (
        _estimate(knowledge, "wujiang", replace(facts, home_share=share)) for share in sorted(shares)
    )
    assert all(less <= more for less, more in _pairs(low, high))


@every
@given(place=_paying_places, facts=_bills)
def test_temporary_and_unfiled_care_never_pay_more_than_filed_care(
    knowledge: KnowledgeBase, place: str, facts: Facts
) -> None:
    by_person: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    for kind, scenario in _by_kind(_estimate(knowledge, place, facts)).items():
        by_person.setdefault(kind[:3], {})[kind[3]] = scenario.fund_pays.low
    for paid in by_person.values():
        assert max(paid.values()) == paid.get("filed", max(paid.values()))


@every
@given(place=_paying_places, facts=_named_bills, paid=st.tuples(_sums, _sums))
def test_more_already_paid_this_year_never_raises_what_the_fund_pays(
    knowledge: KnowledgeBase, place: str, facts: Facts, paid: tuple[Decimal, Decimal]
) -> None:
    little, much = (
        _estimate(knowledge, place, replace(facts, paid_this_year=amount)) for amount in sorted(paid)
    )
    assert all(before >= after for before, after in _pairs(little, much))


@every
@given(place=_paying_places, facts=_named_bills, used=st.tuples(_sums, _sums))
def test_more_of_the_deductible_used_never_lowers_what_the_fund_pays(
    knowledge: KnowledgeBase, place: str, facts: Facts, used: tuple[Decimal, Decimal]
) -> None:
    little, much = (
        _estimate(knowledge, place, replace(facts, deductible_used=amount)) for amount in sorted(used)
    )
    assert all(before <= after for before, after in _pairs(little, much))


@every
@given(
    place=_paying_places,
    facts=_bills,
    fact=st.sampled_from(["insurance", "status", "hospital_level", "visit", "purpose", "referral", "filed"]),
)
def test_the_scenarios_of_a_known_fact_are_among_those_of_the_unknown_one(
    knowledge: KnowledgeBase, place: str, facts: Facts, fact: str
) -> None:
    # 在职 and 退休 imply the employees' insurance, so beside them the insurance is not unknown.
    assume(fact != "insurance" or facts.status not in ("employed", "retired"))
    known = _estimate(knowledge, place, facts)
    unknown = _estimate(knowledge, place, replace(facts, **{fact: None}))
    amounts = [{(one.fund_pays, one.person_pays) for one in result.scenarios} for result in (known, unknown)]
    assert amounts[0] <= amounts[1]


@every
@given(place=st.sampled_from(sorted(_DOCUMENTS)), facts=_named_bills)
def test_an_estimate_cites_the_documents_of_its_own_place_alone(
    knowledge: KnowledgeBase, place: str, facts: Facts
) -> None:
    result = _estimate(knowledge, place, facts)
    cited = {source for scenario in result.scenarios for source in sources_of(scenario.steps)}
    cited |= {source for _, rule in (*result.rules, *result.factors) for source in rule.source}
    documents = {knowledge.sources.sections[section].document for section in cited}
    assert documents <= {_DOCUMENTS[place]}
    if place not in ("huaian", "wujiang"):
        assert (result.outcome, result.scenarios) == ("no_figure", ())
