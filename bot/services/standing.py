"""Which answer of a topic a person of a place is given, for citizens and staff alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.faq import Answer, Topic
from bot.knowledge.places import GENERAL
from bot.services.people import InsuredPlace
from bot.wording import answers
from bot.wording.language import Language

# own: the place's own answer. general_is_own: 通用 comes from this place's own document. general: 通用 with a caveat.
# none: no material.
Kind = Literal["own", "general_is_own", "general", "none"]


@dataclass(frozen=True)
class Standing:
    """What there is on a topic for a place on a day."""

    kind: Kind
    own: Answer | None
    general: Answer | None

    @property
    def given(self) -> Answer | None:
        """The answer the person gets."""
        return self.own or self.general


def standing_of(topic: Topic, place: InsuredPlace, day: date) -> Standing:
    """The place's own answer, else the general one; never another place's."""
    own = topic.answer(place.name, day) if place.place is not None else None
    general = topic.answer(GENERAL, day)
    if own is not None:
        return Standing("own", own, general)
    if general is None:
        return Standing("none", None, None)
    has_rules = place.place is not None and place.place.general_rules_are_own
    return Standing("general_is_own" if has_rules else "general", None, general)


def caveat_of(standing: Standing, place: InsuredPlace, language: Language) -> str:
    """What stands before the answer for a person of a known place, or instead of it; empty where nothing has to be said."""
    if standing.kind == "general":
        return answers.general_caveat(place.name, place.hotline, language)
    return answers.not_covered(place.name, place.hotline, language) if standing.kind == "none" else ""


def source_line_of(answer: Answer, base: KnowledgeBase, language: Language) -> str:
    """Where an answer comes from, in a few words."""
    known = (source for source in answer.sources if source in base.sources.sections)
    citations = [base.sources.citation(source) for source in known]
    return answers.source_line(_grouped(citations), answer.checked_on.isoformat(), language)


def _grouped(citations: list[str]) -> list[str]:
    """``淮安告知书 一、二`` instead of the document's name twice."""
    grouped: dict[str, list[str]] = {}
    for citation in citations:
        document, _, heading = citation.partition(" ")
        grouped.setdefault(document, []).append(heading)
    return [f"{document} {'、'.join(headings)}" for document, headings in grouped.items()]
