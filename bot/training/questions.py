"""The evaluation sets of ``tests/nlu/``: written without sight of the training examples, never used in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.yaml_files import read_yaml


@dataclass(frozen=True)
class Question:
    """A message with the full intent it belongs to and the style it is written in.

    ``also``: intents whose answer serves as well. ``subject``: what was talked of before, for a message that goes on.
    """

    text: str
    topic: str
    style: str = "plain"
    also: tuple[str, ...] = ()
    subject: str = ""
    group: str = ""

    def accepts(self, label: str) -> bool:
        """Whether a label is right."""
        return label == self.topic or label in self.also


@dataclass(frozen=True)
class Told:
    """A message with the facts it states, by name; places as ``insured_place``, ``care_place`` or ``place``."""

    text: str
    facts: Mapping[str, str]


def load_questions(folder: Path) -> list[Question]:
    """Every ``*.yml`` with ``questions``: entries ``{topic, style, text}``, optionally ``also`` and ``subject``."""
    return [
        Question(
            text=entry["text"],
            topic=entry["topic"],
            style=entry.get("style", "plain"),
            also=tuple(entry.get("also", ())),
            subject=entry.get("subject", ""),
            group=path.stem,
        )
        for path, entry in _entries(folder, "questions")
    ]


def load_told(folder: Path) -> list[Told]:
    """Every ``*.yml`` with ``messages``: entries ``{text, facts}``."""
    return [
        Told(entry["text"], {name: str(value) for name, value in entry["facts"].items()})
        for _, entry in _entries(folder, "messages")
    ]


def _entries(folder: Path, key: str) -> list[tuple[Path, dict[str, Any]]]:
    paths = sorted(folder.glob("*.yml")) if folder.is_dir() else [folder]
    return [(path, entry) for path in paths for entry in read_yaml(path).get(key, ())]
