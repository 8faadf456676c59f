"""The gate: a candidate is held against the live model and the floors before anybody may publish it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.services.gate_report import AnswerChange, Figure, GateReport, Moved, Reason, SuiteRun
from bot.services.users import User
from bot.storage.version_files import VersionFiles
from bot.storage.versions import VersionStore

__all__ = ["Gate", "GateError", "GateReport", "Measured", "Rules", "SuiteRun", "Taken"]

# What stands in the place of a topic where the person would be asked back.
UNSURE = "unsure"
# The figures that have a floor or a ceiling, by the names under which a model is measured.
TOP1, FOLLOW_UPS, DECLINED, WRONGLY_DECLINED = "top1", "follow_ups", "declined", "wrongly_declined"

Audit = Callable[[User | None, str, dict[str, str]], None]
# (topic or other intent, place, question) -> the answer that a person would read.
Answer = Callable[[str, "str | None", str], str]


@dataclass(frozen=True)
class Rules:
    """The floors, and what may be lost against the live model; all shares are fractions of 1."""

    min_top1: float
    min_follow_ups: float
    min_declined: float
    max_wrongly_declined: float
    max_loss: float
    max_set_loss: float


@dataclass(frozen=True)
class Taken:
    """What a model makes of one question; ``right`` is None for a real question, whose topic nobody wrote down."""

    text: str
    place: str | None
    best: str
    asks_back: bool
    origin: str
    right: bool | None = None
    wanted: str = ""

    @property
    def led_to(self) -> str:
        """The topic that is answered, or ``unsure``."""
        return UNSURE if self.asks_back else self.best


@dataclass(frozen=True)
class Measured:
    """A model measured: ``shares`` by the names above, ``sets`` by evaluation set; how many questions, and which share."""

    name: str
    questions: int
    shares: Mapping[str, tuple[int, float]]
    sets: Mapping[str, tuple[int, float]]
    taken: Sequence[Taken]


class GateError(ValueError):
    """What was asked of the gate cannot be done; ``code`` is for the pages: no_such_version, not_judged, no_such_change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Gate:
    """Judges, and keeps what people approve. ``answer`` words what a person would read."""

    def __init__(
        self,
        rules: Rules,
        answer: Answer,
        files: VersionFiles,
        store: VersionStore,
        now: Callable[[], datetime],
        audit: Audit,
    ) -> None:
        self.rules = rules
        self._answer = answer
        self._files = files
        self._store = store
        self._now = now
        self._audit = audit

    def judge(self, candidate: Measured, live: Measured | None, tests: SuiteRun | None) -> GateReport:
        """Hold a candidate against the live model, both measured on the same questions in the same order."""
        figures = tuple(self._figures(candidate, live))
        pairs = list(zip(live.taken, candidate.taken, strict=True)) if live is not None else []
        better, worse, otherwise = _moved(pairs)
        return GateReport(
            version=candidate.name,
            live=live.name if live is not None else None,
            at=self._now().isoformat(),
            figures=figures,
            better=better,
            worse=worse,
            otherwise=otherwise,
            answers_changed=tuple(self._changes(pairs)),
            tests=tests,
            real_questions=sum(taken.right is None for taken in candidate.taken),
            reasons=tuple(_reasons(figures, candidate, tests)),
        )

    def keep(self, report: GateReport) -> None:
        """Write the report down beside its version."""
        self._files.write_report(report.version, report.as_json())

    def report(self, version: str) -> GateReport | None:
        """The report of a version; None where it was not judged."""
        return GateReport.from_json(self._files.report(version)) if self._files.exists(version) else None

    def unapproved(self, version: str) -> tuple[AnswerChange, ...]:
        """The changes of answers that still want approval."""
        report = self.report(version)
        return report.unapproved(self._store.approved(version)) if report is not None else ()

    def approve(
        self, version: str, user: User | None, changes: Sequence[str] = (), group: str | None = None
    ) -> int:
        """Find changes of answers right: by their ids, a whole group, or all (``group="all"``); gives how many were new."""
        report = self.report(version)
        if report is None:
            raise GateError("not_judged", f"version {version[:64]}: was not judged; train a candidate again")
        of_group = [c.id for c in report.answers_changed if group in (c.group, "all")]
        wanted = [*changes, *of_group]
        known = {change.id for change in report.answers_changed}
        # All of nothing is nothing; a group or a change that is named has to be there.
        if not set(wanted) <= known or (not wanted and group != "all"):
            raise GateError("no_such_change", f"version {version}: has no such change of an answer")
        fresh = self._store.approve(version, wanted, user.name if user else "", self._now())
        if fresh:
            self._audit(user, "answers_approved", {"version": version, "changes": str(fresh)})
        return fresh

    # ---- inside

    def _figures(self, candidate: Measured, live: Measured | None) -> Iterator[Figure]:
        """Every figure of both models with its limits."""
        rules = self.rules
        limits: dict[str, dict[str, float]] = {
            TOP1: {"least": rules.min_top1, "loss": rules.max_loss},
            FOLLOW_UPS: {"least": rules.min_follow_ups, "loss": rules.max_set_loss},
            DECLINED: {"least": rules.min_declined, "loss": rules.max_set_loss},
            WRONGLY_DECLINED: {"most": rules.max_wrongly_declined},
        }
        before = live.shares if live is not None else {}
        for name, (questions, share) in candidate.shares.items():
            old = before.get(name, (0, None))[1]
            yield Figure(name, questions, old, share, **limits.get(name, {}))
        sets_before = live.sets if live is not None else {}
        for name, (questions, share) in candidate.sets.items():
            old = sets_before.get(name, (0, None))[1]
            yield Figure(f"set: {name}", questions, old, share, loss=rules.max_set_loss)

    def _changes(self, pairs: Sequence[tuple[Taken, Taken]]) -> Iterator[AnswerChange]:
        """The questions that would get another answer, each text for each place once."""
        seen = set()
        for old, new in pairs:
            if old.led_to == new.led_to:
                continue
            name = _digest(new.text, new.place or "", old.led_to, new.led_to)
            if name in seen:
                continue
            seen.add(name)
            yield AnswerChange(
                id=name,
                question=new.text,
                place=new.place,
                before_topic=old.led_to,
                after_topic=new.led_to,
                before_text=self._answer(old.led_to, old.place, old.text),
                after_text=self._answer(new.led_to, new.place, new.text),
                group=_digest(old.led_to, new.led_to),
                origin=new.origin,
                better=_is_better(old, new),
            )


