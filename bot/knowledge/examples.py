"""``data/nlu.yml``: the training examples by intent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.knowledge.errors import KnowledgeError, problem
from bot.knowledge.yaml_files import read_yaml


def load_examples(path: Path) -> Mapping[str, list[str]]:
    """Intent → examples; raises :class:`KnowledgeError`."""
    document = read_yaml(path)
    entries = document.get("nlu") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise KnowledgeError(
            [problem(path.name, "the file", "has no nlu: list", "write nlu: with intents below")]
        )
    examples: dict[str, list[str]] = {}
    problems: list[str] = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or "intent" not in entry:
            problems.append(
                problem(path.name, f"entry {number}", "has no intent", "write - intent: faq/<topic>")
            )
        elif entry["intent"] in examples:
            problems.append(problem(path.name, f"intent {entry['intent']}", "stands twice", "join the two"))
        else:
            lines = str(entry.get("examples") or "").splitlines()
            examples[str(entry["intent"])] = [line[2:].strip() for line in lines if line.startswith("- ")]
    if problems:
        raise KnowledgeError(problems)
    return examples


class LiveExamples:
    """The examples of a file, read again when it changes; while it is broken, those that were read last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._examples: Mapping[str, list[str]] = {}

    def current(self) -> Mapping[str, list[str]]:
        """The examples; the same object for as long as the file stays as it is."""
        stat = self._path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            self._stamp = stamp
            with suppress(KnowledgeError):
                self._examples = load_examples(self._path)
        return self._examples
