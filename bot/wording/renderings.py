"""One answer three ways: the script a clerk reads aloud, the SMS, and the text as WeChat has it.

All three say what the message says and nothing else: every figure of theirs stands in it, or is the hotline or the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.wording.sms import Sms, counted, sms_of
from bot.wording.spoken import script_of

__all__ = ["Message", "Renderings", "Sms", "render", "sms", "split_source", "spoken", "wechat"]

_SOURCE = "\n\n依据："


@dataclass(frozen=True)
class Message:
    """What is to be said. ``body`` is an answer's body or a tool's finished text; empty where there is no material.

    ``place`` is the insured place as people call it, empty while it is not known; ``caveat`` stands before the body, or
    instead of it; ``source_line`` is the bot's own last line.
    """

    body: str
    hotline: str
    place: str = ""
    question: str = ""
    caveat: str = ""
    documents: Sequence[str] = ()
    checked_on: date | None = None
    source_line: str = ""


@dataclass(frozen=True)
class Renderings:
    """The three texts."""

    spoken: str
    sms: Sms
    wechat: str


def render(message: Message) -> Renderings:
    """All three."""
    return Renderings(spoken(message), sms(message), wechat(message))


def spoken(message: Message) -> str:
    """The script: the place first, the caveat before a general answer, the source and the day in the end."""
    opening = f"{message.place}参保的，" if message.place else ""
    parts = (script_of(message.caveat), script_of(message.body), _spoken_source(message))
    return opening + "".join(parts)


def sms(message: Message) -> Sms:
    """The SMS of at most three parts, which ends with the hotline."""
    if not message.body:
        return counted("".join(message.caveat.split()))
    place = f"{message.place}参保：" if message.place else ""
    asked = f"“{message.question}”" if message.question else ""
    caveat = message.caveat.replace(" ", "")
    return sms_of(
        message.body,
        opening=caveat or place,
        hotline=message.hotline,
        instead=f"{caveat or place}{asked}要看具体情况，短信写不下。",
    )


def wechat(message: Message) -> str:
    """What the bot sends."""
    return "\n\n".join(part for part in (message.caveat, message.body, message.source_line) if part)


def split_source(text: str) -> tuple[str, str]:
    """A finished message as its body and its source line, which may be missing."""
    body, found, line = text.rpartition(_SOURCE)
    return (body, f"{_SOURCE}{line}".strip()) if found else (text, "")


def _spoken_source(message: Message) -> str:
    if not message.documents or message.checked_on is None:
        return ""
    day = message.checked_on
    documents = "和".join(message.documents)
    return f"以上依据{documents}，{day.year} 年 {day.month} 月 {day.day} 日核对过。"
