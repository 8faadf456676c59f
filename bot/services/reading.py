"""A message read in its context: which facts it adds to what is known about the person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.knowledge.places import Places
from bot.policy.areas import Area
from bot.policy.errors import UnreasonableAmountError
from bot.policy.estimate import reasonable
from bot.services.profile import ESTIMATE, FACT_SLOTS, FILING, UNKNOWN, Slots, money_of
from bot.text.follow_up import is_follow_up, leans_on_context
from bot.text.reading import read
from bot.text.remainder import is_question

Update = dict[str, Any]

_TOOLS = ("check_filing", "estimate")
# Facts that decide the filing category.
_CATEGORY_FACTS = {"purpose", "referral", "household_moved"}
# Questions about going to a certain place: another place after one of them is another destination.
EXEMPT_TOPICS = ("faq/shanghai_exempt", "faq/demonstration_zone_exempt")
_TELLING = (*_TOOLS, "inform", "set_place")
_UNSURE = re.compile(
    r"^(?:我|俺|这个?|也|真|还|就)*(?:不(?:太|大|怎么)?(?:知道|清楚|晓得|记得|确定|懂|了解)|记不(?:得|清|住)?|忘(?:了|记)|没数|没注意|说不(?:好|清|准)|搞不(?:清|懂)|弄不(?:清|懂)|随便|跳过|不好说|不一定)"
    r"|not sure|don'?t know|no idea|skip|unsure|can'?t tell|don'?t remember",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:是|对|嗯|恩|有(?!效|没|什|哪|多)|迁|(?:去|前|今)年|早|开(?!刀)|已|办|好|要|y|yes|yeah|right|sure|ok)",
    re.IGNORECASE,
)
_NO = re.compile(r"^(?:不|没|否|无|未|还没|n$|no\b|not\b|nope)", re.IGNORECASE)
_HUNDRED = 100
# 不对，是二级医院 says nothing about the fact just asked for.
_CORRECTION = re.compile(r"^\W*(?:不对|不是|错|说错|搞错|弄错|等等|等一?下|no,|wrong|wait)", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"其他(?:地方|区|城市|的)?|别的(?:地方|区)?|不是|another|elsewhere|other", re.IGNORECASE
)
_HAN = re.compile(r"[一-鿿]")
_LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")
# What 是/不是 means as an answer to the question for a fact.
_YES_MEANS = {"household_moved": ("yes", "no"), "referral": ("yes", "no"), "status": ("retired", "employed")}


@dataclass(frozen=True)
class Message:
    """A user message as understood: its intent, entities as Rasa writes them, and whether it was typed in pinyin."""

    text: str
    intent: str
    entities: Sequence[Mapping[str, Any]] = ()


class MessageReader:
    """Reads facts out of messages."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def read(self, message: Message, slots: Slots, requested: str | None) -> Update:
        """The slots that the message changes; ``requested`` is the fact just asked for, inside a form."""
        update: Update = {"language": _language(message.text, slots.get("language"))}
        goes_on = slots.get("last_subject") == message.intent and leans_on_context(message.text)
        if not requested and message.intent in _TOOLS and not goes_on:
            update |= _fresh_start(message.intent, slots)
        stated = self._stated(message, slots, requested) | self._insured(message, slots, requested)
        update |= stated
        corrects_another = stated and is_correction(message.text)
        if requested and requested not in update and not corrects_another:
            update |= _short_answer(message, requested)
        update |= _amount_problem(update)
        return {name: value for name, value in update.items() if slots.get(name) != value}

    def _stated(self, message: Message, slots: Slots, requested: str | None) -> Update:
        """Facts other than the insured place."""
        question_in_between = requested and message.intent in ("faq", "decline") and is_question(message.text)
        if question_in_between or (not requested and message.intent not in _TELLING):
            return {}
        found = {str(e["entity"]): str(e["value"]) for e in message.entities if e["entity"] in FACT_SLOTS}
        if requested in ("cost", "home_share"):
            found |= {r.fact: r.value for r in read(message.text, expecting=requested)}
        care = self._care_place(message, slots, requested)
        if care is not None:
            found["care_place"] = care
        if requested == "home_share" and "home_share" not in found and _may_be_percent(found.get("cost")):
            del found["cost"]
        if self._supposes_filing(message, slots, found):
            return {**found, "filed": None}
        if "category" in found and "filed" not in found:
            # Whoever asks about a category talks of filing in it.
            return {**found, "filed": None}
        if "category" not in found and _CATEGORY_FACTS & found.keys():
            # A category named before does not outlive the facts it no longer fits.
            return {**found, "category": None}
        return dict(found)

    @staticmethod
    def _supposes_filing(message: Message, slots: Slots, found: Update) -> bool:
        """Whether 如果是转诊备案的呢 takes back that nothing was filed."""
        named = found.get("category") or found.get("purpose") or found.get("referral") == "yes"
        return (
            bool(named) and "filed" not in found and slots.get("filed") == "no" and is_follow_up(message.text)
        )

    def _care_place(self, message: Message, slots: Slots, requested: str | None) -> str | None:
        named = [e for e in message.entities if e["entity"] == "place"]
        for entity in named:
            if entity.get("role") == "care" and requested != "insured_place":
                return str(entity["value"])
        if requested == "care_place":
            if named:
                return str(named[-1]["value"])
            return UNKNOWN if _ELSEWHERE.search(message.text) else None
        loose = [e for e in named if not e.get("role")]
        insured_known = slots.get("insured_place") or slots.get("insured_area")
        if (
            loose
            and not requested
            and message.intent in (*_TOOLS, "inform")
            and self._is_destination(message, slots)
        ):
            served = self._places.resolve(Area.parse(str(loose[0]["value"]))).place
            if served is None or (insured_known and served.id != slots.get("insured_place")):
                return str(loose[0]["value"])
        return None

    def _is_destination(self, message: Message, slots: Slots) -> bool:
        """Whether a place without a role may be where the person goes: 那北京呢 after a result, 去…要备案吗 before one."""
        subject = str(slots.get("last_subject") or "")
        if message.intent in _TOOLS:
            return True
        if subject in EXEMPT_TOPICS or (subject in _TOOLS and is_follow_up(message.text)):
            return True
        return not subject.startswith("faq/") and bool(slots.get("insured_place"))

    def _insured(self, message: Message, slots: Slots, requested: str | None) -> Update:
        """The insured place, where the message states it (and not only asks about it)."""
        area = self._insured_area(message, slots, requested)
        pending = slots.get("place_question")
        if area is None:
            if pending and _ELSEWHERE.search(message.text):
                return {"insured_place": None, "insured_area": pending, "place_question": None}
            return {}
        if _ELSEWHERE.search(message.text) and not self._places.resolve(area).place:
            return {"insured_place": None, "insured_area": area.path, "place_question": None}
        resolved = self._places.resolve(area)
        if pending and area.within(Area.parse(pending)) and f"不是{area.name}" in message.text:
            return {"insured_place": None, "insured_area": pending, "place_question": None}
        if resolved.place is not None:
            return {"insured_place": resolved.place.id, "insured_area": None, "place_question": None}
        if resolved.candidates:
            return {"place_question": area.path}
        return {"insured_place": None, "insured_area": area.path, "place_question": None}

    def _insured_area(self, message: Message, slots: Slots, requested: str | None) -> Area | None:
        named = [e for e in message.entities if e["entity"] == "place"]
        known = slots.get("insured_area") or slots.get("insured_place") not in (None, UNKNOWN)
        stated = [e for e in named if e.get("role") == "insured" and not (known and e.get("deduced"))]
        loose = [e for e in named if not e.get("role")]
        if message.intent in ("faq", "nlu_fallback") and (
            not requested or (known and is_question(message.text))
        ):
            # A place in a question is for that question; only a person whose place is not known yet has it kept.
            return None if known else self._asked_about(stated, loose)
        if stated:
            return Area.parse(str(stated[-1]["value"]))
        if message.intent == "set_place" and named:
            return Area.parse(str(named[-1]["value"]))
        if requested == "insured_place" and named:
            return Area.parse(str((loose or named)[0]["value"]))
        if not loose:
            return None
        area = Area.parse(str(loose[0]["value"]))
        if requested:
            # Late, but told at last: the insured place was asked for before.
            told_late = slots.get("insured_place") == UNKNOWN and self._places.resolve(area).place is not None
            return area if told_late else None
        about_faq = str(slots.get("last_subject") or "").startswith("faq/")
        served = self._places.resolve(area).place is not None
        if known and not served:
            # Whoever has told the insured place names another one to go to.
            return None
        if message.intent == "inform":
            return None if about_faq and (known or is_follow_up(message.text)) else area
        if message.intent in _TOOLS and not known:
            resolved = self._places.resolve(area)
            return area if resolved.place or resolved.candidates else None
        return None

    def _asked_about(
        self, stated: Sequence[Mapping[str, Any]], loose: Sequence[Mapping[str, Any]]
    ) -> Area | None:
        """The insured place of a person who has told none, from a question: 吴江 转诊 有效期 tells it when it is served."""
        if stated:
            return Area.parse(str(stated[0]["value"]))
        area = Area.parse(str(loose[0]["value"])) if len(loose) == 1 else None
        return area if area is not None and self._places.resolve(area).place is not None else None


