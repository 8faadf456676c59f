"""A kernel ridge classifier with calibrated confidence and a trained decision on what is not ours.

Two texts are alike by their n-grams (a dot product) and by their meaning (a Gaussian of the encoder's distance). One
linear system gives a score per label; solving it also tells, without a second training, what each example would have
scored had it not been among the examples. Confidence and the decline threshold are fitted on those scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bot.nlu.features import Counted, Rows
from bot.nlu.packed import PackedSystem

# Found by cross-validation on the examples; docs/understanding.md has the table.
_RIDGE = 0.4
_MEANING_WEIGHT = 2.25
_SHARPNESS = 3.0

# With more labels than these, meaning is asked about so many candidates by n-grams, and as many by the nearest examples.
_FEW_LABELS = 400
_CANDIDATES = 60

_BLOCK = 512
# Leaving one out is worked out for so many examples, drawn at random: enough for one temperature and one threshold.
_LEFT_OUT = 1_200
_TEMPERATURES = np.geomspace(1, 30, 60)
# Of what is ours, at most this much may be declined by the fitted threshold.
_WRONGLY_DECLINED = 0.02
_DECLINE = "decline/"


class Features(Protocol):
    """What turns texts into rows."""

    def fit(self, texts: list[str]) -> Rows:
        """Learn from the texts and return their rows."""

    def count(self, texts: list[str]) -> list[Counted]:
        """The n-grams of further texts."""

    def meaning(self, texts: list[str]) -> np.ndarray | None:
        """The vectors of further texts; None where meaning does not count."""


@dataclass(frozen=True)
class LeftOut:
    """What examples would have scored had they been left out: ``scores`` (n, labels), ``truth`` (n,) as label numbers."""

    scores: np.ndarray
    truth: np.ndarray


class KernelClassifier:
    """Fitted by :meth:`fit`; then ``labels``, ``temperature`` and ``decline_above`` are set."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self.labels: list[str] = []
        self.temperature = 1.0
        # The least probability that a message is not ours at which it is declined.
        self.decline_above = 0.5

    def fit(self, texts: list[str], labels: list[str]) -> KernelClassifier:
        """Learn; ``texts`` are normalised. At least two labels."""
        self.labels = sorted(set(labels))
        rows = self._features.fit(texts)
        number = {label: i for i, label in enumerate(self.labels)}
        truth = np.array([number[label] for label in labels])
        targets = np.full((len(truth), len(self.labels)), -1, dtype=np.float32)
        targets[np.arange(len(truth)), truth] = 1
        weights, left_out = _solve(rows, targets, truth)
        self._meaning = rows.meaning
        # By label, shape (labels, examples): where there are many labels, the likely ones alone are looked at.
        self._meaning_weights = np.ascontiguousarray(weights.T * np.float32(_MEANING_WEIGHT))
        self._label_of = truth.astype(np.int32)
        self._count_weights = np.asarray(rows.counts.T @ weights, dtype=np.float32)
        self._calibrate(left_out)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """The large tables in half precision: the model file is half as large, and no score changes its rank by it."""
        return {name: _narrow(value) for name, value in self.__dict__.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """In full precision again, once per process."""
        self.__dict__ = {name: _widen(value) for name, value in state.items()}

    def confidences(self, texts: list[str]) -> np.ndarray:
        """Array of shape (number of texts, number of labels); each row sums to 1."""
        return softmax(self._scores(texts) * self.temperature)

    def is_declined(self, confidences: np.ndarray) -> bool:
        """Whether a message with these confidences, shape (labels,), counts as not ours."""
        return bool(confidences[self._declining()].sum() >= self.decline_above)

    def _scores(self, texts: list[str]) -> np.ndarray:
        counted = self._features.count(texts)
        scores = np.stack([values @ self._count_weights[columns] for columns, values in counted])
        meaning = self._features.meaning(texts)
        if meaning is not None and self._meaning is not None:
            for row, alike in zip(scores, _gaussian(meaning, self._meaning), strict=True):
                self._add_meaning(row, alike)
        return scores

    def _add_meaning(self, scores: np.ndarray, alike: np.ndarray) -> None:
        """Add what the examples say by their likeness in meaning, shape (examples,), to the scores of the labels."""
        if len(scores) <= _FEW_LABELS:
            scores += self._meaning_weights @ alike
            return
        by_counts = np.argpartition(scores, -_CANDIDATES)[-_CANDIDATES:]
        by_meaning = self._label_of[np.argpartition(alike, -_CANDIDATES)[-_CANDIDATES:]]
        likely = np.unique(np.concatenate([by_counts, by_meaning, np.flatnonzero(self._declining())]))
        found = scores[likely] + self._meaning_weights[likely] @ alike
        # The others are no likelier than the least likely of these.
        scores[:] = found.min()
        scores[likely] = found

    def _declining(self) -> np.ndarray:
        return np.array([label.startswith(_DECLINE) for label in self.labels])

    def _calibrate(self, left_out: LeftOut) -> None:
        """The temperature that makes the truth likeliest, and the threshold that declines enough and not too much."""
        right = np.arange(len(left_out.truth)), left_out.truth
        losses = [-np.log(softmax(left_out.scores * t)[right] + 1e-12).mean() for t in _TEMPERATURES]
        self.temperature = float(_TEMPERATURES[int(np.argmin(losses))])
        declining = self._declining()
        if not declining.any():
            self.decline_above = 1.1
            return
        foreign = softmax(left_out.scores * self.temperature)[:, declining].sum(axis=1)
        self.decline_above = decline_threshold(foreign, declining[left_out.truth])


def decline_threshold(foreign: np.ndarray, is_foreign: np.ndarray) -> float:
    """The threshold on the probability ``foreign`` (n,) that balances both errors best, declining little of what is ours.

    Among the thresholds that decline at most the allowed part of our own messages, the one with the highest recall less
    wrongly declined messages.
    """
    candidates = np.linspace(0.2, 0.9, 71)
    ours = ~is_foreign
    wrongly = np.array([(foreign[ours] >= t).mean() if ours.any() else 0.0 for t in candidates])
    recall = np.array([(foreign[is_foreign] >= t).mean() if is_foreign.any() else 0.0 for t in candidates])
    gain = np.where(wrongly <= _WRONGLY_DECLINED, recall - wrongly, -1.0)
    return float(candidates[int(np.argmax(gain))])


def _narrow(value: Any) -> Any:
    table = isinstance(value, np.ndarray) and value.dtype == np.float32
    return value.astype(np.float16) if table else value


def _widen(value: Any) -> Any:
    table = isinstance(value, np.ndarray) and value.dtype == np.float16
    return value.astype(np.float32) if table else value


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row by row."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _solve(rows: Rows, targets: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, LeftOut]:
    """The weight of each example for each label, and the scores of examples left out."""
    count = len(rows)
    system = PackedSystem(count)
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        first, last = system.columns_of(start, end)
        likeness = _likeness(rows.part(start, end), rows.part(first, last))
        for number, row in enumerate(likeness, start):
            row[number - first] += np.float32(_RIDGE)
            system.set_row(number, row, first)
    system.factor()
    weights = system.solve(targets)
    drawn = np.sort(np.random.default_rng(0).permutation(count)[:_LEFT_OUT])
    scores = targets[drawn] - weights[drawn] / system.inverse_diagonal(drawn)[:, None]
    return weights, LeftOut(scores, truth[drawn])


def _likeness(some: Rows, every: Rows) -> np.ndarray:
    """How alike each of some texts is to every text; shape (some, every)."""
    alike = np.asarray((some.counts @ every.counts.T).todense(), dtype=np.float32)
    if some.meaning is not None and every.meaning is not None:
        alike += np.float32(_MEANING_WEIGHT) * _gaussian(some.meaning, every.meaning)
    return alike


def _gaussian(some: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Likeness of meaning, 1 for the same and towards 0 for unlike ones; vectors of length 1."""
    return np.exp(np.float32(_SHARPNESS) * (some @ every.T - 1))
