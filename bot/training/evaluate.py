"""Measuring a model on questions that were kept apart from its training examples."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.yaml_files import read_yaml

# Ranks the likeliest full intents of a text with their confidence, best first.
Rank = Callable[[str], Sequence[tuple[str, float]]]
_DECLINE = "decline/"
_TOP = 3


@dataclass(frozen=True)
class Question:
    """A question with the topic it belongs to and the style it is written in."""

    text: str
    topic: str
    style: str


@dataclass(frozen=True)
class Outcome:
    """What a model made of one question; ``seconds`` is the time it took."""

    question: Question
    ranking: Sequence[tuple[str, float]]
    seconds: float

    @property
    def best(self) -> str:
        """The likeliest topic."""
        return self.ranking[0][0] if self.ranking else ""

    @property
    def right(self) -> bool:
        """Whether the likeliest topic is the right one."""
        return self.best == self.question.topic

    @property
    def among_best(self) -> bool:
        """Whether the right topic is among the first three."""
        return self.question.topic in [name for name, _ in self.ranking[:_TOP]]


@dataclass(frozen=True)
class Scores:
    """Fractions of 1 over a set of outcomes; None where the set has nothing to measure."""

    questions: int
    top1: float | None
    top3: float | None


def load_questions(folder: Path) -> list[Question]:
    """Every ``*.yml`` of a folder: lists of ``{topic, style, text}`` under ``questions``."""
    return [
        Question(entry["text"], entry["topic"], entry["style"])
        for path in sorted(folder.glob("*.yml"))
        for entry in read_yaml(path)["questions"]
    ]


def evaluate(questions: Sequence[Question], rank: Rank, progress: Callable[[], None]) -> list[Outcome]:
    """Run every question through the model; ``progress`` is called after each."""
    outcomes = []
    for question in questions:
        started = time.perf_counter()
        ranking = rank(question.text)
        outcomes.append(Outcome(question, ranking, time.perf_counter() - started))
        progress()
    return outcomes


def scores(outcomes: Sequence[Outcome]) -> Scores:
    """Top-1 and top-3 of a set of outcomes."""
    if not outcomes:
        return Scores(0, None, None)
    count = len(outcomes)
    return Scores(count, sum(o.right for o in outcomes) / count, sum(o.among_best for o in outcomes) / count)


def declined(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """How much of what is not ours is declined, and how much of what is ours is declined by mistake; fractions of 1."""
    foreign = [o.best.startswith(_DECLINE) for o in outcomes if o.question.topic.startswith(_DECLINE)]
    ours = [o.best.startswith(_DECLINE) for o in outcomes if not o.question.topic.startswith(_DECLINE)]
    return sum(foreign) / max(1, len(foreign)), sum(ours) / max(1, len(ours))


def by_style(outcomes: Sequence[Outcome]) -> dict[str, Scores]:
    """The scores of each style."""
    styles = sorted({o.question.style for o in outcomes})
    return {style: scores([o for o in outcomes if o.question.style == style]) for style in styles}


def confusions(outcomes: Sequence[Outcome]) -> list[tuple[str, str, int]]:
    """(right topic, topic taken for it, how often), the most frequent first."""
    pairs = Counter((o.question.topic, o.best) for o in outcomes if not o.right)
    return [(right, taken, count) for (right, taken), count in pairs.most_common()]
