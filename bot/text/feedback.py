"""What a person says about an answer: that it missed the question, or that it was of no use."""

from __future__ import annotations

import re
from typing import Literal

Feedback = Literal["corrected", "unhelpful"]

_MISSED = re.compile(
    r"不是(?:这个|我|它)|不是(?:问|想问|说)|我(?:刚才?|明明[^，,。]*?)?(?:问|说)的?(?:是|不是)|没(?:有)?问|误会|误解|搞错|弄错|弄拧|看岔"
    r"|唔係|非所问|不对题|不搭边|两码事|meant|misunderst|not what",
    re.IGNORECASE,
)
_USELESS = re.compile(
    r"没(?:啥|什么|有|多大|一点)?(?:帮|用|解决|说明白|讲清|说清)|帮不(?:了|上|到)|不管用|不顶用|不解决|白(?:问|说|答|看)|等于(?:没|白)|废话|说了半天"
    r"|看不懂|没看懂|看不明白|没看明白|听不懂|太笼统|跟没(?:讲|说|答)|没得?(?:用|帮)|用(?:处)?都?没有|用不上|还是不(?:知道|清楚|会|明白|懂)|未(?:能)?解决|不满意|mei ?(?:yong|bang)|冇用|沒(?:有)?(?:用|幫)|幫唔到|幫不"
    r"|un?helpful|not (?:really )?help|n[o']t help|useless|not useful|no (?:use|help)",
    re.IGNORECASE,
)


def feedback_in(text: str) -> Feedback:
    """Which of the two a complaint about an answer is; that the question was missed says more than that it was no use."""
    return "unhelpful" if _USELESS.search(text) and not _MISSED.search(text) else "corrected"
