"""The understanding of a packed model without the rest of it, and the same learned anew for cross-validation."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.classifier import TopicClassifier
from bot.nlu.entities import FactExtractor
from bot.nlu.features import SentenceFeatures
from bot.nlu.kernel import KernelClassifier
from bot.nlu.normalise import normalise
from bot.nlu.understanding import Context, Understanding
from bot.nlu.words import Words
from bot.training.evaluate import Outcome, Ranking
from bot.training.questions import Question

_TOP = 10


class TrainedModel:
    """What a model makes of a message, fact extraction included."""

    def __init__(self, understanding: Understanding, facts: FactExtractor) -> None:
        self.understanding = understanding
        self._facts = facts

    def understand(self, question: Question) -> tuple[Ranking, bool]:
        """The ranked intents, and whether the person would be asked back."""
        spans = [(e["entity"], e["start"], e["end"]) for e in self._facts.extract(question.text)]
        understood = self.understanding.understand(question.text, spans, Context(question.subject))
        return understood.ranking, understood.unsure

    def facts(self, text: str) -> dict[str, str]:
        """The facts of a text by name, places by their role; the last one where a fact is stated twice."""
        found: dict[str, str] = {}
        for entity in self._facts.extract(text):
            role = {"insured": "insured_place", "care": "care_place"}.get(str(entity.get("role")))
            # 上海/上海/青浦: a municipality is its own city.
            value = re.sub(r"^(\w+)/\1/", r"\1/", str(entity["value"]))
            found[role or str(entity["entity"])] = value
        return found


def load(model: Path) -> TrainedModel:
    """Unpack a model; needs Rasa."""
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    with tempfile.TemporaryDirectory(prefix="bot-evaluate-") as folder:
        storage, metadata = LocalModelStorage.from_model_archive(Path(folder), model)
        loaded = {
            kind: kind.load({**kind.get_default_config(), **node.config}, storage, node.resource, None)
            for node in metadata.predict_schema.nodes.values()
            for kind in (TopicClassifier, FactExtractor)
            if node.uses is kind
        }
    classifier: Any = loaded[TopicClassifier]
    return TrainedModel(classifier.understanding, loaded[FactExtractor])


def cross_validate(
    examples: Mapping[str, Sequence[str]], dictionary: str, folds: int, progress: Callable[[], None]
) -> list[Outcome]:
    """Every training example as a model sees it that has not learned it; ``progress`` is called after each fold."""
    pairs = [(text, label) for label, texts in examples.items() for text in texts]
    fold = np.random.default_rng(0).permutation(len(pairs)) % folds
    outcomes: list[Outcome] = []
    for number in range(folds):
        known = [pair for pair, where in zip(pairs, fold, strict=True) if where != number]
        held = [pair for pair, where in zip(pairs, fold, strict=True) if where == number]
        model = KernelClassifier(SentenceFeatures(Words(dictionary)))
        model.fit([normalise(text) for text, _ in known], [label for _, label in known])
        confidences = model.confidences([normalise(text) for text, _ in held])
        for (text, label), row in zip(held, confidences, strict=True):
            best = np.argsort(-row)[:_TOP]
            ranking = [(model.labels[i], float(row[i])) for i in best]
            outcomes.append(Outcome(Question(text, label), ranking))
        progress()
    return outcomes
