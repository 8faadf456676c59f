"""Topics from the command line: the same services and checks as the pages; a kill leaves a state that the next command mends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli.main import _parser
from tests.copies import ROOT, copy_repository, run_bot

FILES = ("knowledge/faq.md", "data/nlu.yml")
NEW = """
## parking_fee 停车费能报吗？

话题：停车费

### 通用

停车费能不能报，材料里没有写，请打 12393 问清。

依据：yunnan-6；核对：2026-11-20

# 例句

- 停车费能报吗
- 医院停车要钱的 给不给报
- 来看病停车费谁出
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the repository."""
    return copy_repository(tmp_path)


def topic(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bot topic`` in the copy; all must be well."""
    finished = run_bot(root, "topic", *arguments, **environment)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished


def texts(root: Path) -> tuple[str, ...]:
    return tuple((root / name).read_text("utf-8") for name in FILES)


def file(root: Path, text: str) -> str:
    path = root / "edited.md"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_topic_is_shown_edited_listed_and_taken_back(root: Path) -> None:
    before = texts(root)
    shown = topic(root, "show", "filing_destination").stdout
    edited = file(root, shown.replace("不用再报医院名字", "不必再报医院名字"))
    assert topic(root, "check", edited).stdout == "No findings.\n"
    saved = topic(root, "edit", edited, "--why", "口语一些").stdout
    lines = [line for line in saved.splitlines() if line[:1] in "+-" and line[1:2] not in "+-"]
    assert len(lines) == 2
    assert "Saved as revision 1." in saved
    listed = topic(root, "revisions", "filing_destination").stdout
    assert "口语一些" in listed
    assert "不必再报" in topic(root, "diff", "1").stdout
    topic(root, "revert", "1")
    assert texts(root) == before


def test_a_new_topic_is_added_checked_and_removed(root: Path) -> None:
    before = texts(root)
    topic(root, "new", file(root, NEW), "--why", "常有人问")
    assert "parking_fee" in topic(root, "list").stdout
    checked = run_bot(root, "check")
    assert checked.returncode == 0, checked.stderr
    topic(root, "remove", "parking_fee", "--why", "没人问了")
    assert texts(root) == before


def test_examples_are_added_and_what_is_there_is_said(root: Path) -> None:
    before = texts(root)
    there = "备案时就医地选到市还是选到省？"
    added = topic(
        root, "add-example", "filing_destination", "选市吗选省吗选啥呀", there, "--why", "收件箱"
    ).stdout
    assert "+    - 选市吗选省吗选啥呀" in added
    assert "1 added." in added
    assert texts(root)[0] == before[0]
    assert len(texts(root)[1].splitlines()) == len(before[1].splitlines()) + 1


def test_near_duplicates_in_other_topics_are_listed(root: Path) -> None:
    said = topic(root, "alike", "manual_claim", "--limit", "3").stdout
    *pairs, total = said.splitlines()
    assert len(pairs) == 3
    assert all(" faq/manual_claim: " in line and " / " in line for line in pairs)
    assert int(total.split()[0]) > 3


def test_what_the_checks_refuse_is_one_line_each_and_not_saved(root: Path) -> None:
    before = texts(root)
    wrong = NEW.replace("请打 12393 问清", "报 37 元").replace("- 停车费能报吗", "- 什么是异地就医？")
    for text, line in ((wrong, "什么是异地就医"), (wrong.replace("- 什么是异地就医？\n", ""), "37元")):
        finished = run_bot(root, "topic", "new", file(root, text), "--why", "试试")
        assert finished.returncode == 1
        assert line in finished.stderr
        assert "Traceback" not in finished.stderr
    assert texts(root) == before


