"""Making a candidate from a snapshot of the files, and measuring a model for the gate."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.training.evaluate import Outcome, evaluate
from bot.training.fitting import fit
from bot.training.measures import declining, grouped, scores
from bot.training.questions import Question
from bot.training.trained import load

REAL = "real"
"""The group of questions that people asked, whose topic nobody wrote down."""

# How often the measuring tells how far it is, in questions.
_TOLD_EVERY = 50


@dataclass(frozen=True)
class Figures:
    """``shares`` over all evaluation sets, ``sets`` the share of right ones in each: how many questions, which share."""

    questions: int
    shares: dict[str, tuple[int, float]]
    sets: dict[str, tuple[int, float]]


def train(files: Path, model: Path, tell: Callable[[str], None]) -> None:
    """Train from a snapshot and write the archive; ``tell`` hears which component is being trained."""
    # The components read knowledge/ from the folder they are trained in.
    with _inside(files), steps(tell), contextlib.redirect_stdout(io.StringIO()):
        fit(files, model)


@contextlib.contextmanager
def steps(tell: Callable[[str], None]) -> Iterator[None]:
    """Inside, ``tell`` gets Rasa's line about each component that is being trained."""
    log = logging.getLogger("rasa.engine.training.hooks")

    class Tell(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(record.getMessage())

    handler, level, propagates = Tell(), log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagates


def ask(model: Path, questions: Sequence[Question], tell: Callable[[float], None]) -> list[Outcome]:
    """What a model makes of the questions; ``tell`` hears how far it is, as a fraction of 1."""
    trained = load(model)
    done = 0

    def progress() -> None:
        nonlocal done
        done += 1
        if done % _TOLD_EVERY == 0:
            tell(done / len(questions))

    return evaluate(questions, trained.understand, progress)


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """The figures that the gate looks at; real questions count in none of them."""
    judged = [o for o in outcomes if o.question.group != REAL]
    alone = [o for o in judged if not o.question.subject]
    follow_ups = [o for o in judged if o.question.subject]
    found = scores(alone)
    shares = {
        "top1": (len(alone), found.top1),
        "top3": (len(alone), found.top3),
        "macro_f1": (len(alone), found.macro_f1),
        "follow_ups": (len(follow_ups), scores(follow_ups).top1),
    }
    foreign = sum(o.foreign for o in alone)
    if foreign:
        declined = declining(alone)
        shares["declined"] = (foreign, declined.recall)
        shares["wrongly_declined"] = (len(alone) - foreign, declined.wrongly)
    sets = grouped(judged, lambda o: o.question.group)
    return Figures(
        len(judged),
        {name: (size, share) for name, (size, share) in shares.items() if share is not None},
        {name: (of.questions, of.top1 or 0.0) for name, of in sets.items()},
    )


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
