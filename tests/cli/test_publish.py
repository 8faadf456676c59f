"""`publish`, `rollback` and `versions`: what is refused is one line, and nothing is changed by it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bot.services.gate_report import AnswerChange, GateReport, Reason
from bot.storage.version_files import VersionFiles
from bot.training.release import set_current
from tests.copies import copy_repository, pack_model, run_bot

LIVE, CANDIDATE = "20261122_100000_0000", "20261122_110000_0001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy with a live version and a candidate that failed the gate; their models are archives that hold no model."""
    copy = copy_repository(tmp_path)
    files = _files(copy)
    pack_model(copy / "models" / f"{LIVE}.tar.gz")
    set_current(copy / "models", copy / "models" / f"{LIVE}.tar.gz", "of the live one")
    files.adopt(copy / "models" / f"{LIVE}.tar.gz", {"made_at": "2026-11-22T10:00:00+00:00"})
    making = files.prepare(CANDIDATE)
    pack_model(making / "model.tar.gz")
    files.finish(CANDIDATE, {"made_at": "2026-11-22T11:00:00+00:00", "why": "补问法"})
    change = AnswerChange("c1", "停车费", "huaian", "a", "b", "甲", "乙", "g1", "real")
    report = GateReport(
        version=CANDIDATE,
        live=LIVE,
        at="2026-11-22T11:05:00+00:00",
        answers_changed=(change,),
        reasons=(Reason("floor", "top1", 0.9, 0.93),),
    )
    files.write_report(CANDIDATE, report.as_json())
    return copy


def _files(root: Path) -> VersionFiles:
    return VersionFiles(root, root / "models", root / "var" / "versions")


def live(root: Path) -> str:
    named = json.loads((root / "models" / "current.json").read_text("utf-8"))["model"]
    return str(named).removesuffix(".tar.gz")


def problems(finished: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines about problems of a command that was refused."""
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    return finished.stderr.splitlines()[:-1]


def test_the_list_says_what_is_live_and_what_the_gate_said(root: Path) -> None:
    finished = run_bot(root, "versions", COLUMNS="200")
    assert finished.returncode == 0, finished.stderr
    first, second = finished.stdout.splitlines()[1:3]
    assert first.split() == [
        CANDIDATE,
        "candidate",
        "2026-11-22",
        "11:00",
        "failed",
        "1",
        "(1",
        "not",
        "approved)",
        "补问法",
    ]
    assert second.split()[:2] == [LIVE, "live"]


def test_a_report_shows_why_it_failed_and_each_changed_answer(root: Path) -> None:
    shown = run_bot(root, "versions", CANDIDATE).stdout
    assert "floor top1: 0.900, wanted 0.930" in shown
    assert "g1  a → b: 1" in shown
    assert "c1  停车费  (huaian, real)" in shown


def test_a_version_that_failed_is_refused_with_every_reason(root: Path) -> None:
    first, *reasons = problems(run_bot(root, "publish"))
    assert first.startswith(f"version {CANDIDATE}: gate_failed, not_approved; ")
    assert reasons[0] == "the gate: floor top1: 0.900, wanted 0.930"
    assert reasons[1].startswith("1 changed answer(s)")
    assert live(root) == LIVE


def test_a_group_is_approved_and_the_rest_still_stands_against_it(root: Path) -> None:
    first, *_ = problems(run_bot(root, "publish", CANDIDATE, "--approve", "g1"))
    assert first.startswith(f"version {CANDIDATE}: gate_failed; ")
    [line] = problems(run_bot(root, "publish", CANDIDATE, "--approve", "g2"))
    assert line == f"version {CANDIDATE}: has no such change of an answer"


def test_an_override_does_not_help_a_model_that_can_not_hold_a_conversation(root: Path) -> None:
    first, *_ = problems(run_bot(root, "publish", CANDIDATE, "--override", "急"))
    assert first.startswith("the conversation before the swap failed: ")
    assert live(root) == LIVE
    assert not (root / "models" / f"{CANDIDATE}.tar.gz").exists()
    assert not (root / "var" / "versions" / "journal.json").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["publish", "nothing"], "version nothing: is not there; python -m bot versions lists them"),
        (["versions", "nothing"], "version nothing: is not there; python -m bot versions lists them"),
        (["publish", LIVE], f"version {LIVE}: is the live one"),
        (["rollback"], "versions: there is none to go back to; name one"),
        (["rollback", LIVE], f"version {LIVE}: is the live one"),
        (["train", "--candidate", "nothing"], "run nothing: is not there; look at python -m bot versions"),
    ],
)
def test_what_can_not_be_done_is_one_line(root: Path, arguments: list[str], line: str) -> None:
    assert problems(run_bot(root, *arguments)) == [line]
    assert live(root) == LIVE


@pytest.mark.parametrize(
    ("name", "value"),
    [("GATE_MIN_TOP1", "93"), ("GATE_MAX_LOSS", "a"), ("VERSIONS_KEPT", "1"), ("GATE_REAL_QUESTIONS", "-1")],
)
def test_a_setting_that_makes_no_sense_is_one_line(root: Path, name: str, value: str) -> None:
    [line] = problems(run_bot(root, "versions", **{name: value}))
    assert line.startswith(f"{name}={value} is no ")


def test_a_candidate_is_not_trained_from_files_that_the_checks_refuse(root: Path) -> None:
    faq = root / "knowledge" / "faq.md"
    faq.write_text(
        faq.read_text("utf-8").replace("依据：yunnan-1；核对：2026-11-22", "（待补）", 1), encoding="utf-8"
    )
    assert any("faq.md" in line for line in problems(run_bot(root, "train", "--candidate")))
    assert sorted(_files(root).names()) == [LIVE, CANDIDATE]
    assert not list((root / "var" / "versions").glob(".making-*"))


def test_pruning_says_how_many_went(root: Path) -> None:
    assert run_bot(root, "versions", "--prune").stdout == "0 version(s) removed.\n"
