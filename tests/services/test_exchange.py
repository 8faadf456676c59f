"""Tables out and in: what went out changes nothing when it comes back, each row says what it would do, and nothing else happens."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from bot.services.drafts import EditConflictError, EditError
from bot.services.exchange import KINDS, Exchange, Preview, preview_from
from bot.services.tables import TableError, read_table, write_table
from bot.storage.database import Database
from bot.wording.exchange import COLUMNS
from tests.services.editing_desk import LI, WANG, Desk, changed_lines, desk

TOPIC = "filing_destination"


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    """Editing of a copy."""
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()
    return desk(tmp_path, database)


@pytest.fixture
def exchange(office: Desk) -> Exchange:
    return Exchange(office.editing)


def table(kind: str, *rows: dict[str, str], leave_out: tuple[str, ...] = ()) -> bytes:
    """A .csv with rows by the names of their columns."""
    columns = {name: heading for name, heading in COLUMNS[kind].items() if name not in leave_out}
    cells = [[row.get(name, "") for name in columns] for row in rows]
    return write_table("csv", "x", list(columns.values()), cells)


def answer(**changed: str) -> dict[str, str]:
    """A row of the table of answers."""
    made = {
        "topic": TOPIC,
        "place": "淮安",
        "body": "选到市。",
        "sources": "huaian-1.3",
        "checked_on": "2026-11-22",
    }
    return {**made, **changed}


def only(preview: Preview) -> tuple[str, str]:
    (row,) = preview.rows
    return row.state, row.message


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_went_out_changes_nothing_when_it_comes_back(exchange: Exchange, kind: str, form: str) -> None:
    preview = exchange.preview(kind, exchange.export(kind, form), form)
    assert {row.state for row in preview.rows} == {"same"}
    assert len(preview.rows) > 80
    assert not exchange.apply(preview, [row.number for row in preview.rows], WANG, "试试").changed


def test_a_changed_answer_is_shown_with_what_it_replaces_and_becomes_a_small_diff(
    exchange: Exchange, office: Desk
) -> None:
    rows = read_table("csv", exchange.export("answers", "csv"))
    number = next(n for n, row in enumerate(rows) if row[0] == TOPIC and row[2] == "通用")
    rows[number][3] = rows[number][3].replace("不用再报", "不必再报")
    preview = exchange.preview("answers", write_table("xlsx", "x", rows[0], rows[1:]), "xlsx")
    (row,) = [row for row in preview.rows if row.state != "same"]
    assert (row.state, row.number) == ("changed", number + 1)
    assert "不用再报" in row.before
    saved = exchange.apply(preview_from(preview.as_text()), preview.acceptable(), WANG, "汇总表")
    assert len(changed_lines(saved.diff)) == 2
    (revision,) = office.editing.revisions(TOPIC)
    assert (revision.kind, revision.user, revision.why) == ("imported", "小王", "汇总表")


def test_only_rows_that_were_accepted_are_taken(exchange: Exchange, office: Desk) -> None:
    rows = [{"label": f"faq/{TOPIC}", "text": text} for text in ("选到市呀选到省呀", "就医地写啥级别嘛")]
    preview = exchange.preview("examples", table("examples", *rows), "csv")
    assert [row.state for row in preview.rows] == ["new", "new"]
    exchange.apply(preview, [3], WANG, "汇总表")
    assert office.editing.topic(TOPIC).examples[-1] == "就医地写啥级别嘛"
    assert "选到市呀选到省呀" not in office.editing.topic(TOPIC).examples


@pytest.mark.parametrize(
    ("row", "state", "told"),
    [
        (answer(), "new", ""),
        (answer(body="选到市，交 37 元。"), "error", "里没有“37元”"),
        (answer(place="上海"), "error", "不是服务的参保地"),
        (answer(sources=""), "error", "“依据”是空的"),
        (answer(sources="gaoyou-letter-0"), "error", "不能引用"),
        (answer(checked_on="22.11.2026"), "error", "不是日期"),
        (answer(topic="nothing"), "error", "没有主题 nothing"),
    ],
)
def test_each_row_of_answers_says_what_it_would_do(
    exchange: Exchange, row: dict[str, str], state: str, told: str
) -> None:
    found = only(exchange.preview("answers", table("answers", row), "csv"))
    assert found[0] == state
    assert told in found[1]


@pytest.mark.parametrize(
    ("label", "text", "state", "told"),
    [
        (f"faq/{TOPIC}", "选到市呀选到省呀", "new", ""),
        (TOPIC, "选到市呀选到省呀", "new", ""),
        ("decline/general_chat", "今天股市涨了没哟", "new", ""),
        (f"faq/{TOPIC}", "什么是异地就医？", "error", "已经有了"),
        (f"faq/{TOPIC}", "", "error", "空的"),
        ("faq/nothing", "啥", "error", "没有 faq/nothing"),
    ],
)
def test_each_row_of_examples_says_what_it_would_do(
    exchange: Exchange, label: str, text: str, state: str, told: str
) -> None:
    found = only(exchange.preview("examples", table("examples", {"label": label, "text": text}), "csv"))
    assert found[0] == state
    assert told in found[1]


def test_each_row_of_topics_says_what_it_would_do_and_does_it(exchange: Exchange, office: Desk) -> None:
    rows = [
        {"topic": TOPIC, "question": "备案选市还是选省？", "about": "备案，备案选地方"},
        {"topic": "nothing", "question": "啥？", "about": ""},
        {"topic": "hotline", "question": "", "about": ""},
    ]
    preview = exchange.preview("topics", table("topics", *rows), "csv")
    assert [row.state for row in preview.rows] == ["changed", "error", "error"]
    assert "标准问法" in preview.rows[2].message
    saved = exchange.apply(preview, [2, 3, 4], WANG, "汇总表")
    assert len([line for line in changed_lines(saved.diff) if len(line) > 1]) == 4
    assert office.editing.topic(TOPIC).about == ("备案", "备案选地方")


def test_a_row_that_stands_twice_is_an_error(exchange: Exchange) -> None:
    for kind, row in (("answers", answer()), ("examples", {"label": f"faq/{TOPIC}", "text": "选哪一级呀"})):
        preview = exchange.preview(kind, table(kind, row, row), "csv")
        assert [r.state for r in preview.rows] == ["new", "error"]
        assert "和第 2 行是同一项" in preview.rows[1].message


def test_what_somebody_changed_since_the_preview_is_not_overwritten(exchange: Exchange, office: Desk) -> None:
    text = office.editing.topic(TOPIC).answers[0]
    row = answer(place="通用", body=text.body + "\n再看看。", sources="、".join(text.sources))
    preview = exchange.preview("answers", table("answers", row), "csv")
    draft = office.editing.topic(TOPIC)
    theirs = type(text)(**{**vars(text), "body": text.body.replace("不用再报", "不必再报")})
    changed = type(draft)(**{**vars(draft), "answers": (theirs, *draft.answers[1:])})
    office.editing.save(changed, LI, "改说法", draft.version)
    with pytest.raises(EditConflictError):
        exchange.apply(preview, [2], WANG, "汇总表")


def test_personal_data_in_a_table_is_masked(exchange: Exchange, office: Desk) -> None:
    row = {"label": f"faq/{TOPIC}", "text": "打13812345678问选哪里"}
    preview = exchange.preview("examples", table("examples", row), "csv")
    assert preview.rows[0].cells["text"] == "打[手机号]问选哪里"
    exchange.apply(preview, [2], WANG, "13812345678")
    assert "13812345678" not in "".join([*office.texts(), str(office.editing.revisions())])


@pytest.mark.parametrize(
    ("content", "form", "told"),
    [
        (b"", "csv", "没有“主题编号”"),
        ("甲,乙\n1,2".encode(), "csv", "没有“主题编号”"),
        (b"\xff\xfe\xff", "csv", "读不出来"),
        (b"PK\x03\x04 nothing", "xlsx", "读不出来"),
        (b"x", "pdf", "文件格式“pdf”不行"),
    ],
)
def test_what_is_no_such_table_is_refused_in_one_sentence(
    exchange: Exchange, content: bytes, form: str, told: str
) -> None:
    with pytest.raises(EditError, match=told):
        exchange.preview("examples", content, form)
    with pytest.raises(EditError, match="不能导出"):
        exchange.export("users", "csv")


def test_excel_of_china_and_columns_in_another_order_are_read(exchange: Exchange) -> None:
    content = f"备注,例句,主题编号\r\n无,选到市呀选到省呀,faq/{TOPIC}\r\n".encode("gb18030")
    assert only(exchange.preview("examples", content, "csv")) == ("new", "")


def test_dates_and_numbers_of_excel_become_the_text_they_show() -> None:
    book = Workbook()
    book.active.append(["日", "数", "空", "时"])
    book.active.append(
        [date(2026, 11, 22), 12.0, None, datetime(2026, 11, 22, 8, tzinfo=timezone.utc).replace(tzinfo=None)]
    )
    out = io.BytesIO()
    book.save(out)
    assert read_table("xlsx", out.getvalue())[1] == ["2026-11-22", "12", "", "2026-11-22"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("text", ["=1+1", " @x", "－1", "'=x", "''-x", "一\n二", '"引,号"', "😀"])
def test_no_text_acts_as_a_formula_and_every_text_comes_back(form: str, text: str) -> None:
    content = write_table(form, "x", ["列"], [[text]])
    assert read_table(form, content) == [["列"], [text]]
    if form == "csv":
        (cell,) = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1]
        assert cell.lstrip()[:1] not in "=+-@＝＋－＠"
    else:
        cell = load_workbook(io.BytesIO(content)).active["A2"]
        assert (cell.data_type, cell.value) == ("s", text)


def test_a_table_that_fills_the_memory_is_not_read() -> None:
    with pytest.raises(TableError):
        read_table("csv", b"x\n" * 60_000)
