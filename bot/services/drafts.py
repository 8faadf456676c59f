"""A topic as it is edited: its question, its answers by place, its examples; and what is said about an edit."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from bot.knowledge.faq import Answer, Topic

FAQ = "faq/"
Level = Literal["error", "warning"]
# Of a hash that tells one wording from the next, so many digits are enough; of an example even fewer.
_LONG, _SHORT = 16, 8


@dataclass(frozen=True)
class AnswerDraft:
    """One place's answer; ``since`` and ``until`` are the first and the last day on which it is given."""

    place: str
    body: str
    sources: tuple[str, ...] = ()
    checked_on: date | None = None
    since: date | None = None
    until: date | None = None

    @property
    def key(self) -> str:
        """What tells it from the other answers of its topic."""
        days = (day.isoformat() if day else "" for day in (self.since, self.until))
        return "/".join((self.place, *days))


@dataclass(frozen=True)
class TopicDraft:
    """A topic with its examples; ``version`` tells what it was when it was read, part by part; empty for a new one."""

    id: str
    question: str
    about: tuple[str, ...] = ()
    answers: tuple[AnswerDraft, ...] = ()
    examples: tuple[str, ...] = ()
    version: str = ""

    @property
    def label(self) -> str:
        """Its intent."""
        return FAQ + self.id


@dataclass(frozen=True)
class TopicEntry:
    """A line of the tree of topics; ``group`` is the wider matter, the first of the words that stand for the topic."""

    id: str
    question: str
    places: tuple[str, ...]
    examples: int
    problems: int
    group: str


@dataclass(frozen=True)
class Finding:
    """Something wrong (``error``: it is not saved) or odd (``warning``), in Chinese.

    ``where`` is a part of the draft: ``id``, ``question``, ``about``, ``answers``, ``answers/0``, ``examples``,
    ``examples/3``, ``policy``; or ``elsewhere`` for another file. ``line`` counts from 1 inside that part's text.
    """

    level: Level
    where: str
    message: str
    line: int | None = None
    code: str = ""


@dataclass(frozen=True)
class Saved:
    """What was saved: the topic's new version, and the difference of the files as ``diff -u`` shows it."""

    version: str
    diff: str
    revision: int | None = None
    masked: bool = False
    # Others changed other parts in the meantime; what was saved holds both.
    merged: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything was different at all."""
        return bool(self.diff)


@dataclass(frozen=True)
class Near:
    """An example that says about the same as another text, under its intent; ``similarity`` from 0 to 1."""

    text: str
    label: str
    similarity: float


@dataclass(frozen=True)
class Added:
    """Examples taken up, those the model knows well already, those that are there, and what stands elsewhere too."""

    added: tuple[str, ...]
    known: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    near: tuple[tuple[str, Near], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    diff: str = ""


@dataclass(frozen=True)
class Revision:
    """A saved change: who, when, why, of what (``faq/<topic>``, another intent, ``policy/<place>``)."""

    id: int
    at: datetime
    user: str
    kind: str
    subject: str
    why: str
    diff: str


class EditError(ValueError):
    """An edit that cannot be done; the message is Chinese and says what to do."""


class TopicNotFoundError(EditError):
    """There is no such topic."""


class EditRefusedError(EditError):
    """The checks refuse it; ``findings`` say why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(found.message for found in findings))
        self.findings = findings


class EditConflictError(EditError):
    """Somebody else changed the same part in the meantime: ``parts`` as in :class:`Finding`, ``where``; both versions."""

    def __init__(self, message: str, parts: tuple[str, ...], mine: Any, theirs: Any) -> None:
        super().__init__(message)
        self.parts = parts
        self.mine = mine
        self.theirs = theirs


def draft_of(topic: Topic, about: tuple[str, ...], examples: tuple[str, ...]) -> TopicDraft:
    """A topic of the files as a draft, with its version; ``about`` as it is written, empty where it is not."""
    answers = tuple(AnswerDraft(**vars(answer)) for answer in topic.answers)
    draft = TopicDraft(topic.id, topic.question, about, answers, examples)
    return replace(draft, version=version_of(draft))


def topic_of(draft: TopicDraft) -> Topic:
    """A draft as a topic of the files; every answer has a day of checking by now."""
    answers = tuple(Answer(**{**vars(a), "checked_on": a.checked_on or date.min}) for a in draft.answers)
    return Topic(draft.id, draft.question, answers, draft.about or (draft.question,))


def as_json(draft: TopicDraft) -> dict[str, Any]:
    """A draft as it is kept in the database, without its version."""
    answers = [
        {name: str(value) if isinstance(value, date) else value for name, value in vars(answer).items()}
        for answer in draft.answers
    ]
    kept = {name: value for name, value in vars(draft).items() if name != "version"}
    return {**kept, "answers": answers}


def from_json(kept: Mapping[str, Any]) -> TopicDraft:
    """The draft that :func:`as_json` was given, with its version."""
    draft = TopicDraft(
        id=kept["id"],
        question=kept["question"],
        about=tuple(kept["about"]),
        answers=tuple(_answer(answer) for answer in kept["answers"]),
        examples=tuple(kept["examples"]),
    )
    return replace(draft, version=version_of(draft))


def version_of(draft: TopicDraft) -> str:
    """One text that tells the heading, every answer and every example from any other."""
    marks = {
        "head": _mark([draft.question, *draft.about], _LONG),
        "answers": {answer.key: answer_mark(answer) for answer in draft.answers},
        "examples": [example_mark(text) for text in draft.examples],
    }
    written = json.dumps(marks, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode()


def marks_of(version: str) -> dict[str, Any]:
    """What a version tells; nothing of an empty or broken one."""
    try:
        found = json.loads(base64.urlsafe_b64decode(version.encode()))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def head_mark(draft: TopicDraft) -> str:
    """The mark of question and words."""
    return _mark([draft.question, *draft.about], _LONG)


def answer_mark(answer: AnswerDraft) -> str:
    """The mark of an answer."""
    return _mark([answer.body, str(answer.checked_on), *answer.sources], _LONG)


def example_mark(text: str) -> str:
    """The mark of an example."""
    return _mark([text], _SHORT)


def _mark(parts: list[str], length: int) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:length]


def _answer(kept: Mapping[str, Any]) -> AnswerDraft:
    days = {name: _day(kept[name]) for name in ("checked_on", "since", "until")}
    return AnswerDraft(kept["place"], kept["body"], tuple(kept["sources"]), **days)


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
