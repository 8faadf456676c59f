"""Answering questions, and the turns in which there is no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.provider import conversation
from actions.turn import Events, Turn, send
from bot.services.following import concerns_person, tool_for, topic_for
from bot.services.reading import is_correction
from bot.wording import answers

_FORMS = {"check_filing": "filing_form", "estimate": "estimate_form"}


class AnswerFaq(Action):
    """Answers the topic of the message; several in the order they were asked."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_answer_faq"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the answer for the person's place, or the one the question names."""
        turn = Turn(tracker)
        *others, last = turn.topics
        answer_several(dispatcher, turn, others)
        events = _answer(dispatcher, turn, last)
        for part in turn.missed:
            dispatcher.utter_message(text=answers.missed_part(part, turn.language))
        return events


def answer_several(dispatcher: CollectingDispatcher, turn: Turn, topics: Sequence[str]) -> None:
    """Answer topics one after the other, without asking for the place."""
    for topic in topics:
        found = conversation().answer(topic, turn.entities, turn.slots, turn.language, invite=False)
        send(dispatcher, found.reply)


def _answer(dispatcher: CollectingDispatcher, turn: Turn, topic: str) -> Events:
    asked_for = turn.slots.get("asked_place") if turn.goes_on else None
    entities = conversation().with_place(turn.entities, asked_for)
    *others, last = conversation().places_asked_about(entities)
    for entities in others:
        send(
            dispatcher, conversation().answer(topic, entities, turn.slots, turn.language, invite=False).reply
        )
    found = conversation().answer(topic, last, turn.slots, turn.language)
    send(dispatcher, found.reply)
    waiting = topic if found.wants_place else None
    return [
        SlotSet("last_subject", f"faq/{topic}"),
        SlotSet("asked_place", conversation().place_asked_about(last)),
        SlotSet("topic_awaiting_place", waiting),
        SlotSet("failures", 0),
    ]


class FollowUp(Action):
    """A message that only states facts, outside the forms: it changes the last result, or names the place."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_follow_up"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Run the last tool again, answer the last topic for the new place, or confirm what was said."""
        turn = Turn(tracker)
        subject = str(turn.slots.get("last_subject") or "")
        topic = topic_for(turn.entities, subject)
        if topic is not None:
            return _answer(dispatcher, turn, topic)
        tool = tool_for(turn.entities, subject, turn.slots.get("care_place"))
        if tool is not None:
            return [FollowupAction(_FORMS[tool])]
        names_place = any(entity["entity"] == "place" for entity in turn.entities)
        last_topic = subject.partition("/")[2]
        if subject.startswith("faq/") and (names_place or concerns_person(last_topic)):
            return _answer(dispatcher, turn, last_topic)
        reply = conversation().place_confirmation if names_place else conversation().noted
        send(dispatcher, reply(turn.slots, turn.language))
        return []


class SetPlace(Action):
    """我的参保地是南京: one short confirmation, and the answer that waited for it."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_set_place"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Confirm the place the message names."""
        turn = Turn(tracker)
        send(dispatcher, conversation().place_confirmation(turn.slots, turn.language))
        if turn.slots.get("place_question"):
            return []
        subject = str(turn.slots.get("last_subject") or "")
        if is_correction(turn.text) and subject in _FORMS:
            return [FollowupAction(_FORMS[subject])]
        corrected = subject.partition("/")[2] if is_correction(turn.text) else None
        topic = turn.slots.get("topic_awaiting_place") or corrected
        return _answer(dispatcher, turn, topic) if topic else []


class Unsure(Action):
    """A message that could mean several things: offers the likeliest; the second time in a row, a human."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_unsure"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Offer questions or a human."""
        turn = Turn(tracker)
        failures = int(turn.slots.get("failures") or 0) + 1
        if failures >= 2:
            send(dispatcher, conversation().give_up(turn.text, turn.slots, turn.language))
        else:
            ranking = turn.ranking
            send(dispatcher, conversation().unsure(turn.text, ranking, turn.slots, turn.language))
        return [SlotSet("failures", failures % 2)]


class RecordDeclined(Action):
    """Keeps a message that is not ours for the maintainers; the answer is a response of domain.yml."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_record_declined"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Record it, and answer what was asked beside it: an emergency with a question."""
        turn = Turn(tracker)
        conversation().declined(turn.text, f"decline/{turn.topic}", turn.slots)
        answer_several(dispatcher, turn, turn.questions)
        return []
