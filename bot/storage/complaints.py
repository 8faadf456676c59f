"""The answer that a complaint is about, found in the turns before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.storage.asked import Event, read_turn
from bot.text.feedback import feedback_in

# The intent of a message that finds fault with an answer.
WRONG_ANSWER = "wrong_answer"
# So far back an answer may lie; between it and the complaint stand a thank-you or the steps of a form.
_FARTHEST = 8
_LONGEST_ANSWER = 2_000


@dataclass(frozen=True)
class Complaint:
    """The question whose answer did not satisfy, what it was taken for, and the answer as it was shown."""

    text: str
    kind: str
    label: str
    place: str | None
    answer: str = field(repr=False)


def complaint_in(said: str, earlier: Sequence[Event], place: str | None) -> Complaint | None:
    """What a complaint is about; ``earlier`` are the events before it, ``place`` the person's.

    None where it is about no answer: nothing was answered, or what was asked waits for the maintainers already.
    """
    for turn in _turns_backwards(earlier)[:_FARTHEST]:
        asked = read_turn(turn, {})
        if asked is None or asked.outcome in ("unsure", "declined") or asked.label == WRONG_ANSWER:
            return None
        if asked.outcome == "answered" or (asked.outcome == "tool" and (asked.begun or asked.finished)):
            return Complaint(asked.text, feedback_in(said), asked.label, place, _shown(turn))
    return None


def _turns_backwards(events: Sequence[Event]) -> list[Sequence[Event]]:
    """The events from each message of the person on, the newest turn first."""
    starts = [position for position, event in enumerate(events) if event["event"] == "user"]
    ends = [*starts, len(events)][1:]
    return [events[start:end] for start, end in zip(starts, ends, strict=True)][::-1]


def _shown(turn: Sequence[Event]) -> str:
    said = [str(event["text"]) for event in turn if event["event"] == "bot" and event.get("text")]
    return "\n".join(said)[:_LONGEST_ANSWER]
