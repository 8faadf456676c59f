"""What a message is about, given what was talked of before it: one intent, or several questions to answer in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.nlu.kernel import KernelClassifier
from bot.nlu.normalise import normalise, simplify
from bot.nlu.pinyin import is_pinyin
from bot.text.follow_up import is_follow_up, leans_on_context, names_matter
from bot.text.remainder import asks_something, is_question, states_only_facts, states_only_insured_place
from bot.text.sentences import are_set_apart, clauses, questions_in

Ranking = list[tuple[str, float]]
Span = tuple[str, int, int]

_FAQ, _DECLINE = "faq/", "decline/"
_NONSENSE, _EMERGENCY = "decline/nonsense", "decline/emergency"
_TOOLS = ("check_filing", "estimate")
# A short message with one of these meanings goes on about nothing, however it is put.
_HEEDED_DECLINES = (_EMERGENCY, "decline/abuse", "decline/injection", _NONSENSE)
_EXEMPT = ("faq/shanghai_exempt", "faq/demonstration_zone_exempt")
_BENEFITS = (
    "faq/employee_outpatient_benefit",
    "faq/resident_outpatient_benefit",
    "faq/inpatient_benefit",
    "faq/benefit_by_category",
)
# Facts that have a topic of their own, whatever was talked of: bot/services/following.py names it.
_DECIDING = {"emergency", "filed", "lapsed"}
# Facts that change an estimate rather than a question of the FAQ.
_SUMS = {"cost", "deductible_used", "paid_this_year", "home_share"}
# 职工呢 after the residents' share asks for the employees'.
_OTHER_INSURANCE = {
    "faq/resident_outpatient_benefit": (re.compile("职工|employee"), "faq/employee_outpatient_benefit"),
    "faq/employee_outpatient_benefit": (re.compile("居民|resident"), "faq/resident_outpatient_benefit"),
}
_HAN = re.compile(r"[一-鿿]")
_WORD = re.compile(r"[A-Za-z0-9一-鿿]")
# An emergency that is over asks for money, not for an ambulance.
_OVER = re.compile(
    r"报|出院|发票|费用?|以后|之后|去年|上个?月|上周|前[几两]?天|那次|花了|已经|住了|reimburs|claim|bill|last"
)
# 转诊的呢 asks the same of another kind.
_OF_A_KIND = re.compile(r"的呢\W*$")
_OF_A_CATEGORY = re.compile(r"(?:居住|安置|退休|工作|派驻?|打工|务工|转诊|临时)\S{0,2}的呢\W*$")
# A single word that may mean any of these: the person is asked.
_BARE = {
    "备案": ("faq/filing_steps", "check_filing", "faq/filing_papers"),
    "报销": ("estimate", "faq/manual_claim", "faq/manual_claim_papers"),
    "材料": ("faq/filing_papers", "faq/manual_claim_papers"),
    "异地就医": ("faq/remote_care_meaning", "faq/filing_steps", "check_filing"),
}
_SHORTEST_CLAUSE = 4
# 要备案吗, 报多少: no longer than this, and they tell nothing of the person who asks.
_BARE_WISH = 6
# So sure of a whole message, commas alone do not part it into several questions, once it is so long.
_CLEAR = 0.95
_STORY = 40
_ANOTHER = 0.6
_POSSIBLE = 0.01
_TRACE = 0.0005
_LIKELY = 0.2
_SURE = 0.8


@dataclass(frozen=True)
class Context:
    """What went before: ``subject`` is ``faq/<topic>`` or a tool, ``asked`` the fact a form has just asked for."""

    subject: str = ""
    asked: str | None = None


@dataclass(frozen=True)
class Thresholds:
    """Probabilities that decide; fractions of 1. The defaults of the component in config.yml."""

    unsure_below: float
    unsure_gap: float
    several_above: float
    urgent_above: float


@dataclass(frozen=True)
class Understood:
    """The likeliest full intents, best first; whether to ask back; the FAQ questions if there are several.

    ``missed`` are parts of the message that ask something nobody could make out.
    """

    ranking: Ranking
    unsure: bool = False
    questions: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    # The message was understood from what went before it, so the place of that question is meant as well.
    goes_on: bool = False


class Understanding:
    """The trained models with the decisions around them. ``about`` gives the words that stand for each topic."""

    def __init__(
        self,
        sentences: KernelClassifier,
        pinyin: KernelClassifier,
        about: Mapping[str, Sequence[str]],
        thresholds: Thresholds,
        length: int,
    ) -> None:
        self._sentences = sentences
        self._pinyin = pinyin
        self._about = about
        self._thresholds = thresholds
        self._length = length

    def understand(self, text: str, spans: Iterable[Span], context: Context) -> Understood:
        """Read a message; ``spans`` are the facts and places found in it as (fact, start, end)."""
        plain, found = simplify(text), list(spans)
        ranking = self.rank(text)
        # A danger told of in passing leaves a trace in the whole; looking at each piece costs as much again.
        may_be_urgent = dict(ranking).get(_EMERGENCY, 0.0) > _TRACE
        if ranking[0][0] == "set_place" and asks_something(plain):
            # 南京的，去哪办 asks something; where the person is insured is read from it all the same.
            ranking = [entry for entry in ranking if entry[0] not in ("set_place", "inform")] or ranking
        if not context.subject and normalise(text) in _BARE:
            return Understood([(label, 1 / 3) for label in _BARE[normalise(text)]], unsure=True)
        told = self._told(plain, found, context, ranking)
        if told is not None:
            return told
        goes_on = self._goes_on(plain, context, ranking)
        if goes_on:
            ranking = self._continued(text, context.subject, ranking)
        if ranking[0][0] in _EXEMPT and not _HAN.search(text) and not is_pinyin(normalise(text)):
            # Only the filing check speaks English, and it knows the exempt places as well.
            replaced = (*_EXEMPT, "check_filing")
            share = sum(confidence for label, confidence in ranking if label in replaced)
            ranking = [("check_filing", share), *(entry for entry in ranking if entry[0] not in replaced)]
        understood = replace(self._several(plain, ranking, context), goes_on=goes_on)
        if may_be_urgent and self._is_urgent(plain) and understood.ranking[0][0] != _EMERGENCY:
            return self._urgent(understood)
        return replace(understood, unsure=not understood.questions and self._is_unsure(understood.ranking))

    def rank(self, text: str) -> Ranking:
        """The likeliest full intents of a text standing alone, with their confidence, best first."""
        if not _WORD.search(text):
            return [(_NONSENSE, 1.0)]
        plain = normalise(text)
        model = self._pinyin if is_pinyin(plain) else self._sentences
        confidences = model.confidences([plain])[0]
        declined = model.is_declined(confidences)
        order = [int(i) for i in np.argsort(-confidences)]
        # What is declined is so by the threshold, not because one label of many happens to lead.
        order.sort(key=lambda i: model.labels[i].startswith(_DECLINE) != declined)
        return [(model.labels[i], float(confidences[i])) for i in order[: self._length]]

    def _told(self, plain: str, found: list[Span], context: Context, ranking: Ranking) -> Understood | None:
        """A message that only states facts; None for any other."""
        facts = {fact for fact, _, _ in found}
        if states_only_facts(plain, found):
            changes_question = context.subject.startswith(_FAQ) and not context.asked and is_follow_up(plain)
            decides = facts <= _DECIDING or (facts == {"visit"} and context.subject in _BENEFITS)
            if changes_question and facts != {"place"} and not facts & _SUMS and not decides:
                return Understood(self._continued(plain, context.subject, ranking), goes_on=True)
            told = "set_place" if states_only_insured_place(plain, found) else "inform"
            return Understood([(told, 1.0), *ranking])
        if context.subject == "estimate" and facts & _SUMS and not asks_something(plain):
            return Understood([("inform", 1.0), *ranking])
        follows = is_follow_up(plain)
        if context.subject in _TOOLS and leans_on_context(plain) and not asks_something(plain):
            guess = context.asked and ranking[0][0].startswith(_FAQ) and not is_question(plain)
            if (guess and not follows) or (facts and follows):
                return Understood([("inform", 1.0), *ranking])
        return None

    def _goes_on(self, plain: str, context: Context, ranking: Ranking) -> bool:
        """Whether the message goes on about the subject of the conversation."""
        if context.subject not in self._about:
            return False
        if (
            ranking[0][0] in _TOOLS
            and len(plain) <= _BARE_WISH
            and self._has_own_topic(plain, context.subject)
        ):
            return True
        if not leans_on_context(plain):
            return False
        if context.subject in _TOOLS and not is_question(plain):
            return False
        label, confidence = ranking[0]
        if label.startswith(_DECLINE):
            heeded = label in _HEEDED_DECLINES and confidence > 0.5
            doubtful = confidence < _SURE or is_follow_up(plain) or self._fits(plain, context.subject)
            return not heeded and doubtful
        if label in _TOOLS:
            return confidence < _SURE or is_follow_up(plain)
        answer = label in ("affirm", "deny") and is_follow_up(plain)
        return label.startswith(_FAQ) or label in ("inform", "unsure") or answer or confidence <= 0.5

    def _has_own_topic(self, plain: str, subject: str) -> bool:
        """Whether what sounds like a wish for a tool has a topic beside the subject: 报多少 after the chronic diseases."""
        label, confidence = self._joined(plain, subject)[0]
        return label.startswith(_FAQ) and label != subject and confidence > _SURE

    def _fits(self, plain: str, subject: str) -> bool:
        """Whether a message that sounds foreign by itself asks something of ours about the subject."""
        return sum(share for name, share in self._joined(plain, subject) if name.startswith(_FAQ)) > _SURE

    def _continued(self, text: str, subject: str, alone: Ranking) -> Ranking:
        """The topics of a message that goes on about the subject.

        Where that is the very topic that was just answered, and the message by itself clearly asks for another one, it
        asks for the other one: nobody wants to read the same answer twice.
        """
        ranking = self._in_context(text, subject)
        names_other, other = _OTHER_INSURANCE.get(subject, (None, ""))
        if names_other and names_other.search(text):
            return [(other, 1.0), *(entry for entry in ranking if entry[0] != other)]
        label, confidence = alone[0]
        possible = dict(ranking).get(label, 0.0) > _POSSIBLE
        another = label.startswith(_FAQ) and label != subject and confidence >= _ANOTHER and possible
        if ranking[0][0] != subject:
            same = _OF_A_CATEGORY.search(text) and dict(ranking).get(subject, 0.0) > _LIKELY
            return [(subject, ranking[0][1]), *(e for e in ranking if e[0] != subject)] if same else ranking
        if another:
            return alone
        # 住院呢 after the outpatient share: the matter is another one, so the second best guess is the likelier wish.
        changes_matter = names_matter(text) and is_follow_up(text) and not _OF_A_KIND.search(text)
        return ranking[1:] if changes_matter and len(ranking) > 1 and ranking[1][1] > _LIKELY else ranking

    def _in_context(self, text: str, subject: str) -> Ranking:
        """The topics that a short message may ask for together with the words that stand for the subject."""
        topics = [entry for entry in self._joined(text, subject) if entry[0].startswith(_FAQ)]
        total = sum(confidence for _, confidence in topics)
        return [(label, confidence / total) for label, confidence in topics[: self._length]]

    def _joined(self, text: str, subject: str) -> Ranking:
        """Every intent for a message together with the words that stand for the subject."""
        texts = [normalise(f"{about} {text}") for about in self._about[subject]]
        confidences = self._sentences.confidences(texts).mean(axis=0)
        labels = self._sentences.labels
        return [(labels[i], float(confidences[i])) for i in np.argsort(-confidences)]

    def _several(self, plain: str, ranking: Ranking, context: Context) -> Understood:
        """Every question of a message that clearly asks several things, in order."""
        whole = Understood(ranking)
        label, confidence = ranking[0]
        apart = are_set_apart(plain)
        story = confidence > _CLEAR and not apart and len(plain) > _STORY
        if not (label.startswith(_FAQ) or label in _TOOLS) or story:
            return whole
        sure, missed, tool = [], [], None
        subject = context.subject
        for question in questions_in(plain):
            best, confidence = self._part(question, subject)
            if confidence < self._thresholds.several_above:
                missed.append(question)
            elif best.startswith(_FAQ):
                sure.append(best)
                subject = best
            elif best == label or (best in _TOOLS and apart and confidence > _CLEAR):
                tool = best
        topics = tuple(dict.fromkeys(sure))
        if len(topics) + (tool is not None) < 2:
            return whole
        first = tool or topics[0]
        rest = [entry for entry in ranking if entry[0] != first]
        return Understood([(first, 1.0), *rest], questions=topics, missed=tuple(missed))

    def _part(self, question: str, subject: str) -> tuple[str, float]:
        ranking = self.rank(question)
        if subject in self._about and leans_on_context(question) and not ranking[0][0].startswith(_DECLINE):
            ranking = self._in_context(question, subject)
        return ranking[0]

    def _is_urgent(self, plain: str) -> bool:
        """Whether a piece of the message tells of a danger that is not over."""
        pieces = clauses(plain) if _HAN.search(plain) else []
        if len(pieces) < 2 or _OVER.search(plain):
            return False
        long_enough = [normalise(piece) for piece in pieces if len(piece) >= _SHORTEST_CLAUSE]
        if not long_enough or _EMERGENCY not in self._sentences.labels:
            return False
        column = self._sentences.labels.index(_EMERGENCY)
        shares = self._sentences.confidences(long_enough)[:, column]
        return bool(shares.max() >= self._thresholds.urgent_above)

    @staticmethod
    def _urgent(understood: Understood) -> Understood:
        """The emergency first, then the question that came with it."""
        label = understood.ranking[0][0]
        asked = (label,) if label.startswith(_FAQ) else ()
        return Understood([(_EMERGENCY, 1.0), *understood.ranking], questions=understood.questions or asked)

    def _is_unsure(self, ranking: Ranking) -> bool:
        best, second = ranking[0][1], ranking[1][1] if len(ranking) > 1 else 0.0
        close = best - second < self._thresholds.unsure_gap and best < 2 * second
        return best < self._thresholds.unsure_below or close
