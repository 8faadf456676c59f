"""A message cut into the questions it asks: two in one message are both answered."""

from __future__ import annotations

import re

from bot.text.remainder import is_question

_CUT = re.compile(
    r"[。？！?!；;\n]+|[，,、\s]*(?:还有(?:就是|一个)?|另外|顺便(?:再)?(?:问一?下)?|再问(?:一?下|一个)?|以及|还想(?:再)?问(?:一?下)?|同时|然后(?:再)?(?=[^了]{0,6}(?:怎|多|哪|能|要))|also|and also)[，,：:\s]*",
    re.IGNORECASE,
)
_SHORTEST = 4
# More than this and it is a story, not a list of questions.
_MOST = 3


def questions_in(text: str) -> list[str]:
    """The separate questions of a message; empty unless it asks at least two."""
    parts = [part.strip(" ，,、") for part in _CUT.split(text)]
    asking = [part for part in parts if len(part) >= _SHORTEST and is_question(part)]
    return asking if 2 <= len(asking) <= _MOST else []
