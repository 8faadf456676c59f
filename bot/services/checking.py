"""The filing check in dialogue: what to ask next, and the verdict as a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bot.knowledge.base import KnowledgeBase
from bot.policy import filing
from bot.policy.parameters import PlacePolicy, in_force
from bot.policy.trace import sources_of
from bot.services.people import InsuredPlace, insured_place, served_names
from bot.services.profile import UNKNOWN, Slots, profile_of
from bot.services.replies import Reply, source_notes
from bot.wording import answers
from bot.wording.filing import filing_message
from bot.wording.language import Gloss, Language, say, sentence
from bot.wording.questions import Question, question


class Checking:
    """The eligibility checker."""

    def __init__(
        self, knowledge: Callable[[], KnowledgeBase], today: Callable[[], date], gloss: Gloss
    ) -> None:
        self._knowledge = knowledge
        self._today = today
        self._gloss = gloss

    def next_question(self, slots: Slots) -> str | None:
        """The fact to ask for next; None when the verdict can be given."""
        if not insured_place(slots, self._knowledge()).known and slots.get("insured_place") != UNKNOWN:
            return "insured_place"
        if self.topic_instead(slots) is not None:
            return None
        return self.judged(slots).question

    def topic_instead(self, slots: Slots) -> str | None:
        """The topic that answers better than the check: students insured where the national answer is the place's own."""
        place = insured_place(slots, self._knowledge()).place
        own = place is not None and place.general_rules_are_own
        return "student_care" if own and slots.get("status") == "student" else None

    def verdict(self, slots: Slots, language: Language) -> Reply:
        """The verdict for what is known."""
        base = self._knowledge()
        verdict, place = self.judged(slots), insured_place(slots, base)
        text = filing_message(verdict, place.name, place.hotline, language, self._gloss)
        text = with_caveat(text, base.policy_of(place.id), self._today(), language, self._gloss)
        sections = [*sources_of(verdict.steps), *channel_sources(verdict)]
        return with_sources(text, sections, base, place_checked(base, place), language)

    def judged(self, slots: Slots) -> filing.FilingVerdict:
        """What the policy core says of what is known."""
        base = self._knowledge()
        profile, place = profile_of(slots), insured_place(slots, base)
        verdict = filing.check(
            profile.facts,
            base.policy_of(place.id),
            self._today(),
            home=place.home,
            national=base.policies["national"],
            asked=profile.asked,
        )
        own = place.place is not None and place.place.general_rules_are_own
        return filing.as_own(verdict) if own else verdict


def channel_sources(verdict: filing.FilingVerdict) -> list[str]:
    """The sections that name where to file."""
    return [source for channel in verdict.channels for source in channel.names.source]


def place_checked(base: KnowledgeBase, place: InsuredPlace) -> str:
    """The day the place's policy was last checked against its documents."""
    return base.policy_of(place.id).verified_on.isoformat()


def with_caveat(text: str, policy: PlacePolicy, day: date, language: Language, gloss: Gloss) -> str:
    """A message with what has to be said of everything in the place's documents."""
    caveat = in_force(policy.caveat, day)
    if caveat is None or caveat.value is None:
        return text
    return f"{text}\n{sentence(caveat.value, language, gloss)}{say(language, '。', '.')}"


def with_sources(
    text: str, sections: list[str], base: KnowledgeBase, checked: str, language: Language
) -> Reply:
    """A reply that ends with the documents it rests on."""
    documents = list(dict.fromkeys(base.sources.document_of(s).short for s in sections))
    line = f"\n\n{answers.source_line(documents, checked, language)}" if documents else ""
    return Reply(text + line, sources=source_notes(base.sources, sections, checked))


def ask(fact: str, slots: Slots, base: KnowledgeBase, language: Language) -> Question:
    """The question for a fact, with what went wrong before it, if anything did."""
    pending = slots.get("place_question")
    if fact == "insured_place" and pending:
        area = pending.split("/")[-1]
        candidates = [p.name for p in base.places.by_id.values() if p.area.path.startswith(pending + "/")]
        return Question(*answers.which_place(area, candidates, language))
    extra = answers.place_options(served_names(base)) if fact == "insured_place" else ()
    asked = question(fact, language, extra)
    if fact == "cost" and slots.get("odd_amount"):
        return Question(f"{answers.odd_amount(slots['odd_amount'], language)}{asked.text}", asked.options)
    return asked
