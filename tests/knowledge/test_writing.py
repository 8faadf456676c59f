"""Several files are written as one: by one process at a time, over no foreign change, and whole after a kill at any point."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.writing import Change, FileChangedError, Files
from tests.knowledge.conftest import ROOT

POINTS = ("journal", "file 0", "file 1", "file 2", "noted", "done")
OLD = {"a.md": b"old a.md", "b/c.yml": b"old b/c.yml", "fresh.yml": None}
NEW = {"a.md": b"new a.md", "b/c.yml": b"new b/c.yml", "fresh.yml": b"new fresh.yml"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two files."""
    (tmp_path / "b").mkdir()
    for name in ("a.md", "b/c.yml"):
        (tmp_path / name).write_bytes(b"old " + name.encode())
    return tmp_path


def state(root: Path) -> dict[str, bytes | None]:
    """What the files hold."""
    return {name: (root / name).read_bytes() if (root / name).exists() else None for name in OLD}


def kill_at(root: Path, point: str) -> None:
    """Have a process write, and kill it at a point as `kill -9` does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.knowledge.interrupted", str(root), point],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == point:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_is_completed_by_whoever_comes_next(root: Path, point: str) -> None:
    kill_at(root, point)
    noted: list[Mapping[str, Any]] = []
    Files(root, root / "var", noted.append).recover()
    assert state(root) == NEW
    before = (root / "noted").read_text("utf-8").splitlines() if (root / "noted").exists() else []
    # The journal goes last: after a kill in between the same is noted once more, under the same token.
    assert (len(before), len(noted)) == {"noted": (1, 1), "done": (1, 0)}.get(point, (0, 1))
    assert all(about == {"token": "one"} for about in noted)
    assert not (root / "var" / "journal.json").exists()
    assert not list(root.rglob("*_new"))


@pytest.mark.parametrize("point", ["file 0", "file 1"])
def test_a_file_changed_by_hand_after_a_kill_stays_and_the_rest_is_taken_back(root: Path, point: str) -> None:
    kill_at(root, point)
    (root / "b/c.yml").write_bytes(b"by hand")
    noted: list[Mapping[str, Any]] = []
    Files(root, root / "var", noted.append).recover()
    assert state(root) == {**OLD, "b/c.yml": b"by hand"}
    assert noted == []
    assert not (root / "var" / "journal.json").exists()


def test_a_kill_while_a_file_is_written_leaves_the_old_one(root: Path) -> None:
    kill_at(root, "journal")
    (root / "a_md_new").write_bytes(b"half")
    files = Files(root, root / "var")
    with files.turn():
        assert state(root) == NEW
    assert not (root / "a_md_new").exists()


def test_a_file_that_changed_is_not_overwritten(root: Path) -> None:
    files = Files(root, root / "var")
    changes = [Change("a.md", b"old a.md", b"new"), Change("b/c.yml", b"another", b"new")]
    with pytest.raises(FileChangedError, match="b/c"):
        files.write(changes, {})
    assert state(root) == OLD
    assert not (root / "var" / "journal.json").exists()


def test_what_changes_between_the_look_and_the_writing_is_not_overwritten(root: Path) -> None:
    def by_hand(point: str) -> None:
        if point == "journal":
            (root / "a.md").write_bytes(b"by hand")

    files = Files(root, root / "var", step=by_hand)
    with pytest.raises(FileChangedError):
        files.write([Change("a.md", b"old a.md", b"new")], {})
    assert (root / "a.md").read_bytes() == b"by hand"
    assert not (root / "var" / "journal.json").exists()


def test_a_file_keeps_its_permissions(root: Path) -> None:
    (root / "a.md").chmod(0o664)
    Files(root, root / "var").write([Change("a.md", b"old a.md", b"new")], {})
    assert stat.S_IMODE((root / "a.md").stat().st_mode) == 0o664


def test_a_file_can_be_taken_away(root: Path) -> None:
    Files(root, root / "var").write([Change("a.md", b"old a.md", None)], {})
    assert not (root / "a.md").exists()


def count_up(root: str, times: int) -> None:
    """Add one to the number in each of two files, many times over."""
    files = Files(Path(root), Path(root) / "var")
    for _ in range(times):
        with files.turn():
            numbers = [files.read(name) for name in ("a.md", "b/c.yml")]
            assert numbers[0] == numbers[1]
            after = str(int(numbers[0] or b"0") + 1).encode()
            files.write(
                [Change(n, before, after) for n, before in zip(("a.md", "b/c.yml"), numbers, strict=True)], {}
            )


def test_processes_and_threads_take_turns(root: Path) -> None:
    for name in ("a.md", "b/c.yml"):
        (root / name).write_bytes(b"0")
    processes = [get_context("spawn").Process(target=count_up, args=(str(root), 15)) for _ in range(2)]
    for process in processes:
        process.start()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: count_up(str(root), 15), range(2)))
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert (root / "a.md").read_bytes() == (root / "b/c.yml").read_bytes() == b"60"


def test_threads_of_one_editing_take_turns_too(root: Path) -> None:
    files = Files(root, root / "var")
    inside: list[int] = []

    def enter() -> None:
        with files.turn():
            inside.append(1)
            assert len(inside) == 1
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert inside == []
