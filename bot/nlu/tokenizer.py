"""jieba with the project's own dictionary, in a tokenizer of its own: swapping a model leaves no words behind."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import jieba
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_DICTIONARY = "dictionary.txt"
# jieba prints its loading time to stderr at every start.
jieba.setLogLevel(logging.WARNING)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class DictionaryTokenizer(Tokenizer):
    """Splits Chinese text into words; blank tokens are dropped."""

    def __init__(
        self, config: dict[str, Any], dictionary: Path, storage: ModelStorage, resource: Resource
    ) -> None:
        """Make a tokenizer with jieba's own dictionary plus ``dictionary`` (jieba's user-dictionary format)."""
        super().__init__(config)
        self._dictionary = dictionary
        self._storage = storage
        self._resource = resource
        self._jieba = jieba.Tokenizer()
        # jieba never closes a file that it opened by name.
        with dictionary.open("rb") as words:
            self._jieba.load_userdict(words)

    @staticmethod
    def supported_languages() -> list[str]:
        """Chinese only."""
        return ["zh"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings."""
        return {
            # Words of medical insurance that jieba's own dictionary does not have.
            "dictionary": "knowledge/dictionary.txt",
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DictionaryTokenizer:
        """Make the component for training, with the dictionary of the project."""
        return cls(config, Path(config["dictionary"]), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DictionaryTokenizer:
        """Make the component of a trained model, with the dictionary the model was trained with."""
        with model_storage.read_from(resource) as folder:
            return cls(config, folder / _DICTIONARY, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing to learn; the model keeps the dictionary it was trained with."""
        with self._storage.write_to(self._resource) as folder:
            shutil.copyfile(self._dictionary, folder / _DICTIONARY)
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of one attribute of a message."""
        words = self._jieba.tokenize(message.get(attribute))
        return self._apply_token_pattern([Token(word, start) for word, start, _ in words if word.strip()])
