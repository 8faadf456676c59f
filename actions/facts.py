"""Reading the facts a message states, on every turn."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.provider import conversation
from actions.turn import Events, Turn


class ReadFacts(Action):
    """The custom slot mapping of every fact: sets the slots that the message changes."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_read_facts"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Read the message in its context."""
        turn = Turn(tracker)
        update = conversation().read(turn.message, turn.slots, turn.requested)
        events = [SlotSet(name, value) for name, value in update.items()]
        if turn.intent in ("check_filing", "estimate") and turn.questions:
            events.append(SlotSet("pending_questions", turn.questions))
        return events
