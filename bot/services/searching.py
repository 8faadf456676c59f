"""Search as you type: topics and tools for what a clerk has typed so far, in one ranked list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.places import GENERAL, Place
from bot.policy.areas import Area
from bot.services.search_evidence import Evidence, Ranking, Reason, is_sentence, looked_up, summed, understood
from bot.services.search_index import Examples, SearchIndex, Subject
from bot.services.search_text import LONGEST_QUERY, fold, letters_only
from bot.wording.language import Gloss

# Below this a topic has nothing to do with the query, in hundredths.
_LEAST = 8


@dataclass(frozen=True)
class Hit:
    """A topic (or a tool) that was found. ``matched`` is what matched best, empty where it is the question itself.

    ``own``: there is an answer for the place asked for, or the general one counts as that place's own.
    """

    topic: str
    question: str
    score: float
    reason: Reason
    matched: str
    own: bool


class Searching:
    """Finds topics. ``examples`` gives the training examples by full intent, ``rank`` asks the trained model.

    The index is made once for a state of the knowledge. When the knowledge or the examples are replaced, a thread makes
    the next one while the last one keeps answering. Nothing that is searched for is kept.
    """

    def __init__(
        self,
        knowledge: Callable[[], KnowledgeBase],
        examples: Callable[[], Examples],
        rank: Callable[[str], Ranking],
        today: Callable[[], date],
        gloss: Gloss = lambda _: None,
    ) -> None:
        self._knowledge = knowledge
        self._examples = examples
        self._rank = rank
        self._today = today
        self._gloss = gloss
        self._index: SearchIndex | None = None
        self._making = threading.Lock()

    def prepare(self) -> SearchIndex:
        """Make the index now, unless it is there and up to date."""
        with self._making:
            base, examples = self._knowledge(), self._examples()
            index = self._index
            if index is None or not index.is_made_of(base, examples):
                index = self._index = SearchIndex(base, examples, self._gloss)
            return index

    def search(self, query: str, place: str | None = None, limit: int = 8) -> tuple[Hit, ...]:
        """What the query may mean, best first; nothing for an empty one. ``place`` is the caller's, by its id."""
        # Half a character, as a broken program may send it, is none that a model could read.
        asked = query.strip()[:LONGEST_QUERY].encode("utf-8", "replace").decode()
        folded = fold(asked).strip()
        if not letters_only(folded) or limit < 1:
            return ()
        index = self._current()
        bare = _without_places(folded, index)
        found = list(looked_up(folded, index, bare))
        if bare and is_sentence(folded, index):
            found.append(understood(self._rank(asked), folded, index))
        return tuple(self._hits(found, index, place, min(limit, len(index.subjects))))

    def place_in(self, query: str) -> str | None:
        """The id of the served place that a query names; None where it names none."""
        base = self._knowledge()
        named = self._current().places.find(fold(query.strip()[:LONGEST_QUERY]))
        served = (base.places.resolve(Area.parse(mention.path)).place for mention in named)
        return next((place.id for place in served if place is not None), None)

    def _current(self) -> SearchIndex:
        """The newest index there is; only the very first one is waited for."""
        index = self._index
        if index is None:
            return self.prepare()
        if not self._making.locked() and not index.is_made_of(self._knowledge(), self._examples()):
            threading.Thread(target=self.prepare, name="search-index", daemon=True).start()
        return index

    def _hits(
        self, found: Sequence[Evidence], index: SearchIndex, place: str | None, limit: int
    ) -> Iterator[Hit]:
        """The best subjects. Between scores that do not differ in hundredths the caller's place decides."""
        scores = summed(found, index)
        points = np.rint(scores * 100)
        served = index.base.places.by_id.get(place) if place else None
        likely = np.flatnonzero(points >= max(_LEAST, np.partition(points, -limit)[-limit]))
        day = self._today()
        own = {n: served is not None and _has_own(index.subjects[n], served, day) for n in likely.tolist()}
        for number in sorted(own, key=lambda n: (-points[n], not own[n], -scores[n]))[:limit]:
            subject = index.subjects[number]
            best = max(found, key=lambda evidence: evidence.strength[number])
            matched = best.matched(number)
            shown = "" if matched == subject.question else matched
            yield Hit(subject.id, subject.question, float(scores[number]), best.reason, shown, own[number])


def _without_places(folded: str, index: SearchIndex) -> str:
    """The query without the places it names; nothing where it names nothing else."""
    bare, end = "", 0
    for mention in index.places.find(folded):
        bare += folded[end : mention.start] + " "
        end = mention.end
    bare += folded[end:]
    return bare.strip() if letters_only(bare) else ""


def _has_own(subject: Subject, place: Place, day: date) -> bool:
    """Whether a place has an answer of its own. The rules behind the tools are those of every served place."""
    if subject.topic is None or subject.topic.answer(place.name, day) is not None:
        return True
    return place.general_rules_are_own and subject.topic.answer(GENERAL, day) is not None
