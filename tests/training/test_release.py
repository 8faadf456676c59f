"""Which model is served, and when a new one has to be trained."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.training.release import current_model, fingerprint, is_current, model_to_serve, set_current
from tests.copies import copy_repository, edit, pack_model


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the repository."""
    return copy_repository(tmp_path)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with an older and a newer model."""
    folder = tmp_path / "models"
    for age, name in ((100, "older"), (50, "newer")):
        path = folder / f"{name}.tar.gz"
        pack_model(path)
        os.utime(path, (1_767_225_600 - age, 1_767_225_600 - age))
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data/nlu.yml", "什么是异地就医？", "异地就医是什么？"),
        ("data/rules.yml", "The filing check starts", "The check starts"),
        ("domain.yml", "version:", "# changed\nversion:"),
        ("config.yml", "core_fallback_threshold: 0.3", "core_fallback_threshold: 0.4"),
        ("knowledge/places.yml", "aliases: [准安", "aliases: [谁安, 准安"),
        (
            "knowledge/faq.md",
            "## remote_care_meaning 什么是异地就医？",
            "## remote_care_meaning 异地就医是什么？",
        ),
        ("bot/text/amounts.py", "from __future__", "# changed\nfrom __future__"),
        ("bot/nlu/kernel.py", "from __future__", "# changed\nfrom __future__"),
        ("requirements.txt", "rasa==", "# changed\nrasa=="),
    ],
)
def test_a_change_of_what_a_model_is_made_of_asks_for_a_new_one(
    root: Path, file: str, old: str, new: str
) -> None:
    before = fingerprint(root)
    edit(root / file, old, new)
    assert fingerprint(root) != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("knowledge/faq.md", "在医保所在地以外的地方看病，就是异地就医。", "在外地看病，就是异地就医。"),
        ("knowledge/faq.md", "核对：2026-11-22", "核对：2026-11-21"),
        ("knowledge/policy/huaian.yml", "value: 600", "value: 700"),
        ("knowledge/sources.yml", "precis:", "precis: 就是说，"),
        ("bot/services/asking.py", "from __future__", "# changed\nfrom __future__"),
        ("actions/tools.py", "from __future__", "# changed\nfrom __future__"),
    ],
)
def test_a_change_that_is_read_while_serving_asks_for_none(root: Path, file: str, old: str, new: str) -> None:
    before = fingerprint(root)
    edit(root / file, old, new)
    assert fingerprint(root) == before


def test_a_new_file_of_examples_counts(root: Path) -> None:
    before = fingerprint(root)
    (root / "data" / "more.yml").write_text('version: "3.1"\n', encoding="utf-8")
    assert fingerprint(root) != before


def test_a_copy_elsewhere_has_the_same_fingerprint(root: Path, tmp_path: Path) -> None:
    assert fingerprint(copy_repository(tmp_path / "elsewhere")) == fingerprint(root)


def test_the_pointer_names_the_model_that_is_served(models: Path) -> None:
    set_current(models, models / "older.tar.gz", "abc")
    assert current_model(models) == models / "older.tar.gz"
    assert is_current(models, "abc")
    assert not is_current(models, "def")
    assert sorted(path.name for path in models.iterdir()) == ["current.json", "newer.tar.gz", "older.tar.gz"]


def test_without_a_pointer_the_newest_model_is_served_and_counts_as_out_of_date(models: Path) -> None:
    assert current_model(models) == models / "newer.tar.gz"
    assert not is_current(models, "abc")


def test_a_pointer_to_a_model_that_is_gone_is_passed_over(models: Path) -> None:
    set_current(models, models / "older.tar.gz", "abc")
    (models / "older.tar.gz").unlink()
    assert current_model(models) == models / "newer.tar.gz"
    assert not is_current(models, "abc")


def test_a_damaged_model_is_passed_over_for_the_newest_that_can_be_read(models: Path) -> None:
    set_current(models, models / "newer.tar.gz", "abc")
    whole = (models / "newer.tar.gz").read_bytes()
    for damaged in (b"", b"no archive", whole[: len(whole) // 2]):
        (models / "newer.tar.gz").write_bytes(damaged)
        assert model_to_serve(models) == (models / "older.tar.gz", [models / "newer.tar.gz"])
        assert not is_current(models, "abc")


@pytest.mark.parametrize("written", ["", "not json", "[]", "{}", json.dumps({"model": ""})])
def test_a_damaged_pointer_is_passed_over(models: Path, written: str) -> None:
    (models / "current.json").write_text(written, encoding="utf-8")
    assert current_model(models) == models / "newer.tar.gz"
    assert not is_current(models, "abc")


def test_where_there_is_no_model_none_is_served(tmp_path: Path) -> None:
    assert current_model(tmp_path / "models") is None
    assert not is_current(tmp_path / "models", "abc")
