"""The two tools as forms: which fact to ask next, how to ask it, and the result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.provider import conversation
from actions.questions import answer_several
from actions.turn import Events, Turn, send
from bot.services.conversation import Tool
from bot.text.remainder import is_question
from bot.wording import answers

# What may come between two questions of a form; the rules answer it and the form goes on.
_IN_BETWEEN = {
    "faq", "decline", "chat", "stop", "human", "help", "show_profile", "clear_profile", "wrong_answer", "more",
    "support_code",
}  # fmt: skip
# After this many answers that were not understood, the fact counts as not known.
_PATIENCE = 2


class _ValidateForm(Action, ABC):
    """Decides after each message: answer what came in between, ask the next fact, or give the result."""

    form = ""
    intent = ""
    result = ""

    def name(self) -> str:
        """The name in domain.yml."""
        return f"validate_{self.form}"

    @abstractmethod
    def tool(self) -> Tool:
        """The tool whose questions these are."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Return the requested slot, or reject the form for a message that is not an answer to it."""
        turn = Turn(tracker)
        requested = turn.requested if turn.form == self.form else None
        unanswered = requested is not None and not _answered(turn.slots, requested)
        if unanswered and self._comes_between(turn) and _fresh(tracker):
            return [ActionExecutionRejected(self.form)]
        events: Events = []
        if requested is not None and unanswered and _fresh(tracker) and not self._changed_anything(tracker):
            events += self._missed(dispatcher, turn, requested)
        else:
            # Rasa rejects a form whose validation sets no slot but the requested one.
            events.append(SlotSet("misses", 0))
        slots = turn.slots | {event["name"]: event["value"] for event in events}
        following = self.tool().next_question(slots)
        events.append(SlotSet("requested_slot", following))
        if following is None:
            events.append(FollowupAction(self.result))
        return events

    def _comes_between(self, turn: Turn) -> bool:
        other_tool = turn.intent in {"check_filing", "estimate"} - {self.intent}
        return other_tool or (turn.intent in _IN_BETWEEN and not self._only_states_facts(turn))

    @staticmethod
    def _only_states_facts(turn: Turn) -> bool:
        """Whether what looks like a keyword question is an answer here: 临时外出, which is a topic as well."""
        return turn.intent == "faq" and bool(turn.entities) and not is_question(turn.text)

    @staticmethod
    def _changed_anything(tracker: Tracker) -> bool:
        """Whether the message set any fact at all (a correction, or a fact not asked for yet)."""
        for event in reversed(tracker.events):
            if event.get("event") == "user":
                return False
            if event.get("event") == "slot" and event.get("name") not in (
                "language",
                "requested_slot",
                "misses",
            ):
                return True
        return False

    def _missed(self, dispatcher: CollectingDispatcher, turn: Turn, requested: str) -> Events:
        misses = int(turn.slots.get("misses") or 0) + 1
        if misses >= _PATIENCE and requested not in ("insured_place", "cost"):
            return [SlotSet("misses", 0), SlotSet(requested, "unknown")]
        if misses >= _PATIENCE:
            send(dispatcher, conversation().give_up(turn.text, turn.slots, turn.language))
        elif not turn.slots.get("odd_amount") and not turn.slots.get("place_question"):
            dispatcher.utter_message(text=answers.retry(requested, turn.language))
        return [SlotSet("misses", misses)]


def _answered(slots: dict[str, Any], fact: str) -> bool:
    """Whether the fact asked for is known now; a place that is not served is an answer too."""
    return slots.get(fact) is not None or (fact == "insured_place" and slots.get("insured_area") is not None)


def _fresh(tracker: Tracker) -> bool:
    """Whether the form looks at a new message, and not again after something in between was answered.

    Rasa ends the events it hands to a validation with the form itself, as if it had run, and the slots just read.
    """
    kinds = [event.get("event") for event in reversed(tracker.events)]
    before_form = kinds[kinds.index("action") + 1 :] if "action" in kinds else kinds
    return next((kind == "user" for kind in before_form if kind in ("user", "action")), True)


class ValidateFilingForm(_ValidateForm):
    """The filing check."""

    form, intent, result = "filing_form", "check_filing", "action_filing_result"

    def tool(self) -> Tool:
        """The filing check."""
        return conversation().checking


class ValidateEstimateForm(_ValidateForm):
    """The estimate."""

    form, intent, result = "estimate_form", "estimate", "action_estimate_result"

    def tool(self) -> Tool:
        """The estimate."""
        return conversation().estimating


class _Ask(Action, ABC):
    """Asks for one fact."""

    @property
    @abstractmethod
    def fact(self) -> str:
        """The fact, as its slot is called."""

    def name(self) -> str:
        """The name in domain.yml."""
        return f"action_ask_{self.fact}"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the question with its options."""
        turn = Turn(tracker)
        send(dispatcher, conversation().ask(self.fact, turn.slots, turn.language))
        return []


class AskInsuredPlace(_Ask):
    """参保地."""

    fact = "insured_place"


class AskCarePlace(_Ask):
    """就医地."""

    fact = "care_place"


class AskPurpose(_Ask):
    """Why the person is elsewhere."""

    fact = "purpose"


class AskReferral(_Ask):
    """转诊."""

    fact = "referral"


class AskStatus(_Ask):
    """在职 or 退休."""

    fact = "status"


class AskHouseholdMoved(_Ask):
    """户籍."""

    fact = "household_moved"


class AskInsurance(_Ask):
    """职工 or 居民."""

    fact = "insurance"


class AskVisit(_Ask):
    """门诊 or 住院."""

    fact = "visit"


class AskCost(_Ask):
    """The cost."""

    fact = "cost"


class AskHospitalLevel(_Ask):
    """The hospital level."""

    fact = "hospital_level"


class AskHomeShare(_Ask):
    """The share at home."""

    fact = "home_share"


class FilingResult(Action):
    """The verdict."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_filing_result"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the verdict for what is known."""
        turn = Turn(tracker)
        instead = conversation().checking.topic_instead(turn.slots)
        if instead is not None:
            answer_several(dispatcher, turn, [instead])
        else:
            send(dispatcher, conversation().checking.verdict(turn.slots, turn.language))
        return _finished(dispatcher, turn, "check_filing")


class EstimateResult(Action):
    """The estimate."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_estimate_result"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the estimate for what is known."""
        turn = Turn(tracker)
        estimating = conversation().estimating
        instead = estimating.topic_instead(turn.slots)
        if instead is not None:
            answer_several(dispatcher, turn, [instead])
            return _finished(dispatcher, turn, "estimate")
        send(dispatcher, estimating.result(turn.slots, turn.language))
        besides = estimating.topic_besides(turn.slots)
        answer_several(dispatcher, turn, [besides] if besides else [])
        return _finished(dispatcher, turn, "estimate")


def _finished(dispatcher: CollectingDispatcher, turn: Turn, subject: str) -> Events:
    """The result is given: now the questions that came with the wish for it."""
    answer_several(dispatcher, turn, turn.slots.get("pending_questions") or ())
    return [SlotSet("last_subject", subject), SlotSet("failures", 0), SlotSet("pending_questions", None)]
