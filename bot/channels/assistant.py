"""The door every message passes, whatever channel it came by: masking, typed option numbers, and no silent failure."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, TypeVar

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.turns import Turns
from bot.services.delivering import describe
from bot.text.masking import mask

_log = logging.getLogger(__name__)
T = TypeVar("T")

# 2, 选2, 第2个, ２, 第二个, the second one
_NUMBER = re.compile(
    r"^\s*(?:我?要?选择?|就|那就?)?\s*(?:第\s*)?([0-9０-９]{1,2}|[一二两三四五六])\s*(?:个|项|条)?(?:吧|的)?[.。、）)]?\s*$"
)
_ORDINAL = re.compile(
    r"^\W*(?:the )?(first|second|third|last)(?: one| option)?\W*$|^\s*(?:选)?(最后)(?:一|那)?个\s*$",
    re.IGNORECASE,
)
_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1, "最后": -1}
# None of the options; what it is handled as is what somebody says whose question was missed.
_NONE = re.compile(
    r"^\W*(?:以上)?(?:都不是|都不对|没有我(?:要|想)(?:问)?的|none(?: of (?:these|them))?)\W*$", re.IGNORECASE
)
_MISSED = "不是这个意思"
_LONGEST = 2_000
# A longer message stands alone: neither an option's label nor the rest of an earlier question.
_LONGEST_SHORT = 60
_FORMS = {"filing_form": "check_filing", "estimate_form": "estimate"}
FAILURE = "系统忙，请稍后再发一次，或拨打 12393。"
# A message that held nothing but numbers of the person.
_ONLY_MASKED = re.compile(r"(?:\[(?:身份证号|手机号|卡号|号码|姓名)\][\s，,。]*)+")
PRIVATE = (
    "为了保护您的隐私，请不要把身份证号、手机号或卡号发给我，我用不到，也没有保存。您直接说想问什么就行。"
)
EMPTY = "我没收到文字。请把问题打成字发给我，比如“去上海看病要备案吗”。"


class Assistant(Agent):
    """Rasa's agent behind that door."""

    @staticmethod
    def _create_tracker_store(store: TrackerStore, domain: Domain | None) -> TrackerStore:
        """The store itself. Rasa would put one in memory behind it, in which a conversation goes on without its past."""
        return store

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load a trained model and take it into use."""
        self.processor = Turns(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
            prepare=_prepare,
        )
        self.domain = self.tracker_store.domain = self.processor.domain
        self.nlg.responses = self.domain.responses
        self._set_fingerprint(fingerprint)

    def component(self, kind: type[T]) -> T | None:
        """The part of the model in use that is of a class; None where it has none."""
        found: T | None = self.processor.graph_runner.component(kind)
        return found

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Handle one message; whatever goes wrong, the person gets a sentence."""
        message.text = mask((message.text or "").strip()[:_LONGEST])
        if not message.text:
            await message.output_channel.send_text_message(message.sender_id, EMPTY)
            return None
        if _ONLY_MASKED.fullmatch(message.text):
            await message.output_channel.send_text_message(message.sender_id, PRIVATE)
            return None
        try:
            handled: list[dict[str, Any]] | None = await super().handle_message(message)
        except Exception as error:  # noqa: BLE001 - whatever breaks inside, the person must get an answer
            _log.error("A message could not be handled.\n%s", describe(error))
            await message.output_channel.send_text_message(message.sender_id, FAILURE)
            return None
        return handled


def _prepare(message: UserMessage, tracker: DialogueStateTracker) -> None:
    """Put the option that is meant in the place of its number or label, and what the conversation is about beside it."""
    if len(message.text) <= _LONGEST_SHORT:
        message.text = _chosen(tracker, message.text)
        message.metadata = {**(message.metadata or {}), "context": _context(tracker)}


def _chosen(tracker: DialogueStateTracker, text: str) -> str:
    """The option that a typed number or a typed label means; the text itself where none of that was offered."""
    offered = _offered(tracker)
    if offered and tracker.active_loop_name is None and _NONE.match(text):
        return _MISSED
    position = _position(text)
    if position is not None and -len(offered) <= position < len(offered):
        return offered[position][1]
    return next((payload for title, payload in offered if title == text), text)


def _position(text: str) -> int | None:
    """Which option a message counts off: 0 for the first, -1 for the last; None where it counts none."""
    number, ordinal = _NUMBER.match(text), _ORDINAL.match(text)
    if ordinal is not None:
        return _ORDINALS[(ordinal[1] or ordinal[2]).lower()]
    if number is None:
        return None
    counted = _HAN_DIGITS.get(number[1]) or int(number[1])
    return counted - 1 if counted > 0 else None


def _context(tracker: DialogueStateTracker) -> dict[str, str | None]:
    """What the conversation is about, for the classifier: the last subject, and the fact a form has just asked for."""
    form = tracker.active_loop_name
    if form in _FORMS:
        return {"subject": _FORMS[form], "asked": tracker.get_slot("requested_slot")}
    return {"subject": tracker.get_slot("last_subject") or "", "asked": None}


def _offered(tracker: DialogueStateTracker) -> list[tuple[str, str]]:
    """The last reply's options: what stood on each, and what it sends."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return []
        if isinstance(event, BotUttered) and event.data.get("buttons"):
            return [(str(button["title"]), str(button["payload"])) for button in event.data["buttons"]]
    return []
