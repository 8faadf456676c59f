"""The real knowledge base, a copy of it to break, and the original documents where they are."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.checks import find_problems

ROOT = Path(__file__).parents[2]
SOURCES = Path(os.environ.get("SOURCES_DIR") or ROOT.parent / "shared" / "sources")
TODAY = date(2026, 11, 22)
"""The day on which all answers were first checked."""


@dataclass(frozen=True)
class Copy:
    """A copy of knowledge/ that a test may change."""

    folder: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Put ``new`` in place of the first ``old``, which must be there."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}: choose something else to break"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def add(self, file: str, text: str) -> None:
        """Add to the end of a file."""
        path = self.folder / file
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    def problems(self, **given: object) -> list[str]:
        """What the checks find in the copy."""
        return find_problems(load_knowledge(self.folder), **given)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def base() -> KnowledgeBase:
    """The real knowledge base."""
    return load_knowledge(ROOT / "knowledge")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A copy of the real files."""
    return Copy(Path(shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")))


@pytest.fixture(scope="session")
def sources_dir() -> Path:
    """The folder of the original documents, which stay outside the repository."""
    if not SOURCES.is_dir():
        pytest.skip(f"the original documents are not in {SOURCES}; SOURCES_DIR names their folder")
    return SOURCES
