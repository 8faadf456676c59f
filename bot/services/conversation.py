"""Everything the dialogue asks of the use-cases, in one place: the object the actions talk to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.knowledge.base import KnowledgeBase
from bot.policy.areas import Area
from bot.services.asking import Asking, FaqReply
from bot.services.checking import Checking, ask
from bot.services.codes import VALID_MINUTES
from bot.services.estimating import Estimating
from bot.services.people import insured_place, served_names
from bot.services.profile import PERSON, UNKNOWN, Slots
from bot.services.reading import Message, MessageReader, Update
from bot.services.replies import Reply
from bot.wording import answers
from bot.wording.language import Language
from bot.wording.questions import Option, Question
from bot.wording.terms import term

# The questions offered when a message was not understood.
_OFFERED = 3


class MissRecorder(Protocol):
    """Keeps messages that were not understood, for the maintainers."""

    def __call__(self, *, text: str, kind: str, candidates: list[str], place: str | None) -> None:
        """Keep one; ``text`` is masked before it is stored."""


class Tool(Protocol):
    """The filing check or the estimate."""

    def next_question(self, slots: Slots) -> str | None:
        """The fact to ask for next."""


@dataclass
class Conversation:
    """The use-cases of one assistant."""

    knowledge: Callable[[], KnowledgeBase]
    asking: Asking
    checking: Checking
    estimating: Estimating
    record_miss: MissRecorder
    make_code: Callable[[str], str]

    def read(self, message: Message, slots: Slots, requested: str | None) -> Update:
        """The slots a message changes."""
        return MessageReader(self.knowledge().places).read(message, slots, requested)

    def answer(
        self,
        topic_id: str,
        entities: Sequence[Mapping[str, Any]],
        slots: Slots,
        language: Language,
        *,
        invite: bool = True,
    ) -> FaqReply:
        """The answer to a topic; ``invite`` as in :meth:`Asking.answer`."""
        return self.asking.answer(topic_id, entities, slots, language, invite=invite)

    @staticmethod
    def with_place(entities: Sequence[Mapping[str, Any]], area: str | None) -> Sequence[Mapping[str, Any]]:
        """The entities with the place of the question before, where the message names none itself."""
        if area is None or any(entity["entity"] == "place" for entity in entities):
            return entities
        return [*entities, {"entity": "place", "value": area, "role": "insured"}]

    def place_asked_about(self, entities: Sequence[Mapping[str, Any]]) -> str | None:
        """The area of the served place that a question names for itself."""
        for entity in entities:
            if entity["entity"] == "place" and entity.get("role") != "care" and not entity.get("deduced"):
                area = Area.parse(str(entity["value"]))
                if self.knowledge().places.resolve(area).place is not None:
                    return area.path
        return None

    def places_asked_about(
        self, entities: Sequence[Mapping[str, Any]]
    ) -> Sequence[Sequence[Mapping[str, Any]]]:
        """The entities once for each served place that a question names (南京和吴江的…); as they are for one or none."""
        served = {}
        for entity in entities:
            if entity["entity"] == "place" and entity.get("role") != "care":
                place = self.knowledge().places.resolve(Area.parse(str(entity["value"]))).place
                if place is not None:
                    served[place.id] = entity
        if len(served) < 2:
            return [entities]
        rest = [entity for entity in entities if entity["entity"] != "place"]
        return [[*rest, entity] for entity in served.values()]

    def ask(self, fact: str, slots: Slots, language: Language) -> Question:
        """The question for a fact."""
        return ask(fact, slots, self.knowledge(), language)

    def place_confirmation(self, slots: Slots, language: Language) -> Reply:
        """One short reply to a person who names their place, or the question which of several it is."""
        base = self.knowledge()
        if slots.get("place_question"):
            asked = ask("insured_place", slots, base, language)
            return Reply(asked.text, asked.options)
        place = insured_place(slots, base)
        if not place.known:
            return Reply(answers.place_first(language), answers.place_options(served_names(base)))
        if place.place is None:
            return Reply(answers.place_unserved(place.name, served_names(base), language))
        return Reply(answers.place_set(place.name, language))

    def profile(self, slots: Slots, language: Language) -> Reply:
        """What is kept about the person."""
        return Reply(answers.profile(self._known(slots, language), language))

    def noted(self, slots: Slots, language: Language) -> Reply:
        """Confirms facts that came unasked, and offers the tools."""
        known = [(name, value) for name, value in self._known(slots, language) if name != "insured_place"]
        if not known:
            return Reply(answers.not_understood(language), answers.tool_options(language))
        return Reply(answers.noted(known, language), answers.tool_options(language))

    def unsure(
        self, text: str, ranking: Sequence[Mapping[str, Any]], slots: Slots, language: Language
    ) -> Reply:
        """Offers the likeliest questions; records the message for the maintainers."""
        candidates = [str(entry["name"]) for entry in ranking]
        self._miss(text, "unsure", candidates, slots)
        offered = (self._offer(candidate, language) for candidate in candidates)
        options = [option for option in offered if option is not None][:_OFFERED]
        if not options:
            return Reply(answers.not_understood(language), answers.tool_options(language))
        return Reply(answers.unsure(language), tuple(options))

    def give_up(self, text: str, slots: Slots, language: Language) -> Reply:
        """Offers a human after the same thing failed twice."""
        self._miss(text, "failed_twice", [], slots)
        place = insured_place(slots, self.knowledge())
        return Reply(answers.repeated_failure(place.hotline, language), answers.tool_options(language))

    def human(self, slots: Slots, language: Language) -> Reply:
        """Where a human can be reached."""
        place = insured_place(slots, self.knowledge())
        name = place.name if place.place is not None else None
        text = answers.human(place.hotline, name, language)
        return Reply(text, answers.tool_options(language), human=True)

    def support_code(self, sender_key: str, language: Language) -> Reply:
        """A code that opens this conversation to a clerk of the hotline."""
        return Reply(answers.support_code(self.make_code(sender_key), VALID_MINUTES, language))

    def declined(self, text: str, topic: str, slots: Slots) -> None:
        """Records a message that is not ours."""
        self._miss(text, topic, [topic], slots)

    def _offer(self, label: str, language: Language) -> Option | None:
        kind, _, topic = label.partition("/")
        if kind == "faq":
            wording = self.asking.question(topic, language)
            return Option(wording, wording) if wording else None
        checking, estimating = answers.tool_options(language)
        return {"check_filing": checking, "estimate": estimating}.get(kind)

    def _known(self, slots: Slots, language: Language) -> list[tuple[str, str]]:
        place = insured_place(slots, self.knowledge())
        rows = [("insured_place", place.name)] if place.known else []
        rows += [(name, str(slots[name])) for name in PERSON[2:] if slots.get(name) not in (None, UNKNOWN)]
        return [(name, term(name, value, language)) for name, value in rows]

    def _miss(self, text: str, kind: str, candidates: list[str], slots: Slots) -> None:
        place = slots.get("insured_place") or slots.get("insured_area")
        self.record_miss(text=text, kind=kind, candidates=candidates, place=place)
