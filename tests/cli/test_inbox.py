"""The inbox from the command line: the same groups and decisions as on the page, in a copy with the trained model."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot.knowledge.examples import load_examples
from bot.storage.database import Database
from bot.storage.misses import Misses
from bot.training.release import current_model
from tests.copies import ROOT, copy_repository, run_bot

QUESTION = "爱心卡在窗口出示管不管用"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the trained model, in whose inbox two things lie."""
    copied = copy_repository(tmp_path_factory.mktemp("inbox"))
    model = current_model(ROOT / "models")
    assert model is not None, "There is no trained model; run `python -m bot train`."
    (copied / "models").mkdir()
    shutil.copy(model, copied / "models")
    database = Database(f"sqlite:///{copied}/var/assistant.db")
    database.migrate()
    for text, kind in (
        (QUESTION, "unsure"),
        (f"{QUESTION}？", "unsure"),
        ("公积金怎么提取", "decline/other_government"),
    ):
        Misses(database).record(text, kind, datetime.now(timezone.utc), ["faq/which_card"], "nanjing")
    database.close()
    return copied


def inbox(root: Path, *arguments: str) -> str:
    """What a command prints, once it has gone well."""
    finished = run_bot(root, "inbox", *arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def refused(root: Path, *arguments: str) -> str:
    """The line about what is wrong."""
    finished = run_bot(root, "inbox", *arguments)
    assert finished.returncode == 1, finished.stdout
    return finished.stderr.splitlines()[-2]


def test_a_group_is_listed_taught_to_a_topic_and_brought_back(root: Path) -> None:
    listed = inbox(root, "list", "--kind", "unsure", "--place", "nanjing", "--days", "1")
    (group,) = re.findall(r"^([0-9a-f]{12})  2 \(2 in 7 days, 0 before\)  没听懂 2$", listed, re.MULTILINE)
    assert QUESTION in listed
    assert "公积金" not in listed
    assert "1 of 1 groups." in listed
    assert re.search(rf"^2  没听懂  {QUESTION}", inbox(root, "show", group), re.MULTILINE)
    told = inbox(root, "assign", group, "faq/which_card", "--why", "常问")
    assert "1 text(s) settled as faq/which_card; 1 example(s) added." in told
    assert QUESTION in load_examples(root / "data" / "nlu.yml")["faq/which_card"]
    batch = re.search(r"inbox reopen (\w+)", told)
    assert batch
    assert f"{batch[1]}  " in inbox(root, "decisions")
    assert inbox(root, "reopen", batch[1]) == "1 text(s) wait again.\n"
    assert inbox(root, "decisions") == ""


def test_what_cannot_be_done_is_said_in_one_line(root: Path) -> None:
    assert "group 000000000000: is not in the inbox;" in refused(root, "show", "0" * 12)
    assert refused(root, "reopen", "nothing") == "没有找到这次处理，可能已经撤销了。"
    assert run_bot(root, "inbox", "list", "--kind", "odd").returncode == 2
