"""Settings are read in one place, and an operator finds every one of them in docs/operations.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "bot/settings.py"
FIXED = {"HOST", "PORT", "WECHAT_TOKEN", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_ENCODING_AES_KEY"} | {
    "WECHAT_API_BASE",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SOURCES_DIR",
}
"""The variables that operators were promised."""


def variables() -> set[str]:
    """The environment variables that bot/settings.py reads: its string literals that look like one."""
    literals = (
        node.value
        for node in ast.walk(ast.parse(SETTINGS.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    )
    return {
        value for value in literals if isinstance(value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", value)
    }


def environment_reads(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that reach for the process's environment."""
    for node in ast.walk(tree):
        named = {
            getattr(node, "attr", None),
            *(alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")),
        }
        if named & {"environ", "environb", "getenv"}:
            yield node.lineno  # type: ignore[attr-defined]


def test_every_promised_variable_is_read() -> None:
    assert not FIXED - variables(), "bot/settings.py does not read these"


def test_every_variable_that_is_read_is_documented() -> None:
    documented = (ROOT / "docs/operations.md").read_text("utf-8")
    missing = sorted(name for name in variables() if f"`{name}`" not in documented)
    assert not missing, f"Describe in docs/operations.md: {', '.join(missing)}"


@pytest.mark.parametrize("folder", ["bot", "actions"])
def test_only_the_settings_module_reads_the_environment(folder: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file != SETTINGS
        for line in environment_reads(ast.parse(file.read_text("utf-8")))
    ]
    assert not found, f"Add a field to bot/settings.py and pass it in, instead of: {', '.join(found)}"


@pytest.mark.parametrize(
    "code", ["import os\nos.environ['A']", "os.getenv('A')", "from os import environ as e"]
)
def test_the_guard_sees_the_environment_however_it_is_read(code: str) -> None:
    assert list(environment_reads(ast.parse(code)))
