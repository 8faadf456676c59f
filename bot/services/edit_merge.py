"""Two people's edits of one topic as one: what only one of them changed is taken; what both changed is a conflict."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from bot.services.drafts import AnswerDraft, TopicDraft, answer_mark, example_mark, head_mark, version_of

_Item = TypeVar("_Item", bound=Hashable)


def merge(
    mine: TopicDraft, theirs: TopicDraft, base: Mapping[str, Any]
) -> tuple[TopicDraft, tuple[str, ...]]:
    """What ``mine`` changed since ``base`` (the marks of a version) put into ``theirs``; and the parts in conflict."""
    conflicts: list[str] = []
    marks = (head_mark(mine), head_mark(theirs), base.get("head"))
    head = _chosen("head", marks, (mine, theirs), conflicts)
    answers = _answers(mine, theirs, base.get("answers", {}), conflicts)
    examples = merge_examples(mine.examples, theirs.examples, base.get("examples", []))
    merged = replace(mine, question=head.question, about=head.about, answers=answers, examples=examples)
    return replace(merged, version=version_of(merged)), tuple(conflicts)


def merge_examples(mine: Sequence[str], theirs: Sequence[str], base: Sequence[str]) -> tuple[str, ...]:
    """What ``mine`` took away and added since ``base`` (marks), done to ``theirs``."""
    marks = [example_mark(text) for text in mine]
    if [example_mark(text) for text in theirs] == list(base):
        return tuple(mine)
    gone = set(base) - set(marks)
    added = {text for text, mark in zip(mine, marks, strict=True) if mark not in base}
    kept = [text for text in theirs if example_mark(text) not in gone]
    return tuple(_woven(kept, [text for text in mine if text in added or text in kept]))


def _answers(
    mine: TopicDraft, theirs: TopicDraft, base: Mapping[str, str], conflicts: list[str]
) -> tuple[AnswerDraft, ...]:
    ours, others = ({a.key: a for a in draft.answers} for draft in (mine, theirs))
    kept: dict[str, AnswerDraft] = {}
    for key in dict.fromkeys([*ours, *others]):
        both = (ours.get(key), others.get(key))
        marks = (*(answer_mark(a) if a else None for a in both), base.get(key))
        chosen = _chosen(key, marks, both, conflicts)
        if chosen is not None:
            kept[key] = chosen
    # Whoever moved answers has the say about their order; if both did, whoever comes last.
    first, second = (others, ours) if list(ours) == [k for k in base if k in ours] else (ours, others)
    order = _woven([key for key in first if key in kept], [key for key in second if key in kept])
    return tuple(kept[key] for key in order)


def _chosen(part: str, marks: Sequence[Any], both: Sequence[Any], conflicts: list[str]) -> Any:
    """Of two states of a part the one that was changed since the third."""
    mine, theirs, base = marks
    if theirs not in (mine, base) and mine != base:
        conflicts.append(part)
    return both[1] if mine == base else both[0]


def _woven(first: Sequence[_Item], second: Sequence[_Item]) -> list[_Item]:
    """All of ``first`` in its order, and what only ``second`` has behind what it stands behind there."""
    woven = list(first)
    before: _Item | None = None
    for item in second:
        if item not in woven:
            place = woven.index(before) + 1 if before is not None and before in woven else 0
            woven.insert(place, item)
        before = item
    return woven
