"""Publishing, going back and keeping: the pointer, the files, the journal and the objections of the gate."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.services.gate_report import AnswerChange, GateReport, Reason
from bot.services.publishing import Pointer, PublicationError, Publishing, Surroundings
from bot.services.users import User
from bot.storage.database import Database
from bot.storage.file_locks import FileLock
from bot.storage.version_files import VersionFiles, files_in
from bot.storage.versions import VersionStore
from bot.training.release import current_model, read_pointer, set_current, write_pointer
from tests.copies import pack_model
from tests.services.desk import Clock

MAINTAINER = User(1, "wang", "maintainer", active=True)


class PowerCutError(BaseException):
    """The process ends here, without a chance to do anything more."""


class House:
    """A project with one model that is live, in which the smoke conversation goes as the test wants it."""

    def __init__(self, database: Database, root: Path) -> None:
        self.root = root
        self.audited: list[tuple[str, dict[str, str]]] = []
        self.smoked: list[str] = []
        self.smoke: Callable[[Path | None], list[str]] = lambda _: []
        self.cut_at = ""
        self.broken: list[str] = []
        self.clock = Clock()
        self.ids = itertools.count(1)
        self.store = VersionStore(database)
        self.files = VersionFiles(root, root / "models", root / "var" / "versions")
        for name in ("domain.yml", "config.yml", "data/nlu.yml", "knowledge/faq.md", "knowledge/places.yml"):
            self.write(name, "at first")
        pack_model(root / "models" / "m0.tar.gz")
        set_current(root / "models", root / "models" / "m0.tar.gz", "trained from the first files")
        os.utime(root / "models" / "m0.tar.gz", (1, 1))
        self.publishing = self.opened()

    def opened(self, kept: int = 10) -> Publishing:
        """Publishing as another process has it."""
        models = self.root / "models"
        return Publishing(
            self.files,
            self.store,
            Pointer(
                lambda: read_pointer(models),
                lambda to: write_pointer(models, to),
                lambda: current_model(models),
            ),
            Surroundings(
                smoke=self._smoke,
                check=lambda _: self.broken,
                audit=lambda user, action, detail: self.audited.append((action, detail)),
                now=self.clock,
                new_id=lambda: f"p{next(self.ids)}",
                reach=self._reach,
            ),
            kept,
        )

    def _smoke(self, model: Path | None) -> list[str]:
        self.smoked.append(model.parent.name if model else f"current {self.live}")
        return self.smoke(model)

    def _reach(self, point: str) -> None:
        if point == self.cut_at:
            raise PowerCutError(point)

    @property
    def live(self) -> str:
        """What the workers follow."""
        model = current_model(self.root / "models")
        assert model is not None
        return model.name.removesuffix(".tar.gz")

    def write(self, name: str, text: str) -> None:
        """Put a text in a file of the project."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def state(self) -> dict[str, str]:
        """The files as they are."""
        return {name: (self.root / name).read_text(encoding="utf-8") for name in files_in(self.root)}

    def candidate(self, name: str, report: GateReport | None = None, judged: bool = True) -> str:
        """A candidate trained from the files as they are, and judged against the live version."""
        self.clock.goes(minutes=1)
        making = self.files.prepare(name)
        pack_model(making / "model.tar.gz")
        self.files.finish(
            name, {"made_at": self.clock().isoformat(), "fingerprint": f"of {name}", "user": "wang"}
        )
        if judged:
            found = report or GateReport(version=name, live=self.live, at=self.clock().isoformat())
            self.files.write_report(name, found.as_json())
        return name


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    built = House(database, tmp_path / "project")
    built.publishing.keep_live()
    return built


def failed(house: House, name: str) -> GateReport:
    reasons = (Reason("floor", "top1", 0.9, 0.93),)
    return GateReport(version=name, live=house.live, at=house.clock().isoformat(), reasons=reasons)


def changing(house: House, name: str) -> GateReport:
    change = AnswerChange("c1", "停车费", None, "a", "b", "甲", "乙", "g1", "real")
    return GateReport(version=name, live=house.live, at=house.clock().isoformat(), answers_changed=(change,))


# ---- publishing


def test_a_candidate_that_passed_becomes_the_live_version(house: House) -> None:
    house.write("data/nlu.yml", "with a new example")
    made = house.publishing.publish(house.candidate("m1"), MAINTAINER)
    assert (made.kind, made.version, made.previous, made.user) == ("publish", "m1", "m0", "wang")
    assert read_pointer(house.root / "models") == {"model": "m1.tar.gz", "fingerprint": "of m1"}
    assert house.smoked == ["m1", "current m1"]
    assert [(v.name, v.state, v.predecessor) for v in house.publishing.versions()] == [
        ("m1", "live", False),
        ("m0", "former", True),
    ]
    assert house.audited == [("version_published", {"version": "m1", "previous": "m0", "why": ""})]


