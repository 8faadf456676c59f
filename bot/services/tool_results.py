"""What the two tools give to the clerk's screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.policy.facts import Money
from bot.services.clauses import Clause
from bot.wording import staff
from bot.wording.renderings import Renderings
from bot.wording.terms import money


@dataclass(frozen=True)
class StepView:
    """One step of the trace: what it is about, what it says, its clauses, and how an unclear passage was read."""

    name: str
    text: str
    clauses: tuple[Clause, ...]
    note: str | None = None


@dataclass(frozen=True)
class Amounts:
    """The headline of an estimate: what the fund and the person pay. A range has two different ends."""

    fund: Money
    person: Money

    @property
    def fund_pays(self) -> str:
        """``1,560 元``."""
        return money(self.fund, "zh")

    @property
    def person_pays(self) -> str:
        """``1,440 元``."""
        return money(self.person, "zh")


@dataclass(frozen=True)
class ToolResult:
    """What a tool says. ``text`` is the finished message of the chat, its source line included.

    ``outcome`` is the core's (file, exempt, at_home, impossible, emergency, unlisted; figures, factor_only, no_figure),
    or ``not_in_force`` for a day before the rules, or ``topic`` where a topic answers better (``topic`` names it).
    """

    tool: str
    outcome: str
    text: str
    day: date
    place: str | None
    place_id: str | None
    hotline: str
    checked_on: date
    renderings: Renderings
    # The one fact that would narrow the result most: its label and its field.
    missing: str | None
    missing_fact: str | None
    steps: tuple[StepView, ...]
    clauses: tuple[Clause, ...]
    figures: Amounts | None
    # What has to be said with the result, and what it takes for granted.
    caveats: tuple[str, ...]
    assumed: tuple[str, ...]
    topic: str | None = None
    # A topic that belongs beside the result (没备案, 急诊), which the chat sends along.
    besides: str | None = None


@dataclass(frozen=True)
class Column:
    """One what-if. ``current``: it is what was entered; ``difference`` compares what the fund pays with that column."""

    label: str
    value: str
    result: ToolResult
    current: bool
    difference: str | None


def difference(figures: Amounts | None, entered: Amounts | None) -> str | None:
    """Compared end by end; None where one side has no figure, or only one of them is a range."""
    if figures is None or entered is None or figures.fund.is_range != entered.fund.is_range:
        return None
    ends = (figures.fund.low - entered.fund.low, figures.fund.high - entered.fund.high)
    return staff.difference(min(ends), max(ends))
