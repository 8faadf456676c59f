"""What the gate found about a candidate, and how it is written down beside the version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "AnswerChange",
    "ChangeGroup",
    "Figure",
    "GateReport",
    "Moved",
    "Reason",
    "SuiteRun",
    "grouped",
]


@dataclass(frozen=True)
class Figure:
    """One share of both models: ``least`` or ``most`` is its floor or ceiling, ``loss`` what it may lose against the live one."""

    name: str
    questions: int
    before: float | None
    after: float | None
    least: float | None = None
    most: float | None = None
    loss: float | None = None

    @property
    def difference(self) -> float | None:
        """By how much it is larger than before."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Moved:
    """A question of the evaluation set that the two models take for different topics."""

    text: str
    topic: str
    before: str
    after: str


@dataclass(frozen=True)
class AnswerChange:
    """A question that would get another answer; ``origin`` is "real" or the name of an evaluation set.

    ``better``: known to become right (True) or wrong (False); None where nobody knows.
    """

    id: str
    question: str
    place: str | None
    before_topic: str
    after_topic: str
    before_text: str
    after_text: str
    group: str
    origin: str
    better: bool | None = None

    @property
    def wants_approval(self) -> bool:
        """Whether somebody has to find it right before the version may be published."""
        return self.better is not True


@dataclass(frozen=True)
class SuiteRun:
    """What the conversation and policy tests said of the candidate; ``problem`` where they could not be run."""

    passed: int
    failed: tuple[str, ...] = ()
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Reason:
    """Why a candidate does not pass: code (floor, ceiling, loss, tests, not_measured), what of it, found and wanted."""

    code: str
    name: str = ""
    found: float | None = None
    wanted: float | None = None

    def __str__(self) -> str:
        """One line for the command line."""
        figures = "" if self.found is None else f": {self.found:.3f}, wanted {self.wanted:.3f}"
        return f"{self.code} {self.name}{figures}".strip()


@dataclass(frozen=True)
class ChangeGroup:
    """The changes of answers from one topic to another."""

    id: str
    before_topic: str
    after_topic: str
    changes: tuple[AnswerChange, ...]


@dataclass(frozen=True)
class GateReport:
    """The whole judgement of a version against the one that was live."""

    version: str
    live: str | None
    at: str
    figures: tuple[Figure, ...] = ()
    better: tuple[Moved, ...] = ()
    worse: tuple[Moved, ...] = ()
    otherwise: tuple[Moved, ...] = ()
    answers_changed: tuple[AnswerChange, ...] = ()
    tests: SuiteRun | None = None
    real_questions: int = 0
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it; changes of answers have to be approved besides."""
        return not self.reasons

    @property
    def groups(self) -> tuple[ChangeGroup, ...]:
        """The changes of answers, the largest group first."""
        return grouped(self.answers_changed)

    def unapproved(self, approved: frozenset[str]) -> tuple[AnswerChange, ...]:
        """The changes of answers that still want somebody's approval."""
        return tuple(c for c in self.answers_changed if c.wants_approval and c.id not in approved)

    def as_json(self) -> dict[str, Any]:
        """The report as it is written down."""
        return asdict(self)

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> GateReport | None:
        """The report as it was written down; None where there is none."""
        if not read:
            return None
        tests = read.get("tests")
        return cls(
            version=read["version"],
            live=read["live"],
            at=read["at"],
            figures=tuple(Figure(**one) for one in read["figures"]),
            better=tuple(Moved(**one) for one in read["better"]),
            worse=tuple(Moved(**one) for one in read["worse"]),
            otherwise=tuple(Moved(**one) for one in read["otherwise"]),
            answers_changed=tuple(AnswerChange(**one) for one in read["answers_changed"]),
            tests=SuiteRun(**{**tests, "failed": tuple(tests["failed"])}) if tests else None,
            real_questions=read["real_questions"],
            reasons=tuple(Reason(**one) for one in read["reasons"]),
        )


def grouped(changes: Sequence[AnswerChange]) -> tuple[ChangeGroup, ...]:
    """The changes by what was and what would be, the largest group first."""
    groups: dict[str, list[AnswerChange]] = {}
    for change in changes:
        groups.setdefault(change.group, []).append(change)
    made = (
        ChangeGroup(name, of[0].before_topic, of[0].after_topic, tuple(of)) for name, of in groups.items()
    )
    return tuple(sorted(made, key=lambda group: (-len(group.changes), group.id)))
