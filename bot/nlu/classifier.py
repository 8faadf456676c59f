"""The topic classifier: one linear model over characters, pinyin and a sentence encoder, with calibrated confidence."""

from __future__ import annotations

import re
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    RESPONSE_SELECTOR,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import PinyinFeatures, SentenceFeatures, encoder
from bot.nlu.linear import CalibratedLinear
from bot.nlu.normalise import normalise, simplify
from bot.nlu.pinyin import is_pinyin
from bot.text.remainder import states_only_facts, states_only_insured_place
from bot.text.sentences import questions_in

_MODEL = "classifier.joblib"
# In Rasa's output: the topics of a message that asks several things.
QUESTIONS = "questions"
_FAQ = "faq/"
_NONSENSE = "decline/nonsense"
_WORD = re.compile(r"[A-Za-z0-9一-鿿]")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent, IntentClassifier):
    """Predicts the intent; for retrieval intents (faq, decline, chat) also the topic, as a response selector would."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._sentences: CalibratedLinear | None = None
        self._pinyin: CalibratedLinear | None = None

    @staticmethod
    def required_packages() -> list[str]:
        """What must be installed; Rasa takes only packages whose module and distribution have one name."""
        return ["pypinyin", "joblib"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings."""
        return {
            # Below this confidence the person is asked which of the likeliest questions was meant.
            "unsure_below": 0.30,
            # The same when the runner-up is this close and the best one is not at least twice as likely.
            "unsure_gap": 0.03,
            # Of several questions in one message each must be at least this clear to be answered on its own.
            "several_above": 0.45,
            # How many topics the ranking holds.
            "ranking_length": 10,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicClassifier:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        """Make the component of a trained model, with the encoder warm."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._sentences, component._pinyin = joblib.load(folder / _MODEL)
        encoder().encode(["预热"])
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example, labelled with its full intent (``faq/<topic>``)."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        texts = [normalise(example.get(TEXT)) for example in examples]
        labels = [str(example.get_full_intent()) for example in examples]
        self._sentences = CalibratedLinear(SentenceFeatures()).fit(texts, labels)
        self._pinyin = CalibratedLinear(PinyinFeatures()).fit(texts, labels)
        with self._storage.write_to(self._resource) as folder:
            joblib.dump((self._sentences, self._pinyin), folder / _MODEL)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, intent ranking and chosen topic on each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            ranking = self.rank(text)
            spans = [(e["entity"], e["start"], e["end"]) for e in message.get(ENTITIES, [])]
            plain = simplify(text)
            if states_only_facts(plain, spans):
                told = "set_place" if states_only_insured_place(plain, spans) else "inform"
                ranking = [(told, 1.0), *ranking]
            topics = self._several(plain, ranking)
            if topics:
                ranking = [(topics[0], 1.0), *(entry for entry in ranking if entry[0] != topics[0])]
                message.set(QUESTIONS, topics, add_to_output=True)
            self._set(message, ranking)
        return messages

    def rank(self, text: str) -> list[tuple[str, float]]:
        """The likeliest full intents of a text with their confidence, best first."""
        if self._sentences is None or self._pinyin is None:
            return []
        if not _WORD.search(text):
            return [(_NONSENSE, 1.0)]
        plain = normalise(text)
        model = self._pinyin if is_pinyin(plain) else self._sentences
        confidences = model.confidences([plain])[0]
        best = np.argsort(-confidences)[: self._config["ranking_length"]]
        return [(model.labels[i], float(confidences[i])) for i in best]

    def _several(self, text: str, ranking: list[tuple[str, float]]) -> list[str]:
        """The FAQ topics of a message that clearly asks several things, in order; empty for every other message."""
        if not ranking or not ranking[0][0].startswith(_FAQ):
            return []
        best = [self.rank(question)[0] for question in questions_in(text)]
        sure = self._config["several_above"]
        topics = [label for label, confidence in best if label.startswith(_FAQ) and confidence >= sure]
        distinct = list(dict.fromkeys(topics))
        return distinct if len(distinct) > 1 else []

    def _set(self, message: Message, ranking: list[tuple[str, float]]) -> None:
        if not ranking:
            message.set(INTENT, {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}, add_to_output=True)
            return
        entries = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: score} for name, score in ranking]
        label, confidence = ranking[0]
        base = label.split("/")[0]
        if not message.get(QUESTIONS) and self._unsure(ranking):
            base = DEFAULT_NLU_FALLBACK_INTENT_NAME
        message.set(INTENT, {INTENT_NAME_KEY: base, PREDICTED_CONFIDENCE_KEY: confidence}, add_to_output=True)
        message.set(INTENT_RANKING_KEY, entries, add_to_output=True)
        if "/" in label:
            message.set(RESPONSE_SELECTOR, _selection(label, confidence, entries), add_to_output=True)

    def _unsure(self, ranking: list[tuple[str, float]]) -> bool:
        (label, best), second = ranking[0], ranking[1][1] if len(ranking) > 1 else 0.0
        if label in ("inform", "set_place"):
            return False
        close = best - second < self._config["unsure_gap"] and best < 2 * second
        return best < self._config["unsure_below"] or close


def _selection(label: str, confidence: float, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """What Rasa's own response selector would add for a retrieval intent."""
    base = label.split("/", maxsplit=1)[0]
    chosen = {
        "intent_response_key": label,
        "confidence": confidence,
        "responses": [],
        "utter_action": f"utter_{label}",
    }
    return {"all_retrieval_intents": [base], base: {"response": chosen, "ranking": entries}}
