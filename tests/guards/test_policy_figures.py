"""No figure of policy stands in code: a new figure is one dated line in knowledge/policy/ and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]

DECIDING = ("bot/policy", "bot/services", "bot/wording", "actions")
"""Where cases are decided and put into words: the only places where a figure could do harm."""

STRUCTURE = {"-1", "0", "1", "2", "0.01"}
"""Numbers that are part of arithmetic and of language, whatever the policy says: 0.01 yuan is the smallest coin."""

SPOKEN = re.compile(
    r"(?<![\d.])(?<!比如“)(?<!for example )(?!0\s*元)"
    r"(?:\d+(?:\.\d+)?\s*(?:元|万元|%|％|折|倍|年|个月|月|天|日|个工作日|工作日|次|小时)|\d{4}-\d{2}-\d{2})"
)
"""A figure as it would stand in a sentence: an amount, a ratio, a period or a day.

An example right after 比如 or "for example" shows a person how to type a figure, and states none; 0 元 is nothing.
"""

CALENDAR = ("date", "datetime", "timedelta")


def code_files() -> list[Path]:
    """Every Python file that decides or words a case."""
    names = [*(ROOT / name for name in DECIDING), *(ROOT / f"{name}.py" for name in DECIDING)]
    return sorted(file for path in names for file in ([path] if path.is_file() else path.rglob("*.py")))


@lru_cache
def policy_figures() -> dict[str, str]:
    """Every amount, ratio, period and count in knowledge/policy/, with the file that states it."""
    return {
        figure: file.name
        for file in sorted((ROOT / "knowledge/policy").glob("*.yml"))
        for figure in figures_in(YAML(typ="safe", pure=True).load(file))
    }


def figures_in(node: object) -> Iterator[str]:
    """The numbers below a node of a policy file, but for those that are part of the arithmetic anyway."""
    if isinstance(node, dict):
        for value in node.values():
            yield from figures_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from figures_in(value)
    elif isinstance(node, (int, float)) and not isinstance(node, bool) and plain(node) not in STRUCTURE:
        yield plain(node)


def plain(number: object) -> str:
    """A number in the one spelling that is compared: 12_000, 12000.0 and "12000" are the same."""
    return f"{float(str(number).replace('_', '')):g}"


def findings(tree: ast.Module, figures: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for every literal that is, or reads like, a figure of policy."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield from ((node.lineno, what) for what in wrong_with(node.value, figures))
        elif isinstance(node, ast.Call) and is_fixed_day(node):
            yield node.lineno, f"{ast.unparse(node)} is a day or a period"


def is_fixed_day(call: ast.Call) -> bool:
    """Tell whether a call writes down a day or a period: date(2024, 1, 1), timedelta(days=15)."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name in CALENDAR and any(isinstance(value, ast.Constant) for value in given)


def wrong_with(value: object, figures: dict[str, str]) -> Iterator[str]:
    """Say what is wrong with one literal."""
    if isinstance(value, str):
        if found := SPOKEN.search(value):
            yield f"{found[0]!r} is a figure in a sentence"
        if not re.fullmatch(r"-?[\d_]+(\.\d+)?", value):
            return
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    if plain(value) in figures:
        yield f"{value} is a figure of knowledge/policy/{figures[plain(value)]}"
    elif isinstance(value, (str, float)) and "." in str(value) and plain(value) not in STRUCTURE:
        yield f"{value} reads like a ratio"


@pytest.mark.parametrize("file", code_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_figure_of_policy_stands_in_code(file: Path) -> None:
    found = list(findings(ast.parse(file.read_text("utf-8")), policy_figures()))
    assert not found, "\n".join(
        [
            "Put it into knowledge/policy/ with its date and its clause, and read it from there:",
            *(f"  {file.relative_to(ROOT)}:{line}: {what}" for line, what in found),
        ]
    )


@pytest.mark.parametrize(
    "code",
    [
        "cap = 6000",
        "Decimal('0.8')",
        "0.6 * cost",
        "f'起付线 {x} 之外是 600 元'",
        "x = '60%'",
        "date(2024, 1, 1)",
        "timedelta(days=15)",
        "x = '15个工作日'",
    ],
)
def test_the_guard_sees_a_figure_however_it_is_written(code: str) -> None:
    assert list(findings(ast.parse(code), policy_figures()))


@pytest.mark.parametrize(
    "code",
    ["x[0] + 1", "Decimal('0.01')", "x = '12393'", "x = '比如“80%”'", "date.today()", "'''Of 600 元.'''"],
)
def test_the_guard_lets_structure_and_docstrings_pass(code: str) -> None:
    assert not list(findings(ast.parse(code), policy_figures()))


def test_the_guard_compares_with_the_figures_of_every_place() -> None:
    places = {file.name for file in (ROOT / "knowledge/policy").glob("*.yml")}
    assert len(places) >= 6
    assert len(policy_figures()) >= 5, "too few figures were read from knowledge/policy/"