def test_a_wording_that_was_mended_after_the_training_stays_when_the_version_is_published(
    house: House,
) -> None:
    house.candidate("m1")
    house.write("knowledge/faq.md", "mended since")
    house.publishing.publish("m1", MAINTAINER)
    assert house.state()["knowledge/faq.md"] == "mended since"


@pytest.mark.parametrize("objection", ["not_judged", "gate_failed", "not_approved", "judged_against_another"])
def test_nothing_is_published_by_accident_and_an_override_needs_a_reason_and_is_noted(
    house: House, objection: str
) -> None:
    reports: Mapping[str, Callable[[], GateReport | None]] = {
        "not_judged": lambda: None,
        "gate_failed": lambda: failed(house, "m1"),
        "not_approved": lambda: changing(house, "m1"),
        "judged_against_another": lambda: GateReport(version="m1", live="older", at=""),
    }
    house.candidate("m1", reports[objection](), judged=objection != "not_judged")
    for reason in ("", "   "):
        with pytest.raises(PublicationError) as refused:
            house.publishing.publish("m1", MAINTAINER, reason)
        assert (refused.value.code, refused.value.details) == (objection, (objection,))
    assert house.live == "m0"
    assert house.audited == []
    assert house.publishing.publish("m1", MAINTAINER, "领导要求").reason == "领导要求"
    assert house.live == "m1"
    overridden = {"version": "m1", "why": "领导要求", "against": objection}
    assert house.audited[0] == ("gate_overridden", overridden)


def test_approved_changes_stand_in_nobodys_way(house: House) -> None:
    house.candidate("m1", changing(house, "m1"))
    assert house.publishing.version("m1").unapproved == 1
    house.store.approve("m1", ["c1"], "wang", house.clock())
    house.publishing.publish("m1", MAINTAINER)
    assert house.live == "m1"


@pytest.mark.parametrize(
    ("name", "code"), [("none", "no_such_version"), ("../m0", "no_such_version"), ("m0", "already_live")]
)
def test_what_is_no_candidate_can_not_be_published(house: House, name: str, code: str) -> None:
    with pytest.raises(PublicationError) as refused:
        house.publishing.publish(name, MAINTAINER, "trotzdem")
    assert refused.value.code == code


def test_what_was_live_before_is_gone_back_to_and_not_published_again(house: House) -> None:
    house.publishing.publish(house.candidate("m1"), MAINTAINER)
    house.publishing.rollback(MAINTAINER)
    with pytest.raises(PublicationError) as refused:
        house.publishing.publish("m1", MAINTAINER)
    assert refused.value.code == "published_before"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_conversation_that_fails_undoes_the_publication(house: House, when: str) -> None:
    house.candidate("m1")
    house.smoke = lambda model: (
        ["the greeting: no answer"] if (model is not None) is (when == "before") else []
    )
    with pytest.raises(PublicationError, match="the greeting") as refused:
        house.publishing.publish("m1", MAINTAINER)
    assert refused.value.code == "smoke_failed"
    assert house.live == "m0"
    assert read_pointer(house.root / "models")["fingerprint"] == "trained from the first files"
    # The newest model is what is served where the pointer is lost: it must not be one that failed.
    assert [path.name for path in (house.root / "models").glob("*.tar.gz")] == ["m0.tar.gz"]
    assert house.store.publications() == []
    assert house.audited == [("publication_undone", {"version": "m1", "by": "wang"})]
    house.smoke = lambda _: []
    house.publishing.publish("m1", MAINTAINER)
    assert house.live == "m1"


def test_two_do_not_publish_at_once(house: House) -> None:
    house.candidate("m1")
    with FileLock(house.files.folder / "lock").held() as mine:
        assert mine
        with pytest.raises(PublicationError) as refused:
            house.publishing.publish("m1", MAINTAINER)
    assert refused.value.code == "busy"


def test_a_model_that_was_trained_without_a_version_becomes_one_to_go_back_to(
    database: Database, tmp_path: Path
) -> None:
    house = House(database, tmp_path / "project")
    house.publishing.publish(house.candidate("m1"), None)
    house.write("data/nlu.yml", "changed")
    house.publishing.rollback(None)
    assert house.live == "m0"
    assert house.state()["data/nlu.yml"] == "at first"


# ---- going back


@pytest.fixture
def published(house: House) -> House:
    """A house in which m1, with a new example and a new file, came after m0."""
    house.write("data/nlu.yml", "with a new example")
    house.write("knowledge/policy/zhenjiang.yml", "450")
    house.publishing.publish(house.candidate("m1"), MAINTAINER)
    house.audited.clear()
    house.smoked.clear()
    return house


def test_going_back_takes_model_and_files_together_in_one_call(published: House) -> None:
    made = published.publishing.rollback(MAINTAINER, "答错了")
    assert (made.kind, made.version, made.previous, made.reason) == ("rollback", "m0", "m1", "答错了")
    assert published.live == "m0"
    assert set(published.state().values()) == {"at first"}
    assert "knowledge/policy/zhenjiang.yml" not in published.state()
    assert published.audited == [
        ("version_rolled_back", {"version": "m0", "previous": "m1", "why": "答错了"})
    ]


