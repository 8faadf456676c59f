"""The forms of the maintainers' console as drafts, and drafts as forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.services.drafts import AnswerDraft, EditError, TopicDraft

_FIELD = re.compile(r"answers-(\d{1,3})-(\w+)")
_PARTS = {
    "id": "编号",
    "question": "标准问法",
    "about": "话题",
    "answers": "答案",
    "examples": "问法",
    "policy": "内容",
    "elsewhere": "别的文件",
}


def draft_from(form: Mapping[str, str]) -> TopicDraft:
    """The draft that a form holds; raises EditError with one Chinese line for a day that is none."""
    answers: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        field = _FIELD.fullmatch(name)
        if field is not None:
            answers.setdefault(int(field[1]), {})[field[2]] = value
    return TopicDraft(
        id=form.get("id", "").strip(),
        question=form.get("question", "").strip(),
        about=_listed(form.get("about", "")),
        answers=tuple(_answer(answers[n]) for n in sorted(answers) if answers[n].get("place")),
        examples=tuple(line.strip() for line in form.get("examples", "").splitlines() if line.strip()),
        version=form.get("version", ""),
    )


def with_room(draft: TopicDraft) -> TopicDraft:
    """The draft with an empty answer at its end, to be filled in."""
    return replace(draft, answers=(*draft.answers, AnswerDraft("", "")))


def where_words(where: str) -> str:
    """Which part of a form a finding is about: ``answers/0`` is 第 1 个答案."""
    part, _, number = where.partition("/")
    name = _PARTS.get(part, part)
    return f"第 {int(number) + 1} 个{name}" if number.isdigit() else name


def _answer(fields: Mapping[str, str]) -> AnswerDraft:
    return AnswerDraft(
        place=fields["place"],
        body=fields.get("body", "").replace("\r\n", "\n").strip(),
        sources=_listed(fields.get("sources", "")),
        checked_on=_day(fields.get("checked_on", "")),
        since=_day(fields.get("since", "")),
        until=_day(fields.get("until", "")),
    )


def _listed(written: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[、,，]", written) if part.strip())


def _day(written: str) -> date | None:
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise EditError(f"“{written[:20]}”不是日期，请写成 2026-01-31 这样。") from None
