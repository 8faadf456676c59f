"""What the services give, as plain values for JSON: days and moments as ISO 8601, money in yuan as text, ids beside names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.policy.facts import Money
from bot.services.calls import Call, Clerk, Entry, Today, in_china
from bot.services.catalogue import TopicEntry
from bot.services.clauses import Clause
from bot.services.codes import Transcript
from bot.services.fact_form import FactField
from bot.services.reference import PlaceAnswer, PlaceChoice, TopicView
from bot.services.searching import Hit
from bot.services.tool_results import Column, StepView, ToolResult
from bot.web.staff_screen import Asked, Desk, Screen
from bot.web.staff_words import TOOLS
from bot.wording.records import outcome_name
from bot.wording.renderings import Renderings

__all__ = [
    "call_json",
    "choice_json",
    "clauses_json",
    "everywhere_json",
    "field_json",
    "hit_json",
    "today_json",
    "tool_json",
    "topic_entry_json",
    "topic_json",
    "transcript_json",
]  # fmt: skip

Json = dict[str, Any]


def hit_json(hit: Hit) -> Json:
    """A topic or a tool that was found."""
    return {**asdict(hit), "kind": "tool" if hit.topic in TOOLS else "topic"}


def choice_json(choice: PlaceChoice) -> Json:
    """A served place."""
    return {"place": choice.id, "place_name": choice.name, "hotline": choice.hotline, "key": choice.key}


def topic_entry_json(entry: TopicEntry) -> Json:
    """A topic in the list of all."""
    return {
        "topic": entry.id,
        "question": entry.question,
        "places": list(entry.places),
        "general": entry.general,
    }


def topic_json(view: TopicView, renderings: Renderings) -> Json:
    """A topic for a place: ``answer`` is what the caller gets, ``general`` the 通用 one whether it is given or not."""
    shown = [answer for answer in (view.own, view.general) if answer is not None]
    return {
        "topic": view.topic,
        "question": view.question,
        "place": view.place_id,
        "place_name": view.place,
        "hotline": view.hotline,
        "standing": view.standing,
        "caveat": view.caveat,
        "answer": _answer(view.given),
        "general": _answer(view.general),
        "clauses": clauses_json(clause for answer in shown for clause in answer.clauses),
        "renderings": asdict(renderings),
        "neighbours": [{"topic": topic, "question": question} for topic, question in view.neighbours],
        "inside": [{"place": place, "place_name": name} for place, name in view.inside],
    }


def everywhere_json(topic: TopicView, answers: Iterable[PlaceAnswer], places: Iterable[PlaceChoice]) -> Json:
    """The answers of all places to a topic, and the places that have none."""
    found = list(answers)
    have = {answer.place_id for answer in found}
    return {
        "topic": topic.topic,
        "question": topic.question,
        "answers": [_answer(answer) for answer in found],
        "without": [
            {"place": choice.id, "place_name": choice.name} for choice in places if choice.id not in have
        ],
        "clauses": clauses_json(clause for answer in found for clause in answer.clauses),
    }


def clauses_json(clauses: Iterable[Clause]) -> list[Json]:
    """Clauses in full, each once."""
    return [asdict(clause) for clause in {clause.id: clause for clause in clauses}.values()]


def field_json(field: FactField) -> Json:
    """A field of the tools' form."""
    choices = [{"value": value, "label": label} for value, label in field.choices]
    return {**asdict(field), "tools": list(field.tools), "choices": choices}


def tool_json(result: ToolResult, columns: Iterable[Column] = ()) -> Json:
    """What a tool came to, and the what-ifs beside it."""
    return {**_result(result), "columns": [_column(column) for column in columns]}


def today_json(today: Today, desk: Desk) -> Json:
    """The quiet figure of a day."""
    return {
        "day": today.day.isoformat(),
        "calls": today.calls,
        "answered": today.answered,
        "topics": [
            {"topic": topic, "question": desk.topic_name(topic), "calls": calls}
            for topic, calls in today.topics
        ],
        "places": [{**_place(place, desk), "calls": calls} for place, calls in today.places],
    }


