"""What is asked: real questions and the dialogues of the two tools, drawn with a fixed seed, no text twice.

A conversation is what one person sends. The questions are those of tests/nlu, which nobody has trained on; when they
are used up, the same questions go on behind an opening, as people write them, which makes new texts of them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import WINDOWS
from bot.training.questions import load_questions

Conversation = list[str]

# Of so many messages that one person sends, one after the other.
_QUESTIONS_EACH = 3
# Among so many conversations one is a dialogue with a tool.
_ONE_TOOL_IN = 8
_OPENINGS = (
    "请问，", "你好，", "麻烦问一下，", "您好，想咨询一下，", "帮我看看，", "我想知道，", "老师好，", "再问一句，",
    "我是南京的，", "我医保在淮安，", "我是高邮的医保，", "厦门参保，", "我吴江交的医保，", "替我妈问一下，",
)  # fmt: skip
# Those of the long conversations are their own, so that their texts are new as well.
_LONG_OPENINGS = ("还有，", "另外，", "那再问，", "对了，")
_PROBES = 6
# None of them leans on what was said before, which would be other work.
_AGAIN = (("请问一下，",), ("想请问下，", "想问一下，"), ("请教一下，", "想请教下，"))
_CITIES = (
    "上海",
    "北京",
    "杭州",
    "广州",
    "合肥",
    "成都",
    "武汉",
    "西安",
    "长沙",
    "天津",
    "重庆",
    "郑州",
    "济南",
    "福州",
)
_PLACES = ("淮安", "南京", "高邮", "厦门", "吴江", "云南")


@dataclass
class Messages:
    """Hands out conversations; ``questions`` are distinct and nothing is handed out twice."""

    questions: Sequence[str]
    seed: int = 4
    handed_out: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Shuffle, the same way each time."""
        self._draw = random.Random(self.seed)  # noqa: S311
        self._single = self._texts()
        self._numbers = itertools.count(1)

    def conversations(self, messages: int) -> list[Conversation]:
        """Conversations of together at least so many messages, as many of them in the questions' own words as are left."""
        drawn: list[Conversation] = []
        count = 0
        while count < messages:
            talk = self._tool() if len(drawn) % _ONE_TOOL_IN == _ONE_TOOL_IN - 1 else self._some_questions()
            drawn.append(talk)
            count += len(talk)
        return drawn

    def _some_questions(self) -> Conversation:
        return list(itertools.islice(self._single, _QUESTIONS_EACH))

    def _texts(self) -> Iterator[str]:
        for opening in ("", *_OPENINGS):
            for text in self._draw.sample(list(self.questions), len(self.questions)):
                yield self._new(opening + text)
        raise ValueError(f"{len(self.handed_out)} texts are all there are; ask for fewer messages")

    def _tool(self) -> Conversation:
        """A filing check or an estimate; the number in it makes the texts new ones."""
        number = next(self._numbers)
        city = _CITIES[number % len(_CITIES)]
        place = self._draw.choice(_PLACES)
        if number % 2:
            talk = [
                f"我退休 {number} 年了，住在{city}，要准备什么？",
                f"医保在{place}，交了 {number + 20} 年",
                f"户口没迁，住到现在 {number + 6} 个月",
            ]
        else:
            cost = 1_000 + 37 * number
            talk = [f"{place}退休职工，三级医院门诊花了{cost}元，能报多少？", f"要是花了{cost + 5}元呢"]
        return [self._new(text) for text in talk]

    def _new(self, text: str) -> str:
        self.handed_out.add(text)
        return text


def real_questions(folder: Path) -> list[str]:
    """The distinct evaluation questions that can be asked without a conversation before them."""
    return list(dict.fromkeys(q.text for q in load_questions(folder) if not q.subject))


def short_questions(folder: Path, count: int) -> list[str]:
    """The shortest distinct questions of the FAQ, for one long conversation; fewer where there are fewer."""
    questions = (q for q in load_questions(folder) if q.topic.startswith("faq/") and not q.subject)
    return sorted(dict.fromkeys(q.text for q in questions), key=len)[:count]


def long_conversation(questions: Sequence[str], turns: int, number: int) -> Conversation:
    """One person's many turns; each conversation by another ``number`` has another order and another opening.

    Around the turns that are compared the same questions stand, each time behind another opening: new texts that are as
    much work as before, so that what differs is the conversation behind them.
    """
    opening = _LONG_OPENINGS[number]
    order = random.Random(number).sample(list(questions), len(questions))  # noqa: S311
    talk = [opening + text for text in itertools.islice(itertools.cycle(order), turns)]
    probes = order[:_PROBES]
    for (first, last), again in zip(WINDOWS.values(), _AGAIN, strict=True):
        for k in range(last - first + 1 if last <= turns else 0):
            talk[first - 1 + k] = opening + again[k // len(probes)] + probes[k % len(probes)]
    return talk


def repeated_share(texts: Iterable[str]) -> float:
    """The part of the texts, a fraction of 1, that had been sent before."""
    sent = list(texts)
    return 1 - len(set(sent)) / len(sent) if sent else 0.0
