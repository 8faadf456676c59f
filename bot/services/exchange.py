"""Answers, examples and topics as tables: out for Excel, and in again row by row, each with what it would change."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Literal

from bot.services.drafts import FAQ, AnswerDraft, EditError, Saved, TopicDraft
from bot.services.editing import Editing
from bot.services.tables import FORMATS, MOST_ROWS, TableError, TooLargeError, read_table, write_table
from bot.services.users import User
from bot.wording.editing import message
from bot.wording.exchange import COLUMNS, SHEETS

KINDS = tuple(SHEETS)
State = Literal["new", "changed", "same", "error"]
_BETWEEN = "、"


@dataclass(frozen=True)
class Row:
    """A row of an import: its number in the table, what it would do, and what is to be said about it.

    ``before`` is the text it would replace, where it changes one.
    """

    number: int
    state: State
    cells: Mapping[str, str]
    message: str = ""
    before: str = ""


@dataclass(frozen=True)
class Preview:
    """All rows of an import; ``versions`` tell what the topics were when they were compared."""

    kind: str
    rows: tuple[Row, ...]
    versions: Mapping[str, str] = field(default_factory=dict)

    def count(self, state: State) -> int:
        """How many rows are in a state."""
        return sum(row.state == state for row in self.rows)

    def acceptable(self) -> tuple[int, ...]:
        """The numbers of the rows that would change something."""
        return tuple(row.number for row in self.rows if row.state in ("new", "changed"))

    def as_text(self) -> str:
        """All of it as JSON, for a page to keep between two requests."""
        return json.dumps(asdict(self), ensure_ascii=False)


def preview_from(text: str) -> Preview:
    """The preview that ``as_text`` gave."""
    kept = json.loads(text)
    return Preview(kept["kind"], tuple(Row(**row) for row in kept["rows"]), kept["versions"])


class Exchange:
    """Import and export by the same services and checks as the pages."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing

    def export(self, kind: str, form: str) -> bytes:
        """Everything of a kind (``answers``, ``examples``, ``topics``) as ``csv`` or ``xlsx``."""
        _check(kind, form)
        columns = COLUMNS[kind]
        rows = [[row[name] for name in columns] for row in self._rows(kind)]
        return write_table(form, SHEETS[kind], list(columns.values()), rows)

    def preview(self, kind: str, content: bytes, form: str) -> Preview:
        """What each row of a table would do; EditError where it is no such table."""
        _check(kind, form)
        rows = _read(kind, content, form)
        if kind == "examples":
            return Preview(kind, tuple(self._example_rows(rows)))
        topics = {cells["topic"] for _, cells in rows}
        drafts = {e.id: self._editing.topic(e.id) for e in self._editing.topics() if e.id in topics}
        compare = self._answer_rows if kind == "answers" else self._topic_rows
        versions = {topic: draft.version for topic, draft in drafts.items()}
        return Preview(kind, tuple(compare(rows, drafts)), versions)

    def apply(self, preview: Preview, accepted: Collection[int], user: User | None, why: str) -> Saved:
        """Take over the rows accepted, all at once; rows with errors never are."""
        rows = [row for row in preview.rows if row.number in accepted and row.state in ("new", "changed")]
        if not rows:
            return Saved("", "")
        if preview.kind == "examples":
            texts: dict[str, list[str]] = {}
            for row in rows:
                texts.setdefault(row.cells["label"], []).append(row.cells["text"])
            return self._editing.add_all(texts, user, why, "imported")
        put = _put_answer if preview.kind == "answers" else _put_topic
        drafts: dict[str, TopicDraft] = {}
        for row in rows:
            topic = row.cells["topic"]
            draft = drafts.get(topic) or self._editing.topic(topic)
            drafts[topic] = put(draft, row.cells)
        # What somebody changed since the preview is a conflict; the rest of a topic is as it is now.
        wanted = {topic: replace(d, version=preview.versions[topic]) for topic, d in drafts.items()}
        return self._editing.save_all(wanted, user, why, "imported")

    def _rows(self, kind: str) -> Iterator[Mapping[str, str]]:
        if kind == "examples":
            for label, texts in self._editing.examples().items():
                yield from ({"label": label, "text": text} for text in texts)
            return
        for entry in self._editing.topics():
            draft = self._editing.topic(entry.id)
            if kind == "topics":
                yield {"topic": draft.id, "question": draft.question, "about": _BETWEEN.join(draft.about)}
            else:
                yield from (_answer_cells(draft, answer) for answer in draft.answers)

    def _example_rows(self, rows: Sequence[tuple[int, dict[str, str]]]) -> Iterator[Row]:
        known = self._editing.examples()
        seen: dict[tuple[str, str], int] = {}
        for number, cells in rows:
            label, text = cells["label"], cells["text"]
            label = label if label in known or FAQ + label not in known else FAQ + label
            first = seen.setdefault((label, text), number)
            if first != number:
                yield Row(number, "error", cells, message("row_twice", number=first))
            elif label not in known:
                yield Row(number, "error", cells, message("no_intent", label=label))
            elif text in known[label]:
                yield Row(number, "same", cells)
            else:
                yield self._new_example(number, {"label": label, "text": text})

    def _new_example(self, number: int, cells: dict[str, str]) -> Row:
        found = self._editing.sort_out(cells["label"], [cells["text"]])
        if found.refused:
            return Row(number, "error", cells, found.refused[0][1])
        if found.duplicates:
            return Row(number, "same", cells)
        if found.known:
            return Row(number, "same", cells, message("known", text=found.known[0]))
        near = found.near[0][1] if found.near else None
        told = near and message("near", text=cells["text"], label=near.label, other=near.text)
        return Row(number, "new", {**cells, "text": found.added[0]}, told or "")

    def _answer_rows(
        self, rows: Sequence[tuple[int, dict[str, str]]], drafts: Mapping[str, TopicDraft]
    ) -> Iterator[Row]:
        compared = list(_compared_answers(rows, drafts))
        wrong = self._errors([row for row in compared if row.state in ("new", "changed")], drafts)
        for row in compared:
            yield replace(row, state="error", message=wrong[row.number]) if row.number in wrong else row

    def _errors(self, rows: Sequence[Row], drafts: Mapping[str, TopicDraft]) -> dict[int, str]:
        """What the checks say about the answers of changed rows, a topic at a time."""
        wrong: dict[int, str] = {}
        for topic in dict.fromkeys(row.cells["topic"] for row in rows):
            mine = {_answer(row.cells).key: row.number for row in rows if row.cells["topic"] == topic}
            draft = drafts[topic]
            for row in rows:
                draft = _put_answer(draft, row.cells) if row.cells["topic"] == topic else draft
            for finding in self._editing.check(draft):
                part, _, number = finding.where.partition("/")
                key = draft.answers[int(number)].key if part == "answers" and number else ""
                hit = [mine[key]] if key in mine else list(mine.values()) if not key else []
                if finding.level == "error":
                    wrong.update({row: wrong.get(row, "") + finding.message for row in hit})
        return wrong

    def _topic_rows(
        self, rows: Sequence[tuple[int, dict[str, str]]], drafts: Mapping[str, TopicDraft]
    ) -> Iterator[Row]:
        seen: dict[str, int] = {}
        for number, cells in rows:
            draft = drafts.get(cells["topic"])
            first = seen.setdefault(cells["topic"], number)
            if first != number:
                yield Row(number, "error", cells, message("row_twice", number=first))
            elif draft is None:
                yield Row(number, "error", cells, message("row_new_topic"))
            elif _put_topic(draft, cells) == draft:
                yield Row(number, "same", cells)
            else:
                before = f"{draft.question}（{_BETWEEN.join(draft.about)}）"
                wrong = [f for f in self._editing.check(_put_topic(draft, cells)) if f.level == "error"]
                told = "".join(finding.message for finding in wrong)
                yield Row(number, "error" if wrong else "changed", cells, told, before)


