"""The worked cases of ``cases/*.yml``: one test per case, whose id is the case's name.

A case gives ``facts`` and a ``day`` to one of the two tools and states what the documents make of them. Only the keys
that a case names under ``expect`` are compared; a key that nobody knows is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from cattrs import BaseValidationError, Converter

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.yaml_files import read_yaml
from bot.policy import estimate, filing
from bot.policy.areas import Area
from bot.policy.facts import Facts, Money
from bot.policy.parameters import Dated
from bot.policy.trace import sources_of

_CASES = Path(__file__).parent / "cases"
_ORIGIN = re.compile(r"worked by hand from ([\w.\-]+(?:, [\w.\-]+)*)")
_SCENARIO_KEYS = (
    "treatment",
    "insurance",
    "status",
    "hospital_level",
    "share",
    "factor",
    "fund_pays",
    "person_pays",
)


@dataclass(frozen=True)
class Case:
    """One worked case as its file writes it."""

    name: str
    origin: str
    tool: Literal["filing", "estimate"]
    day: date
    facts: Facts
    expect: dict[str, Any]
    # The questions that the person has already answered with "don't know".
    asked: list[str] = field(default_factory=list)

    @property
    def sections(self) -> list[str]:
        """The section ids from which the result was worked out."""
        match = _ORIGIN.fullmatch(self.origin)
        if match is None:
            raise ValueError(
                f"{self.name}: origin {self.origin!r}; write 'worked by hand from <section id>, ...'"
            )
        return match.group(1).split(", ")


def load_cases(folder: Path) -> list[Case]:
    """Every case of every file; a key, a fact or a value that is not known raises."""
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(Area, lambda value, _: Area.parse(value))
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(str(value)))
    converter.register_structure_hook(Money, lambda value, _: _money(value))
    converter.register_structure_hook(bool, lambda value, _: _flag(value))
    converter.register_structure_hook(date, lambda value, _: date(value.year, value.month, value.day))
    converter.register_structure_hook_func(
        lambda kind: kind == dict[str, Any], lambda value, _: _plain(value)
    )
    cases = [
        converter.structure({"name": name, **entry}, Case)
        for path in sorted(folder.glob("*.yml"))
        for name, entry in read_yaml(path).items()
    ]
    for case in cases:
        _refuse_unknown_expectations(case)
    return cases


def _refuse_unknown_expectations(case: Case) -> None:
    known = {*_FILING, *_FILING_TEXTS} if case.tool == "filing" else set(_ESTIMATE)
    scenarios = case.expect.get("scenarios", [])
    unknown = set(case.expect) - known | {key for one in scenarios for key in one} - set(_SCENARIO_KEYS)
    if unknown or not case.expect:
        raise ValueError(f"{case.name}: expect {sorted(unknown)}; write some of {sorted(known)}")


def _money(value: Any) -> Money:
    low, high = value if isinstance(value, list) else (value, value)
    return Money(Decimal(str(low)), Decimal(str(high)))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"found {value!r}, write true or false")
    return value


def _plain(value: Any) -> Any:
    """A YAML value with its numbers as exact decimals."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


def _amount(money: Money) -> Any:
    return [money.low, money.high] if money.is_range else money.low


def _by_category(verdict: filing.FilingVerdict, part: str) -> dict[str, Any]:
    """One part of the advice by category, for the categories of which the documents state it."""
    found = {advice.category: getattr(advice, part) for advice in verdict.categories}
    return {category: value.value for category, value in found.items() if value is not None}


def _cited(verdict: filing.FilingVerdict) -> list[str]:
    return sorted(sources_of(verdict.steps))


# What a case may expect of a filing check, and where the verdict holds it.
_FILING: dict[str, Callable[[filing.FilingVerdict], Any]] = {
    "outcome": lambda verdict: verdict.outcome,
    "national": lambda verdict: verdict.national,
    "categories": lambda verdict: [advice.category for advice in verdict.categories],
    "names": lambda verdict: {advice.category: advice.name for advice in verdict.categories},
    "unlisted": lambda verdict: list(verdict.unlisted),
    "question": lambda verdict: verdict.question,
    "rules": lambda verdict: [name for name, _ in verdict.rules],
    "papers": lambda verdict: _plain(_by_category(verdict, "papers")),
    "promise": lambda verdict: _by_category(verdict, "promise"),
    "channels": lambda verdict: [advice.channel.kind for advice in verdict.channels],
    "exempt_area": lambda verdict: verdict.exempt_area,
    "nearby": lambda verdict: [area for area, _ in verdict.nearby_exemptions],
    "cites": _cited,
}
# Here a case names words that the text has to hold; categories of which the documents say nothing are left out.
_FILING_TEXTS: dict[str, Callable[[filing.FilingVerdict], Any]] = {
    "validity": lambda verdict: _by_category(verdict, "validity"),
    "cancellation": lambda verdict: _by_category(verdict, "cancellation"),
    "treatment": lambda verdict: _by_category(verdict, "treatment"),
    "exemption": lambda verdict: {"": verdict.exemption.value} if verdict.exemption else {},
    "rule_texts": lambda verdict: {name: rule.value for name, rule in verdict.rules},
}


def _only(result: estimate.Estimate) -> estimate.Scenario:
    assert len(result.scenarios) == 1, f"{len(result.scenarios)} scenarios; list them under 'scenarios'"
    return result.scenarios[0]


