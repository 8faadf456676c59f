"""What stands on the hotline console: from what the browser asks for to the values of the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from bot.services.calls import Call, Calls, Clerk, Entry, Reports, Today
from bot.services.codes import Codes
from bot.services.reference import PlaceNotFoundError, Reference, TopicNotFoundError, TopicView
from bot.services.searching import Hit, Searching
from bot.services.staff_tools import CHANGES, FACTS, BadFactError, StaffTools
from bot.web.staff_words import SAID, TOOLS
from bot.wording.records import ENTRY_NAMES, OUTCOME_NAMES, REPORT_NAMES
from bot.wording.staff import what_if_label

__all__ = ["Asked", "Desk", "Screen", "tool_values"]

Values = dict[str, Any]
_VIEWS = ("filing", "estimate", "everywhere", "report", "end", "code")
_LONGEST_QUERY = 200
# What decides a sum stands first in its form; the rest follows in the order of the form for the filing check.
_FIRST = ("visit", "insurance", "status", "hospital_level", "cost", "category", "filed")


@dataclass(frozen=True)
class Desk:
    """What the console works with."""

    searching: Searching
    reference: Reference
    tools: StaffTools
    calls: Calls
    reports: Reports
    codes: Codes
    today: Callable[[], date]
    # How people read the ids of topics and places.
    topic_name: Callable[[str], str]
    place_name: Callable[[str], str]


@dataclass(frozen=True)
class Asked:
    """The console as a browser asks for it; ``topic`` and ``place`` are ids, ``view`` what the middle shows."""

    query: str = ""
    place: str = ""
    topic: str = ""
    view: str = ""
    said: str = ""
    transcript: str = ""

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, list[str]]) -> Asked:
        """Read the arguments of an address; what is unknown counts as not said."""
        given = {name: values[0] for name, values in arguments.items() if values}
        view = given.get("view", "")
        return cls(
            query=given.get("q", "").strip()[:_LONGEST_QUERY],
            place=given.get("place", "")[:60],
            topic=given.get("topic", "")[:80],
            view=view if view in _VIEWS else "",
            said=given.get("said", "")[:40],
            transcript=given.get("transcript", "")[:20],
        )

    def address(self, **changes: str) -> str:
        """The console's address with some of it changed."""
        wanted = {"q": self.query, "place": self.place, "topic": self.topic, "view": self.view, **changes}
        return f"/staff?{urlencode({name: value for name, value in wanted.items() if value})}"


@dataclass
class Screen:
    """Works out the values for one clerk. Everything here asks services that may wait for the database."""

    desk: Desk
    user: Clerk
    asked: Asked
    problem: str = ""
    # What was typed into a form that could not be taken.
    typed: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> Values:
        """Everything the templates need."""
        call = self.desk.calls.current(self.user)
        hits = self._hits()
        topic = self._topic(hits)
        tool = self._tool()
        values: Values = {
            **self._surroundings(call),
            "hits": hits,
            "topic": topic,
            "shown": topic.topic if topic is not None else self.asked.view,
            "everywhere": (),
            "without": (),
            "elsewhere": self._elsewhere(topic),
            "renderings": self.desk.reference.renderings(topic) if topic is not None else None,
            "clauses": _clauses_of(topic),
            "transcript": self._transcript(),
            **tool,
        }
        if self.asked.view == "everywhere" and topic is not None:
            values |= self._everywhere(topic)
        return values

    def tool(self, name: str, given: Mapping[str, str]) -> Values:
        """A tool's result for the facts of its form."""
        return tool_values(self.desk, name, given)

    def _surroundings(self, call: Call | None) -> Values:
        places = self.desk.reference.places()
        return {
            "query": self.asked.query,
            "view": self.asked.view,
            "here": self.asked.address,
            "call": call,
            "places": places,
            "place_ids": [choice.id for choice in places],
            "place": self._place(),
            "named": self._named(),
            "tools": TOOLS,
            # It stands below an empty search alone, and is not counted anew with every keystroke.
            "today": None if self.asked.query else _quiet(self.desk.calls.today(), self.desk.topic_name),
            "report_kinds": tuple(REPORT_NAMES.items()),
            "outcomes": tuple(OUTCOME_NAMES.items()),
            "entry_label": self.entry_label,
            "place_name": self.desk.place_name,
            "topic_name": self.desk.topic_name,
            "said": SAID.get(self.asked.said, ""),
            "problem": self.problem,
            "typed": self.typed,
        }

    def entry_label(self, entry: Entry) -> str:
        """One line on something looked at during a call."""
        if entry.kind == "topic":
            place = entry.detail.get("place")
            return self.desk.topic_name(entry.subject) + (
                f"（{self.desk.place_name(place)}）" if place else ""
            )
        told = entry.detail.get("result") or self.desk.topic_name(entry.subject)
        return ENTRY_NAMES[entry.kind] if entry.kind == "transcript" else f"{ENTRY_NAMES[entry.kind]}：{told}"

    def _hits(self) -> tuple[Hit, ...]:
        return self.desk.searching.search(self.asked.query, self.asked.place or None)

    def _place(self) -> Mapping[str, str] | None:
        """The caller's place; None while it is not known."""
        if not self.asked.place:
            return None
        return {"id": self.asked.place, "name": self.desk.place_name(self.asked.place)}

    def _named(self) -> Mapping[str, str] | None:
        """The place that the words typed name."""
        found = self.desk.searching.place_in(self.asked.query) if self.asked.query else None
        return {"id": found, "name": self.desk.place_name(found)} if found else None

    def _topic(self, hits: tuple[Hit, ...]) -> TopicView | None:
        """The topic asked for, else the best one found; the tools have no answer of their own."""
        wanted = self.asked.topic or next((hit.topic for hit in hits if hit.topic not in TOOLS), "")
        if not wanted or wanted in TOOLS:
            return None
        try:
            return self.desk.reference.topic(wanted, self.asked.place or None)
        except PlaceNotFoundError:
            self.asked = replace(self.asked, place="")
            return self._topic(hits)
        except TopicNotFoundError as error:
            self.problem = str(error)
            return None

    def _elsewhere(self, topic: TopicView | None) -> list[str]:
        """The places with an answer of their own, to ask the caller about while the place is not known."""
        if topic is None or topic.place is not None:
            return []
        return [answer.place for answer in self.desk.reference.everywhere(topic.topic) if answer.place_id]

    def _everywhere(self, topic: TopicView) -> Values:
        found = self.desk.reference.everywhere(topic.topic)
        have = {answer.place for answer in found}
        clauses = {clause.id: clause for answer in found for clause in answer.clauses}
        without = [choice.name for choice in self.desk.reference.places() if choice.name not in have]
        return {"everywhere": found, "without": without, "clauses": tuple(clauses.values())}

    def _tool(self) -> Values:
        if self.asked.view not in ("filing", "estimate"):
            return {"result": None, "columns": ()}
        return self.tool(self.asked.view, {"insured_place": self.asked.place})

    def _transcript(self) -> Any:
        if self.asked.view != "code" or not self.asked.transcript.isdecimal():
            return None
        return self.desk.codes.read(int(self.asked.transcript), self.user)


