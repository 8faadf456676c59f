"""Tables of texts as .csv and .xlsx, out and in; no text of them can act as a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from bot.services.cells import clean

FORMATS = ("csv", "xlsx")
# An import of everything there is has about eleven thousand rows.
MOST_ROWS = 50_000
# A packed workbook may hold a thousand times its size.
_LARGEST_UNPACKED = 100_000_000
_FORMULA = re.compile(r"^'*[\s\x00]*[=+\-@＝＋－＠]")
_DEFUSED = re.compile(r"^'(?='*[\s\x00]*[=+\-@＝＋－＠])")
_WIDTH = 28


class TableError(ValueError):
    """A file that is no table; the message says why in the words of the library."""


class TooLargeError(TableError):
    """A table with too many rows."""


def write_table(form: str, sheet: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table; ``form`` is one of FORMATS."""
    return _csv(headings, rows) if form == "csv" else _xlsx(sheet, headings, rows)


def read_table(form: str, content: bytes) -> list[list[str]]:
    """The rows with the headings first, every cell as a text; TableError."""
    try:
        rows = _read_csv(content) if form == "csv" else _read_xlsx(content)
    except (csv.Error, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(str(error) or type(error).__name__) from error
    return [row for row in rows if any(cell.strip() for cell in row)]


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """In UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in map(clean, row)])
    return out.getvalue().encode("utf-8-sig", "replace")


def _xlsx(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTH
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    """Text that stays text, also when somebody edits it."""
    cell = WriteOnlyCell(sheet, clean(text))
    cell.data_type = "s"
    cell.quotePrefix = bool(_FORMULA.match(text))
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if bold:
        cell.font = Font(bold=True)
    return cell


def _read_csv(content: bytes) -> list[list[str]]:
    """UTF-8, or what Excel in China writes by itself (GB 18030)."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    rows = []
    for row in csv.reader(io.StringIO(text, newline="")):
        rows.append([_DEFUSED.sub("", cell) for cell in row])
        _check_rows(len(rows))
    return rows


def _read_xlsx(content: bytes) -> list[list[str]]:
    packed = zipfile.ZipFile(io.BytesIO(content))
    if sum(part.file_size for part in packed.infolist()) > _LARGEST_UNPACKED:
        raise TooLargeError("too large")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    rows = []
    for row in book.worksheets[0].iter_rows(values_only=True):
        rows.append([_text(cell) for cell in row])
        _check_rows(len(rows))
    book.close()
    return rows


def _check_rows(count: int) -> None:
    if count > MOST_ROWS + 1:
        raise TooLargeError("too many rows")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
