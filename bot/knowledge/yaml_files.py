"""YAML read strictly: duplicate keys are refused, and every finding names its line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.knowledge.errors import KnowledgeError, problem

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_yaml(path: Path) -> Any:
    """The document of a YAML file; raises :class:`KnowledgeError` when it is missing, empty or not valid YAML."""
    try:
        # The loader in C: ten times as fast as the one that remembers lines (:func:`line_of`).
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise KnowledgeError([problem(path.name, "the file", reason, "put the file in place")]) from error
    except UnicodeDecodeError as error:
        raise KnowledgeError([problem(path.name, "the file", "is not UTF-8", "save it as UTF-8")]) from error
    except DuplicateKeyError as error:
        raise KnowledgeError([_marked(path, error, "keep one of the two")]) from error
    except MarkedYAMLError as error:
        raise KnowledgeError([_marked(path, error, "mend the YAML there")]) from error
    except YAMLError as error:
        raise KnowledgeError([problem(path.name, "the file", str(error), "mend the YAML")]) from error
    except ValueError as error:  # a day that no calendar has: 2026-11-31
        raise KnowledgeError([problem(path.name, _odd_day(path), str(error), "mend the date")]) from error
    if document is None:
        raise KnowledgeError([problem(path.name, "the file", "is empty", "restore it from the last version")])
    if not isinstance(document, dict):
        raise KnowledgeError([problem(path.name, "the file", "is no mapping", "begin it with key: value")])
    return document


def _odd_day(path: Path) -> str:
    """The line of the first date that does not exist; the YAML loader does not say which it was."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        for written in _DAY.findall(line):
            try:
                date.fromisoformat(written)
            except ValueError:
                return f"line {number}"
    return "the file"


def _marked(path: Path, error: MarkedYAMLError, write: str) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}" if mark is not None else "the file"
    return problem(path.name, place, (error.problem or "not valid YAML").split("\n")[0], write)


def line_of(path: Path, steps: list[str | int]) -> int | None:
    """The line (1-based) of the node that the steps lead to; that of the last one found on the way.

    Reads a file that :func:`read_yaml` could read once more, slowly, with the loader that remembers lines.
    """
    line = None
    node = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    for step in steps:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
            node = node[step]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
            node = node[step]
        else:
            break
    return line
