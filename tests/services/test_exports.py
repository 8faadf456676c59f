"""The table of calls for Excel: readable, one row for a call, and no text in it acts as a formula."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta, timezone
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.knowledge.base import KnowledgeBase
from bot.services.calls import Call, Entry
from bot.services.exports import calls_csv, calls_xlsx, names_of
from bot.wording.records import HEADINGS

# 23:59 and 30 seconds in China.
EVENING = datetime(2026, 11, 22, 15, 59, 30, 123_456, tzinfo=timezone.utc)
CALL = Call(
    id=7,
    number="20261122-007",
    user="li",
    started_at=EVENING,
    ended_at=EVENING + timedelta(minutes=4),
    place="nanjing",
    outcome="wrong_answer",
    note="下午回电",
    entries=(
        Entry(EVENING, "topic", "filing_time", {"place": "nanjing"}),
        Entry(EVENING, "topic", "filing_papers", {"place": "浙江/嘉兴/嘉善"}),
        Entry(EVENING, "topic", "filing_time", {"place": "nanjing"}),
        Entry(EVENING, "transcript", "查看了对话"),
        Entry(EVENING, "filing", "退休，住上海", {"result": "要备案"}),
        Entry(EVENING, "estimate", "三级医院住院，花了 20,000 元", {"result": "约报 13,000 元"}),
        Entry(EVENING, "report", "filing_time", {"kind": "outdated"}),
    ),
)
DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    '=HYPERLINK("http://example.com","点我")', "=cmd|' /C calc'!A0",
]  # fmt: skip


def rows(exported: bytes) -> list[list[str]]:
    """The rows of a .csv as a program reads them."""
    return list(csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline="")))


def sheet(exported: bytes) -> Worksheet:
    """The sheet of an .xlsx."""
    return load_workbook(io.BytesIO(exported)).active


def with_note(note: str) -> Call:
    """A call with this note."""
    return Call(1, "20261122-001", "li", EVENING, EVENING, note=note)


def test_a_call_is_one_row_that_people_can_read(base: KnowledgeBase) -> None:
    headings, row = rows(calls_csv([CALL], names_of(base)))
    assert headings == list(HEADINGS)
    time, papers = base.faq["filing_time"].question, base.faq["filing_papers"].question
    assert row == [
        "20261122-007", "li", "2026-11-22 23:59", "2026-11-23 00:03", "4", "南京", "答案有误",
        f"{time}（南京）；{papers}（嘉善）",
        "备案资格核对：退休，住上海，要备案；报销估算：三级医院住院，花了 20,000 元，约报 13,000 元",
        f"内容过时：{time}",
        "下午回电",
    ]  # fmt: skip


def test_both_files_hold_the_same(base: KnowledgeBase) -> None:
    names = names_of(base)
    (_, row), (headings, cells) = rows(calls_csv([CALL], names)), sheet(calls_xlsx([CALL], names)).values
    assert headings == HEADINGS
    assert [shown(cell).replace("\n", "；") for cell in cells] == row


def shown(cell: Any) -> str:
    """A cell as the .csv has it."""
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)


def test_the_csv_begins_with_the_mark_by_which_excel_knows_utf_8() -> None:
    assert calls_csv([]).startswith(b"\xef\xbb\xbf")


def test_times_and_minutes_are_dates_and_numbers_to_excel() -> None:
    _, row = sheet(calls_xlsx([CALL])).iter_rows()
    started, ended, minutes = row[2:5]
    assert (started.is_date, started.value) == (True, datetime(2026, 11, 22, 23, 59, 30))  # noqa: DTZ001
    assert (ended.is_date, minutes.value) == (True, 4)


def test_a_call_that_goes_on_and_one_that_was_forgotten_say_so() -> None:
    going_on = Call(1, "20261122-001", "li", EVENING)
    forgotten = Call(2, "20261122-002", "li", EVENING, EVENING, outcome="follow_up", automatic=True)
    _, first, second = rows(calls_csv([going_on, forgotten]))
    assert first[2:7] == ["2026-11-22 23:59", "", "", "", "进行中"]
    assert second[6] == "待跟进（系统自动结束）"


def test_a_topic_that_is_gone_keeps_its_id(base: KnowledgeBase) -> None:
    call = Call(1, "20261122-001", "li", EVENING, entries=(Entry(EVENING, "topic", "once_there"),))
    assert rows(calls_csv([call], names_of(base)))[1][7] == "once_there"


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_looks_like_a_formula_gets_an_apostrophe_in_the_csv(text: str) -> None:
    note = rows(calls_csv([with_note(text)]))[1][-1]
    assert note.startswith("'")
    assert note.strip("'").strip() == text.strip()


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_looks_like_a_formula_is_text_in_the_xlsx(text: str) -> None:
    exported = calls_xlsx([with_note(text)])
    cell = sheet(exported).cell(2, len(HEADINGS))
    assert (cell.data_type, bool(cell.quotePrefix)) == ("s", True)
    with ZipFile(io.BytesIO(exported)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_every_column_is_defused() -> None:
    entries = tuple(Entry(EVENING, kind, "=1+1") for kind in ("topic", "filing", "report"))
    call = Call(1, "=1", "=1", EVENING, place="=1", outcome="answered", note="=1", entries=entries)
    _, row = rows(calls_csv([call]))
    assert not [cell for cell in row if cell.startswith("=")]
    assert not [cell for cell in sheet(calls_xlsx([call]))[2] if cell.data_type == "f"]


@pytest.mark.parametrize("text", ["普通备注", "3-5 天", "0517-12393", "'已有引号", "备注：=不在开头"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert rows(calls_csv([with_note(text)]))[1][-1] == text
    cell = sheet(calls_xlsx([with_note(text)])).cell(2, len(HEADINGS))
    assert (cell.value, bool(cell.quotePrefix)) == (text, False)


@pytest.mark.parametrize(
    "text", ["响铃\x07", "坏\x00字节", "半个\ud83d表情", "换行\n第二行", '逗号,引号"和；']
)
def test_odd_characters_break_neither_file(text: str) -> None:
    call = with_note(text)
    assert len(rows(calls_csv([call]))) == 2
    assert sheet(calls_xlsx([call])).max_row == 2


def test_a_very_long_cell_fits_into_excel() -> None:
    cell = sheet(calls_xlsx([with_note("长" * 50_000)])).cell(2, len(HEADINGS))
    assert len(cell.value) < 32_767


def test_headings_stay_in_sight_and_can_be_filtered() -> None:
    page = sheet(calls_xlsx([CALL, CALL]))
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:K3")
