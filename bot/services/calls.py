"""Calls as clerks record them, and what they report to the maintainers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

from bot.storage.calls import Call, CallStore, Entry, Filters
from bot.storage.reports import Report, ReportStore
from bot.wording.records import ENTRY_NAMES, OUTCOME_NAMES, REPORT_NAMES, problem

__all__ = [
    "Call",
    "CallError",
    "Calls",
    "Clerk",
    "Entry",
    "Filters",
    "Report",
    "Reports",
    "Today",
    "in_china",
]

OUTCOMES = tuple(OUTCOME_NAMES)
KINDS = tuple(ENTRY_NAMES)
REPORT_KINDS = tuple(REPORT_NAMES)

LONGEST_NOTE = 2_000
# One line; what is longer was pasted.
_LONGEST_SUBJECT = 280
# A result with its steps, an answer with its sources.
_LONGEST_DETAIL = 4_000
# No call lasts so long: the clerk forgot to end it.
_FORGOTTEN = timedelta(seconds=4 * 3600)
_TOP_TOPICS = 5
# A day of the documents, of a filter and of a number is a day in China, wherever the server stands.
_CHINA = timezone(timedelta(seconds=8 * 3600))


class Clerk(Protocol):
    """An account of staff, as far as calls care."""

    @property
    def name(self) -> str:
        """The name of the account."""

    def may(self, permission: str) -> bool:
        """Whether the account has a permission."""


class CallError(ValueError):
    """Something a clerk asked for cannot be done; reads as one Chinese sentence, ``code`` is for programs."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(problem(code, **values))
        self.code = code


@dataclass(frozen=True)
class Today:
    """The quiet figure: how many calls began on a day, what share of the ended ones was answered, about what, from where.

    ``answered`` is a fraction of 1, None while no call has ended. ``topics`` and ``places`` come with their number of calls,
    the most frequent first; the place None is "not told".
    """

    day: date
    calls: int
    answered: float | None
    topics: tuple[tuple[str, int], ...]
    places: tuple[tuple[str | None, int], ...]


def in_china(moment: datetime) -> datetime:
    """The day and time of day in China, as a clock on the wall shows them: without a time zone."""
    return moment.astimezone(_CHINA).replace(tzinfo=None)


class Calls:
    """The calls of all clerks. ``questions`` gives the canonical question of every topic, ``kept_days`` how long calls stay."""

    def __init__(
        self,
        store: CallStore,
        now: Callable[[], datetime],
        questions: Callable[[], Mapping[str, str]],
        kept_days: int,
    ) -> None:
        self._store = store
        self._now = now
        self._questions = questions
        self._kept = timedelta(days=kept_days)
        self._purged_on: date | None = None

    def start(self, user: Clerk, place: str | None = None) -> Call:
        """A new call; the open one where there is one already. One that was forgotten is closed first."""
        now = self._now()
        day = in_china(now).date()
        call, is_new = self._store.start(user.name, place, now, day, now - _FORGOTTEN)
        if is_new and self._purged_on != day:
            self._purged_on = day
            self._store.purge(day - self._kept)
        return call

    def current(self, user: Clerk) -> Call | None:
        """The clerk's open call."""
        return self._store.current(user.name)

    def look(self, user: Clerk, kind: str, subject: str, detail: Mapping[str, str] | None = None) -> None:
        """Add what was looked at to the open call; nothing without one, and nothing where it was the last thing anyway.

        ``subject`` is the topic's id, or one line; ``detail`` holds ``place`` for a topic, ``result`` for a tool.
        """
        if kind not in KINDS:
            raise CallError("bad_kind", found=kind)
        now = self._now()
        short = {str(name): str(value)[:_LONGEST_DETAIL] for name, value in (detail or {}).items()}
        self._store.add(user.name, Entry(now, kind, subject[:_LONGEST_SUBJECT], short), now - _FORGOTTEN)

    def set_place(self, user: Clerk, place: str | None) -> Call:
        """Set the caller's place: an id of places.yml or an area path, None for not told."""
        return self._changed(self._store.change(user.name, place=place or None))

    def end(self, user: Clerk, outcome: str, note: str = "") -> Call:
        """Close the open call."""
        if outcome not in OUTCOMES:
            raise CallError("bad_outcome")
        written = _limited(note, LONGEST_NOTE, "note_too_long")
        return self._changed(
            self._store.change(user.name, ended_at=self._now(), outcome=outcome, note=written)
        )

    def call(self, call_id: int, user: Clerk) -> Call | None:
        """A call that this clerk may see: their own, a maintainer every one."""
        found = self._store.call(call_id)
        return found if found is not None and (found.user == user.name or user.may("maintain")) else None

    def history(
        self, user: Clerk, filters: Filters | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[Call], int]:
        """Some of the calls this clerk may see, the newest first, and how many the filters find."""
        wanted = filters or Filters()
        if not user.may("maintain"):
            wanted = replace(wanted, user=user.name)
        wanted = replace(wanted, text=wanted.text.strip(), topics=self._topics_about(wanted.text.strip()))
        return self._store.history(wanted, limit, offset)

    def today(self, day: date | None = None) -> Today:
        """The quiet figure of a day, of all clerks together."""
        asked = day or in_china(self._now()).date()
        figures = self._store.figures(asked, _TOP_TOPICS)
        share = figures.answered / figures.ended if figures.ended else None
        return Today(asked, figures.calls, share, figures.topics, figures.places)

    def _topics_about(self, text: str) -> Sequence[str]:
        """The topics whose question holds a text, because entries hold their ids."""
        if not text:
            return ()
        return [topic for topic, question in self._questions().items() if text.lower() in question.lower()]

    @staticmethod
    def _changed(call: Call | None) -> Call:
        if call is None:
            raise CallError("no_call")
        return call


