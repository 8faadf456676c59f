"""docs/wechat.md proves each fact of the protocol by a test that exists, or says why it is not used."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/wechat.md"
REASON = "Not used:"
_PROOF = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows(page: str) -> list[list[str]]:
    """The cells of every row of the tables with a fact, a module and a proof, without headings."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("|")
    ]
    return [row for row in cells if not set("".join(row)) <= set("-: ") and row[0] != "Fact"]


def file_of(name: str) -> Path:
    """The file of a proof; without a folder it lies beside this one."""
    return ROOT / "tests" / name if "/" in name else Path(__file__).parent / name


@lru_cache
def names_in(file: Path) -> frozenset[str]:
    """The tests in a file."""
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE))


def problems(page: str) -> list[str]:
    """What is wrong with the tables of a page."""
    found = []
    for row in rows(page):
        if len(row) != 3 or not all(row):
            found.append(f"not three filled cells: {row}")
            continue
        fact, how, proof = row
        proofs = _PROOF.findall(proof)
        if not proofs and not how.startswith(REASON):
            found.append(f"neither a test nor a reason: {fact}")
        if "::" in _PROOF.sub("", proof):
            found.append(f"a proof that cannot be read: {fact}")
        for file, test in proofs:
            if not file_of(file).is_file() or test not in names_in(file_of(file)):
                found.append(f"no such test: {file}::{test}")
        modules = re.findall(r"`((?:bot|actions|knowledge)/[\w/.]+)`", how)
        found.extend(f"no such module: {module}" for module in modules if not (ROOT / module).exists())
    return found


def test_every_fact_has_a_test_that_exists_or_a_reason() -> None:
    page = PAGE.read_text("utf-8")
    assert len(rows(page)) > 60
    assert problems(page) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("| a | b | `test_protocol.py::test_that_nobody_wrote` |", "no such test"),
        ("| a | b | `nowhere/test_it.py::test_it` |", "no such test"),
        ("| a | b | by hand |", "neither a test nor a reason"),
        ("| a | `bot/nowhere.py` | — |", "no such module"),
        ("| a | b | `test it.py::test_it` |", "cannot be read"),
        ("| a | b |", "not three filled cells"),
    ],
)
def test_the_guard_sees_a_row_that_proves_nothing(row: str, problem: str) -> None:
    assert problem in " ".join(problems(row))


def test_the_guard_lets_a_proof_and_a_reason_pass() -> None:
    own = "`test_protocol_coverage.py::test_the_guard_lets_a_proof_and_a_reason_pass`"
    assert problems(f"| a | `bot/settings.py` | {own} |\n| b | {REASON} nobody needs it | — |") == []