def _is_better(old: Taken, new: Taken) -> bool | None:
    """Whether the change is known to be for the better; asking back is neither right nor wrong."""
    if new.right is None or old.right is None:
        return None
    was, becomes = old.right and not old.asks_back, new.right and not new.asks_back
    if becomes and not was:
        return True
    return False if was and not becomes else None


def _moved(
    pairs: Sequence[tuple[Taken, Taken]],
) -> tuple[tuple[Moved, ...], tuple[Moved, ...], tuple[Moved, ...]]:
    """The questions of the evaluation sets that are right only now, right only before, and wrong in another way."""
    kinds: dict[tuple[bool, bool], list[Moved]] = {}
    for old, new in pairs:
        if new.right is not None and old.best != new.best:
            moved = Moved(new.text, new.wanted, old.best, new.best)
            kinds.setdefault((bool(old.right), bool(new.right)), []).append(moved)
    found = (kinds.get(key, []) for key in ((False, True), (True, False), (False, False)))
    better, worse, otherwise = (tuple(part) for part in found)
    return better, worse, otherwise


def _reasons(figures: Sequence[Figure], candidate: Measured, tests: SuiteRun | None) -> Iterator[Reason]:
    """What speaks against the candidate."""
    if not candidate.questions:
        yield Reason("not_measured")
    for figure in figures:
        yield from _against(figure)
    if tests is not None and (tests.failed or tests.problem):
        yield Reason("tests", tests.problem, float(len(tests.failed)), 0.0)


def _against(figure: Figure) -> Iterator[Reason]:
    """What speaks against one figure; a hair's breadth of rounding does not."""
    after, hair = figure.after, 1e-9
    if after is None:
        return
    if figure.least is not None and after < figure.least - hair:
        yield Reason("floor", figure.name, after, figure.least)
    if figure.most is not None and after > figure.most + hair:
        yield Reason("ceiling", figure.name, after, figure.most)
    if figure.loss is not None and figure.before is not None and after < figure.before - figure.loss - hair:
        yield Reason("loss", figure.name, after, figure.before - figure.loss)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
