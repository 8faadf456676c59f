"""How commands speak: one rich console for results and one for problems."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from bot.knowledge.errors import problem

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def report_problems(problems: list[str]) -> None:
    """One line each."""
    for line in problems:
        errors.print(line, style="red", markup=False, soft_wrap=True)
    errors.print(f"{len(problems)} problem(s).", style="red")


def damage(models: Iterable[Path]) -> list[str]:
    """A line for each model that cannot be read."""
    write = "remove it and run python -m bot train"
    return [
        problem(f"models/{model.name}", "the archive", "cannot be read to its end", write) for model in models
    ]
