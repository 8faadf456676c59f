"""``knowledge/english.yml``: the English of official Chinese names and of the rules the two tools speak."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.knowledge.errors import KnowledgeError, problem
from bot.knowledge.yaml_files import read_yaml


def load_english(path: Path) -> Mapping[str, str]:
    """Chinese text → English text; raises :class:`KnowledgeError` for an entry that is not a text."""
    document = read_yaml(path)
    problems = [
        problem(path.name, str(chinese), f"found {english!r}", "write the English as a text")
        for chinese, english in document.items()
        if not isinstance(english, str) or not english.strip()
    ]
    if problems:
        raise KnowledgeError(problems)
    return dict(document)
