"""The gate: what a candidate must reach, what it may lose, and which answers would change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.services.gate import Gate, GateError, Measured, Rules, SuiteRun, Taken
from bot.services.gate_report import GateReport
from bot.services.users import User
from bot.storage.database import Database
from bot.storage.version_files import VersionFiles
from bot.storage.versions import VersionStore
from tests.services.desk import Clock

MAINTAINER = User(1, "wang", "maintainer", active=True)
GOOD = {"top1": 0.95, "follow_ups": 0.85, "declined": 0.97, "wrongly_declined": 0.01}
FINE = SuiteRun(passed=300)

RULES = Rules(
    min_top1=0.93,
    min_follow_ups=0.8,
    min_declined=0.93,
    max_wrongly_declined=0.02,
    max_loss=0.005,
    max_set_loss=0.02,
)


class House:
    """A gate over an empty database and a folder of versions."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.audited: list[tuple[str, dict[str, str]]] = []
        self.files = VersionFiles(folder, folder / "models", folder / "versions")
        self.gate = Gate(
            RULES,
            lambda topic, place, text: f"{topic} 在 {place} 的答案",
            self.files,
            VersionStore(database),
            Clock(),
            lambda user, action, detail: self.audited.append((action, detail)),
        )

    def version(self, report: GateReport) -> str:
        """A version with a report."""
        self.files.prepare(report.version)
        self.files.finish(report.version, {"made_at": report.at})
        self.gate.keep(report)
        return report.version


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def measured(name: str, taken: Sequence[Taken] = (), questions: int = 1509, **shares: float) -> Measured:
    sets = {"trial": (400, shares.pop("trial", 0.89))}
    found = {name: (100, share) for name, share in {**GOOD, **shares}.items()}
    return Measured(name, questions, found, sets, taken)


def known(text: str, best: str, wanted: str, **more: Any) -> Taken:
    """A question of an evaluation set."""
    return Taken(text, None, best, more.get("asks_back", False), "trial", best == wanted, wanted)


def real(text: str, best: str, place: str | None = "huaian", asks_back: bool = False) -> Taken:
    """A question that somebody asked."""
    return Taken(text, place, best, asks_back, "real")


def codes(report: GateReport) -> list[tuple[str, str]]:
    return [(reason.code, reason.name) for reason in report.reasons]


# ---- floors and losses


def test_a_candidate_as_good_as_the_live_model_passes(house: House) -> None:
    report = house.gate.judge(measured("new"), measured("old"), FINE)
    assert report.passed
    assert (report.version, report.live, report.reasons) == ("new", "old", ())


@pytest.mark.parametrize(
    ("name", "share", "code"),
    [
        ("top1", 0.9299, "floor"),
        ("follow_ups", 0.79, "floor"),
        ("declined", 0.92, "floor"),
        ("wrongly_declined", 0.021, "ceiling"),
    ],
)
def test_a_candidate_beyond_a_limit_does_not_pass_even_where_the_live_one_is_no_better(
    house: House, name: str, share: float, code: str
) -> None:
    report = house.gate.judge(measured("new", **{name: share}), measured("old", **{name: share}), FINE)
    assert codes(report) == [(code, name)]
    assert not report.passed


def test_a_limit_itself_is_reached(house: House) -> None:
    limits = {"top1": 0.93, "follow_ups": 0.80, "declined": 0.93, "wrongly_declined": 0.02}
    assert house.gate.judge(measured("new", **limits), measured("old", **limits), FINE).passed


@pytest.mark.parametrize(("before", "after", "passes"), [(0.955, 0.95, True), (0.956, 0.95, False)])
def test_half_a_point_may_be_lost_and_no_more(
    house: House, before: float, after: float, passes: bool
) -> None:
    report = house.gate.judge(measured("new", top1=after), measured("old", top1=before), FINE)
    assert report.passed is passes
    assert codes(report) == ([] if passes else [("loss", "top1")])


def test_one_evaluation_set_may_not_pay_for_the_others(house: House) -> None:
    report = house.gate.judge(measured("new", top1=0.96, trial=0.86), measured("old", trial=0.89), FINE)
    assert codes(report) == [("loss", "set: trial")]


def test_without_questions_nothing_is_proved(house: House) -> None:
    nothing = Measured("new", 0, {}, {}, [])
    assert codes(house.gate.judge(nothing, None, None)) == [("not_measured", "")]


def test_a_first_model_is_held_against_the_floors_alone(house: House) -> None:
    report = house.gate.judge(measured("new"), None, FINE)
    assert report.passed
    assert report.answers_changed == ()


@pytest.mark.parametrize(
    "tests", [SuiteRun(299, ("filing: 退休了",)), SuiteRun(0, problem="pytest ended with exit code 3")]
)
def test_a_failed_conversation_or_tests_that_could_not_be_run_do_not_pass(
    house: House, tests: SuiteRun
) -> None:
    assert [code for code, _ in codes(house.gate.judge(measured("new"), measured("old"), tests))] == ["tests"]


