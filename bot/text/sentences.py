"""A message cut into the questions it asks: two in one message are both answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.text.remainder import is_question

_CUT = re.compile(
    r"[。？！?!；;\n]+|[，,、\s]*(?:还有(?:就是|一个)?|另外|顺便(?:再)?(?:问一?下)?|再问(?:一?下|一个)?|以及|还想(?:再)?问(?:一?下)?|同时|然后(?:再)?(?=[^了]{0,6}(?:怎|多|哪|能|要))|also|and also)[，,：:\s]*",
    re.IGNORECASE,
)
# 能 or 可以 alone may state as well as ask: they do not make two questions of one sentence.
_ASKS_PLAINLY = re.compile(
    r"怎么|怎样|咋|多少|多久|多长|几[个天年成]|哪|吗|什么|啥|如何|(.)不\1|有没有|what|how|where|when|which|can i|do i",
    re.IGNORECASE,
)
_COMMA = re.compile(r"[，,、\s]+")
_LETTERS = re.compile(r"\w")
_SHORTEST = 3
# More than this and it is a story, not a list of questions.
_MOST = 4


def questions_in(text: str) -> list[str]:
    """The separate questions of a message, each with what is told before it; empty unless it asks at least two.

    A full stop or a word like 另外 ends a question; so does a comma where a question stands before it and behind it.
    """
    asking = [q for part in _CUT.split(text) for q in _split_at_commas(part) if is_question(q)]
    return asking if 2 <= len(asking) <= _MOST else []


def are_set_apart(text: str) -> bool:
    """Whether the questions of a message are parted by more than commas."""
    return sum(is_question(part) for part in _CUT.split(text)) >= 2


def clauses(text: str) -> list[str]:
    """The pieces between punctuation marks."""
    return [piece for part in _CUT.split(text) for piece in _COMMA.split(part) if _LETTERS.search(piece)]


def _split_at_commas(part: str) -> Iterator[str]:
    """The questions of one sentence."""
    gathered = ""
    for piece in _COMMA.split(part):
        if _ASKS_PLAINLY.search(gathered) and _ASKS_PLAINLY.search(piece) and len(piece) >= _SHORTEST:
            yield gathered
            gathered = piece
        elif piece:
            gathered = f"{gathered}，{piece}" if gathered else piece
    if len(gathered) >= _SHORTEST:
        yield gathered
