"""What to do with a message, pure: ask the dialogue something, say a fixed sentence, or stay silent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.wechat import replies
from bot.channels.wechat.messages import (
    Click,
    Image,
    Link,
    Location,
    Message,
    Scan,
    Subscribe,
    Text,
    Unknown,
    Video,
    Voice,
)

GREETING = "你好"
# Longer than any question; what the dialogue does with a text grows with its length.
LONGEST_QUESTION = 2000
# WeChat sends this as a text when the user's phone can show what this account's API cannot carry.
UNSUPPORTED_MARK = "【收到不支持的消息类型"
# WeChat writes its own emoticons as "/::)" or "/:rose"; Rasa reads a leading "/" as the name of an intent.
_EMOTICON = re.compile(r"^\s*/(?![A-Za-z])")


@dataclass(frozen=True)
class Ask:
    """Give this text to the dialogue, as the user's."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class Say:
    """Answer with this sentence; the dialogue is not asked."""

    text: str


def intake(message: Message, scenes: Mapping[str, str]) -> Ask | Say | None:
    """What a message asks for; None = acknowledge and say nothing.

    `scenes` gives for the scene id of a QR code what its poster says in the user's name ("我的参保地是淮安").
    """
    match message:
        case Text(content=content) if content.lstrip().startswith(UNSUPPORTED_MARK):
            return Say(replies.UNSUPPORTED)
        case Text(content=content):
            return _ask(content)
        case Voice(recognition=heard):
            return _ask(heard) if heard else Say(replies.VOICE)
        case Location(label=label):
            return _ask(f"我在{label}") if label else Say(replies.NO_LABEL)
        case Subscribe(scene=scene) | Scan(scene=scene):
            return _ask(scenes.get(scene, GREETING))
        case Click(event_key=key):
            return _ask(key or GREETING)
        case _:
            return _sentence(message)


def _ask(text: str) -> Ask:
    return Ask(_EMOTICON.sub("／", text)[:LONGEST_QUESTION])


def _sentence(message: Message) -> Say | None:
    match message:
        case Image():
            return Say(replies.IMAGE)
        case Video():
            return Say(replies.VIDEO)
        case Link():
            return Say(replies.LINK)
        case Unknown(is_event=False):
            return Say(replies.UNSUPPORTED)
        case _:
            # Events that ask for nothing (unsubscribe, VIEW, reported positions, and those that WeChat adds
            # later).
            return None
