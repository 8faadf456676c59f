"""Dated values: what is in force before, on and after a day, and what follows from a change for both tools."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.policy_files import parameters_of
from bot.policy import estimate, filing
from bot.policy.areas import Area
from bot.policy.facts import Facts, Money
from bot.policy.parameters import Dated, Number, Parameter, PlacePolicy, Schedule, in_force

_EVE, _DAY, _NEXT = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)
_LETTER_EVE, _LETTER = date(2019, 7, 31), date(2019, 8, 1)
_BILL = Facts(
    insurance="employee",
    status="retired",
    visit="outpatient",
    category="retired_resettled",
    hospital_level="tertiary",
    cost=Money.exactly(3000),
)


def _from(day: date, value: Decimal | None) -> Number:
    return Parameter("a number", "CNY", (Dated(day, value, ("huaian-2.2.1",)),))


def _then(parameter: Parameter[Decimal] | None, value: Decimal | None) -> Number:
    """The parameter with a further value from 1 January 2027 on."""
    assert parameter is not None
    return replace(parameter, values=(*parameter.values, Dated(_DAY, value, ("huaian-2.2.1",))))


def _huaian(knowledge: KnowledgeBase, change: dict[str, object]) -> PlacePolicy:
    policy = knowledge.policies["huaian"]
    employee: Schedule = replace(policy.schedules[0], **change)  # type: ignore[arg-type]
    return replace(policy, schedules=(employee, *policy.schedules[1:]))


def _fund_pays(policy: PlacePolicy, day: date) -> Decimal:
    result = estimate.estimate(_BILL, policy, day)
    assert len(result.scenarios) == 1
    return result.scenarios[0].fund_pays.low


def test_a_value_is_unknown_before_its_first_day_and_in_force_from_that_day_on() -> None:
    parameter = _from(_DAY, Decimal(600))
    assert parameter.on(_EVE) is None
    for day in (_DAY, _NEXT):
        value = parameter.on(day)
        assert value is not None
        assert value.value == 600


def test_a_later_value_replaces_an_earlier_one_on_its_day() -> None:
    parameter = _then(_from(date.min, Decimal(600)), Decimal(500))
    found = [in_force(parameter, day) for day in (_EVE, _DAY, _NEXT)]
    assert [value.value for value in found if value] == [600, 500, 500]


def test_null_abolishes_a_value_from_its_day_until_a_new_one_follows() -> None:
    abolished = _then(_from(date.min, Decimal(600)), None)
    again = replace(abolished, values=(*abolished.values, Dated(_NEXT, Decimal(700), ("huaian-2.2.1",))))
    assert [in_force(abolished, day) is not None for day in (_EVE, _DAY, _NEXT)] == [True, False, False]
    assert [in_force(again, day) is not None for day in (_EVE, _DAY, _NEXT)] == [True, False, True]


def test_a_parameter_on_which_the_documents_are_silent_is_never_in_force() -> None:
    assert in_force(None, _DAY) is None


def test_nothing_of_gaoyou_is_known_before_august_2019_and_all_of_it_from_then_on(
    knowledge: KnowledgeBase,
) -> None:
    parameters = dict(parameters_of(knowledge.policies["gaoyou"]))
    assert parameters
    assert [trail for trail, parameter in parameters.items() if parameter.on(_LETTER_EVE)] == []
    assert [trail for trail, parameter in parameters.items() if not parameter.on(_LETTER)] == []


@pytest.mark.parametrize("place", ["huaian", "wujiang", "nanjing", "xiamen", "national"])
def test_a_place_whose_document_states_no_day_is_known_on_every_day(
    knowledge: KnowledgeBase, place: str
) -> None:
    for trail, parameter in parameters_of(knowledge.policies[place]):
        assert parameter.on(_LETTER_EVE) is not None, trail
        assert parameter.on(_NEXT) is not None, trail


def test_a_new_deductible_changes_the_estimate_on_its_day_and_not_before(knowledge: KnowledgeBase) -> None:
    old = knowledge.policies["huaian"].schedules[0].deductible
    policy = _huaian(knowledge, {"deductible": _then(old, Decimal(1000))})
    # 2,400 x 0.65 = 1,560 before; (3,000 - 1,000) x 0.65 = 1,300 from the day on.
    assert [_fund_pays(policy, day) for day in (_EVE, _DAY, _NEXT)] == [1560, 1300, 1300]


def test_an_abolished_deductible_is_no_deductible_of_zero_but_no_step_at_all(
    knowledge: KnowledgeBase,
) -> None:
    old = knowledge.policies["huaian"].schedules[0].deductible
    policy = _huaian(knowledge, {"deductible": _then(old, None)})
    result = estimate.estimate(_BILL, policy, _DAY).scenarios[0]
    assert result.fund_pays.low == Decimal("1950.00")  # 3,000 x 0.65
    assert [step.name for step in result.steps] == ["cost", "share", "ceiling"]


def test_an_abolished_ceiling_no_longer_cuts(knowledge: KnowledgeBase) -> None:
    old = knowledge.policies["huaian"].schedules[0].ceiling
    policy = _huaian(knowledge, {"ceiling": _then(old, None)})
    big = replace(_BILL, cost=Money.exactly(50000))
    paid = [estimate.estimate(big, policy, day).scenarios[0].fund_pays.low for day in (_EVE, _DAY)]
    assert paid == [6000, Decimal("32110.00")]  # 49,400 x 0.65


def test_an_abolished_factor_leaves_the_full_share(knowledge: KnowledgeBase) -> None:
    factors = knowledge.policies["huaian"].schedules[0].factors
    policy = _huaian(knowledge, {"factors": {"temporary": _then(factors["temporary"], None)}})
    trip = replace(_BILL, category="temporary")
    paid = [estimate.estimate(trip, policy, day).scenarios[0].fund_pays.low for day in (_EVE, _DAY)]
    assert paid == [1248, 1560]


def test_an_abolished_share_gives_no_figure_instead_of_zero(knowledge: KnowledgeBase) -> None:
    share = knowledge.policies["huaian"].schedules[0].share
    assert share is not None
    gone = {
        status: {level: _then(number, None) for level, number in levels.items()}
        for status, levels in share.items()
    }
    policy = _huaian(knowledge, {"share": gone})
    assert estimate.estimate(_BILL, policy, _EVE).outcome == "figures"
    after = estimate.estimate(_BILL, policy, _DAY)
    assert (after.outcome, after.scenarios) == ("no_figure", ())


def test_an_abolished_category_is_no_longer_offered(knowledge: KnowledgeBase) -> None:
    policy = knowledge.policies["huaian"]
    rule = policy.filing.categories["temporary"]
    ended = replace(rule.definition, values=(*rule.definition.values, Dated(_DAY, None, ("huaian-1.2",))))
    categories = {**policy.filing.categories, "temporary": replace(rule, definition=ended)}
    changed = replace(policy, filing=replace(policy.filing, categories=categories))
    facts = Facts(purpose="visiting", referral=False, care_area=Area("北京"))
    verdicts = [filing.check(facts, changed, day) for day in (_EVE, _DAY)]
    assert [verdict.outcome for verdict in verdicts] == ["file", "unlisted"]
    assert verdicts[1].unlisted == ("temporary",)


def test_an_abolished_exemption_no_longer_spares_the_filing(knowledge: KnowledgeBase) -> None:
    policy = knowledge.policies["wujiang"]
    ended = tuple(
        replace(
            exemption,
            treatment=replace(
                exemption.treatment,
                values=(*exemption.treatment.values, Dated(_DAY, None, ("wujiang-3.1.shanghai",))),
            ),
        )
        for exemption in policy.filing.exemptions
    )
    changed = replace(policy, filing=replace(policy.filing, exemptions=ended))
    facts = Facts(care_area=Area("上海"), filed=False, home_share=Decimal("0.85"), cost=Money.exactly(10000))
    assert [filing.check(facts, changed, day).outcome for day in (_EVE, _DAY)] == ["exempt", "file"]
    paid = [estimate.estimate(facts, changed, day).scenarios[0].fund_pays.low for day in (_EVE, _DAY)]
    assert paid == [8500, 6800]
