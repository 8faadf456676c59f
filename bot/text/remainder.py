"""What is left of a message once the facts it states are taken out: nothing but filler means that it only states facts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.text.follow_up import is_follow_up

_FILLER = re.compile(
    r"那么?|要是|如果|假如|换成?|改成?|改为|不对|错了?|应该|其实|其他|一下|我们|咱们?|我|俺|您|你|他|她|们|是不是|都是|就是|是|的话|的|了|呢|吧|啊|呀|哦|噢|嗯|哈|嘛|呐|哎|诶|喂|人|在|那边|这边|这里|那里|现在|目前|一直"
    r"|家里?|医保|社保|参保地?|就医地?|交|缴|办|去|到|来|有|还|也|就|都|已经?|早就?|大概|差不多|左右|一共|总共|花|用|付|费用?|金额|块|元|钱|多|几|看|病|医院|门诊|这个|那个|个|一|年|今年|本地|报|比例|市|区|县|省|老|本人|属于|算|工作|住|所以|因为|然后|但是?|和|跟|对|哦|好像|可能|自己|上|着|不|没|跟着|女儿|儿子|孩子|孙子|爸|妈"
    r"|(?<![a-z])(?:please|i'm|i am|am|my|is|the|a|an|in|at|and|for|it|was|what|about|if|actually|no|not|yes|then|how|insured|insurance|hospital|level|retired|i|have|has|been|of|to|yuan|rmb|spent|cost)(?![a-z])"
    r"|[\s，。！？、；：,.!?;:~～…'\"“”()（）-]+",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"怎么|怎样|咋|多少|多长|多大|几[个年]|哪|吗|什么|啥|如何|能不能|可不可以|要不要|行不行|有没有|可以|能|需要|流程|材料|多久|how|what (?!about|if)|where|which|when|can i|do i|need",
    re.IGNORECASE,
)
_INSURED = re.compile(r"参保|医保|社保|保险|我是|俺是|insur", re.IGNORECASE)
# Facts that are topics too: alone, without a sign of a follow-up, they are a keyword question.
_KEYWORDS = {"referral", "emergency", "lapsed", "filed", "visit", "category", "agent", "purpose"}


def states_only_facts(text: str, spans: Iterable[tuple[str, int, int]]) -> bool:
    """Whether a message consists of facts and filler alone; ``spans`` are (fact, start, end) of what was read in it."""
    found = list(spans)
    if not found or _ASKING.search(text):
        return False
    kept = list(text)
    for _, start, end in found:
        kept[start:end] = [" "] * (end - start)
    if _FILLER.sub("", "".join(kept)):
        return False
    return is_follow_up(text) or any(fact not in _KEYWORDS for fact, _, _ in found) or len(found) > 1


def states_only_insured_place(text: str, spans: Iterable[tuple[str, int, int]]) -> bool:
    """Whether a message does nothing but name the insured place: 我的参保地是南京, 我医保在淮安交的."""
    found = list(spans)
    return (
        [fact for fact, _, _ in found] == ["place"] and bool(_INSURED.search(text)) and not is_follow_up(text)
    )


def asks_something(text: str) -> bool:
    """Whether a message has a word that asks: 那上海呢？ varies what went before and has none."""
    return bool(_ASKING.search(text))


def is_question(text: str) -> bool:
    """Whether a message asks something rather than stating it."""
    return asks_something(text) or text.rstrip().endswith(("?", "？"))
