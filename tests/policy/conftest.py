"""The real knowledge base, read once for all tests of the policy core."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    return load_knowledge(_ROOT / "knowledge")
