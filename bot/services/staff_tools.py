"""The two tools on the clerk's screen: the filing check and the estimate as forms, and columns that compare what-ifs.

Verdict, estimate and wording are those of the chat; a date of care takes the place of today. ``facts`` are the fields of
:data:`FACTS` as they were typed; wrong ones raise :class:`BadFactError`, a field the form does not have as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.knowledge.base import KnowledgeBase
from bot.policy.filing import FilingVerdict
from bot.policy.parameters import PlacePolicy, in_force
from bot.services.checking import Checking, channel_sources
from bot.services.clauses import Clause, Clauses
from bot.services.day_of_care import caveats_of_day, rules_start, sums_start
from bot.services.estimating import Estimating, estimate_sources
from bot.services.fact_form import ESTIMATE, FACTS, FILING, BadFactError, FactField, FactForm
from bot.services.people import InsuredPlace, insured_place
from bot.services.profile import Slots, profile_of
from bot.services.reference import Reference, TopicView
from bot.services.tool_results import Amounts, Column, StepView, ToolResult, difference
from bot.services.what_ifs import CHANGES, WHAT_IFS, WhatIf, named_what_if
from bot.wording import staff
from bot.wording.estimate import assumed, headline, unfiled_lead
from bot.wording.filing import national_caveat
from bot.wording.renderings import Message, Renderings, render, split_source
from bot.wording.terms import fact_name
from bot.wording.traces import Line, estimate_lines, filing_lines

__all__ = [
    "CHANGES",
    "FACTS",
    "WHAT_IFS",
    "Amounts",
    "BadFactError",
    "Column",
    "FactField",
    "StaffTools",
    "StepView",
    "ToolResult",
    "WhatIf",
]


@dataclass(frozen=True)
class _Case:
    """What was entered, read."""

    base: KnowledgeBase
    slots: Slots
    day: date

    @property
    def place(self) -> InsuredPlace:
        return insured_place(self.slots, self.base)

    @property
    def place_id(self) -> str | None:
        """The id of a served place, the path of another."""
        area = self.place.area
        return self.place.id or (area.path if area is not None else None)

    @property
    def policy(self) -> PlacePolicy:
        return self.base.policy_of(self.place.id)


@dataclass(frozen=True)
class _Found:
    """What a tool came to, before it is put on the screen; ``text`` is a message with its source line, if it has one."""

    tool: str
    outcome: str
    text: str
    missing: str | None
    lines: tuple[Line, ...] = ()
    sections: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    figures: Amounts | None = None
    # The topic that answers instead of the tool, and the one that belongs beside its result.
    view: TopicView | None = None
    besides: str | None = None
    # What has to be said because the day is not today.
    of_day: tuple[str, ...] = ()


class StaffTools:
    """Runs the tools. ``knowledge`` gives the knowledge in force, ``today`` the day; ``sources_dir`` as in Reference."""

    def __init__(
        self,
        knowledge: Callable[[], KnowledgeBase],
        today: Callable[[], date],
        sources_dir: Path | None,
    ) -> None:
        self._knowledge = knowledge
        self._today = today
        self._sources_dir = sources_dir
        self._clauses = Clauses(sources_dir)
        self._form: tuple[KnowledgeBase, FactForm] | None = None

    def check(self, facts: Mapping[str, str], day: date) -> ToolResult:
        """The filing check for care on ``day``."""
        return self._run(FILING, self._case(facts, day))

    def estimate(self, facts: Mapping[str, str], day: date) -> ToolResult:
        """The estimate for care on ``day``."""
        return self._run(ESTIMATE, self._case(facts, day))

    def what_if(
        self, facts: Mapping[str, str], day: date, changed: str, tool: str = ESTIMATE
    ) -> tuple[Column, ...]:
        """The tool's result for each value of one fact (:data:`CHANGES`), all else as entered."""
        case, varied = self._case(facts, day), named_what_if(changed, tool)
        if varied is None:
            raise BadFactError("changed", staff.no_such_what_if(CHANGES.get(tool, {}).values()))
        results = {
            value: self._run(tool, _Case(case.base, varied.slots(case.slots, value), day))
            for value in varied.shown(case.slots)
        }
        current = varied.current(case.slots, case.policy, day)
        entered = results[current].figures if current in results else None
        return tuple(
            Column(
                label=staff.column_label(varied.name, value),
                value=value,
                result=result,
                current=value == current,
                difference=None if value == current else difference(result.figures, entered),
            )
            for value, result in results.items()
        )

    def _case(self, facts: Mapping[str, str], day: date) -> _Case:
        base = self._knowledge()
        if self._form is None or self._form[0] is not base:
            self._form = (base, FactForm(base))
        return _Case(base, self._form[1].slots(facts), day)

    def _run(self, tool: str, case: _Case) -> ToolResult:
        found = self._check(case) if tool == FILING else self._estimate(case)
        return self._shown(case, found)

    def _check(self, case: _Case) -> _Found:
        checking = Checking(lambda: case.base, lambda: case.day, _no_english)
        missing, topic = checking.next_question(case.slots), checking.topic_instead(case.slots)
        start = rules_start(case.policy, case.day)
        if start is not None and case.day < self._today():
            return _before(case, FILING, start, missing)
        if topic is not None:
            return self._topic(case, FILING, topic, missing)
        verdict = checking.judged(case.slots)
        return _Found(
            tool=FILING,
            outcome=verdict.outcome,
            text=checking.verdict(case.slots, "zh").text,
            missing=missing,
            lines=filing_lines(verdict),
            sections=tuple(channel_sources(verdict)),
            caveats=(*_of_place(case), *_national(verdict, case.place)),
            of_day=self._of_day(case),
        )

    def _estimate(self, case: _Case) -> _Found:
        estimating = Estimating(lambda: case.base, lambda: case.day, _no_english)
        missing, topic = estimating.next_question(case.slots), estimating.topic_instead(case.slots)
        if topic is not None:
            return self._topic(case, ESTIMATE, topic, missing)
        start = _sums_start(case)
        if start is not None and case.day < self._today():
            return _before(case, ESTIMATE, start, missing)
        result = estimating.worked_out(case.slots)
        # For somebody who has not filed the text says what filing would bring; that is no headline for them.
        unfiled = tuple(unfiled_lead(result, case.place.hotline, "zh"))
        amounts = headline(result) if not unfiled else None
        return _Found(
            tool=ESTIMATE,
            outcome=result.outcome,
            text=estimating.result(case.slots, "zh").text,
            missing=missing,
            lines=estimate_lines(result),
            sections=tuple(estimate_sources(result)),
            caveats=(*unfiled, *_of_place(case), *(f"{rule.value}。" for _, rule in result.rules)),
            assumed=assumed(result, "zh"),
            figures=Amounts(*amounts) if amounts is not None else None,
            besides=estimating.topic_besides(case.slots),
            of_day=self._of_day(case),
        )

    def _topic(self, case: _Case, tool: str, topic: str, missing: str | None) -> _Found:
        """A topic that answers better than the tool, as the chat gives it."""
        view = self._reference(case).topic(topic, case.place_id)
        clauses = view.given.clauses if view.given is not None else ()
        sections = tuple(clause.id for clause in clauses)
        return _Found(tool, "topic", "", missing, sections=sections, view=view)

    def _reference(self, case: _Case) -> Reference:
        return Reference(lambda: case.base, lambda: case.day, self._sources_dir)

    def _of_day(self, case: _Case) -> tuple[str, ...]:
        return tuple(caveats_of_day(case.policy, case.day, self._today(), case.place.hotline))

    def _shown(self, case: _Case, found: _Found) -> ToolResult:
        cited = [*(source for line in found.lines for source in line.sources), *found.sections]
        clauses = self._clauses.of(case.base, cited, self._today())
        place, given = case.place, found.view.given if found.view is not None else None
        renderings = self._renderings(case, found, clauses)
        return ToolResult(
            tool=found.tool,
            outcome=found.outcome,
            text=renderings.wechat,
            day=case.day,
            place=place.name if place.known else None,
            place_id=case.place_id,
            hotline=place.hotline,
            checked_on=given.checked_on if given is not None else case.policy.verified_on,
            renderings=renderings,
            missing=fact_name(found.missing, "zh") if found.missing is not None else None,
            missing_fact=found.missing,
            steps=tuple(self._step(case, line) for line in found.lines),
            clauses=clauses,
            figures=found.figures,
            caveats=(*found.caveats, *found.of_day),
            assumed=found.assumed,
            topic=found.view.topic if found.view is not None else None,
            besides=found.besides,
        )

    def _renderings(self, case: _Case, found: _Found, clauses: tuple[Clause, ...]) -> Renderings:
        if found.view is not None:
            return self._reference(case).renderings(found.view)
        body, source_line = split_source(found.text)
        message = Message(
            body="\n".join([body, *found.of_day]),
            hotline=case.place.hotline,
            place=case.place.name if case.place.known else "",
            documents=tuple(dict.fromkeys(clause.short for clause in clauses)),
            checked_on=case.policy.verified_on,
            source_line=source_line,
        )
        return render(message)

    def _step(self, case: _Case, line: Line) -> StepView:
        clauses = self._clauses.of(case.base, line.sources, self._today())
        return StepView(line.label, line.text, clauses, line.note)


def _no_english(_: str) -> None:
    """The console is in Chinese."""


def _before(case: _Case, tool: str, start: date, missing: str | None) -> _Found:
    """Care on a day before the rules at hand: no verdict and no figure of another day."""
    text = staff.not_yet_in_force(case.place.name, case.day, start, case.place.hotline)
    return _Found(tool=tool, outcome="not_in_force", text=text, missing=missing, caveats=(text,))


def _sums_start(case: _Case) -> date | None:
    facts = profile_of(case.slots).facts
    schedules = case.policy.schedules_for(facts.known_insurance, facts.visit or "outpatient")
    return sums_start(case.policy, schedules, case.day)


def _of_place(case: _Case) -> tuple[str, ...]:
    """What has to be said of everything in the place's documents."""
    caveat = in_force(case.policy.caveat, case.day)
    return (f"{caveat.value}。",) if caveat is not None and caveat.value is not None else ()


def _national(verdict: FilingVerdict, place: InsuredPlace) -> tuple[str, ...]:
    told = verdict.national and verdict.outcome != "at_home"
    return (national_caveat(verdict, place.name, place.hotline, "zh"),) if told else ()
