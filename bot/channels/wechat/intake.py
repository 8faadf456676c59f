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
# Province, city and district at the beginning of a label. The street behind them is not asked: it may carry the name of
# another city (上海市南京路), or read on into one more word (黄浦区人民大道: 黄浦区人), and nobody needs to know it.
_AREA = re.compile(
    r"(?:中国)?"
    r"(?P<province>[^\W\d区县路街市]{2,7}?(?:省|自治区|特别行政区))?"
    r"(?P<city>[^\W\d区县路街]{2,10}?(?:市|自治州|地区|盟))?"
    r"(?P<district>(?!人)[^\W\d路街道镇乡村社]{1,10}?(?:区|县|旗|市(?!区)))?"
)
# What stands between the name of a region and that of its city hides that they are one place.
_REGION = re.compile(r"(?:壮族|回族|维吾尔)自治区$|特别行政区$")


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
            return _ask(f"我在{_area(label)}") if label else Say(replies.NO_LABEL)
        case Subscribe(scene=scene) | Scan(scene=scene):
            return _ask(scenes.get(scene, GREETING))
        case Click(event_key=key):
            return _ask(key or GREETING)
        case _:
            return _sentence(message)


def _ask(text: str) -> Ask:
    return Ask(_EMOTICON.sub("／", text)[:LONGEST_QUESTION])


def _area(label: str) -> str:
    """The area that an address lies in; the whole label where it begins with none, as in English."""
    found = _AREA.match(label)
    province, city, district = found.groups("") if found else ("", "", "")
    if district and city.endswith("自治州"):
        city = ""
    return _REGION.sub("", province) + city + district or label


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
