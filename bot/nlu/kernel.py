"""A linear classifier with calibrated confidence over one kind of features."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import LinearSVC

_HELD_OUT = 0.2
_TEMPERATURES = np.geomspace(0.5, 30, 60)


class Features(Protocol):
    """What turns texts into rows."""

    def fit_transform(self, texts: list[str]) -> sp.csr_matrix:
        """Learn from the texts and return their rows."""

    def transform(self, texts: list[str]) -> sp.csr_matrix:
        """Rows of further texts."""


class CalibratedLinear:
    """One-vs-rest linear SVM; confidence is a softmax whose temperature is fitted on held-out examples."""

    def __init__(self, features: Features, regularisation: float = 0.5) -> None:
        self._features = features
        self._regularisation = regularisation
        self._model: Any = None
        self.temperature = 1.0

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the confidences."""
        return [str(label) for label in self._model.classes_]

    def fit(self, texts: list[str], labels: list[str]) -> CalibratedLinear:
        """Learn; ``texts`` are normalised. At least two labels."""
        rows = self._features.fit_transform(texts)
        truth = np.asarray(labels)
        self.temperature = self._fit_temperature(rows, truth)
        self._model = self._svm().fit(rows, truth)
        return self

    def confidences(self, texts: list[str]) -> np.ndarray:
        """Array of shape (number of texts, number of labels); each row sums to 1."""
        return _softmax(_scores(self._model, self._features.transform(texts)) * self.temperature)

    def _svm(self) -> LinearSVC:
        return LinearSVC(C=self._regularisation, tol=1e-2, random_state=0)

    def _fit_temperature(self, rows: sp.csr_matrix, truth: np.ndarray) -> float:
        """The temperature that makes held-out examples most likely; 1 where there are too few to hold any out."""
        counts = np.unique(truth, return_counts=True)[1]
        if counts.min() < 5:
            return 8.0
        split = StratifiedShuffleSplit(1, test_size=_HELD_OUT, random_state=0)
        known, held = next(split.split(rows, truth))
        model = self._svm().fit(rows[known], truth[known])
        scores = _scores(model, rows[held])
        column = {label: number for number, label in enumerate(model.classes_)}
        right = np.array([column[label] for label in truth[held]])
        losses = [
            -np.log(_softmax(scores * t)[np.arange(len(right)), right] + 1e-12).mean() for t in _TEMPERATURES
        ]
        return float(_TEMPERATURES[int(np.argmin(losses))])


def _scores(model: LinearSVC, rows: sp.csr_matrix) -> np.ndarray:
    scores = model.decision_function(rows)
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


def _softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