def _check(kind: str, form: str) -> None:
    if kind not in KINDS:
        raise EditError(message("bad_kind", found=kind))
    if form not in FORMATS:
        raise EditError(message("bad_format", found=form))


def _read(kind: str, content: bytes, form: str) -> list[tuple[int, dict[str, str]]]:
    """The rows with their numbers in the table; the headings may stand in any order."""
    try:
        table = read_table(form, content)
    except TooLargeError as error:
        raise EditError(message("too_large", rows=MOST_ROWS)) from error
    except TableError as error:
        raise EditError(message("bad_file", detail=error)) from error
    headings = [cell.strip() for cell in table[0]] if table else []
    places = {}
    for name, heading in COLUMNS[kind].items():
        if heading in headings:
            places[name] = headings.index(heading)
        elif name != "question" or kind == "topics":
            raise EditError(message("no_heading", heading=heading))
    return [
        (number, {name: row[place].strip() if place < len(row) else "" for name, place in places.items()})
        for number, row in enumerate(table[1:], start=2)
    ]


def _compared_answers(
    rows: Sequence[tuple[int, dict[str, str]]], drafts: Mapping[str, TopicDraft]
) -> Iterator[Row]:
    seen: dict[tuple[str, str], int] = {}
    for number, cells in rows:
        draft = drafts.get(cells["topic"])
        if draft is None:
            yield Row(number, "error", cells, message("row_no_topic", topic=cells["topic"]))
            continue
        try:
            answer = _answer(cells)
        except EditError as error:
            yield Row(number, "error", cells, str(error))
            continue
        first = seen.setdefault((draft.id, answer.key), number)
        old = next((a for a in draft.answers if a.key == answer.key), None)
        if first != number:
            yield Row(number, "error", cells, message("row_twice", number=first))
        elif old == answer:
            yield Row(number, "same", cells)
        else:
            yield Row(number, "new" if old is None else "changed", cells, before=old.body if old else "")