def is_correction(text: str) -> bool:
    """Whether a message takes back what was said: 说错了，我医保是南京的."""
    return bool(_CORRECTION.search(text))


def _may_be_percent(cost: str | None) -> bool:
    """Whether a bare number read as a cost may as well be the percentage that was asked for."""
    return cost is not None and money_of(cost).high <= _HUNDRED


def _fresh_start(intent: str, slots: Slots) -> Update:
    """A new matter forgets the particulars of the last one; who the person is stays."""
    return dict.fromkeys((*FILING, *ESTIMATE) if intent == "check_filing" else ESTIMATE)


def _short_answer(message: Message, requested: str) -> Update:
    """是/没有/不清楚 as the answer to the question for a fact."""
    text = message.text.strip()
    if message.intent == "unsure" or _UNSURE.search(text):
        return {requested: UNKNOWN}
    meanings = _YES_MEANS.get(requested)
    if meanings is None or message.intent in ("faq", "stop", "decline"):
        return {}
    if message.intent == "deny" or _NO.search(text):
        return {requested: meanings[1]}
    if message.intent == "affirm" or _YES.search(text):
        return {requested: meanings[0]}
    return {}


def _amount_problem(update: Update) -> Update:
    """Refuses a cost that no bill can have; the question for it says why."""
    written = update.get("cost")
    if not isinstance(written, str) or written == UNKNOWN:
        return {}
    try:
        reasonable(money_of(written).low)
        reasonable(money_of(written).high)
    except UnreasonableAmountError:
        return {"cost": None, "odd_amount": written}
    return {"odd_amount": None}


def _language(text: str, current: str | None) -> str:
    """``en`` for a message in English words; a message with Chinese turns back to ``zh``; others change nothing."""
    if _ASKS_ENGLISH.search(text):
        return "en"
    if _HAN.search(text):
        return "zh"
    words = _LATIN_WORDS.findall(text)
    english = sum(word.lower() in _ENGLISH for word in words)
    return "en" if english and english * 3 >= len(words) else current or "zh"


_ASKS_ENGLISH = re.compile(r"\benglish\b|(?:说|讲|用|换成|改成)英[文语]", re.IGNORECASE)
_ENGLISH = set(
    "i i'm im am is are was the a an my me in at on to for of what how where when which who do does need can could will would get back "
    "hospital insured insurance retired retiree employed living live stay doctor medical filing file reimbursement reimbursed estimate "
    "yes no not sure moved hello hi thanks thank please help bye registration papers documents city care outpatient inpatient cost yuan "
    "check check my tertiary secondary primary hukou been has have and much spent paid work working student temporary visit referral "
    "referred resident employee another stop cancel forget level grade with without give support code agent operator".split()
)
