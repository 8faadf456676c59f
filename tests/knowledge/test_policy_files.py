"""A policy file is read strictly: a mistake in it names the file, the line, what was found and what to write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.policy_files import load_policies, load_policy, parameters_of
from tests.knowledge.conftest import Copy

README = "see README.md beside it"


def problems(copy: Copy, file: str = "huaian.yml") -> list[str]:
    with pytest.raises(KnowledgeError) as raised:
        load_policy(copy.folder / "policy" / file)
    return raised.value.problems


def test_numbers_are_exact_and_dated_and_cited(base: KnowledgeBase) -> None:
    schedule = base.policies["huaian"].schedules[0]
    assert schedule.deductible is not None
    value = schedule.deductible.on(date(2026, 1, 1))
    assert value is not None
    assert (value.value, value.source) == (Decimal(600), ("huaian-2.2.1",))
    share = schedule.share_for("retired", "tertiary")
    assert share is not None
    assert [dated.value for dated in share.values] == [Decimal("0.65")]


def test_every_value_of_every_place_is_found_with_its_path(base: KnowledgeBase) -> None:
    paths = dict(parameters_of(base.policies["huaian"]))
    assert paths["schedules[0].share.retired.tertiary"].unit == "/1"
    assert paths["filing.categories.referral.papers"].unit == "papers"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("values:\n        - since: undated\n          value: 600", "values:\n        - since: undated\n          value: 六百",
         "(schedules.0.deductible.values.0.value): "),
        ("value: 600\n", "valu: 600\n", "(schedules.0.deductible.values.0): extra fields found (valu); " + README),
        ("value: 600\n", "valu: 600\n", "(schedules.0.deductible.values.0.value): required field missing; " + README),
        ("unit: CNY", "unit: RMB", "(schedules.0.deductible.unit): "),
        ("since: undated", "since: 2026", "(filing.categories.retired_resettled.definition.values.0.since): "),
        ("promise:", "promises:", "(filing.categories.retired_resettled): extra fields found (promises); " + README),
        ("place: huaian", "place: nanjing", "place: 'nanjing'; write huaian, the name of the file"),
        ("source: [huaian-1.2]", "source: []", "has no source; name the section of sources.yml"),
        ("value: 0.65", "value: 65", "65 as a share; write a fraction of 1, like 0.85"),
        ("value: 600\n", "value: -600\n", "-600 yuan; write an amount of 0 or more"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(copy: Copy, old: str, new: str, line: str) -> None:
    copy.edit("policy/huaian.yml", old, new)
    found = problems(copy)
    assert [problem for problem in found if problem.startswith("huaian.yml, ") and line in problem], found
    assert all("\n" not in problem for problem in found)


def test_the_line_of_a_mistake_is_the_line_in_the_file(copy: Copy) -> None:
    copy.edit("policy/huaian.yml", "value: 600\n", "valu: 600\n")
    lines = (copy.folder / "policy/huaian.yml").read_text(encoding="utf-8").splitlines()
    wrong = next(number for number, line in enumerate(lines, start=1) if "valu: 600" in line)
    # The entry as a whole is what has a key too many: its line is the one of its first key, just above.
    assert (
        f"huaian.yml, line {wrong - 1} (schedules.0.deductible.values.0): extra fields found (valu); {README}"
        in problems(copy)
    )


@pytest.mark.parametrize(
    ("days", "fine"), [(("2025-01-01", "2026-01-01"), True), (("2026-01-01", "2025-01-01"), False)]
)
def test_dates_stand_oldest_first(copy: Copy, days: tuple[str, str], fine: bool) -> None:
    value = "        - since: {}\n          value: 600\n"
    both = value.format(days[0]) + "          source: [huaian-2.2.1]\n" + value.format(days[1])
    copy.edit("policy/huaian.yml", value.format("undated"), both)
    if fine:
        load_policy(copy.folder / "policy/huaian.yml")
    else:
        found = "schedules[0].deductible: dates not in order; write each day once, oldest first"
        assert problems(copy) == [f"huaian.yml, {found}"]


def test_a_key_that_stands_twice_is_refused(copy: Copy) -> None:
    copy.edit("policy/huaian.yml", "place: huaian\n", "place: huaian\nplace: huaian\n")
    assert problems(copy) == [
        'huaian.yml, line 3: found duplicate key "place" with value "huaian" (original value: "huaian"); keep one of the two'
    ]


def test_a_day_that_no_calendar_has_is_refused(copy: Copy) -> None:
    copy.edit("policy/huaian.yml", "verified_on: 2026-11-22", "verified_on: 2026-11-31")
    assert problems(copy) == ["huaian.yml, line 3: day is out of range for month; mend the date"]


def test_the_findings_of_all_files_are_told_at_once(copy: Copy) -> None:
    copy.edit("policy/huaian.yml", "place: huaian", "place: x")
    copy.edit("policy/nanjing.yml", "place: nanjing", "place: y")
    with pytest.raises(KnowledgeError) as raised:
        load_policies(copy.folder / "policy")
    assert [line.split(",")[0] for line in raised.value.problems] == ["huaian.yml", "nanjing.yml"]


def test_the_national_rules_must_be_there(copy: Copy) -> None:
    (copy.folder / "policy/national.yml").unlink()
    with pytest.raises(
        KnowledgeError, match=r"^national\.yml, the file: is missing; put it in knowledge/policy/$"
    ):
        load_policies(copy.folder / "policy")
