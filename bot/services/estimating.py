"""The reimbursement estimate in dialogue: what to ask next, and the result as a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.knowledge.base import KnowledgeBase
from bot.policy import estimate
from bot.policy.facts import Facts
from bot.policy.parameters import PlacePolicy
from bot.policy.trace import sources_of
from bot.services.checking import place_checked, with_caveat, with_sources
from bot.services.people import insured_place
from bot.services.profile import UNKNOWN, Profile, Slots, profile_of
from bot.services.replies import Reply
from bot.wording.estimate import estimate_message
from bot.wording.language import Gloss, Language


class Estimating:
    """The estimator."""

    def __init__(
        self, knowledge: Callable[[], KnowledgeBase], today: Callable[[], date], gloss: Gloss
    ) -> None:
        self._knowledge = knowledge
        self._today = today
        self._gloss = gloss

    def next_question(self, slots: Slots) -> str | None:
        """The fact to ask for next; None when the estimate can be given."""
        base = self._knowledge()
        if self.topic_instead(slots) is not None:
            return None
        profile, place = profile_of(slots), insured_place(slots, base)
        if not place.known and slots.get("insured_place") != UNKNOWN:
            return "insured_place"
        policy = base.policy_of(place.id)
        return estimate.next_question(profile.facts, policy, self._today(), profile.asked)

    @staticmethod
    def topic_instead(slots: Slots) -> str | None:
        """The topic that answers better than any sum: care where the fund does not pay at all."""
        if slots.get("pharmacy") == "yes":
            return "pharmacy_purchase"
        if slots.get("designated") != "no":
            return None
        return "emergency_care" if slots.get("emergency") == "yes" else "non_network_hospital"

    def topic_besides(self, slots: Slots) -> str | None:
        """The topic to add where no figure can be given: unfiled care and emergencies have rules of their own."""
        base = self._knowledge()
        profile, place = profile_of(slots), insured_place(slots, base)
        if estimate.estimate(profile.facts, base.policy_of(place.id), self._today()).outcome != "no_figure":
            return None
        if profile.facts.emergency:
            return "emergency_care"
        return "unfiled_care" if profile.facts.filed is False else None

    def result(self, slots: Slots, language: Language) -> Reply:
        """The estimate for what is known."""
        base, day = self._knowledge(), self._today()
        place = insured_place(slots, base)
        policy, result = base.policy_of(place.id), self.worked_out(slots)
        text = estimate_message(result, place.name, place.hotline, language, self._gloss)
        if result.outcome != "no_figure":
            text = with_caveat(text, policy, day, language, self._gloss)
        return with_sources(text, estimate_sources(result), base, place_checked(base, place), language)

    def worked_out(self, slots: Slots) -> estimate.Estimate:
        """What the policy core works out of what is known."""
        base, day = self._knowledge(), self._today()
        profile = profile_of(slots)
        policy = base.policy_of(insured_place(slots, base).id)
        facts = _with_deductible(profile, policy, day)
        return estimate.estimate(facts, policy, day, asked=profile.asked)


def estimate_sources(result: estimate.Estimate) -> list[str]:
    """The sections an estimate rests on, each once."""
    sections = [s for scenario in result.scenarios for s in sources_of(scenario.steps)]
    sections += [source for _, rule in result.rules for source in rule.source]
    sections += [source for _, factor in result.factors for source in factor.source]
    return list(dict.fromkeys(sections))


def _with_deductible(profile: Profile, policy: PlacePolicy, day: date) -> Facts:
    """The facts with what is used of the deductible, where the person says that it is met, or what is left of it."""
    facts = profile.facts
    if not profile.deductible_met and profile.deductible_left is None:
        return facts
    schedule = policy.schedule_for(facts.known_insurance, facts.visit or "outpatient")
    deductible = schedule.deductible.on(day) if schedule is not None and schedule.deductible else None
    if deductible is None or deductible.value is None:
        return facts
    left = min(profile.deductible_left or Decimal(0), deductible.value)
    return replace(facts, deductible_used=deductible.value - left)
