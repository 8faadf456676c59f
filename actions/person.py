"""What the person can ask of the assistant itself: their details, a human, to stop."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.provider import conversation
from actions.turn import Events, Turn, send
from bot.services.profile import FACT_SLOTS
from bot.wording import answers

_MEMORY = (
    *FACT_SLOTS, "place_question", "odd_amount", "last_subject", "topic_awaiting_place", "misses", "failures",
    "pending_questions", "asked_place",
)  # fmt: skip


class ShowProfile(Action):
    """我的信息."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_show_profile"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter what is kept."""
        turn = Turn(tracker)
        send(dispatcher, conversation().profile(turn.slots, turn.language))
        return []


class ClearProfile(Action):
    """清除我的信息."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_clear_profile"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Forget everything about the person."""
        turn = Turn(tracker)
        dispatcher.utter_message(text=answers.profile_cleared(turn.language))
        return [SlotSet(name, None) for name in _MEMORY]


class Stop(Action):
    """算了."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_stop"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Confirm."""
        dispatcher.utter_message(text=answers.stopped(Turn(tracker).language))
        return [SlotSet("misses", 0), SlotSet("pending_questions", None)]


class Human(Action):
    """转人工."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_human"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the hotline."""
        turn = Turn(tracker)
        send(dispatcher, conversation().human(turn.slots, turn.language))
        return []


class SupportCode(Action):
    """给我一个客服码."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_support_code"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter a code that opens this conversation to a clerk."""
        turn = Turn(tracker)
        send(dispatcher, conversation().support_code(turn.sender_key, turn.language))
        return []


class More(Action):
    """继续, where nothing is left to show."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_more"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say so."""
        dispatcher.utter_message(text=answers.nothing_more(Turn(tracker).language))
        return []
