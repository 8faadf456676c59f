"""Small steps of editing: cleaning a draft, merging it, and what is kept of a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.knowledge.examples_text import LONGEST_EXAMPLE, BadExampleError, clean_example
from bot.knowledge.writing import Change
from bot.services.drafts import (
    FAQ,
    Added,
    AnswerDraft,
    EditConflictError,
    EditError,
    Finding,
    Revision,
    TopicDraft,
    as_json,
    example_mark,
    marks_of,
)
from bot.services.edit_checks import NearOf
from bot.services.edit_merge import merge
from bot.services.edit_state import State, difference
from bot.storage.revisions import StoredRevision
from bot.text.masking import mask
from bot.wording.editing import message, part_name

Mask = Callable[[str], str]
_IMPOSSIBLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_IN_CHECK = re.compile(r"[^,]+, (?:faq/)?(?P<topic>[a-z][a-z0-9_]*)(?: \(.*?\))?: ")


def cleaned(draft: TopicDraft, theirs: TopicDraft | None, hide: Mask = mask) -> TopicDraft:
    """A draft as it can stand in the files: personal data hidden in what is new, examples each once and on one line."""
    known = {text for a in theirs.answers for text in (a.body,)} if theirs else set()
    answers = tuple(_clean_answer(answer, known, hide) for answer in draft.answers)
    kept = set(theirs.examples) if theirs else set()
    examples = (text if text in kept else _clean_example(text, hide) for text in draft.examples)
    return replace(
        draft,
        id=draft.id.strip(),
        question=hide(_IMPOSSIBLE.sub("", draft.question).strip()),
        about=tuple(hide(_IMPOSSIBLE.sub("", word).strip()) for word in draft.about),
        answers=answers,
        examples=tuple(dict.fromkeys(examples)),
    )


def merged(mine: TopicDraft, theirs: TopicDraft | None, version: str) -> TopicDraft:
    """The draft with what others changed since ``version``; EditConflictError where it is the same part."""
    base = marks_of(version)
    if theirs is None:
        if base:
            raise EditError(message("removed_already", topic=mine.id))
        return mine
    if not base:
        raise EditError(message("no_version"))
    both, conflicts = merge(mine, theirs, base)
    if conflicts:
        raise conflict(conflicts, mine, theirs)
    return both


def conflict(parts: tuple[str, ...], mine: Any, theirs: Any) -> EditConflictError:
    """The error with both versions."""
    names = "、".join(map(part_name, parts))
    return EditConflictError(message("conflict", parts=names), parts, mine, theirs)


def sorted_out(state: State, label: str, texts: Sequence[str], near: NearOf, same: NearOf) -> Added:
    """Which texts are new to an intent, there, known well (``same`` finds some), elsewhere, or no examples at all."""
    here, others = set(state.examples.get(label, ())), elsewhere(state, label)
    added: dict[str, None] = {}
    known: list[str] = []
    twice: list[str] = []
    refused: list[tuple[str, str]] = []
    for number, text in enumerate(texts, start=1):
        try:
            clean = clean_example(mask(text))
        except BadExampleError as error:
            refused.append((mask(text), message(f"example_{error}", number=number, most=LONGEST_EXAMPLE)))
            continue
        if clean in here or clean in added:
            twice.append(clean)
        elif clean in others:
            refused.append((clean, message("same_elsewhere", text=clean, label=others[clean])))
        elif same(clean, label):
            known.append(clean)
        else:
            added[clean] = None
    close = [(text, found) for text in added for found in near(text, label)[:1]]
    return Added(tuple(added), tuple(known), tuple(twice), tuple(close), tuple(refused))


@dataclass(frozen=True)
class SoundPart:
    """What of a draft can be read as the files are, while the rest is being written; ``numbers`` are its answers."""

    draft: TopicDraft
    numbers: tuple[int, ...]
    whole: bool

    def tells(self, finding: Finding) -> bool:
        """Whether a finding of the part holds for the whole draft: of missing answers and examples it does not."""
        return self.whole or finding.where.startswith("answers/")

    def as_written(self, finding: Finding) -> Finding:
        """The finding beside the answer as the draft numbers it."""
        part, _, number = finding.where.partition("/")
        if part != "answers" or not number:
            return finding
        return replace(finding, where=f"answers/{self.numbers[int(number)]}")


def sound_part(draft: TopicDraft, theirs: TopicDraft | None, found: Sequence[Finding]) -> SoundPart | None:
    """The draft without its faulty answers and examples; None where its heading is at fault, or nothing is left."""
    wrong = {finding.where for finding in found if finding.level == "error"}
    numbers = tuple(n for n in range(len(draft.answers)) if f"answers/{n}" not in wrong)
    if not numbers or wrong & {"id", "question", "about"}:
        return None
    examples = draft.examples
    if any(where.startswith("examples") for where in wrong):
        examples = theirs.examples if theirs is not None else ()
    part = replace(draft, answers=tuple(draft.answers[n] for n in numbers), examples=examples)
    return SoundPart(part, numbers, whole=not wrong)


def elsewhere(state: State, label: str) -> dict[str, str]:
    """Every example of the other intents, with its intent."""
    return {text: other for other, texts in state.examples.items() if other != label for text in texts}


def new_examples(state: State, draft: TopicDraft) -> list[str]:
    """The examples of a draft that the files do not have there yet."""
    known = set(state.examples.get(draft.label, ()))
    return [text for text in dict.fromkeys(draft.examples) if text not in known]


def row_of(subject: str, before: State, after: State) -> dict[str, Any] | None:
    """What is kept of a change of a topic or an intent; None where it is the same as before."""
    sides = [_side(subject, state) for state in (before, after)]
    if sides[0] == sides[1]:
        return None
    was, now = (_as_text(subject, state) for state in (before, after))
    return {
        "subject": subject,
        "before": sides[0],
        "after": sides[1],
        "diff": difference(was, now, subject),
    }


def diff_of(change: Change) -> str:
    """What `diff -u` shows of a file."""
    was, now = ((side or b"").decode("utf-8", "replace") for side in (change.before, change.after))
    return difference(was, now, change.path)


def revision_of(kept: StoredRevision) -> Revision:
    """A saved change as it is shown."""
    return Revision(kept.id, kept.at, kept.user, kept.kind, kept.subject, kept.why, kept.diff)


def example_marks(texts: list[str]) -> list[str]:
    """The marks of examples, for a merge."""
    return [example_mark(text) for text in texts]


def topic_of_line(line: str) -> str:
    """The topic that a line of the checks is about; empty for other files."""
    found = _IN_CHECK.match(line)
    return found["topic"] if found and line.startswith(("faq.md", "data/nlu.yml")) else ""


def _clean_answer(answer: AnswerDraft, known: set[str], hide: Mask) -> AnswerDraft:
    body = "\n".join(_IMPOSSIBLE.sub("", answer.body).strip().splitlines())
    sources = tuple(source.strip() for source in answer.sources)
    return replace(
        answer, place=answer.place.strip(), body=body if body in known else hide(body), sources=sources
    )


def _clean_example(text: str, hide: Mask) -> str:
    """The example on one line; a bad one stays, for the checks to say so."""
    try:
        return clean_example(hide(text))
    except BadExampleError:
        return text


def _side(subject: str, state: State) -> Mapping[str, Any] | None:
    draft = state.draft(subject.removeprefix(FAQ)) if subject.startswith(FAQ) else None
    if draft is not None:
        return as_json(draft)
    if subject in state.examples and not subject.startswith(FAQ):
        return {"examples": list(state.examples[subject])}
    return None


def _as_text(subject: str, state: State) -> str:
    """The topic's section, then its examples a line each."""
    topic = state.faq_text.topic(subject.removeprefix(FAQ)) if subject.startswith(FAQ) else None
    lines = "".join(f"- {text}\n" for text in state.examples.get(subject, ()))
    return (topic.raw.rstrip() + "\n\n" if topic is not None else "") + lines
