"""``knowledge/faq.md``: one section per topic, one answer per place plus 通用, a source line on every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.knowledge.errors import KnowledgeError, problem

_TOPIC = re.compile(r"^## (?P<id>[a-z][a-z0-9_]*) (?P<question>\S.*)$")
_ABOUT = re.compile(r"^话题：(?P<about>\S.*)$")
_PLACE = re.compile(r"^### (?P<place>\S+)$")
_SOURCE = re.compile(
    r"^依据：(?P<sources>[^；]+)；核对：(?P<checked>\d{4}-\d{2}-\d{2})"
    r"(?:；自：(?P<since>\d{4}-\d{2}-\d{2}))?(?:；至：(?P<until>\d{4}-\d{2}-\d{2}))?$"
)
_SOURCE_FORM = "依据：<条目>、<条目>；核对：2026-01-31（可加 ；自：2026-01-01；至：2026-12-31）"


@dataclass(frozen=True)
class Answer:
    """One place's answer to a topic. In force from ``since`` to ``until``, both days included, where given."""

    place: str
    body: str
    sources: tuple[str, ...]
    checked_on: date
    since: date | None = None
    until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the answer may be given on ``day``."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Topic:
    """A question of the FAQ in its canonical wording, with its answers by place name (or 通用)."""

    id: str
    question: str
    answers: tuple[Answer, ...]
    # The few words that stand for the topic when a short message goes on about it, from the wider matter to the topic
    # itself: 手工报销, 手工报销期限 before 要什么材料.
    about: tuple[str, ...] = ()

    def answer(self, place: str, day: date) -> Answer | None:
        """The place's answer in force on ``day``; the newest one if several are."""
        fits = [a for a in self.answers if a.place == place and a.in_force(day)]
        return max(fits, key=lambda a: a.since or date.min, default=None)

    @property
    def places(self) -> tuple[str, ...]:
        """The places that have an answer, in the order of the file."""
        return tuple(dict.fromkeys(answer.place for answer in self.answers))


Faq = Mapping[str, Topic]


def load_faq(path: Path) -> Faq:
    """Read faq.md; raises :class:`KnowledgeError` with every finding and its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError([problem(path.name, "the file", str(error), "restore it as UTF-8")]) from error
    parser = _Parser(path.name)
    for number, line in enumerate(text.splitlines(), start=1):
        parser.read(number, line)
    parser.close()
    if not parser.topics:
        parser.problems.append(problem(path.name, "the file", "has no topic", "write ## <id> <question>"))
    if parser.problems:
        raise KnowledgeError(parser.problems)
    return {
        topic_id: Topic(topic_id, question, tuple(answers), parser.about.get(topic_id, (question,)))
        for topic_id, (question, answers) in parser.topics.items()
    }


class _Parser:
    """Reads faq.md line by line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.problems: list[str] = []
        self.topics: dict[str, tuple[str, list[Answer]]] = {}
        self.about: dict[str, tuple[str, ...]] = {}
        self._topic: str | None = None
        self._place: str | None = None
        self._since_line = 0
        self._body: list[str] = []

    def read(self, number: int, line: str) -> None:
        """Take in one line."""
        if line.startswith("## "):
            self._close_answer()
            self._open_topic(number, line)
        elif line.startswith("### "):
            self._close_answer()
            self._open_answer(number, line)
        elif self._place is not None:
            self._body.append(line)
        elif self._topic is not None and line.strip():
            self._name_topic(number, self._topic, line)

    def close(self) -> None:
        """Take in the end of the file."""
        self._close_answer()
        for topic_id, (_, answers) in self.topics.items():
            if not answers:
                self._report(f"topic {topic_id}", "has no answer", "write ### 通用 or ### <place> below it")

    def _open_topic(self, number: int, line: str) -> None:
        match = _TOPIC.match(line)
        self._topic = None
        if match is None:
            self._report(f"line {number}", f"found {line!r}", "write ## <id in small letters> <question>")
        elif match["id"] in self.topics:
            self._report(f"line {number}", f"topic {match['id']} stands twice", "keep one of the two")
        else:
            self._topic = match["id"]
            self.topics[self._topic] = (match["question"].strip(), [])

    def _name_topic(self, number: int, topic: str, line: str) -> None:
        match = _ABOUT.match(line)
        if match is None:
            self._report(f"line {number}", f"found {line!r}", "write 话题：<a few words> or ### <place> here")
        else:
            self.about[topic] = tuple(_listed(match["about"]))

    def _open_answer(self, number: int, line: str) -> None:
        match = _PLACE.match(line)
        if match is None or self._topic is None:
            self._report(f"line {number}", f"found {line!r}", "write ### <place> below a ## topic")
            return
        self._place, self._since_line, self._body = match["place"], number, []

    def _close_answer(self) -> None:
        if self._place is None or self._topic is None:
            return
        where = f"line {self._since_line} ({self._topic}, {self._place})"
        body = "\n".join(self._body).strip()
        text, _, last = body.rpartition("\n")
        match = _SOURCE.match(last.strip())
        if match is None:
            self._report(where, "the answer has no source line at its end", f"write {_SOURCE_FORM}")
        elif not text.strip():
            self._report(where, "the answer is empty", "write the answer above its source line")
        else:
            self._add(where, self._topic, self._place, text.strip(), match)
        self._place = None

    def _add(self, where: str, topic: str, place: str, text: str, match: re.Match[str]) -> None:
        try:
            checked = date.fromisoformat(match["checked"])
            since, until = _day(match["since"]), _day(match["until"])
        except ValueError as error:
            self._report(where, str(error), f"write {_SOURCE_FORM}")
            return
        answers = self.topics[topic][1]
        if any(a.place == place and (a.since, a.until) == (since, until) for a in answers):
            self._report(where, "the place has two answers for the same days", "keep one of the two")
        answers.append(Answer(place, text, tuple(_listed(match["sources"])), checked, since, until))

    def _report(self, where: str, found: str, write: str) -> None:
        self.problems.append(problem(self._name, where, found, write))


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _listed(written: str) -> Iterator[str]:
    for item in re.split(r"[、,，]", written):
        if item.strip():
            yield item.strip()
