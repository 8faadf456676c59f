"""Other ways to understand a message, built from the same parts: single blocks, other encoders, other classifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.svm import LinearSVC

from bot.nlu.features import Counted, PinyinFeatures, Rows, SentenceFeatures, meanings
from bot.nlu.kernel import KernelClassifier, softmax
from bot.nlu.words import Words

# Texts to vectors of length 1, shape (number of texts, dimensions).
Encode = Callable[[list[str]], np.ndarray]
# Shorter lists are single messages, whose time is measured.
_LONG = 100
# Learns from texts and labels; gives confidences for further texts, and the labels of their columns.
Learn = Callable[[list[str], list[str]], tuple[Callable[[list[str]], np.ndarray], Sequence[str]]]


def remembering(encode: Encode) -> Encode:
    """An encoder that reads each list of texts once: several rows of the table learn from the same one."""
    known: dict[int, np.ndarray] = {}

    def remembered(texts: list[str]) -> np.ndarray:
        if len(texts) < _LONG:
            return encode(texts)
        key = hash(tuple(texts))
        if key not in known:
            known[key] = encode(texts)
        return known[key]

    return remembered


class Counts(SentenceFeatures):
    """Without an encoder: the n-grams alone."""

    def fit(self, texts: list[str]) -> Rows:
        """Learn the vocabularies."""
        return Rows(self.learn_counts(texts))

    def meaning(self, texts: list[str]) -> np.ndarray | None:
        """None."""
        return None


class CountsAnd(Counts):
    """The n-grams with other encoders, or without the n-grams the encoders alone."""

    def __init__(self, words: Words, encoders: Sequence[Encode], *, counts: bool = True) -> None:
        super().__init__(words)
        self._encoders = encoders
        self._with_counts = counts

    def fit(self, texts: list[str]) -> Rows:
        """Learn the vocabularies, and encode."""
        nothing = sp.csr_matrix((len(texts), 1), dtype=np.float32)
        return Rows(self.learn_counts(texts) if self._with_counts else nothing, self.meaning(texts))

    def count(self, texts: list[str]) -> list[Counted]:
        """The n-grams, or none."""
        nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        return super().count(texts) if self._with_counts else [nothing for _ in texts]

    def meaning(self, texts: list[str]) -> np.ndarray | None:
        """The vectors of all encoders side by side."""
        found = np.hstack([encode(texts) for encode in self._encoders]) / np.sqrt(len(self._encoders))
        return np.asarray(found, dtype=np.float32)


@dataclass(frozen=True)
class Variant:
    """One row of the table."""

    name: str
    learn: Learn


def kernel(features: Callable[[], SentenceFeatures | PinyinFeatures]) -> Learn:
    """Our classifier over some features."""

    def learn(texts: list[str], labels: list[str]) -> tuple[Callable[[list[str]], np.ndarray], Sequence[str]]:
        model = KernelClassifier(features()).fit(texts, labels)
        return model.confidences, model.labels

    return learn


def linear(features: Callable[[], SentenceFeatures]) -> Learn:
    """A linear support-vector machine over the same blocks, side by side."""

    def learn(texts: list[str], labels: list[str]) -> tuple[Callable[[list[str]], np.ndarray], Sequence[str]]:
        made = features()

        def stacked(rows: Rows) -> sp.csr_matrix:
            dense = sp.csr_matrix(rows.meaning * np.float32(1.5)) if rows.meaning is not None else None
            return sp.hstack([rows.counts, dense], format="csr") if dense is not None else rows.counts

        model = LinearSVC(C=0.5, tol=1e-2, random_state=0).fit(stacked(made.fit(texts)), labels)
        return lambda asked: softmax(8 * model.decision_function(stacked(made.rows(asked)))), list(
            model.classes_
        )

    return learn


def nearest(encode: Encode) -> Learn:
    """The label of the example nearest in meaning."""

    def learn(texts: list[str], labels: list[str]) -> tuple[Callable[[list[str]], np.ndarray], Sequence[str]]:
        known, names = encode(texts), sorted(set(labels))
        column = np.array([names.index(label) for label in labels])

        def confidences(asked: list[str]) -> np.ndarray:
            alike = encode(asked) @ known.T
            best = np.full((len(asked), len(names)), -1.0)
            for number in range(len(names)):
                best[:, number] = alike[:, column == number].max(axis=1)
            return softmax(20 * best)

        return confidences, names

    return learn


def variants(words: Words, e5: Encode | None) -> list[Variant]:
    """Every row, the plainest first; those with ``e5`` only where that encoder is installed."""
    use = remembering(meanings)
    found = [
        Variant("nearest neighbour by USE", nearest(use)),
        Variant("n-grams", kernel(lambda: Counts(words))),
        Variant("USE", kernel(lambda: CountsAnd(words, [use], counts=False))),
        Variant("n-grams + USE, linear SVM", linear(lambda: SentenceFeatures(words))),
        Variant("n-grams + USE (ours)", kernel(lambda: SentenceFeatures(words))),
    ]
    if e5 is None:
        return found
    encode = remembering(e5)
    return [
        *found,
        Variant("nearest neighbour by E5", nearest(encode)),
        Variant("E5", kernel(lambda: CountsAnd(words, [encode], counts=False))),
        Variant("n-grams + E5", kernel(lambda: CountsAnd(words, [encode]))),
        Variant("n-grams + USE + E5", kernel(lambda: CountsAnd(words, [use, encode]))),
    ]
