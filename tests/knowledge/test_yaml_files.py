"""YAML is read fast and strictly, and a finding still names its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.yaml_files import line_of, read_yaml


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "places.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_values_keep_their_types(tmp_path: Path) -> None:
    document = read_yaml(
        write(tmp_path, "day: 2026-11-22\nshare: 0.65\nhotline: 0517-12393\nanswer: yes\nnone: null\n")
    )
    assert document == {
        "day": date(2026, 11, 22), "share": 0.65, "hotline": "0517-12393", "answer": "yes", "none": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "a: 1\nb:\n  c: 1\n  c: 2\n",
            'line 4: found duplicate key "c" with value "2" (original value: "1"); keep one',
        ),
        ("a: 1\nb: [1, 2\nc: 3\n", "line 3: "),
        ("a: 1\n\tb: 2\n", "line 2: found a tab character"),
        ("a: 1\nday: 2026-11-31\n", "line 2: day is out of range for month; mend the date"),
        ("", "the file: is empty; restore it from the last version"),
        ("- a\n- b\n", "the file: is no mapping; begin it with key: value"),
        ("just words\n", "the file: is no mapping; begin it with key: value"),
    ],
)
def test_what_is_no_proper_yaml_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(KnowledgeError) as raised:
        read_yaml(write(tmp_path, text))
    (problem,) = raised.value.problems
    assert problem.startswith(f"places.yml, {line}")
    assert "\n" not in problem


def test_a_file_that_is_missing_or_not_utf8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        KnowledgeError, match=r"^places\.yml, the file: No such file or directory; put the file in place$"
    ):
        read_yaml(tmp_path / "places.yml")
    (tmp_path / "places.yml").write_bytes("name: 淮安".encode("gbk"))
    with pytest.raises(KnowledgeError, match=r"^places\.yml, the file: is not UTF-8; save it as UTF-8$"):
        read_yaml(tmp_path / "places.yml")


def test_the_line_of_a_node_is_found_by_its_steps_as_far_as_they_lead(tmp_path: Path) -> None:
    path = write(tmp_path, "# a comment\na: 1\nb:\n  - c: 1\n  - c: 2\n    d: 3\n")
    assert [line_of(path, steps) for steps in (["a"], ["b", 1], ["b", 1, "d"], ["b", 7], ["z"])] == [
        2,
        5,
        6,
        3,
        None,
    ]