def test_an_edit_of_an_answer_that_somebody_else_changed_shows_their_version(root: Path) -> None:
    shown = topic(root, "show", "filing_destination").stdout
    topic(root, "edit", file(root, shown.replace("不用再报", "无需再报")), "--why", "一")
    finished = run_bot(
        root, "topic", "edit", file(root, shown.replace("不用再报", "不必再报")), "--why", "二"
    )
    assert finished.returncode == 1
    assert "通用的答案" in finished.stderr
    assert "无需再报" in finished.stdout
    assert "无需再报" in texts(root)[0]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("show", "nothing"), "没有主题 nothing"),
        (("edit", "nowhere.md", "--why", "x"), "nowhere.md, the file"),
        (("revert", "7"), "没有第 7 号"),
        (("add-example", "nothing", "x", "--why", "x"), "没有 faq/nothing"),
    ],
)
def test_what_is_wrong_is_one_line(root: Path, arguments: tuple[str, ...], line: str) -> None:
    finished = run_bot(root, "topic", *arguments)
    assert finished.returncode == 1
    assert line in finished.stderr.splitlines()[0]
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_goes_out_and_comes_in(root: Path, form: str) -> None:
    table = root / f"examples.{form}"
    assert run_bot(root, "export", "examples", str(table)).returncode == 0
    same = run_bot(root, "import", "examples", str(table))
    assert same.returncode == 0, same.stderr
    assert "新增 0，修改 0" in same.stdout
    assert "有错 0" in same.stdout


def test_an_import_is_shown_first_and_done_when_asked(root: Path) -> None:
    before = texts(root)
    table = root / "new.csv"
    table.write_text("主题编号,例句\nfaq/filing_destination,选市吗选省吗选啥呀\nfaq/nothing,啥\n", "utf-8")
    shown = run_bot(root, "import", "examples", str(table), "--apply", "--why", "汇总")
    assert shown.returncode == 1
    assert "3: 有错 faq/nothing" in shown.stdout
    assert texts(root) == before
    done = run_bot(root, "import", "examples", str(table), "--apply", "--skip-errors", "--why", "汇总")
    assert done.returncode == 0, done.stderr
    assert "+    - 选市吗选省吗选啥呀" in done.stdout


@pytest.mark.parametrize("point", ["journal", "file 0", "file 1", "noted"])
def test_a_kill_at_any_point_is_mended_by_the_next_command(root: Path, point: str) -> None:
    before = texts(root)
    command = [sys.executable, "-m", "bot", "topic", "new", file(root, NEW), "--why", "常有人问"]
    environment = {**os.environ, "PYTHONUTF8": "1", "HALT_AT": f"editing: {point}"}
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    for _ in range(600):
        if (root / "var" / "halted").exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    assert (root / "var" / "halted").exists()
    listed = topic(root, "revisions").stdout
    assert listed.count("faq/parking_fee") == 1
    assert topic(root, "show", "parking_fee").stdout.count("停车费") > 3
    assert not (root / "var" / "editing" / "journal.json").exists()
    topic(root, "revert", "1")
    assert texts(root) == before


def test_processes_that_write_at_once_lose_nothing(root: Path) -> None:
    topic(root, "list")  # The database is there before they come.
    texts_of = [[f"选到第 {writer} 级的第 {n} 种说法呀" for n in range(3)] for writer in range(2)]
    command = [sys.executable, "-m", "bot", "topic", "add-example", "filing_destination"]
    how = ["--even-known", "--why", "一起"]
    writers = [
        subprocess.Popen([*command, *texts, *how], cwd=root, stdout=subprocess.DEVNULL) for texts in texts_of
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    shown = topic(root, "show", "filing_destination").stdout
    assert all(f"- {text}\n" in shown for texts in texts_of for text in texts)
    assert topic(root, "revisions", "filing_destination").stdout.count("examples_added") == 2


def test_the_page_about_commands_shows_every_one_of_them() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for command in (
        "list",
        "show",
        "check",
        "edit",
        "new",
        "remove",
        "add-example",
        "alike",
        "revisions",
        "diff",
        "revert",
    ):
        assert f"topic {command}" in page, command
    for command in ("import", "export"):
        assert _parser().parse_args([command, "answers", "x.csv"]).kind == "answers"
        assert f"bot {command} KIND" in page
