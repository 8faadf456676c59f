"""The pure packages run anywhere Python runs: they import the standard library, and nothing else but their own kind.

Who may import whom inside the project is said in pyproject.toml and checked by `make layers`; import-linter can only
forbid packages it is given a list of, so "nothing from outside at all" is checked here.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PURE = {
    "bot.policy": ("bot.policy",),
    "bot.text": ("bot.text",),
    "bot.wording": ("bot.wording", "bot.policy"),
}
"""Each pure package or module, and what of the project it may import."""


def files_of(package: str) -> list[Path]:
    """The files of a package, or the one file of a module."""
    path = ROOT / package.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of everything a module imports, wherever in the module it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            # `from bot import policy` names a module after the word `import`.
            yield from (f"{base}.{alias.name}" if base == "bot" else base for alias in node.names)


def foreign(names: Iterator[str], allowed: tuple[str, ...]) -> list[str]:
    """The names that are neither of the standard library nor allowed."""
    return sorted(
        name
        for name in set(names)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == own or name.startswith(f"{own}.") for own in allowed)
    )


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_imports_the_standard_library_alone(package: str) -> None:
    files = files_of(package)
    assert files
    for file in files:
        found = foreign(imports(ast.parse(file.read_text("utf-8"))), PURE[package])
        assert not found, (
            f"{file.relative_to(ROOT)} imports {', '.join(found)}; pass it in from outside instead"
        )


def test_the_guard_sees_a_foreign_import_inside_a_function() -> None:
    tree = ast.parse(
        "import decimal\nfrom bot.policy import facts\ndef f():\n    import yaml\n    from bot import storage\n"
    )
    assert foreign(imports(tree), ("bot.policy",)) == ["bot.storage", "yaml"]