def _scenario(scenario: estimate.Scenario) -> dict[str, Any]:
    values = {key: getattr(scenario, key) for key in _SCENARIO_KEYS}
    return {key: _amount(value) if isinstance(value, Money) else value for key, value in values.items()}


def _cited_by_estimate(result: estimate.Estimate) -> list[str]:
    rules: list[Dated[Any]] = [rule for _, rule in (*result.rules, *result.factors)]
    steps = {source for scenario in result.scenarios for source in sources_of(scenario.steps)}
    return sorted(steps | {source for rule in rules for source in rule.source})


# What a case may expect of an estimate; ``treatment`` to ``person_pays`` speak of the only scenario.
_ESTIMATE: dict[str, Callable[[estimate.Estimate], Any]] = {
    "outcome": lambda result: result.outcome,
    "national": lambda result: result.national,
    "scenarios": lambda result: [_scenario(scenario) for scenario in result.scenarios],
    "treatment": lambda result: _only(result).treatment,
    "share": lambda result: _only(result).share,
    "factor": lambda result: _only(result).factor,
    "fund_pays": lambda result: _amount(_only(result).fund_pays),
    "person_pays": lambda result: _amount(_only(result).person_pays),
    "steps": lambda result: {step.name: step.result for step in _only(result).steps},
    "assumptions": lambda result: {each.fact: each.value for each in result.assumptions},
    "factors": lambda result: {name: factor.value for name, factor in result.factors},
    "rules": lambda result: [name for name, _ in result.rules],
    "question": lambda result: result.question,
    "cites": _cited_by_estimate,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", [pytest.param(case, id=case.name) for case in load_cases(_CASES)])


def _home(case: Case, knowledge: KnowledgeBase) -> Area | None:
    place = knowledge.places.by_id.get(case.facts.insured_place or "")
    return place.area if place is not None else case.facts.insured_area


def _filing_result(case: Case, knowledge: KnowledgeBase) -> filing.FilingVerdict:
    return filing.check(
        case.facts,
        knowledge.policy_of(case.facts.insured_place),
        case.day,
        home=_home(case, knowledge),
        national=knowledge.policy_of(None),
        asked=frozenset(case.asked),
    )


def _compare(case: Case, result: Any, views: Mapping[str, Callable[[Any], Any]]) -> None:
    for key, expected in case.expect.items():
        if key == "scenarios":
            found = views[key](result)
            wanted = [dict(got, **want) for got, want in zip(found, expected, strict=False)]
            assert (len(found), found) == (len(expected), wanted)
        elif case.tool == "filing" and key in _FILING_TEXTS:
            found = _FILING_TEXTS[key](result)
            texts = expected if isinstance(expected, dict) else {"": expected}
            assert set(found) == set(texts), key
            missing = {name: found[name] for name, words in texts.items() if words not in found[name]}
            assert not missing, key
        elif key == "cites":
            assert views[key](result) == sorted(expected), key
        else:
            assert views[key](result) == expected, key


def test_a_worked_case_comes_out_as_the_documents_say(case: Case, knowledge: KnowledgeBase) -> None:
    if case.tool == "filing":
        _compare(case, _filing_result(case, knowledge), _FILING)
        return
    policy = knowledge.policy_of(case.facts.insured_place)
    result = estimate.estimate(case.facts, policy, case.day, asked=frozenset(case.asked))
    _compare(case, result, _ESTIMATE)


def test_every_case_is_worked_out_from_sections_of_its_own_place_or_the_national_ones(
    knowledge: KnowledgeBase,
) -> None:
    for one in load_cases(_CASES):
        own = knowledge.policy_of(one.facts.insured_place).place
        documents = {knowledge.sources.sections[section].document for section in one.sections}
        if one.facts.insured_place is not None:
            assert documents <= {own, "yunnan"}, one.name


def test_there_are_enough_cases_for_both_tools_at_every_place(knowledge: KnowledgeBase) -> None:
    cases = load_cases(_CASES)
    names = [case.name for case in cases]
    assert len(names) == len(set(names)), "two cases have one name"
    assert len(cases) >= 130
    places = {*knowledge.places.by_id, None}
    covered = {(case.facts.insured_place, case.tool) for case in cases}
    assert covered >= {(place, tool) for place in places for tool in ("filing", "estimate")}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("facts: {visit: outpatient}", "fact: {visit: outpatient}"),
        ("facts: {visit: outpatient}", "facts: {vist: outpatient}"),
        ("facts: {visit: outpatient}", "facts: {visit: dental}"),
        ("expect: {question: insurance}", "expect: {questions: insurance}"),
        ("expect: {question: insurance}", "expect: {scenarios: [{fund: 1}]}"),
        ("expect: {question: insurance}", "expect: {}"),
        ("tool: estimate", "tool: guess"),
    ],
)
def test_a_case_with_an_unknown_key_or_value_is_refused(tmp_path: Path, line: str, wrong: str) -> None:
    good = (
        "A case:\n  origin: worked by hand from huaian-2.2.1\n  tool: estimate\n  day: 2026-11-22\n"
        "  facts: {visit: outpatient}\n  expect: {question: insurance}\n"
    )
    path = tmp_path / "one.yml"
    path.write_text(good, encoding="utf-8")
    assert len(load_cases(tmp_path)) == 1
    path.write_text(good.replace(line, wrong), encoding="utf-8")
    with pytest.raises((BaseValidationError, ValueError)):
        load_cases(tmp_path)