# ---- what changes


def test_what_got_better_worse_and_wrong_in_another_way_is_told_apart(house: House) -> None:
    old = [known("甲", "a", "a"), known("乙", "b", "a"), known("丙", "b", "a"), known("丁", "a", "a")]
    new = [known("甲", "b", "a"), known("乙", "a", "a"), known("丙", "c", "a"), known("丁", "a", "a")]
    report = house.gate.judge(measured("new", new), measured("old", old), FINE)
    assert [moved.text for moved in report.better] == ["乙"]
    assert [moved.text for moved in report.worse] == ["甲"]
    assert [moved.text for moved in report.otherwise] == ["丙"]


def test_answers_that_would_change_are_shown_with_both_texts_and_grouped(house: House) -> None:
    old = [
        real("停车费", "decline/other"),
        real("停车票", "decline/other"),
        real("备案", "faq/filing"),
        real("好", "chat"),
    ]
    new = [
        real("停车费", "faq/parking"),
        real("停车票", "faq/parking"),
        real("备案", "faq/filing", asks_back=True),
    ]
    report = house.gate.judge(measured("new", [*new, real("好", "chat")]), measured("old", old), FINE)
    first, _, unsure = report.answers_changed
    assert (first.before_text, first.after_text) == (
        "decline/other 在 huaian 的答案",
        "faq/parking 在 huaian 的答案",
    )
    assert (unsure.before_topic, unsure.after_topic) == ("faq/filing", "unsure")
    assert [(g.before_topic, g.after_topic, len(g.changes)) for g in report.groups] == [
        ("decline/other", "faq/parking", 2),
        ("faq/filing", "unsure", 1),
    ]
    assert report.real_questions == 4


def test_the_same_question_counts_once_for_each_place(house: House) -> None:
    old = [real("停车费", "a"), real("停车费", "a"), real("停车费", "a", place="nanjing")]
    new = [replace(taken, best="b") for taken in old]
    report = house.gate.judge(measured("new", new), measured("old", old), FINE)
    assert [change.place for change in report.answers_changed] == ["huaian", "nanjing"]


def test_a_change_that_is_known_to_be_right_wants_nobodys_approval(house: House) -> None:
    old = [known("甲", "b", "a"), known("乙", "a", "a"), known("丙", "a", "a"), real("丁", "a")]
    new = [
        known("甲", "a", "a"),
        known("乙", "b", "a"),
        known("丙", "a", "a", asks_back=True),
        real("丁", "b"),
    ]
    report = house.gate.judge(measured("new", new), measured("old", old), FINE)
    assert [(c.question, c.better, c.wants_approval) for c in report.answers_changed] == [
        ("甲", True, False),
        ("乙", False, True),
        ("丙", False, True),
        ("丁", None, True),
    ]


# ---- approving


@pytest.fixture
def version(house: House) -> str:
    """A version that changes three answers, two of them in the same way."""
    old = [real("甲", "a"), real("乙", "a"), real("丙", "c")]
    new = [real("甲", "b"), real("乙", "b"), real("丙", "d")]
    return house.version(house.gate.judge(measured("new", new), measured("old", old), FINE))


def test_changes_are_approved_one_by_one_and_by_group_and_it_is_noted(house: House, version: str) -> None:
    changes = {change.question: change for change in house.gate.unapproved(version)}
    assert house.gate.approve(version, MAINTAINER, [changes["丙"].id]) == 1
    assert [change.question for change in house.gate.unapproved(version)] == ["甲", "乙"]
    assert house.gate.approve(version, MAINTAINER, group=changes["甲"].group) == 2
    assert house.gate.unapproved(version) == ()
    assert house.gate.approve(version, MAINTAINER, group="all") == 0
    assert house.audited == [
        ("answers_approved", {"version": "new", "changes": "1"}),
        ("answers_approved", {"version": "new", "changes": "2"}),
    ]


@pytest.mark.parametrize(("changes", "group"), [(["nothing"], None), ([], "nothing"), ([], None)])
def test_what_is_not_there_can_not_be_approved(
    house: House, version: str, changes: list[str], group: str | None
) -> None:
    with pytest.raises(GateError) as refused:
        house.gate.approve(version, MAINTAINER, changes, group)
    assert refused.value.code == "no_such_change"


def test_a_version_that_was_not_judged_has_nothing_to_approve(house: House) -> None:
    house.files.prepare("bare")
    house.files.finish("bare", {"made_at": "2026-11-22"})
    assert house.gate.report("bare") is None
    with pytest.raises(GateError) as refused:
        house.gate.approve("bare", MAINTAINER, group="all")
    assert refused.value.code == "not_judged"


def test_a_report_is_read_as_it_was_written(house: House, version: str) -> None:
    read = house.gate.report(version)
    assert read is not None
    assert GateReport.from_json(json.loads(json.dumps(read.as_json()))) == read
    assert len(read.answers_changed) == 3