def call_json(call: Call, desk: Desk, user: Clerk) -> Json:
    """A call with what was looked at."""
    return {
        "id": call.id,
        "number": call.number,
        "clerk": call.user,
        "started_at": _moment(call.started_at),
        "ended_at": _moment(call.ended_at) if call.ended_at is not None else None,
        **_place(call.place, desk),
        "outcome": call.outcome,
        "outcome_name": outcome_name(call.outcome, automatic=call.automatic),
        "automatic": call.automatic,
        "note": call.note,
        "entries": [_entry(entry, Screen(desk, user, Asked())) for entry in call.entries],
    }


def transcript_json(transcript: Transcript, desk: Desk) -> Json:
    """A conversation that a caller's code has opened."""
    return {
        "id": str(transcript.id),
        **_place(transcript.place, desk),
        "expires_at": _moment(transcript.expires_at),
        "turns": [
            {
                "at": _moment(turn.at),
                "asked": turn.asked,
                "answers": list(turn.answers),
                "options": list(turn.options),
            }
            for turn in transcript.turns
        ],
    }


def _entry(entry: Entry, screen: Screen) -> Json:
    """Something looked at during a call; ``label`` is the line that people read."""
    return {
        "at": _moment(entry.at),
        "kind": entry.kind,
        "subject": entry.subject,
        "label": screen.entry_label(entry),
        "detail": dict(entry.detail),
    }


def _answer(answer: PlaceAnswer | None) -> Json | None:
    if answer is None:
        return None
    return {
        "place": answer.place_id,
        "place_name": answer.place,
        "body": answer.body,
        "pieces": [asdict(piece) for piece in answer.pieces],
        "source_line": answer.source_line,
        "checked_on": answer.checked_on.isoformat(),
        "since": answer.since.isoformat() if answer.since is not None else None,
        "until": answer.until.isoformat() if answer.until is not None else None,
        "expires_in_days": answer.expires_in_days,
        "aged": answer.aged,
        "clauses": [clause.id for clause in answer.clauses],
    }


def _result(result: ToolResult) -> Json:
    figures = result.figures
    return {
        "tool": result.tool,
        "outcome": result.outcome,
        "text": result.text,
        "day": result.day.isoformat(),
        "place": result.place_id,
        "place_name": result.place,
        "hotline": result.hotline,
        "checked_on": result.checked_on.isoformat(),
        "missing": {"fact": result.missing_fact, "label": result.missing} if result.missing_fact else None,
        "figures": None
        if figures is None
        else {
            "fund_pays": _money(figures.fund, figures.fund_pays),
            "person_pays": _money(figures.person, figures.person_pays),
        },
        "caveats": list(result.caveats),
        "assumed": list(result.assumed),
        "steps": [_step(step) for step in result.steps],
        "clauses": clauses_json(result.clauses),
        "renderings": asdict(result.renderings),
        "topic": result.topic,
        "besides": result.besides,
    }


def _step(step: StepView) -> Json:
    return {
        "name": step.name,
        "text": step.text,
        "clauses": [clause.id for clause in step.clauses],
        "note": step.note,
    }


def _column(column: Column) -> Json:
    return {
        "value": column.value,
        "label": column.label,
        "current": column.current,
        "difference": column.difference,
        "result": _result(column.result),
    }


def _money(amount: Money, written: str) -> Json:
    """Both ends of an amount in yuan; they are the same unless it is a range."""
    return {"low": f"{amount.low:.2f}", "high": f"{amount.high:.2f}", "text": written}


def _place(place: str | None, desk: Desk) -> Json:
    return {"place": place, "place_name": desk.place_name(place) if place else None}


def _moment(moment: datetime) -> str:
    """A moment by the clock on the wall in China, with its zone."""
    return f"{in_china(moment):%Y-%m-%dT%H:%M:%S}+08:00"
