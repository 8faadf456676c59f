"""The door every message passes, whatever channel it came by: masking, typed option numbers, and no silent failure."""

from __future__ import annotations

import logging
import re
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.text.masking import mask

_log = logging.getLogger(__name__)

# 2, 选2, 第2个, ２
_NUMBER = re.compile(r"^\s*(?:选|第|选择|回复)?\s*([0-9０-９]{1,2})\s*(?:个|项)?[.。、）)]?\s*$")
_LONGEST = 2_000
# No option's label is longer, so that most messages need no look at what was offered.
_LONGEST_LABEL = 24
FAILURE = "系统忙，请稍后再发一次，或拨打 12393。"
# A message that held nothing but numbers of the person.
_ONLY_MASKED = re.compile(r"(?:\[(?:身份证号|手机号|卡号|号码|姓名)\][\s，,。]*)+")
PRIVATE = (
    "为了保护您的隐私，请不要把身份证号、手机号或卡号发给我，我用不到，也没有保存。您直接说想问什么就行。"
)
EMPTY = "我没收到文字。请把问题打成字发给我，比如“去上海看病要备案吗”。"


class Assistant(Agent):
    """Rasa's agent behind that door."""

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Handle one message; whatever goes wrong, the person gets a sentence."""
        text = mask((message.text or "").strip()[:_LONGEST])
        if not text:
            await message.output_channel.send_text_message(message.sender_id, EMPTY)
            return None
        if _ONLY_MASKED.fullmatch(text):
            await message.output_channel.send_text_message(message.sender_id, PRIVATE)
            return None
        message.text = await self._chosen(message.sender_id, text)
        try:
            handled: list[dict[str, Any]] | None = await super().handle_message(message)
        except Exception as error:  # noqa: BLE001 - whatever breaks inside, the person must get an answer
            _log.error("a message could not be handled: %s", type(error).__name__, exc_info=error)
            await message.output_channel.send_text_message(message.sender_id, FAILURE)
            return None
        return handled

    async def _chosen(self, sender_id: str, text: str) -> str:
        """The option that a typed number or a typed label means; the text itself where none of that was offered."""
        match = _NUMBER.match(text)
        if match is None and len(text) > _LONGEST_LABEL:
            return text
        tracker = await self.tracker_store.retrieve(sender_id)
        offered = _offered(tracker) if tracker is not None else []
        if match is not None:
            number = int(match[1])
            return offered[number - 1][1] if 0 < number <= len(offered) else text
        return next((payload for title, payload in offered if title == text), text)


def _offered(tracker: DialogueStateTracker) -> list[tuple[str, str]]:
    """The last reply's options: what stood on each, and what it sends."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return []
        if isinstance(event, BotUttered) and event.data.get("buttons"):
            return [(str(button["title"]), str(button["payload"])) for button in event.data["buttons"]]
    return []
