"""How commands speak: one rich console for results and one for problems."""

from __future__ import annotations

from rich.console import Console

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def report_problems(problems: list[str]) -> None:
    """One line each."""
    for line in problems:
        errors.print(line, style="red", markup=False, soft_wrap=True)
    errors.print(f"{len(problems)} problem(s).", style="red")