def tool_values(desk: Desk, name: str, given: Mapping[str, str]) -> Values:
    """A tool's form with what was filled in, and the result or what is wrong with a fact."""
    facts = {fact: value.strip() for fact, value in given.items() if value.strip()}
    changed, written_day = facts.pop("changed", ""), facts.pop("day", "")
    tool = "check_filing" if name == "filing" else "estimate"
    fields = [fact for fact in FACTS if tool in fact.tools and fact.name != "insured_place"]
    if name == "estimate":
        fields.sort(key=lambda fact: _FIRST.index(fact.name) if fact.name in _FIRST else len(_FIRST))
    compared = {changed: what_if_label(changed) for changed in CHANGES[tool]}
    values: Values = {
        "facts": facts,
        "fields": fields,
        "changes": tuple(compared.items()),
        "changed": changed,
        "day": written_day or desk.today().isoformat(),
        "problems": {},
        "result": None,
        "columns": (),
        "renderings": None,
        "clauses": (),
    }
    try:
        day = date.fromisoformat(written_day) if written_day else desk.today()
    except ValueError:
        return {**values, "problems": {"day": "请写成 2026-01-31 这样的日期"}}
    known = {fact.name for fact in fields} | {"insured_place"}
    facts = {fact: value for fact, value in facts.items() if fact in known}
    try:
        result = desk.tools.check(facts, day) if name == "filing" else desk.tools.estimate(facts, day)
        columns = desk.tools.what_if(facts, day, changed, tool) if changed in compared else ()
    except BadFactError as error:
        return {**values, "problems": {error.field: _with_choices(error)}}
    return {
        **values,
        "result": result,
        "columns": columns,
        "renderings": result.renderings,
        "clauses": result.clauses,
    }


def _with_choices(error: BadFactError) -> str:
    labels = "、".join(label for _, label in error.choices[:8])
    return f"{error.message}（{labels}）" if labels else error.message


def _clauses_of(topic: TopicView | None) -> tuple[Any, ...]:
    """The clauses of what is shown: of the place's own answer, then of the general one."""
    if topic is None:
        return ()
    shown = [answer for answer in (topic.own, topic.general) if answer is not None]
    return tuple({clause.id: clause for answer in shown for clause in answer.clauses}.values())


def _quiet(today: Today, topic_name: Callable[[str], str]) -> Values:
    """The quiet figure of the day."""
    share = None if today.answered is None else round(today.answered * 100)
    topics = [{"topic": t, "question": topic_name(t), "count": count} for t, count in today.topics]
    return {"calls": today.calls, "answered": share, "topics": topics}
