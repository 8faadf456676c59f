"""The tools refuse what the house rules refuse, and no module grows past what a reader can hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
"""Lines of a module at most; 300 is the aim."""

HEADER = '"""A module."""\n\nfrom __future__ import annotations\n\n\n'

REFUSED = {
    "D103": "def answer() -> int:\n    return 1\n",
    "ANN201": 'def answer(seen: int):\n    """Answer."""\n    return seen\n',
    "ANN001": 'def answer(seen) -> int:\n    """Answer."""\n    return int(seen)\n',
    "E722": 'def answer() -> int:\n    """Answer."""\n    try:\n        return 1\n    except:\n        return 2\n',
    "BLE001": 'def answer() -> int:\n    """Answer."""\n    try:\n        return 1\n    except Exception:\n        return 2\n',
    "B006": 'def answer(seen: list[int] = []) -> list[int]:\n    """Answer."""\n    return seen\n',
    "DTZ005": 'from datetime import datetime\n\n\ndef answer() -> datetime:\n    """Answer."""\n    return datetime.now()\n',
    "F403": "from decimal import *\n",
    "T201": 'def answer() -> None:\n    """Answer."""\n    print(1)\n',
}
"""Code that breaks a rule of the house, under the name of the rule."""


def complaints(code: str) -> str:
    """What the style check says about a module of the policy core that holds this code."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise"]
    command += ["--stdin-filename", "bot/policy/example.py", "-"]
    return subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("rule", REFUSED)
def test_the_style_check_refuses(rule: str) -> None:
    assert f" {rule} " in complaints(HEADER + REFUSED[rule])


def test_the_style_check_wants_a_docstring_on_every_module_and_lets_good_code_pass() -> None:
    good = HEADER + 'def answer() -> int:\n    """Answer."""\n    return 1\n'
    assert "All checks passed" in complaints(good)
    assert " D100 " in complaints(good.partition("\n\n")[2])


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {
        file.relative_to(ROOT): len(file.read_text("utf-8").splitlines())
        for folder in ("bot", "actions")
        for file in (ROOT / folder).rglob("*.py")
    }
    assert lengths
    long = {str(file): length for file, length in lengths.items() if length > LONGEST}
    assert not long, f"Split by subject, at most {LONGEST} lines each: {long}"
