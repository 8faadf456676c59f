"""Words: those of its own dictionary, which stay in that splitter when a model is swapped."""

from __future__ import annotations

from pathlib import Path

import jieba
import joblib
import pytest

from bot.nlu.words import Words

PROJECT = Path(__file__).parents[2] / "knowledge" / "dictionary.txt"
SENTENCE = "我想问零星报销和备案承诺书"


def test_two_dictionaries_do_not_leak_into_each_other_or_into_jieba_itself() -> None:
    before = list(jieba.cut(SENTENCE))
    one, other = Words("零星报销 100000\n"), Words("备案承诺书 100000\n")
    assert "零星报销" in one.split(SENTENCE).split()
    assert "备案承诺书" not in one.split(SENTENCE).split()
    assert "备案承诺书" in other.split(SENTENCE).split()
    assert "零星报销" not in other.split(SENTENCE).split()
    assert list(jieba.cut(SENTENCE)) == before
    assert not {"零星报销", "备案承诺书"} & set(before)


def test_the_projects_dictionary_keeps_the_terms_of_medical_insurance_whole() -> None:
    assert "异地就医" in Words(PROJECT.read_text(encoding="utf-8")).split("什么是异地就医呀").split()


def test_nothing_but_blanks_is_lost() -> None:
    assert Words("").split("上海 备案  怎么办").replace(" ", "") == "上海备案怎么办"


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_blank_text_has_no_words(text: str) -> None:
    assert Words("").split(text) == ""


def test_a_stored_model_keeps_the_dictionary_it_was_trained_with(tmp_path: Path) -> None:
    joblib.dump(Words("零星报销 100000\n"), tmp_path / "words")
    loaded = joblib.load(tmp_path / "words")
    assert "零星报销" in loaded.split(SENTENCE).split()


def test_a_model_with_the_words_of_the_one_before_it_reads_them_no_second_time() -> None:
    first, second, other = Words("异地就医 100"), Words("异地就医 100"), Words("零星报销 100")
    assert first._jieba is second._jieba
    assert other._jieba is not first._jieba
