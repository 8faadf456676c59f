"""The use-cases over the real knowledge folder, without Rasa: a text goes in with the intent that a model would give it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.english import load_english
from bot.nlu.place_ruler import PlaceRuler
from bot.services.asking import Asking
from bot.services.checking import Checking
from bot.services.estimating import Estimating
from bot.services.reading import Message, MessageReader, Update
from bot.text.reading import read

# A fresh database on SQLite and on PostgreSQL, as the tests of the storage have it.
from tests.storage.conftest import database, database_url, postgresql

__all__ = ["database", "database_url", "postgresql"]

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
TODAY = date(2026, 11, 22)

Entities = list[dict[str, Any]]
Say = Callable[..., Update]


@pytest.fixture(scope="session")
def base() -> KnowledgeBase:
    """The real knowledge base."""
    return load_knowledge(KNOWLEDGE)


@pytest.fixture(scope="session")
def asking(base: KnowledgeBase) -> Asking:
    """The answers."""
    return Asking(lambda: base, lambda: TODAY)


@pytest.fixture(scope="session")
def checking(base: KnowledgeBase) -> Checking:
    """The filing check."""
    return Checking(lambda: base, lambda: TODAY, load_english(KNOWLEDGE / "english.yml").get)


@pytest.fixture(scope="session")
def estimating(base: KnowledgeBase) -> Estimating:
    """The estimate."""
    return Estimating(lambda: base, lambda: TODAY, load_english(KNOWLEDGE / "english.yml").get)


@pytest.fixture(scope="session")
def entities(base: KnowledgeBase) -> Callable[[str], Entities]:
    """The entities of a text, as Rasa writes them."""
    aliases = {alias: place.area.path for place in base.places.by_id.values() for alias in place.aliases}
    ruler = PlaceRuler(base.places.divisions, aliases)

    def find(text: str) -> Entities:
        found: Entities = []
        for place in ruler.find(text):
            entity = {"entity": "place", "value": place.path}
            found.append({**entity, "role": place.role} if place.role else entity)
        return [*found, *({"entity": fact.fact, "value": fact.value} for fact in read(text))]

    return find


@pytest.fixture(scope="session")
def say(base: KnowledgeBase, entities: Callable[[str], Entities]) -> Say:
    """``say(text, intent, slots, requested)``: the slots that a message changes, without the language."""
    reader = MessageReader(base.places)

    def said(
        text: str, intent: str = "inform", slots: Update | None = None, requested: str | None = None
    ) -> Update:
        known = {"language": "zh", **(slots or {})}
        update = reader.read(Message(text, intent, entities(text)), known, requested)
        return {name: value for name, value in update.items() if name != "language"}

    return said
