"""The whole knowledge base as one value, and a holder that follows the files while keeping the last good state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.faq import Faq, load_faq
from bot.knowledge.places import Places, load_places
from bot.knowledge.policy_files import load_policies
from bot.knowledge.sources import Sources, load_sources
from bot.policy.parameters import PlacePolicy

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything in ``knowledge/`` at one moment."""

    faq: Faq
    places: Places
    sources: Sources
    policies: Mapping[str, PlacePolicy]

    def policy_of(self, place_id: str | None) -> PlacePolicy:
        """The policy of a served place; the national rules for every other."""
        place = self.places.by_id.get(place_id) if place_id else None
        return self.policies[place.policy if place is not None else "national"]


def load_knowledge(folder: Path) -> KnowledgeBase:
    """Read all files; raises :class:`KnowledgeError` with the findings of every file that has some."""
    problems: list[str] = []
    parts: dict[str, object] = {}
    loaders: dict[str, Callable[[], object]] = {
        "faq": lambda: load_faq(folder / "faq.md"),
        "places": lambda: load_places(folder),
        "sources": lambda: load_sources(folder / "sources.yml"),
        "policies": lambda: load_policies(folder / "policy"),
    }
    for name, load in loaders.items():
        try:
            parts[name] = load()
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    return KnowledgeBase(**parts)  # type: ignore[arg-type]


class LiveKnowledge:
    """The knowledge in force: re-read when a file changes, unless the new state is broken; then the last good one stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp = self._stamps()
        self._base = load_knowledge(folder)

    @property
    def base(self) -> KnowledgeBase:
        """The current knowledge base."""
        return self._base

    def refresh(self) -> bool:
        """Take in changed files; returns whether something new is in force. Broken files are logged, not served."""
        stamp = self._stamps()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self._base = load_knowledge(self._folder)
        except KnowledgeError as error:
            for line in error.problems:
                _log.error("knowledge not taken over, the last good state keeps serving: %s", line)
            return False
        return True

    def _stamps(self) -> tuple[tuple[str, int, int], ...]:
        paths = [*self._folder.glob("*.*"), *self._folder.glob("policy/*.yml")]
        return tuple(stamp for path in sorted(paths) if (stamp := _stamp(path)) is not None)


def _stamp(path: Path) -> tuple[str, int, int] | None:
    """What tells a file from its next state; None for one that has gone since it was listed."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return path.name, stat.st_mtime_ns, stat.st_size
