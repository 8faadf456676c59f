"""The kernel classifier: it learns labels, its confidences are shares, and it knows when it does not know."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from bot.nlu import kernel
from bot.nlu.features import PinyinFeatures, SentenceFeatures, ngrams
from bot.nlu.kernel import KernelClassifier, decline_threshold
from bot.nlu.words import Words

FILING = [
    "怎么备案",
    "备案怎么办",
    "去哪里备案",
    "备案的流程",
    "我想备案",
    "备案要几步",
    "帮我备案",
    "办理备案",
]
PAPERS = [
    "要什么材料",
    "材料有哪些",
    "带哪些材料",
    "材料清单",
    "材料要原件吗",
    "准备什么材料",
    "缺材料",
    "材料",
]
HOTLINE = ["电话多少", "打什么电话", "咨询电话", "热线电话", "有电话吗", "电话打不通", "医保电话", "给个电话"]


@pytest.fixture(scope="module")
def model() -> KernelClassifier:
    """A model of three labels, over the sound of the words alone: that needs no encoder."""
    texts = [*FILING, *PAPERS, *HOTLINE]
    labels = ["filing"] * 8 + ["papers"] * 8 + ["hotline"] * 8
    return KernelClassifier(PinyinFeatures()).fit(texts, labels)


@pytest.mark.parametrize(
    ("text", "label"),
    [("备案咋办", "filing"), ("beian", "filing"), ("什么材聊", "papers"), ("电化是多少", "hotline")],
)
def test_a_new_wording_gets_the_label_it_sounds_like(model: KernelClassifier, text: str, label: str) -> None:
    assert model.labels[int(np.argmax(model.confidences([text])[0]))] == label


def test_confidences_are_one_share_per_label(model: KernelClassifier) -> None:
    found = model.confidences(["备案", "材料", "天气真好"])
    assert found.shape == (3, 3)
    assert np.allclose(found.sum(axis=1), 1)
    assert (found >= 0).all()


def test_it_is_surer_of_what_it_has_learned_than_of_what_it_has_not(model: KernelClassifier) -> None:
    known, foreign = model.confidences(["怎么备案", "qqq www"]).max(axis=1)
    assert known > 0.8
    assert known > foreign + 0.1


def test_learning_twice_gives_the_same_model(model: KernelClassifier) -> None:
    again = KernelClassifier(PinyinFeatures()).fit(
        [*FILING, *PAPERS, *HOTLINE], ["filing"] * 8 + ["papers"] * 8 + ["hotline"] * 8
    )
    assert again.temperature == model.temperature
    assert np.allclose(again.confidences(["备案材料"]), model.confidences(["备案材料"]))


def test_the_threshold_declines_what_is_not_ours_and_little_of_what_is() -> None:
    foreign = np.array([0.9, 0.8, 0.7, 0.1] + [0.05] * 95 + [0.75])
    is_foreign = np.array([True, True, True, True] + [False] * 96)
    threshold = decline_threshold(foreign, is_foreign)
    assert 0.2 <= threshold <= 0.7
    crowded = np.array([0.9, 0.8] + [0.6] * 10 + [0.05] * 10)
    assert decline_threshold(crowded, np.array([True] * 2 + [False] * 20)) > 0.6


def test_a_model_without_anything_to_decline_declines_nothing(model: KernelClassifier) -> None:
    assert not model.is_declined(model.confidences(["qqq www"])[0])


def test_counting_a_message_gives_what_scikit_learn_gives() -> None:
    counter = ngrams(2)
    counter.fit(["怎 么 备 案", "备 案 备 案 材 料", "材 料 要 什 么", "怎 么 办"])
    asked = ["备 案 怎 么 怎 么 办", "没 见 过", ""]
    for text, row in zip(asked, counter.transform(asked).toarray(), strict=True):
        columns, values = counter.count(text)
        assert np.allclose(values, row[columns])
        assert len(columns) == (row > 0).sum()


def test_a_counter_comes_back_whole_from_a_file() -> None:
    counter = ngrams(2)
    counter.fit(["怎 么 备 案", "备 案 备 案 材 料", "材 料 要 什 么"])
    again = copy.deepcopy(counter)
    assert again.vocabulary_ == counter.vocabulary_
    assert all(
        np.allclose(a, b) for a, b in zip(again.count("备 案 材"), counter.count("备 案 材"), strict=True)
    )


def test_with_many_labels_the_likely_ones_score_as_if_all_were_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [f"第{n}类问题{part}" for n in range(40) for part in ("怎么办", "要什么材料", "多久", "去哪里办")]
    learned = KernelClassifier(SentenceFeatures(Words(""))).fit(
        texts, [f"t{n}" for n in range(40) for _ in range(4)]
    )
    asked = ["第7类问题要多久", "第31类去哪办"]
    every = learned.confidences(asked)
    monkeypatch.setattr(kernel, "_FEW_LABELS", 10)
    monkeypatch.setattr(kernel, "_CANDIDATES", 12)
    some = learned.confidences(asked)
    assert (every.argmax(axis=1) == some.argmax(axis=1)).all()
    assert np.abs(every.max(axis=1) - some.max(axis=1)).max() < 0.05
