"""Answering a question of the FAQ for a person's place, never with another place's rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faq import Answer, Topic
from bot.knowledge.places import GENERAL
from bot.policy.areas import Area
from bot.policy.facts import Insurance
from bot.services.people import InsuredPlace, insured_place, served_names
from bot.services.profile import Slots, profile_of
from bot.services.replies import Reply, source_notes
from bot.services.standing import caveat_of, source_line_of, standing_of
from bot.wording import answers
from bot.wording.language import Gloss, Language, say

# The topic of outpatient benefits for each insurance.
BENEFIT_OF: Mapping[Insurance, str] = {
    "employee": "employee_outpatient_benefit",
    "resident": "resident_outpatient_benefit",
}


@dataclass(frozen=True)
class FaqReply:
    """The answer, and whether the person should name a place to get a better one."""

    reply: Reply
    wants_place: bool = False


class Asking:
    """Answers topics. ``knowledge`` gives the knowledge in force, ``today`` the day it is asked for."""

    def __init__(
        self,
        knowledge: Callable[[], KnowledgeBase],
        today: Callable[[], date],
        gloss: Gloss = lambda _: None,
    ) -> None:
        self._knowledge = knowledge
        self._today = today
        self._gloss = gloss

    def answer(
        self,
        topic_id: str,
        entities: Sequence[Mapping[str, Any]],
        slots: Slots,
        language: Language,
        *,
        invite: bool = True,
    ) -> FaqReply:
        """The answer for the place the question names, else for the person's place, else the general one.

        ``invite``: a 通用 answer ends with the invitation to name a place.
        """
        base = self._knowledge()
        topic = base.faq.get(_for_insurance(topic_id, entities, slots))
        if topic is None:
            return FaqReply(Reply(answers.not_understood(language)))
        own = insured_place(slots, base)
        named = _named_place(entities, base, own)
        if named is not None and named.area is not None and named.place is None:
            candidates = base.places.resolve(named.area).candidates
            if candidates:
                return self._ambiguous(topic, named.area, [c.name for c in candidates], base, language)
        place = named or own
        found = self._for_place(topic, place, base, language)
        general = topic.answer(GENERAL, self._today())
        if found.wants_place and not invite and general is not None:
            return FaqReply(self._written(topic, general, base, language))
        return found

    def question(self, topic_id: str, language: Language) -> str | None:
        """The canonical wording of a topic, in English where there is one."""
        topic = self._knowledge().faq.get(topic_id)
        if topic is None:
            return None
        return say(language, topic.question, self._gloss(topic.question) or topic.question)

    def _for_place(
        self, topic: Topic, place: InsuredPlace, base: KnowledgeBase, language: Language
    ) -> FaqReply:
        found = standing_of(topic, place, self._today())
        if found.own is None and not place.known:
            return self._without_place(topic, found.general, base, language)
        caveat = caveat_of(found, place, language)
        if found.given is None:
            return FaqReply(Reply(caveat))
        reply = self._written(topic, found.given, base, language)
        return FaqReply(replace(reply, text=f"{caveat}\n\n{reply.text}") if caveat else reply)

    def _without_place(
        self, topic: Topic, general: Answer | None, base: KnowledgeBase, language: Language
    ) -> FaqReply:
        """The general answer at once, with an invitation; only without one the place is asked for first."""
        names = [name for name in served_names(base) if name in topic.places]
        if general is None:
            options = answers.place_options(names)
            return FaqReply(Reply(answers.place_first(language), options), wants_place=True)
        reply = self._written(topic, general, base, language)
        if not names:
            return FaqReply(reply)
        text = f"{reply.text}\n\n{answers.invitation(language)}"
        return FaqReply(replace(reply, text=text, options=answers.place_options(names)), wants_place=True)

    def _ambiguous(
        self, topic: Topic, area: Area, candidates: list[str], base: KnowledgeBase, language: Language
    ) -> FaqReply:
        general = topic.answer(GENERAL, self._today())
        text, options = answers.which_place(area.name, candidates, language)
        if general is None:
            return FaqReply(Reply(text, options), wants_place=True)
        reply = self._written(topic, general, base, language)
        return FaqReply(replace(reply, text=f"{reply.text}\n\n{text}", options=options), wants_place=True)

    def _written(self, topic: Topic, answer: Answer, base: KnowledgeBase, language: Language) -> Reply:
        line = source_line_of(answer, base, language)
        lead = f"{answers.english_lead(self._gloss(topic.question))}\n" if language == "en" else ""
        return Reply(
            text=f"{lead}{answer.body}\n\n{line}",
            sources=source_notes(base.sources, answer.sources, answer.checked_on.isoformat()),
        )


def _for_insurance(topic_id: str, entities: Sequence[Mapping[str, Any]], slots: Slots) -> str:
    """The benefit topic of the person's own insurance, unless the question names one: no retiree hears residents' figures."""
    if topic_id not in BENEFIT_OF.values():
        return topic_id
    named = {str(entity["value"]) for entity in entities if entity["entity"] == "insurance"}
    if len(named) == 1:
        return BENEFIT_OF["resident" if named == {"resident"} else "employee"]
    if named:
        return topic_id
    insurance = profile_of(slots).facts.known_insurance
    return BENEFIT_OF[insurance] if insurance is not None else topic_id


def _named_place(
    entities: Sequence[Mapping[str, Any]], base: KnowledgeBase, own: InsuredPlace
) -> InsuredPlace | None:
    """The insured place a question names for itself; a place of care does not count.

    Where the person's own place is known, one that is only guessed does not count, nor the province around it.
    """
    named = [
        e
        for e in entities
        if e["entity"] == "place" and e.get("role") != "care" and not (own.known and e.get("deduced"))
    ]
    if not named:
        return None
    best = next((e for e in named if e.get("role") == "insured"), named[0])
    area = Area.parse(str(best["value"]))
    resolved = base.places.resolve(area)
    if not best.get("role") and own.home is not None and own.home.within(area):
        return None
    if resolved.place is not None:
        return InsuredPlace(resolved.place)
    if best.get("role") == "insured" or resolved.candidates:
        return InsuredPlace(area=area)
    return None
