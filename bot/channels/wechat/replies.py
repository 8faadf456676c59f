"""From what the bot said to the text of one WeChat reply, pure; and the channel's own sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from bot.channels.wechat.protocol import without_forbidden

# WeChat cuts the connection or refuses the reply when the content of a text is longer, in UTF-8 bytes.
TEXT_LIMIT = 2048

CONTINUE = "继续"
HOLDING = "正在查，请稍后再发一句“继续”。"
LATE = "（上一个问题的回答）"
TOO_FAST = "您发得太快了，我一条一条来答。请等上一条回答出来，再发下一条。急的话拨 12393。"
FAILURE = "系统忙，请稍后再发一次，或拨打 12393。"
VOICE = "我还听不了语音，请把问题打成字发给我。急的话拨 12393。"
IMAGE = "我还看不了图片，请把问题打成字发给我。请不要发证件照片。急的话拨 12393。"
VIDEO = "我还看不了视频，请把问题打成字发给我。急的话拨 12393。"
LINK = "我还打不开链接，请把想问的打成字发给我。急的话拨 12393。"
UNSUPPORTED = "这种消息我还看不了，请把问题打成字发给我。急的话拨 12393。"
NO_LABEL = "没有读到这个位置的地名。请打字告诉我在哪个城市，比如“我在上海”。"

_LINK = re.compile(r"<a\b.*?</a>", re.DOTALL)
_OPEN_LINK = re.compile(r"(?:^\d+\. )?<a\b", re.MULTILINE)
_PARAGRAPH_END = re.compile(r"\n\n")
# A full stop or a question mark ends a sentence only before a space: it also stands in addresses and in "1.
# ".
_SENTENCE_END = re.compile(r"[。！？；…]+[”」』）]*|(?<!\d)[.!?;]+(?=\s)|\n")


def option(number: int, label: str, content: str) -> str:
    """One numbered, tappable line; the tap sends `content` as if it had been typed."""
    href = f"weixin://bizmsgmenu?msgmenucontent={quote(content, safe='')}&msgmenuid={number}"
    return f'{number}. <a href="{href}">{_label(label)}</a>'


def _label(text: str) -> str:
    """A label that cannot end the link it stands in."""
    return " ".join(text.split()).replace("<", "＜").replace(">", "＞")


_MORE = '<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid=0">{label}</a>'
CONTINUE_LINK = "（还有下文，请点" + _MORE.format(content=quote(CONTINUE), label=CONTINUE) + "）"
_TAIL = "\n\n" + CONTINUE_LINK


# Begins an answer that hands its person over to the account's own 客服. It is invisible, and no text of the bot keeps it.
TRANSFER_MARK = "\u2063"
TO_HUMAN = "转人工"
TRANSFER_LINK = "要转给人工客服，请点" + _MORE.format(content=quote(TO_HUMAN), label=TO_HUMAN)


def wants_human(message: Mapping[str, Any]) -> bool:
    """Whether a collected message is the bot's answer to somebody who asks for a human."""
    return bool((message.get("custom") or {}).get("human"))


def transfer(answer: str) -> str:
    """The answer of somebody who asks for a human: handed over where that can be, else read with a link to ask again.

    It cannot be where the reply holds a late answer as well, and never for an event: WeChat forwards messages only.
    """
    return TRANSFER_MARK + "\n\n".join(part for part in (answer, TRANSFER_LINK) if part)


def is_transfer(content: str) -> bool:
    """Whether a reply is nothing but the answer of somebody who asks for a human."""
    return content.startswith(TRANSFER_MARK)


def readable(content: str) -> str:
    """What a person reads of a reply that hands nobody over."""
    return content.replace(TRANSFER_MARK, "")


def is_continue(text: str) -> bool:
    """Whether the user asks for the rest, with or without the quotation marks that the hint shows."""
    return text.strip(" \n“”\"'。！!，,") == CONTINUE


def compose(messages: Iterable[Mapping[str, Any]]) -> str:
    """One text from messages as Rasa collects them: texts, pictures, and buttons as numbered options.

    Numbers run on through the whole reply, so that a typed "2" means one option. What is under `custom` is
    meant for the web page and is left out.
    """
    blocks: list[str] = []
    number = 0
    for message in messages:
        blocks.extend(
            str(message[part]).strip() for part in ("text", "image", "attachment") if message.get(part)
        )
        lines = []
        for button in message.get("buttons") or ():
            number += 1
            lines.append(_button(number, button))
        blocks.append("\n".join(lines))
    # A broken character would make the length of the text, or the text itself, an error further on.
    return readable(without_forbidden("\n\n".join(block for block in blocks if block)))


def _button(number: int, button: Mapping[str, Any]) -> str:
    label = str(button.get("title") or button.get("payload") or "")
    url = str(button.get("url") or "")
    if url.startswith(("https://", "http://")):
        return f'{number}. <a href="{quote(url, safe=_URL_SAFE)}">{_label(label)}</a>'
    return option(number, label, str(button.get("payload") or label))


_URL_SAFE = "%/:?#[]@!$&'()*+,;=~"


def split(text: str, limit: int = TEXT_LIMIT) -> tuple[str, str]:
    """The reply of at most `limit` UTF-8 bytes, and the rest, which a tappable 继续 at its end offers."""
    if len(text.encode()) <= limit:
        return text, ""
    window = _prefix(text, limit - len(_TAIL.encode()))
    cut = _cut(window)
    return text[:cut].rstrip() + _TAIL, text[cut:].lstrip()


def _prefix(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def _cut(window: str) -> int:
    """Where to end: a paragraph in the second half, else a sentence or line there, else outside a link."""
    whole = _without_torn_link(window)
    links = [found.span() for found in _LINK.finditer(whole)]
    for ends in (_PARAGRAPH_END, _SENTENCE_END):
        outside = [
            found.end()
            for found in ends.finditer(whole)
            if not any(start < found.end() < stop for start, stop in links)
        ]
        if outside and outside[-1] > len(window) // 2:
            return outside[-1]
    # A link longer than the whole window can only be torn: something has to be sent, or the rest never
    # shrinks.
    return len(whole) or len(window)


def _without_torn_link(window: str) -> str:
    """The window up to a link that is cut off by its end; the tail may even be a torn `<a`."""
    opened = [found.start() for found in _OPEN_LINK.finditer(window)]
    torn = opened and not _LINK.search(window, opened[-1])
    return window[: opened[-1]] if torn else re.sub(r"(?:\n\d+\. )?<$", "", window)
