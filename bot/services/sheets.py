"""Tables for Excel: several sheets with fixed headings, real dates and shares, and no text that acts as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.styles.numbers import FORMAT_PERCENTAGE
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from bot.services.cells import acts_as_formula, clean

__all__ = ["Share", "Sheet", "workbook"]

_NARROW, _WIDE = 14, 48
_FORMATS: Mapping[type, str] = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm"}


@dataclass(frozen=True)
class Share:
    """A part of 1, shown in per cent."""

    part: float


Cell = str | int | float | date | datetime | Share | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its headings and its rows; moments are in the time zone in which they are to be read."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """The sheets as an .xlsx."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(target: WriteOnlyWorksheet, sheet: Sheet) -> None:
    target.freeze_panes = "A2"
    rows = [list(row) for row in sheet.rows]
    for position in range(len(sheet.headings)):
        texts = any(isinstance(row[position], str) for row in rows)
        target.column_dimensions[get_column_letter(position + 1)].width = _WIDE if texts else _NARROW
    target.append([_heading(target, heading) for heading in sheet.headings])
    for row in rows:
        target.append([_cell(target, value) for value in row])
    target.auto_filter.ref = f"A1:{get_column_letter(len(sheet.headings))}{len(rows) + 1}"


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> WriteOnlyCell:
    """A cell; text is stored as text, and marked so that it stays text when somebody edits it."""
    if isinstance(value, Share):
        cell = WriteOnlyCell(sheet, value.part)
        cell.number_format = FORMAT_PERCENTAGE
        return cell
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None, microsecond=0)
    cell = WriteOnlyCell(sheet, clean(value) if isinstance(value, str) else value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = acts_as_formula(value)
    elif type(value) in _FORMATS:
        cell.number_format = _FORMATS[type(value)]
    return cell


def _heading(sheet: WriteOnlyWorksheet, heading: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, heading)
    cell.font = Font(bold=True)
    return cell
