"""Runs, approvals and publications in the database, and versions as folders."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.file_locks import FileLock
from bot.storage.journal import Journal
from bot.storage.run_files import RunFiles
from bot.storage.version_files import VersionFiles, files_in, give_back, restore
from bot.storage.versions import Publication, VersionStore

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
PHONE = "13812345678"


@pytest.fixture
def store(database: Database) -> VersionStore:
    """The runs and publications of an empty database."""
    return VersionStore(database)


# ---- runs


def test_one_run_at_a_time_is_noted_whoever_starts_it(store: VersionStore) -> None:
    first = store.begin_run("one", "li", "新题目", NOON)
    assert first is not None
    assert first.running
    assert store.begin_run("two", "wang", "", NOON) is None
    assert store.end_run("one", "done", NOON + timedelta(minutes=1), version="v1")
    assert store.begin_run("two", "wang", "", NOON + timedelta(minutes=2)) is not None
    assert [(run.id, run.state, run.version) for run in store.runs(10)] == [
        ("two", "running", None),
        ("one", "done", "v1"),
    ]


def test_a_run_ends_once(store: VersionStore) -> None:
    store.begin_run("one", "li", "", NOON)
    assert store.end_run("one", "cancelled", NOON)
    assert not store.end_run("one", "done", NOON, version="v1")
    run = store.run("one")
    assert run is not None
    assert (run.state, run.version, run.ended_at) == ("cancelled", None, NOON)


def test_what_people_write_about_a_run_or_a_publication_is_masked(store: VersionStore) -> None:
    store.begin_run("one", "li", f"找我 {PHONE}", NOON)
    store.end_run("one", "failed", NOON, problem=f"ValueError: {PHONE}")
    store.add_publication(Publication("p", NOON, "rollback", "v1", "v2", "li", f"电话 {PHONE}"))
    assert PHONE not in f"{store.runs(1)} {store.publications()}"


def test_an_unknown_run_is_none(store: VersionStore) -> None:
    assert store.run("none") is None
    assert store.run("\x00") is None
    assert store.running() is None


# ---- approvals and publications


def test_a_change_is_approved_once(store: VersionStore) -> None:
    assert store.approve("v1", ["a", "b", "a"], "li", NOON) == 2
    assert store.approve("v1", ["b", "c"], "wang", NOON) == 1
    assert store.approved("v1") == {"a", "b", "c"}
    assert store.approved("v2") == frozenset()


def test_a_publication_is_noted_once_and_the_newest_stands_first(store: VersionStore) -> None:
    first = Publication("p1", NOON, "publish", "v1", None, "li", "")
    second = Publication("p2", NOON + timedelta(hours=1), "rollback", "v0", "v1", "", "错了")
    for made in (first, second, first):
        store.add_publication(made)
    assert store.publications() == [second, first]
    assert store.publications(1) == [second]


# ---- folders


@pytest.fixture
def files(tmp_path: Path) -> VersionFiles:
    """A project of a few files, and room for its versions."""
    root = tmp_path / "project"
    write(root, {"domain.yml": "d", "config.yml": "c", "data/nlu.yml": "1", "knowledge/faq.md": "一"})
    write(
        root,
        {"knowledge/policy/huaian.yml": "600", "models/m1.tar.gz": "model", "README.md": "no part of it"},
    )
    return VersionFiles(root, root / "models", root / "var" / "versions")


def write(root: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def state(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text(encoding="utf-8") for name in files_in(root)}


def test_a_version_holds_the_model_and_the_files_as_they_were(files: VersionFiles) -> None:
    before = state(files.root)
    name = files.adopt(files.models / "m1.tar.gz", {"fingerprint": "f"})
    # A hand edit in place, as some editors do it.
    with (files.root / "knowledge" / "faq.md").open("a", encoding="utf-8") as faq:
        faq.write("二")
    assert name == "m1"
    assert state(files.files("m1")) == before
    assert files.model("m1").read_text(encoding="utf-8") == "model"
    assert files.note("m1")["fingerprint"] == "f"
    assert files.differences("m1") == ["knowledge/faq.md"]


def test_a_version_in_the_making_is_none_yet(files: VersionFiles) -> None:
    making = files.prepare("m2")
    assert making.is_dir()
    assert files.names() == []
    assert not files.exists(".making-m2")
    files.finish("m2", {"made_at": NOON.isoformat()})
    assert files.names() == ["m2"]


@pytest.mark.parametrize("name", ["", "..", "../m1", "m1/files", "/etc", "m1\x00"])
def test_a_name_from_outside_reaches_no_other_folder(files: VersionFiles, name: str) -> None:
    files.adopt(files.models / "m1.tar.gz", {})
    assert not files.exists(name)


def test_restoring_changes_what_differs_adds_what_is_missing_and_removes_what_is_new(
    files: VersionFiles,
) -> None:
    files.adopt(files.models / "m1.tar.gz", {})
    before = state(files.root)
    untouched = (files.root / "domain.yml").stat().st_mtime_ns
    write(files.root, {"knowledge/faq.md": "二", "knowledge/policy/zhenjiang.yml": "450"})
    (files.root / "data" / "nlu.yml").unlink()
    changed = restore(files.files("m1"), files.root)
    assert changed == ["data/nlu.yml", "knowledge/faq.md", "knowledge/policy/zhenjiang.yml"]
    assert state(files.root) == before
    assert (files.root / "domain.yml").stat().st_mtime_ns == untouched


def test_a_restore_that_broke_off_is_taken_back_but_not_what_somebody_wrote_since(
    files: VersionFiles, tmp_path: Path
) -> None:
    files.adopt(files.models / "m1.tar.gz", {})
    write(files.root, {"knowledge/faq.md": "二", "data/nlu.yml": "2", "config.yml": "cc"})
    kept = tmp_path / "kept"
    write(kept, state(files.root))

    class PowerCutError(Exception):
        """In the middle."""

    def cut(point: str) -> None:
        raise PowerCutError(point)

    with pytest.raises(PowerCutError):
        restore(files.files("m1"), files.root, cut)
    half = state(files.root)
    assert half not in (state(kept), state(files.files("m1")))
    write(files.root, {"domain.yml": "edited since"})
    give_back(kept, files.files("m1"), files.root)
    assert state(files.root) == {**state(kept), "domain.yml": "edited since"}
    assert not list(files.root.rglob("*_restored"))


def test_a_model_is_offered_and_withdrawn_and_stays_with_its_version(files: VersionFiles) -> None:
    files.adopt(files.models / "m1.tar.gz", {})
    (files.models / "m1.tar.gz").unlink()
    assert files.offer("m1").read_text(encoding="utf-8") == "model"
    files.withdraw("m1")
    assert not list(files.models.iterdir())
    assert files.model("m1").is_file()


def test_a_removed_version_is_gone_with_its_model(files: VersionFiles) -> None:
    files.adopt(files.models / "m1.tar.gz", {})
    files.remove("m1")
    assert files.names() == []
    assert not list(files.models.iterdir())


# ---- locks and journals


def test_a_lock_is_free_again_when_the_process_that_was_given_it_is_killed(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    held = lock.take()
    assert held is not None
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=[held])
    os.close(held)
    assert lock.is_held()
    assert lock.take() is None
    child.kill()
    child.wait()
    assert not lock.is_held()


def test_a_journal_is_there_until_it_is_cleared(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "var" / "journal.json")
    assert journal.read() is None
    journal.clear()
    journal.write({"step": "begun"})
    journal.write({"step": "proved"})
    assert journal.read() == {"step": "proved"}
    journal.clear()
    assert journal.read() is None


def test_progress_is_read_from_a_number_on_and_a_half_written_line_is_left(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    assert files.events("run") == ()
    files.add_event("run", NOON, "load", 0.04)
    files.add_event("run", NOON, "topics", 0.1, "81")
    with (tmp_path / "run" / "events.jsonl").open("a", encoding="utf-8") as half:
        half.write('{"at": "20')
    assert [(e.number, e.step, e.share, e.note) for e in files.events("run", 1)] == [(2, "topics", 0.1, "81")]
    with pytest.raises(ValueError, match="no number of a run"):
        files.events("../other")
