"""A message as a script to read aloud: short sentences, no list marks, no web addresses, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.wording.blocks import Block, Item, blocks_of, sentences_of

_ENDS = ("。", "！", "？", "?", "!", "：")
_ORDER = "一二三四五六七八九十"
_ADDRESS = re.compile(r"[：:]?\s*(?:https?://|www\.)[\w./?=&%#~-]+[ \t]*", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<!\d)\d{3,4}-\d{5,8}(?!\d)")
_QUOTED = re.compile(r"“[^”]*”")
_HELD = "\ue000"
_BRACKETS = re.compile(r"（(?P<inside>[^（）]*)）")
# What stands in brackets because it is another name of the thing, not because it says more about it.
_OTHER_NAMES = {
    "市民卡": "，也就是市民卡，",
    "起付线": "，也就是起付线，",
    "封顶线": "，也就是封顶线，",
    "医保码": "，也就是医保码，",
    "街道": "、街道",
    "零星": "",
}
# What a symbol is called when it is read out.
_SIGNS = (
    (re.compile(r"\s*[−]\s*"), "减去"),
    (re.compile(r"\s*[×]\s*"), "乘以"),
    (re.compile(r"\s*=\s*"), "，得"),
    (re.compile(r"(?<=\d)\s*[-~～](?=\s*\d)"), " 到 "),
    (re.compile(r"\s*→\s*"), "，就是"),
    (re.compile(r"\s*[；;]\s*"), "。"),
)
# Punctuation that meets when a bracket or a line is dissolved: the stronger one stays.
_MEETING = (
    (re.compile(r"[，、；：](?=[。！？])"), ""),
    (re.compile(r"，+(?=[，、；：])"), ""),
    (re.compile(r"(?<=[，、；：。！？“])，+"), ""),
    (re.compile(r"^[，、；：。]+"), ""),
    (re.compile(r"，(?=的)"), ""),
    (re.compile(r"。+(?=。)"), ""),
    (re.compile(r"(?<=[以得])(?=\d)"), " "),
)


def script_of(message: str) -> str:
    """The message in sentences to be spoken one after the other."""
    return "".join(_ended(sentence) for block in blocks_of(message) for sentence in _sentences(block))


def telephone_in_groups(number: str) -> str:
    """``0514-84601050`` as ``0514 8460 1050``; a short number stays whole: ``0517 12393``."""
    area, _, local = number.partition("-")
    groups = [local[:-4], local[-4:]] if len(local) > 6 else [local]
    return " ".join([area, *groups])


def _sentences(block: Block) -> Iterator[str]:
    if not block.items:
        yield from _spoken(block.text)
        return
    *before, lead = _spoken(block.text) or [""]
    yield from before
    for number, item in enumerate(block.items):
        order = f"第{_ORDER[number]}，" if block.numbered and number < len(_ORDER) else ""
        first, *others = _item(item)
        # The lead and its first entry are one breath: 分两种：省内异地…
        yield f"{lead if number == 0 else ''}{order}{first}"
        yield from others


def _item(item: Item) -> list[str]:
    spoken = _spoken(item.text)
    if item.inner:
        spoken[-1] += "、".join(_plain(entry).rstrip("。；") for entry in item.inner)
    return [*spoken, *(sentence for note in item.notes for sentence in _spoken(note))]


def _spoken(text: str) -> list[str]:
    """The sentences of a text; a semicolon ends one, too, outside quotes."""
    return list(sentences_of(_plain(text)))


def _plain(text: str) -> str:
    """A sentence without what cannot be spoken."""
    text = _ADDRESS.sub("，网址发短信给您，", _menus(text))
    text = _TELEPHONE.sub(lambda found: telephone_in_groups(found.group()), text)
    text = _outside_quotes(text, _without_signs)
    for pattern, instead in _MEETING:
        text = pattern.sub(instead, text)
    return text.strip()


def _menus(text: str) -> str:
    """“在线办理—异地备案”, “健康-医保服务”, “个人服务”→“市医保局”: one step of the menu after the other."""
    text = re.sub(r"”\s*→\s*“", "”，再点“", text)
    return _QUOTED.sub(lambda q: re.sub(r"[—-]+(?=[^\d—-])", "”，再点“", q.group()), text)


def _without_signs(text: str) -> str:
    text = _BRACKETS.sub(_aside, text)
    for pattern, instead in _SIGNS:
        text = pattern.sub(instead, text)
    return text


def _aside(found: re.Match[str]) -> str:
    inside = found["inside"]
    named = _OTHER_NAMES.get(inside)
    return f"，{inside}，" if named is None else named


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """Change what stands outside quotes: the name of a menu or a paper stays as it is."""
    quoted = _QUOTED.findall(text)
    # A lone character no text of ours has keeps each quote's place, so that brackets around quotes are still brackets.
    changed = change(_QUOTED.sub(_HELD, text))
    return re.sub(_HELD, lambda _: quoted.pop(0), changed)


def _ended(sentence: str) -> str:
    """With a full stop, unless what follows belongs to it."""
    return sentence if sentence.endswith(_ENDS) else f"{sentence.rstrip('，、；')}。"