def _answer_cells(draft: TopicDraft, answer: AnswerDraft) -> dict[str, str]:
    days = {name: getattr(answer, name) for name in ("checked_on", "since", "until")}
    return {
        "topic": draft.id,
        "question": draft.question,
        "place": answer.place,
        "body": answer.body,
        "sources": _BETWEEN.join(answer.sources),
        **{name: day.isoformat() if day else "" for name, day in days.items()},
    }


def _answer(cells: Mapping[str, str]) -> AnswerDraft:
    for name in ("place", "body", "sources", "checked_on"):
        if not cells[name]:
            raise EditError(message("row_empty", column=COLUMNS["answers"][name]))
    body = "\n".join(cells["body"].strip().splitlines())
    days = {name: _day(name, cells[name]) for name in ("checked_on", "since", "until")}
    return AnswerDraft(cells["place"], body, _listed(cells["sources"]), **days)


def _day(name: str, written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        heading = COLUMNS["answers"][name]
        raise EditError(message("row_bad_day", column=heading, found=written)) from None


def _listed(written: str) -> tuple[str, ...]:
    for other in (",", "，", "\n"):
        written = written.replace(other, _BETWEEN)
    return tuple(part.strip() for part in written.split(_BETWEEN) if part.strip())


def _put_answer(draft: TopicDraft, cells: Mapping[str, str]) -> TopicDraft:
    answer = _answer(cells)
    if any(old.key == answer.key for old in draft.answers):
        return replace(
            draft, answers=tuple(answer if old.key == answer.key else old for old in draft.answers)
        )
    return replace(draft, answers=(*draft.answers, answer))


def _put_topic(draft: TopicDraft, cells: Mapping[str, str]) -> TopicDraft:
    return replace(draft, question=cells["question"], about=_listed(cells["about"]))
