"""The tokenizer: words of its own dictionary, which stay in that tokenizer when a model is swapped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jieba
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.tokenizer import DictionaryTokenizer

PROJECT = Path(__file__).parents[2] / "knowledge" / "dictionary.txt"
SENTENCE = "我想问零星报销和备案承诺书"


def tokenizer(dictionary: Path, storage: Any = None, name: str = "tokenizer") -> DictionaryTokenizer:
    """A tokenizer with a dictionary, as Rasa makes it."""
    config = {**DictionaryTokenizer.get_default_config(), "dictionary": str(dictionary)}
    return DictionaryTokenizer.create(config, storage, Resource(name), None)  # type: ignore[arg-type]


def words(made: DictionaryTokenizer, text: str) -> list[str]:
    """The words of a text."""
    return [token.text for token in made.tokenize(Message({TEXT: text}), TEXT)]


@pytest.fixture
def dictionaries(tmp_path: Path) -> tuple[Path, Path]:
    """Two dictionaries that know different words."""
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("零星报销 100000\n", encoding="utf-8")
    other.write_text("备案承诺书 100000\n", encoding="utf-8")
    return one, other


def test_two_tokenizers_do_not_leak_into_each_other_or_into_jieba_itself(
    dictionaries: tuple[Path, Path],
) -> None:
    before = list(jieba.cut(SENTENCE))
    one, other = (tokenizer(dictionary) for dictionary in dictionaries)
    assert "零星报销" in words(one, SENTENCE)
    assert "备案承诺书" not in words(one, SENTENCE)
    assert "备案承诺书" in words(other, SENTENCE)
    assert "零星报销" not in words(other, SENTENCE)
    assert list(jieba.cut(SENTENCE)) == before
    assert not {"零星报销", "备案承诺书"} & set(before)


def test_the_projects_dictionary_keeps_the_terms_of_medical_insurance_whole() -> None:
    assert "异地就医" in words(tokenizer(PROJECT), "什么是异地就医呀")


def test_words_stand_where_they_stood_and_blanks_are_none() -> None:
    text = "上海 备案  怎么办"
    tokens = tokenizer(PROJECT).tokenize(Message({TEXT: text}), TEXT)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert "".join(token.text for token in tokens) == "上海备案怎么办"


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_blank_text_has_no_words(text: str) -> None:
    assert words(tokenizer(PROJECT), text) == []


def test_a_loaded_model_keeps_the_dictionary_it_was_trained_with(
    dictionaries: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    storage = LocalModelStorage.create(tmp_path / "model")
    resource = tokenizer(dictionaries[0], storage).train(TrainingData())
    dictionaries[0].write_text("", encoding="utf-8")
    loaded = DictionaryTokenizer.load(
        DictionaryTokenizer.get_default_config(),
        storage,
        resource,
        None,  # type: ignore[arg-type]
    )
    assert "零星报销" in words(loaded, SENTENCE)
