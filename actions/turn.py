"""One turn as the actions see it: the message, the slots, the language; and a reply sent to the person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.services.reading import Message
from bot.services.replies import Reply
from bot.wording.language import Language
from bot.wording.questions import Question

Events = list[dict[str, Any]]


class Turn:
    """Reads a rasa_sdk tracker."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.slots: dict[str, Any] = dict(tracker.slots)

    @property
    def sender_key(self) -> str:
        """The name under which the conversation is kept."""
        return str(self._tracker.sender_id)

    @property
    def text(self) -> str:
        """What the person wrote."""
        return str(self._tracker.latest_message.get("text") or "")

    @property
    def intent(self) -> str:
        """The intent without the topic; empty where there is none."""
        return str((self._tracker.latest_message.get("intent") or {}).get("name") or "")

    @property
    def entities(self) -> list[dict[str, Any]]:
        """The entities of the message."""
        return list(self._tracker.latest_message.get("entities") or [])

    @property
    def ranking(self) -> list[dict[str, Any]]:
        """The likeliest intents, best first."""
        return list(self._tracker.latest_message.get("intent_ranking") or [])

    @property
    def topic(self) -> str:
        """The topic of a retrieval intent: ``filing_time`` for ``faq/filing_time``; empty where there is none."""
        selected = (self._tracker.latest_message.get("response_selector") or {}).get(self.intent) or {}
        label = str((selected.get("response") or {}).get("intent_response_key") or "")
        return label.partition("/")[2]

    @property
    def topics(self) -> list[str]:
        """Every topic the message asks about, in order; mostly one."""
        return self.questions or [self.topic]

    @property
    def questions(self) -> list[str]:
        """The FAQ topics of a message that asks several things; empty for every other."""
        several = self._tracker.latest_message.get("questions") or []
        return [str(label).partition("/")[2] for label in several]

    @property
    def goes_on(self) -> bool:
        """Whether the message was understood from what went before it."""
        return bool(self._tracker.latest_message.get("goes_on"))

    @property
    def missed(self) -> list[str]:
        """The parts of the message that ask something nobody could make out."""
        return [str(part) for part in self._tracker.latest_message.get("missed") or []]

    @property
    def language(self) -> Language:
        """The language of the conversation."""
        return "en" if self.slots.get("language") == "en" else "zh"

    @property
    def form(self) -> str | None:
        """The form under way."""
        name = (self._tracker.active_loop or {}).get("name")
        return str(name) if name else None

    @property
    def requested(self) -> str | None:
        """The fact the form under way has just asked for."""
        return self.slots.get("requested_slot") if self.form else None

    @property
    def message(self) -> Message:
        """The message as the use-cases want it."""
        return Message(self.text, self.intent, self.entities)


def send(dispatcher: CollectingDispatcher, reply: Reply | Question) -> None:
    """Utter a reply: its text with the options as buttons, and the sources as a custom part for pages."""
    buttons = [{"title": option.label, "payload": option.text} for option in reply.options]
    dispatcher.utter_message(text=reply.text, buttons=buttons or None)
    if isinstance(reply, Reply) and reply.sources:
        dispatcher.utter_message(json_message={"sources": [note.as_dict() for note in reply.sources]})
    if isinstance(reply, Reply) and reply.human:
        # A channel whose account has people of its own hands the conversation over to them.
        dispatcher.utter_message(json_message={"human": True})
