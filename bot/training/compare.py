"""Two models on the same questions: what got better, what got worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.training.evaluate import Outcome


@dataclass(frozen=True)
class Change:
    """A question that the two models take for different intents."""

    text: str
    topic: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """Questions that are right only now, right only before, and wrong in another way."""

    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    otherwise: tuple[Change, ...]


def compare(before: Sequence[Outcome], after: Sequence[Outcome]) -> Comparison:
    """Set the outcomes of the same questions, in the same order, side by side."""
    better, worse, otherwise = [], [], []
    for old, new in zip(before, after, strict=True):
        if old.best == new.best:
            continue
        change = Change(new.question.text, new.question.topic, old.best, new.best)
        if new.right and not old.right:
            better.append(change)
        elif old.right and not new.right:
            worse.append(change)
        elif not new.right:
            otherwise.append(change)
    return Comparison(tuple(better), tuple(worse), tuple(otherwise))
