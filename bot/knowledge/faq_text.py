"""``knowledge/faq.md`` as text: every section with its exact characters, so that an edit changes what it changes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from bot.knowledge.faq import Answer, Topic

_TOPIC = re.compile(r"## (?P<id>[a-z][a-z0-9_]*) (?P<question>\S.*)")
_PLACE = re.compile(r"### (?P<place>\S+)")
_ABOUT = re.compile(r"话题：(?P<about>\S.*)")
_BLANK = re.compile(r"\s*")


@dataclass(frozen=True)
class AnswerText:
    """An answer from its ``###`` line to the line before the next heading."""

    place: str
    raw: str


@dataclass(frozen=True)
class TopicText:
    """A topic: ``head`` from its ``##`` line to the line before its first answer."""

    id: str
    head: str
    answers: tuple[AnswerText, ...] = ()

    @property
    def raw(self) -> str:
        """Its exact text."""
        return self.head + "".join(answer.raw for answer in self.answers)

    @property
    def question(self) -> str:
        """The canonical question."""
        found = _TOPIC.match(self.head)
        return found["question"].strip() if found else ""

    @property
    def about(self) -> tuple[str, ...]:
        """The words that stand for it, as they are written; none where the line is missing."""
        found = next(filter(None, map(_ABOUT.match, self.head.splitlines())), None)
        return tuple(_listed(found["about"])) if found else ()


@dataclass(frozen=True)
class FaqText:
    """The whole file."""

    preamble: str
    topics: tuple[TopicText, ...]

    @property
    def raw(self) -> str:
        """The file's exact text."""
        return self.preamble + "".join(topic.raw for topic in self.topics)

    @property
    def newline(self) -> str:
        """How lines end in this file."""
        return "\r\n" if "\r\n" in self.raw else "\n"

    def topic(self, topic_id: str) -> TopicText | None:
        """A topic by its id."""
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def with_topic(self, topic: Topic, about: tuple[str, ...], before: Topic | None) -> FaqText:
        """The file with a topic in the wording given; ``before`` is what the file says now, None for a new topic."""
        old = self.topic(topic.id)
        if old is None or before is None:
            return self._with_new(_new_topic(topic, about, self.newline), about)
        written = _rewritten(old, topic, about, before, self.newline)
        found = replace(self, topics=tuple(written if t.id == topic.id else t for t in self.topics))
        if [answer.place for answer in written.answers] == [answer.place for answer in old.answers]:
            return found
        # Answers came, went or moved: each ends in one blank line, but for the last of the file.
        found = replace(found, topics=_parted(found.topics, self.newline))
        return _trimmed(found) if found.topics[-1].id == topic.id else found

    def without(self, topic_id: str) -> FaqText:
        """The file without a topic."""
        kept = replace(self, topics=tuple(topic for topic in self.topics if topic.id != topic_id))
        was_last = bool(self.topics) and self.topics[-1].id == topic_id
        return _trimmed(kept) if was_last else kept

    def _with_new(self, topic: TopicText, about: tuple[str, ...]) -> FaqText:
        """A new topic stands behind the last one of the same matter, else at the end."""
        same = [n for n, t in enumerate(self.topics) if about and t.about[:1] == about[:1]]
        place = same[-1] + 1 if same else len(self.topics)
        topics = (*self.topics[:place], topic, *self.topics[place:])
        found = replace(self, topics=_parted(topics, self.newline))
        return _trimmed(found) if place == len(self.topics) else found


