"""Figures over outcomes: accuracy, F1, what is declined, calibration, entities. All shares are fractions of 1."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from bot.training.evaluate import Outcome
from bot.training.questions import Told

_BINS = 10


@dataclass(frozen=True)
class Scores:
    """Over ``questions`` outcomes; None where there is nothing to measure."""

    questions: int
    top1: float | None
    top3: float | None
    macro_f1: float | None


@dataclass(frozen=True)
class Declining:
    """How well what is not ours is told from what is. ``auroc`` is None where one of the two is missing."""

    recall: float
    precision: float
    wrongly: float
    auroc: float | None


@dataclass(frozen=True)
class Bin:
    """The outcomes with confidence in one tenth: how many, how sure, how often right."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Found:
    """Precision, recall and F1 of one kind of fact."""

    stated: int
    precision: float
    recall: float
    f1: float


def scores(outcomes: Sequence[Outcome]) -> Scores:
    """Accuracy of the first and among the first three, and F1 averaged over the intents that occur."""
    count = len(outcomes)
    if not count:
        return Scores(0, None, None, None)
    return Scores(
        count,
        sum(o.right for o in outcomes) / count,
        sum(o.among_best for o in outcomes) / count,
        float(np.mean(list(by_topic_f1(outcomes).values()))),
    )


def by_topic_f1(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """F1 of each intent that occurs; an outcome that is right by ``also`` counts for its question's own intent."""
    right, taken, wanted = Counter[str](), Counter[str](), Counter[str]()
    for outcome in outcomes:
        topic = outcome.question.topic
        wanted[topic] += 1
        taken[topic if outcome.right else outcome.best] += 1
        right[topic] += outcome.right
    return {topic: 2 * right[topic] / (wanted[topic] + taken[topic]) for topic in sorted(wanted)}


def grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, Scores]:
    """The scores of each group."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[key(outcome)].append(outcome)
    return {name: scores(groups[name]) for name in sorted(groups)}


def declining(outcomes: Sequence[Outcome]) -> Declining:
    """Recall and precision of declining, what is declined wrongly, and the area under the ROC curve."""
    foreign = [o for o in outcomes if o.foreign]
    ours = [o for o in outcomes if not o.foreign]
    caught, wrong = sum(o.declined for o in foreign), sum(o.declined and not o.right for o in ours)
    auroc = None
    if foreign and ours:
        auroc = float(roc_auc_score([o.foreign for o in outcomes], [o.foreign_probability for o in outcomes]))
    return Declining(
        caught / max(1, len(foreign)), caught / max(1, caught + wrong), wrong / max(1, len(ours)), auroc
    )


def threshold_curve(outcomes: Sequence[Outcome]) -> list[tuple[float, float, float]]:
    """(threshold, recall, wrongly declined) if everything at least so probably foreign were declined."""
    foreign = np.array([o.foreign_probability for o in outcomes if o.foreign])
    ours = np.array([o.foreign_probability for o in outcomes if not o.foreign])
    return [
        (float(t), float((foreign >= t).mean()), float((ours >= t).mean()))
        for t in np.linspace(0.02, 0.98, 49)
        if len(foreign) and len(ours)
    ]


def calibration(outcomes: Sequence[Outcome]) -> tuple[float, list[Bin]]:
    """The expected calibration error over ten equal bins, and the bins that are not empty."""
    if not outcomes:
        return 0.0, []
    confidence = np.array([o.confidence for o in outcomes])
    right = np.array([o.right for o in outcomes])
    number = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    bins = [
        Bin(int(m.sum()), float(confidence[m].mean()), float(right[m].mean()))
        for m in (number == n for n in range(_BINS))
        if m.any()
    ]
    error = sum(b.count * abs(b.confidence - b.accuracy) for b in bins) / len(outcomes)
    return float(error), bins


def confusions(outcomes: Sequence[Outcome]) -> list[tuple[str, str, list[str]]]:
    """(right intent, intent taken for it, the sentences), the most frequent first."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for outcome in outcomes:
        if not outcome.right:
            pairs[outcome.question.topic, outcome.best].append(outcome.question.text)
    ordered = sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(right, taken, texts) for (right, taken), texts in ordered]


def sure_and_wrong(outcomes: Sequence[Outcome], least: float = 0.7) -> list[Outcome]:
    """The wrong answers that would be given without a doubt, the surest first."""
    wrong = [o for o in outcomes if not o.right and not o.asks_back and o.confidence >= least]
    return sorted(wrong, key=lambda o: -o.confidence)


def entity_scores(told: Sequence[Told], extract: Callable[[str], Mapping[str, str]]) -> dict[str, Found]:
    """Precision, recall and F1 of each kind of fact, and of all of them under ``all``."""
    right, found, stated = Counter[str](), Counter[str](), Counter[str]()
    for message in told:
        extracted = extract(message.text)
        for name in message.facts:
            stated[name] += 1
        for name, value in extracted.items():
            found[name] += 1
            right[name] += message.facts.get(name) == value
    names = sorted(stated.keys() | found.keys())
    rows = {name: _found(right[name], found[name], stated[name]) for name in names}
    return {**rows, "all": _found(right.total(), found.total(), stated.total())}


def _found(right: int, found: int, stated: int) -> Found:
    precision, recall = right / max(1, found), right / max(1, stated)
    return Found(stated, precision, recall, 2 * right / max(1, found + stated))
