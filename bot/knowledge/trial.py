"""Texts as their files would be read: what an edit would lead to, before anything is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from bot.knowledge.examples import load_examples
from bot.knowledge.faq import Faq, load_faq
from bot.knowledge.policy_files import load_policy
from bot.policy.parameters import PlacePolicy

_Read = TypeVar("_Read")


def read_faq(text: str) -> Faq:
    """The topics of a faq.md with this text; raises KnowledgeError."""
    return _read("faq.md", text, load_faq)


def read_examples(text: str) -> Mapping[str, list[str]]:
    """The examples of an nlu.yml with this text; raises KnowledgeError."""
    return _read("nlu.yml", text, load_examples)


def read_policy(place: str, text: str) -> PlacePolicy:
    """The policy of a place whose file has this text; raises KnowledgeError."""
    return _read(f"{place}.yml", text, load_policy)


def _read(name: str, text: str, load: Callable[[Path], _Read]) -> _Read:
    with tempfile.TemporaryDirectory(prefix="bot-edit-") as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "replace"))
        return load(path)