def parse_faq_text(text: str) -> FaqText:
    """Cut the file into its sections; joined again they are the file."""
    preamble: list[str] = []
    topics: list[list[list[str]]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("## "):
            topics.append([[line]])
        elif line.startswith("### ") and topics:
            topics[-1].append([line])
        elif topics:
            topics[-1][-1].append(line)
        else:
            preamble.append(line)
    return FaqText("".join(preamble), tuple(_topic_text(parts) for parts in topics))


def source_line(answer: Answer) -> str:
    """The last line of an answer: its sources and days."""
    line = f"依据：{'、'.join(answer.sources)}；核对：{answer.checked_on}"
    line += f"；自：{answer.since}" if answer.since else ""
    return line + (f"；至：{answer.until}" if answer.until else "")


def topic_text(topic: Topic, about: tuple[str, ...] = (), newline: str = "\n") -> str:
    """A topic as it is written into the file."""
    return _new_topic(topic, about, newline).raw


def _topic_text(parts: list[list[str]]) -> TopicText:
    head = "".join(parts[0])
    found = _TOPIC.match(head)
    answers = tuple(_answer_text("".join(lines)) for lines in parts[1:])
    return TopicText(found["id"] if found else "", head, answers)


def _answer_text(raw: str) -> AnswerText:
    found = _PLACE.match(raw)
    return AnswerText(found["place"] if found else "", raw)


def _rewritten(
    old: TopicText, topic: Topic, about: tuple[str, ...], before: Topic, newline: str
) -> TopicText:
    """The topic with only the changed pieces written anew."""
    texts = {_key(answer): text for answer, text in zip(before.answers, old.answers, strict=True)}
    known = {_key(answer): answer for answer in before.answers}
    # An answer that is given for other days than before is still that answer.
    free = {a.place: _key(a) for a in before.answers if _key(a) not in {_key(b) for b in topic.answers}}
    answers = []
    for answer in topic.answers:
        key = _key(answer) if _key(answer) in known else free.pop(answer.place, None)
        if key is None:
            answers.append(_new_answer(answer, newline))
        else:
            answers.append(_changed_answer(texts[key], known[key], answer, newline))
    head = _changed_head(old, topic.question, about, newline)
    if [a.place for a in answers] != [a.place for a in old.answers]:
        answers = [replace(answer, raw=answer.raw.rstrip() + newline * 2) for answer in answers]
    return TopicText(topic.id, head, tuple(answers))


def _key(answer: Answer) -> tuple[str, date | None, date | None]:
    return answer.place, answer.since, answer.until


def _changed_head(old: TopicText, question: str, about: tuple[str, ...], newline: str) -> str:
    head = old.head
    if question != old.question:
        first, end, rest = head.partition(newline)
        head = f"## {old.id} {question}{end}{rest}" if first else head
    if about == old.about:
        return head
    lines = head.splitlines(keepends=True)
    kept = [line for line in lines if not _ABOUT.match(line)]
    written = [f"话题：{'、'.join(about)}{newline}"] if about else []
    place = next((n for n, line in enumerate(lines) if _ABOUT.match(line)), None)
    if place is not None:
        return "".join([*kept[:place], *written, *kept[place:]])
    return "".join([kept[0], newline, *written, *kept[1:]])


def _changed_answer(text: AnswerText, before: Answer, after: Answer, newline: str) -> AnswerText:
    if before == after:
        return text
    heading, _, rest = text.raw.partition("\n")
    lead = len(_BLANK.match(rest)[0])  # type: ignore[index]
    content = rest.strip()
    if "\n" not in content:
        return _new_answer(after, newline)
    tail = rest[lead + len(content) :]
    body, source = content[: content.rindex("\n")], content[content.rindex("\n") + 1 :]
    between = body[len(body.rstrip()) :] + "\n"
    body = body.rstrip() if before.body == after.body else _lines(after.body, newline)
    same_line = source_line(before) == source_line(after)
    source = source if same_line else source_line(after)
    return AnswerText(text.place, f"{heading}\n{rest[:lead]}{body}{between}{source}{tail}")


def _new_topic(topic: Topic, about: tuple[str, ...], newline: str) -> TopicText:
    head = f"## {topic.id} {topic.question}{newline}{newline}"
    head += f"话题：{'、'.join(about)}{newline}{newline}" if about else ""
    return TopicText(topic.id, head, tuple(_new_answer(answer, newline) for answer in topic.answers))


def _new_answer(answer: Answer, newline: str) -> AnswerText:
    lines = [f"### {answer.place}", "", _lines(answer.body, newline), "", source_line(answer), "", ""]
    return AnswerText(answer.place, newline.join(lines))


def _lines(text: str, newline: str) -> str:
    return newline.join(text.strip().splitlines())


def _parted(topics: Iterable[TopicText], newline: str) -> tuple[TopicText, ...]:
    """Every topic but the last ends in a blank line."""
    found = list(topics)
    return tuple(
        topic if n == len(found) - 1 or topic.raw.endswith(newline * 2) else _ending(topic, newline * 2)
        for n, topic in enumerate(found)
    )


def _ending(topic: TopicText, end: str) -> TopicText:
    if not topic.answers:
        return replace(topic, head=topic.head.rstrip() + end)
    last = replace(topic.answers[-1], raw=topic.answers[-1].raw.rstrip() + end)
    return replace(topic, answers=(*topic.answers[:-1], last))


def _trimmed(found: FaqText) -> FaqText:
    """The file ends with its last line."""
    if not found.topics:
        return found
    return replace(found, topics=(*found.topics[:-1], _ending(found.topics[-1], found.newline)))


def _listed(written: str) -> list[str]:
    return [item.strip() for item in re.split(r"[、,，]", written) if item.strip()]
