"""Running a model on questions that were kept apart from its training examples."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.training.questions import Question

Ranking = Sequence[tuple[str, float]]
# Gives the likeliest full intents of a question with their confidence, best first, and whether the person is asked back.
Understand = Callable[[Question], tuple[Ranking, bool]]

DECLINE = "decline/"
FAQ = "faq/"
_TOP = 3


@dataclass(frozen=True)
class Outcome:
    """What a model made of one question; ``asks_back``: it offers the likeliest; ``seconds`` is the time it took."""

    question: Question
    ranking: Ranking
    asks_back: bool = False
    seconds: float = 0.0

    @property
    def best(self) -> str:
        """The likeliest intent."""
        return self.ranking[0][0] if self.ranking else ""

    @property
    def confidence(self) -> float:
        """How sure the model is of it; a fraction of 1."""
        return self.ranking[0][1] if self.ranking else 0.0

    @property
    def right(self) -> bool:
        """Whether the likeliest intent is a right one."""
        return self.question.accepts(self.best)

    @property
    def among_best(self) -> bool:
        """Whether a right intent is among the first three."""
        return any(self.question.accepts(name) for name, _ in self.ranking[:_TOP])

    @property
    def declined(self) -> bool:
        """Whether the message is taken for none of ours."""
        return self.best.startswith(DECLINE)

    @property
    def foreign(self) -> bool:
        """Whether the message is in truth none of ours."""
        return self.question.topic.startswith(DECLINE)

    @property
    def foreign_probability(self) -> float:
        """The probability the model gives to the message being none of ours, as far as the ranking reaches."""
        return min(1.0, sum(share for name, share in self.ranking if name.startswith(DECLINE)))


def evaluate(
    questions: Iterable[Question], understand: Understand, progress: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """Run every question through the model; ``progress`` is called after each."""
    outcomes = []
    for question in questions:
        started = time.perf_counter()
        ranking, asks_back = understand(question)
        outcomes.append(Outcome(question, ranking, asks_back, time.perf_counter() - started))
        progress()
    return outcomes