def test_what_stood_in_the_files_before_going_back_is_kept_beside_the_version_that_was_left(
    published: House,
) -> None:
    published.write("knowledge/faq.md", "mended since")
    assert published.publishing.differences("m0") == [
        "data/nlu.yml", "knowledge/faq.md", "knowledge/policy/zhenjiang.yml",
    ]  # fmt: skip
    published.publishing.rollback(MAINTAINER)
    left = published.files.folder / "m1" / "left" / "knowledge" / "faq.md"
    assert left.read_text(encoding="utf-8") == "mended since"


def test_one_can_go_forward_again_by_naming_the_version(published: House) -> None:
    published.publishing.rollback(MAINTAINER)
    with pytest.raises(PublicationError) as refused:
        published.publishing.rollback(MAINTAINER)
    assert refused.value.code == "no_predecessor"
    published.publishing.rollback(MAINTAINER, to="m1")
    assert published.live == "m1"
    assert published.state()["data/nlu.yml"] == "with a new example"
    assert published.publishing.predecessor() == "m0"


def test_files_that_the_checks_of_today_refuse_are_not_gone_back_to(published: House) -> None:
    published.broken = ["faq.md, line 3: 没有依据"]
    with pytest.raises(PublicationError, match="没有依据") as refused:
        published.publishing.rollback(MAINTAINER)
    assert refused.value.code == "files_broken"
    assert published.live == "m1"


def test_a_conversation_that_fails_after_going_back_brings_everything_back(published: House) -> None:
    before = published.state()
    published.smoke = lambda model: ["no answer"] if model is None else []
    with pytest.raises(PublicationError):
        published.publishing.rollback(MAINTAINER)
    assert (published.live, published.state()) == ("m1", before)
    assert not (published.files.folder / "journal.json").exists()


# ---- after a power cut


@pytest.mark.parametrize("point", ["before_swap", "after_swap"])
def test_a_publication_that_was_cut_off_is_taken_back_by_whoever_comes_next(
    house: House, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.candidate("m1")
    cut(house, monkeypatch, point, lambda: house.publishing.publish("m1", MAINTAINER))
    assert house.live == ("m1" if point == "after_swap" else "m0")
    assert house.opened().recover() == "undone"
    assert house.live == "m0"
    assert house.opened().recover() is None
    house.opened().publish("m1", MAINTAINER)
    assert house.live == "m1"


@pytest.mark.parametrize("point", ["restoring", "before_swap", "after_swap"])
def test_a_return_that_was_cut_off_is_taken_back_files_and_model_together(
    published: House, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published.state()
    cut(published, monkeypatch, point, lambda: published.publishing.rollback(MAINTAINER))
    assert published.state() != before
    assert [version.state for version in published.opened().versions()] == ["live", "former"]
    assert (published.live, published.state()) == ("m1", before)
    assert published.audited[-1] == ("publication_undone", {"version": "m0", "by": "wang"})


def test_what_was_proved_before_the_cut_is_completed(
    published: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Publishing, "_complete", lambda *_: (_ for _ in ()).throw(PowerCutError()))
        with pytest.raises(PowerCutError):
            published.publishing.rollback(MAINTAINER, "答错了")
    assert published.opened().recover() == "completed"
    assert published.live == "m0"
    assert [made.kind for made in published.store.publications()] == ["rollback", "publish"]
    assert published.audited[-1][1]["by"] == "wang"


def cut(house: House, monkeypatch: pytest.MonkeyPatch, point: str, act: Callable[[], object]) -> None:
    """Act until a point, where the process ends: what would undo it does not run."""
    house.cut_at = point
    with monkeypatch.context() as patched:
        patched.setattr(Publishing, "_undo", lambda *_: None)
        with pytest.raises(PowerCutError):
            act()
    house.cut_at = ""


# ---- keeping


def test_the_newest_versions_are_kept_and_always_the_live_one_and_the_one_before_it(house: House) -> None:
    house.publishing.publish(house.candidate("m1"), MAINTAINER)
    for number in range(2, 7):
        house.candidate(f"m{number}")
    assert house.opened(kept=2).prune() == ("m4", "m3", "m2")
    assert [version.name for version in house.publishing.versions()] == ["m6", "m5", "m1", "m0"]
    assert house.live == "m1"


def test_a_report_says_what_a_page_wants_to_know(house: House) -> None:
    house.candidate("m1", failed(house, "m1"))
    version = house.publishing.version("m1")
    assert version.report is not None
    assert (version.state, version.report.passed, version.user) == ("candidate", False, "wang")
    assert json.loads(json.dumps(version.report.as_json()))["reasons"][0]["code"] == "floor"
