"""Errors in the knowledge files: each is one clear line with the file, the place, what was found and what to write."""

from __future__ import annotations


class KnowledgeError(Exception):
    """A knowledge file that cannot be used. ``problems`` holds one line per finding."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def problem(file: str, place: str, found: str, write: str) -> str:
    """One line: ``file, place: found; write ...``."""
    return f"{file}, {place}: {found}; {write}"
