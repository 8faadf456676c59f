"""A message as an SMS: counted in parts, shortened by leaving out whole sentences, never a condition of a figure.

What a figure means may hang on any sentence of an answer (退休的再加…, 没备案的下降…, 只给职工医保用), before it or behind.
So an SMS either says everything, or it keeps the sentences before the first figure, no figure at all, and says that it
stops short and where the rest is told. A list is kept or left out whole, too: half a list of papers reads like all of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.wording.blocks import Block, Item, blocks_of
from bot.wording.estimate import WITHIN_CEILING, WORKING

# One SMS of Chinese text (UCS-2) holds this many characters; the parts of a longer one lose some to what joins them.
ONE_PART = 70
EACH_PART = 67
MOST_PARTS = 3
_LONGEST = EACH_PART * MOST_PARTS
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮"
_ADDRESS = re.compile(r"((?:https?://|www\.)[\w./?=&%#~-]+)(?=[^\s\w])", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<!\d)(?:\d{3,4}-\d{5,8}|12393|120)(?!\d)")
_NUMERAL = "一二两三四五六七八九十百千万半几"
_FIGURE = re.compile(
    rf"\d|[{_NUMERAL}]+(?:成|折|倍|半|个?(?:工作日|小时|分钟|月|年|天|日)|元|块|次|分之)|一半"
)
# What has to be said of everything else, so that nothing is sent without it: 2019年的说法, 全国的一般规定, 如果是去嘉善.
_VITAL = re.compile(r"月的说法|全国的一般规定|^如果是去")
_ASKS_BACK = "不对请告诉我。"


@dataclass(frozen=True)
class Sms:
    """The text, its length in characters as a telephone counts them, and in how many parts it is sent.

    ``cut``: something was left out, and the text says so.
    """

    text: str
    characters: int
    parts: int
    cut: bool = False


def counted(text: str, *, cut: bool = False) -> Sms:
    """A text with its length; what is beyond the basic plane (𠮷) counts twice, as in UCS-2."""
    characters = len(text.encode("utf-16-le")) // 2
    parts = 1 if characters <= ONE_PART else math.ceil(characters / EACH_PART)
    return Sms(text, characters, parts, cut)


def sms_of(message: str, *, opening: str, hotline: str, instead: str) -> Sms:
    """The message as at most three parts.

    ``opening`` comes first whatever is left out; ``hotline`` tells the rest; ``instead`` is sent where nothing is left.
    """
    blocks = [_without_working(block) for block in blocks_of(message)]
    whole = opening + "".join(map(_compact, blocks))
    whole += "" if hotline in whole else f"详询{hotline}。"
    sms = counted(whole)
    return sms if sms.parts <= MOST_PARTS else _shortened(blocks, opening, hotline, instead)


def states_figure(text: str) -> bool:
    """Whether a text states any figure but a telephone: an amount, a share, a period, a day, a count in digits."""
    return bool(_FIGURE.search(_TELEPHONE.sub("", text)))


def _shortened(blocks: Sequence[Block], opening: str, hotline: str, instead: str) -> Sms:
    """As many of the first sentences as fit, up to the first figure."""
    plain = sum(1 for _ in takewhile(lambda block: not states_figure(block.whole), blocks))
    for number in range(plain, 0, -1):
        kept = "".join(map(_compact, blocks[:number]))
        vital = "".join(_compact(block) for block in blocks[number:] if _VITAL.search(block.whole))
        sms = counted(f"{opening}{kept}{vital}没写完，其余内容和条件请打{hotline}。", cut=True)
        leads_nowhere = not kept or kept.endswith("：")
        if not leads_nowhere and sms.characters <= _LONGEST:
            return sms
    return counted(f"{instead}请打{hotline}问清。", cut=True)


def _without_working(block: Block) -> Block:
    """Of how a sum comes about only how the rules were read, which people have to know of the sum itself."""
    if block.text == WORKING:
        items = [item for item in block.items if not item.text.startswith(WITHIN_CEILING)]
        return Block("".join(f"{note}。" for item in items for note in item.notes))
    return Block(block.text.replace(_ASKS_BACK, ""), block.items, block.numbered)


def _compact(block: Block) -> str:
    """A block in one run of text, without what an SMS pays for and nobody needs."""
    entries = [_entry(item, number, block) for number, item in enumerate(block.items)]
    text = _ended(block.text + "；".join(entries))
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.replace("\n", ""))
    text = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text)
    # A telephone takes what touches an address for a part of it.
    return _ADDRESS.sub(r"\1 ", text)


def _entry(item: Item, number: int, block: Block) -> str:
    mark = _CIRCLED[number] if block.numbered and number < len(_CIRCLED) else ""
    told = item.text + "、".join(entry.rstrip("。；") for entry in item.inner)
    return mark + "，".join(part.rstrip("。；") for part in (told, *item.notes))


def _ended(text: str) -> str:
    in_brackets = text.startswith("（") and text.endswith("）")
    ended = not text or in_brackets or text.endswith(("。", "！", "？", "："))
    return text if ended else f"{text.rstrip('，；')}。"