class Reports:
    """What clerks report about answers, for the maintainers' inbox."""

    def __init__(self, store: ReportStore, calls: Calls, now: Callable[[], datetime]) -> None:
        self._store = store
        self._calls = calls
        self._now = now

    def report(
        self,
        user: Clerk,
        topic: str | None,
        place: str | None,
        kind: str,
        text: str,
        answer_shown: str = "",
        question: str = "",
        call_id: int | None = None,
        sources: Sequence[str] = (),
    ) -> int:
        """Keep a report and note it in the open call, to which it belongs unless ``call_id`` says otherwise; gives its id.

        ``text`` is what should be different, ``question`` how the caller put it, ``sources`` the section ids shown.
        """
        if kind not in REPORT_KINDS:
            raise CallError("bad_kind", found=kind)
        texts = {
            "kind": kind,
            "topic": topic or None,
            "place": place or None,
            "question": _limited(question, LONGEST_NOTE, "text_too_long"),
            "wanted": _limited(text, LONGEST_NOTE, "text_too_long"),
            "answer": answer_shown[:_LONGEST_DETAIL],
            "sources": list(sources),
        }
        if not texts["question"] and not texts["wanted"]:
            raise CallError("empty_report")
        report_id = self._store.add(user.name, self._call_of(user, call_id), self._now(), texts)
        subject = topic or str(texts["question"] or texts["wanted"])
        self._calls.look(
            user, "report", subject, {"report": str(report_id), "kind": kind, "place": place or ""}
        )
        return report_id

    def open(self, limit: int = 100, offset: int = 0) -> list[Report]:
        """What waits for a maintainer, the newest first."""
        return self._store.in_state("open", limit, offset)

    def done(self, limit: int = 100, offset: int = 0) -> list[Report]:
        """What was dealt with, the newest first."""
        return self._store.in_state("done", limit, offset)

    def waiting(self) -> int:
        """How many reports are open."""
        return self._store.count("open")

    def one(self, report_id: int) -> Report | None:
        """One report."""
        return self._store.report(report_id)

    def finish(self, report_id: int, user: Clerk) -> bool:
        """Mark a report as dealt with; False where it is not open (any more)."""
        return self._store.close(report_id, user.name, self._now())

    def _call_of(self, user: Clerk, call_id: int | None) -> int | None:
        if call_id is None:
            current = self._calls.current(user)
            return current.id if current is not None else None
        if self._calls.call(call_id, user) is None:
            raise CallError("unknown_call")
        return call_id


def _limited(text: str, longest: int, code: str) -> str:
    written = text.strip()
    if len(written) > longest:
        raise CallError(code, found=len(written), limit=longest)
    return written
