"""What one turn asked and what became of it, read from Rasa's events as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from bot.text.sameness import plain

Event = Mapping[str, Any]

OUTCOMES = ("answered", "unsure", "declined", "tool", "small_talk")
"""What becomes of a message; `small_talk` is all that asks nothing: thanks, 我的信息, a complaint about an answer."""

# The days of the figures are days in China, wherever the server stands.
_CHINA = timezone(timedelta(hours=8))
# Whoever asks the same again so soon has not found the answer in the first reply.
_SOON_S = 120.0
_TOOLS = {
    "filing_form": "check_filing",
    "action_filing_result": "check_filing",
    "estimate_form": "estimate",
    "action_estimate_result": "estimate",
}
_RESULTS = {"action_filing_result", "action_estimate_result"}
# What runs around a form without being an answer of its own.
_AROUND = {
    "action_listen", "action_session_start", "action_extract_slots", "action_read_facts", "action_follow_up",
    "action_set_place", "action_deactivate_loop",
}  # fmt: skip
_QUESTIONS = ("faq/", "decline/", "nlu_fallback")


@dataclass(frozen=True)
class Asked:
    """One turn as the table `questions` keeps it; the columns are explained there."""

    at: datetime
    day: date
    text: str
    label: str
    confidence: float
    outcome: str
    begun: bool = False
    finished: bool = False
    again: bool = False
    place: str | None = None
    subject: str | None = None
    channel: str = ""


def read_turn(
    events: Sequence[Event], slots: Mapping[str, Any], earlier: Sequence[Event] = ()
) -> Asked | None:
    """The turn in ``events``, masked already; ``slots`` hold what is known after it, ``earlier`` what was before it.

    None where the person wrote nothing.
    """
    said, before = _message(events), _message(earlier)
    if said is None or not said.get("text"):
        return None
    at = datetime.fromtimestamp(float(said["timestamp"]), timezone.utc)
    intent = intent_of(said)
    label, outcome = _became(events, intent)
    actions = _actions(events)
    runs = outcome == "tool" and not _runs_again(said, intent, label)
    return Asked(
        at=at,
        day=at.astimezone(_CHINA).date(),
        text=str(said["text"]),
        label=label,
        confidence=_confidence(said),
        outcome=outcome,
        begun=runs and any(e["event"] == "active_loop" and e.get("name") in _TOOLS for e in events),
        finished=runs and not _RESULTS.isdisjoint(actions),
        again=before is not None and _same_soon(said, before),
        place=_place(slots, outcome),
        subject=_subject(said),
        channel=str(said.get("input_channel") or ""),
    )


def _message(events: Sequence[Event]) -> Event | None:
    """The last message of the person."""
    return next((event for event in reversed(events) if event["event"] == "user"), None)


def intent_of(said: Event) -> str:
    """The full intent of a message: `faq/filing_time`, `decline/abuse`, `estimate`; empty where it has none."""
    understood = said.get("parse_data") or {}
    name = str((understood.get("intent") or {}).get("name") or "")
    chosen = (understood.get("response_selector") or {}).get(name) or {}
    return str((chosen.get("response") or {}).get("intent_response_key") or name)


def _became(events: Sequence[Event], intent: str) -> tuple[str, str]:
    """What the turn was about, and its outcome."""
    actions = _actions(events)
    if "action_unsure" in actions:
        return intent, "unsure"
    if "action_record_declined" in actions or intent.startswith("decline/"):
        return intent, "declined"
    subject = _last_set(events, "last_subject")
    if subject.startswith("faq/"):
        return subject, "answered"
    tools = [_TOOLS[name] for name in actions if name in _TOOLS]
    if tools and not any(_answers(name) for name in actions):
        return tools[-1], "tool"
    return intent, "answered" if "action_answer_faq" in actions else "small_talk"


def _runs_again(said: Event, intent: str, tool: str) -> bool:
    """Whether a fact told after the result has the tool run once more: 要是我转诊呢 is no further use of it."""
    context = _context(said)
    return intent != tool and context.get("subject") == tool and context.get("asked") is None


def _actions(events: Sequence[Event]) -> list[str]:
    return [str(event.get("name")) for event in events if event["event"] == "action"]


def _answers(name: str) -> bool:
    """Whether an action says something of its own, beside a tool that goes on."""
    return name not in _TOOLS and name not in _AROUND and not name.startswith(("action_ask_", "validate_"))


def _last_set(events: Sequence[Event], slot: str) -> str:
    found = (e.get("value") for e in reversed(events) if e["event"] == "slot" and e.get("name") == slot)
    return str(next(found, None) or "")


def _same_soon(said: Event, before: Event) -> bool:
    """Whether a question repeats the last one, in its words or in its meaning, within two minutes."""
    if not 0 <= float(said["timestamp"]) - float(before["timestamp"]) <= _SOON_S:
        return False
    intent = intent_of(said)
    if not intent.startswith(_QUESTIONS):
        return False
    return intent == intent_of(before) or plain(str(said["text"])) == plain(str(before.get("text") or ""))


def _confidence(said: Event) -> float:
    found = ((said.get("parse_data") or {}).get("intent") or {}).get("confidence")
    return float(found) if isinstance(found, (int, float)) else 0.0


def _place(slots: Mapping[str, Any], outcome: str) -> str | None:
    """The place an answer was for: the one the question named, else the person's."""
    asked = slots.get("asked_place") if outcome == "answered" else None
    known = asked or slots.get("insured_place") or slots.get("insured_area")
    return str(known) if known and known != "unknown" else None


def _subject(said: Event) -> str | None:
    return str(_context(said).get("subject") or "") or None


def _context(said: Event) -> Mapping[str, Any]:
    """What the conversation was about, as the door noted it with the message."""
    context: Mapping[str, Any] = (said.get("metadata") or {}).get("context") or {}
    return context
