"""Calls as a table for Excel: one row for each call, as .csv or .xlsx, in which no text can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from bot.knowledge.base import KnowledgeBase
from bot.policy.areas import Area
from bot.services.calls import Call, Entry, in_china
from bot.services.cells import acts_as_formula, clean
from bot.wording.records import ENTRY_NAMES, HEADINGS, REPORT_NAMES, SHEET, outcome_name

Cell = str | int | datetime | None

_WIDTHS = (15, 12, 17, 17, 12, 12, 22, 44, 60, 40, 50)
_MOMENT = "yyyy-mm-dd hh:mm"


def _itself(name: str) -> str:
    return name


@dataclass(frozen=True)
class Names:
    """How people read the ids of topics and places; without functions the ids stay."""

    topic: Callable[[str], str] = field(default=_itself)
    place: Callable[[str], str] = field(default=_itself)


def names_of(base: KnowledgeBase) -> Names:
    """The canonical questions and the names of places; an area that is not served is called by its narrowest part."""

    def topic(topic_id: str) -> str:
        known = base.faq.get(topic_id)
        return known.question if known is not None else topic_id

    def place(written: str) -> str:
        known = base.places.by_id.get(written)
        return known.name if known is not None else Area.parse(written).name

    return Names(topic, place)


def calls_csv(calls: Iterable[Call], names: Names | None = None) -> bytes:
    """Comma-separated values in UTF-8 with the mark by which Excel knows it, times in China."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for call in calls:
        writer.writerow([_plain(cell) for cell in _row(call, names or Names(), "；")])
    return out.getvalue().encode("utf-8-sig", "replace")


def calls_xlsx(calls: Iterable[Call], names: Names | None = None) -> bytes:
    """An Excel workbook: real dates, text that stays text, the headings fixed and with filters."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    _lay_out(sheet)
    sheet.append([_bold(sheet, heading) for heading in HEADINGS])
    rows = 1
    for call in calls:
        sheet.append([_cell(sheet, cell) for cell in _row(call, names or Names(), "\n")])
        rows += 1
    sheet.auto_filter.ref = f"A1:{chr(ord('A') + len(HEADINGS) - 1)}{rows}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _row(call: Call, names: Names, between: str) -> list[Cell]:
    """The cells of a call, in the order of the headings."""
    ended = call.ended_at
    return [
        call.number,
        call.user,
        in_china(call.started_at).replace(microsecond=0),
        in_china(ended).replace(microsecond=0) if ended is not None else None,
        round((ended - call.started_at).total_seconds() / 60) if ended is not None else None,
        names.place(call.place) if call.place else "",
        outcome_name(call.outcome, automatic=call.automatic),
        between.join(dict.fromkeys(_topics(call.entries, names))),
        between.join(_results(call.entries)),
        between.join(_reports(call.entries, names)),
        call.note,
    ]


def _topics(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Every question looked at, with the place it was looked at for."""
    for entry in entries:
        if entry.kind == "topic":
            place = entry.detail.get("place")
            yield names.topic(entry.subject) + (f"（{names.place(place)}）" if place else "")


def _results(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.kind in ("filing", "estimate"):
            result = entry.detail.get("result")
            told = "，".join(part for part in (entry.subject, result) if part)
            yield f"{ENTRY_NAMES[entry.kind]}：{told}"


def _reports(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    for entry in entries:
        if entry.kind == "report":
            kind = REPORT_NAMES.get(entry.detail.get("kind", ""), ENTRY_NAMES["report"])
            yield f"{kind}：{names.topic(entry.subject)}"


def _plain(cell: Cell) -> str:
    """A cell of a .csv; one that begins like a formula is made text by an apostrophe."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    text = clean("" if cell is None else str(cell))
    return f"'{text}" if acts_as_formula(text) else text


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> WriteOnlyCell:
    """A cell of an .xlsx; text is stored as text, and marked so that it stays text when somebody edits it."""
    cell = WriteOnlyCell(sheet, clean(value) if isinstance(value, str) else value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if isinstance(value, datetime):
        cell.number_format = _MOMENT
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = acts_as_formula(value)
    return cell


def _bold(sheet: WriteOnlyWorksheet, heading: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, heading)
    cell.font = Font(bold=True)
    return cell


def _lay_out(sheet: WriteOnlyWorksheet) -> None:
    sheet.freeze_panes = "A2"
    for position, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(ord("A") + position)].width = width
