"""The topic classifier as Rasa's graph component; what it decides is in :mod:`bot.nlu.understanding`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
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

from bot.knowledge.faq import load_faq
from bot.nlu.features import PinyinFeatures, SentenceFeatures
from bot.nlu.kernel import KernelClassifier
from bot.nlu.normalise import normalise
from bot.nlu.pinyin import is_pinyin
from bot.nlu.understanding import Context, Thresholds, Understanding, Understood
from bot.nlu.words import Words

_MODEL = "classifier.joblib"
# Chinese characters. Messages in pinyin are understood as well without the longer examples, in half of the time.
_LONGEST_SPELLED = 30
# In Rasa's output: the topics of a message that asks several things, and the parts of it nobody could make out.
QUESTIONS = "questions"
MISSED = "missed"
# Whether the message was understood from what went before it.
GOES_ON = "goes_on"
# In a message's metadata: what went before it (``subject`` and ``asked`` of :class:`Context`).
CONTEXT = "context"
# What a message that goes on about the result of a tool is about.
_ABOUT_TOOLS = {"check_filing": ("备案", "办备案"), "estimate": ("手工报销",)}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent, IntentClassifier):
    """Predicts the intent; for retrieval intents (faq, decline, chat) also the topic, as a response selector would."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self.understanding: Understanding | None = None

    @staticmethod
    def required_packages() -> list[str]:
        """What must be installed; Rasa takes only packages whose module and distribution have one name."""
        return ["pypinyin", "joblib", "jieba"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings; :class:`Thresholds` explains the first four."""
        return {
            # Below this confidence the person is asked which of the likeliest questions was meant.
            "unsure_below": 0.30,
            # The same when the runner-up is this close and the best one is not at least twice as likely.
            "unsure_gap": 0.03,
            # Of several questions in one message each must be at least this clear to be answered on its own.
            "several_above": 0.45,
            # A piece of a message this clearly an emergency is answered first, whatever else is asked.
            "urgent_above": 0.95,
            # How many topics the ranking holds.
            "ranking_length": 10,
            # Words of medical insurance that jieba's own dictionary does not have.
            "dictionary": "knowledge/dictionary.txt",
            # The folder of faq.md, which names each topic.
            "knowledge": "knowledge",
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
            component._assemble(*joblib.load(folder / _MODEL))
        # The first message shall not wait for what is only made when it is first needed.
        if component.understanding is not None:
            component.understanding.rank("异地就医怎么备案")
            component.understanding.rank("zen me bei an")
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example, labelled with its full intent (``faq/<topic>``)."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        texts = [normalise(example.get(TEXT)) for example in examples]
        labels = [str(example.get_full_intent()) for example in examples]
        dictionary = Path(self._config["dictionary"]).read_text(encoding="utf-8")
        sentences = KernelClassifier(SentenceFeatures(Words(dictionary))).fit(texts, labels)
        short = [(t, label) for t, label in zip(texts, labels, strict=True) if _like_pinyin(t)]
        pinyin = KernelClassifier(PinyinFeatures())
        pinyin.fit([text for text, _ in short], [label for _, label in short])
        faq = load_faq(Path(self._config["knowledge"]) / "faq.md")
        about = {f"faq/{topic.id}": topic.about for topic in faq.values()} | _ABOUT_TOOLS
        with self._storage.write_to(self._resource) as folder:
            joblib.dump((sentences, pinyin, about), folder / _MODEL)
        self._assemble(sentences, pinyin, about)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, intent ranking and chosen topic on each message."""
        for message in messages:
            if self.understanding is None:
                none = {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
                message.set(INTENT, none, add_to_output=True)
                continue
            spans = [(e["entity"], e["start"], e["end"]) for e in message.get(ENTITIES, [])]
            before = Context(**((message.get("metadata") or {}).get(CONTEXT) or {}))
            _set(message, self.understanding.understand(message.get(TEXT) or "", spans, before))
        return messages

    def _assemble(self, sentences: KernelClassifier, pinyin: KernelClassifier, about: dict[str, Any]) -> None:
        names = Thresholds.__dataclass_fields__
        thresholds = Thresholds(**{name: self._config[name] for name in names})
        self.understanding = Understanding(
            sentences, pinyin, about, thresholds, self._config["ranking_length"]
        )


def _like_pinyin(text: str) -> bool:
    """Whether an example teaches something about messages in pinyin, which are short: nobody spells out a long story."""
    return len(text) <= _LONGEST_SPELLED or is_pinyin(text)


def _set(message: Message, understood: Understood) -> None:
    """Write what was understood in Rasa's terms."""
    entries = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: score} for name, score in understood.ranking]
    label, confidence = understood.ranking[0]
    base = DEFAULT_NLU_FALLBACK_INTENT_NAME if understood.unsure else label.split("/")[0]
    message.set(INTENT, {INTENT_NAME_KEY: base, PREDICTED_CONFIDENCE_KEY: confidence}, add_to_output=True)
    message.set(INTENT_RANKING_KEY, entries, add_to_output=True)
    if "/" in label:
        message.set(RESPONSE_SELECTOR, _selection(label, confidence, entries), add_to_output=True)
    if understood.questions:
        message.set(QUESTIONS, list(understood.questions), add_to_output=True)
    if understood.goes_on:
        message.set(GOES_ON, understood.goes_on, add_to_output=True)
    if understood.missed:
        message.set(MISSED, list(understood.missed), add_to_output=True)


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
