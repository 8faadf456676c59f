"""Messages that cannot stand alone: 那有效期呢, 要什么材料, 退休的呢 go on about what was talked of before."""

from __future__ import annotations

import re

_FOLLOW_UP = re.compile(
    r"^(?:那么?|要是|如果|假如|换成|改成|不对|错了|不是|应该是?|what about|how about|and (?:if|what|how|where)|what if|no,|actually)|(?:呢|的话)[？?。！!\s]*$",
    re.IGNORECASE,
)
# Words that name a matter of their own: a message with one of them says itself what it is about.
_MATTER = re.compile(
    r"备案|備案|登记|报备|转诊|转院|轉診|报销|報銷|报帐|报账|手工|零星|结算|住院|门诊|門診|急诊|抢救|慢性?病|特病|慢特|药|醫?医?保码|电子凭证|社保|医保|断缴|停保|账户"
    r"|目录|异地|联网|电话|热线|定点|参保|就医地|青浦|嘉善|生孩子|产检|车祸|发票|承诺书|学生|去\S{1,6}(?:看病|住院|就医|手术)"
    r"|fil(?:e|ing)|regist|referr|reimburs|claim|inpatient|outpatient|pharmac|drug|medicine|insur|chronic|emergency|network|settle",
    re.IGNORECASE,
)
_MARKED_LONGEST, _BARE_LONGEST = 18, 16
_LATIN_WORD = re.compile(r"[A-Za-z']+")


def is_follow_up(text: str) -> bool:
    """Whether a message changes one thing of what went before: 那居民医保呢, 要是我转诊呢, 不对，是二级医院."""
    return bool(_FOLLOW_UP.search(text.strip()))


def leans_on_context(text: str) -> bool:
    """Whether a message is too short on matter to be understood without what went before."""
    length = _length(text)
    if is_follow_up(text):
        return length <= _MARKED_LONGEST
    return length <= _BARE_LONGEST and not _MATTER.search(text)


def names_matter(text: str) -> bool:
    """Whether a message says by itself what it is about: 那住院呢 does, 要什么材料 does not."""
    return bool(_MATTER.search(text))


def _length(text: str) -> int:
    """Characters, an English word counting as two."""
    words = _LATIN_WORD.findall(text)
    rest = _LATIN_WORD.sub("", text)
    return 2 * len(words) + sum(1 for character in rest if character.isalnum())
