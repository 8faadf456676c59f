"""What people write through the real assistant: in the figures, in the inbox, and nowhere with a personal number in it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from bot import wiring
from bot.services.figures_export import figures_xlsx
from bot.services.inbox import Inbox
from bot.web import figure_charts
from bot.wiring import inbox as building
from bot.wiring import maintenance
from tests.services.desk import everything
from tests.talking import Send, talking

# Rasa says so of every domain.
pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill:UserWarning")

ID_NUMBER, PHONE, CARD, NAME = "11010519491231002X", "13812345678", "6222021234567890123", "王桂兰"
PERSONAL = (ID_NUMBER, PHONE, CARD, NAME)


@pytest.fixture
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Send]:
    """An assistant to talk to, over a fresh database."""
    with talking(
        tmp_path_factory.mktemp("questions"), (building.questions, maintenance.version_store)
    ) as send:
        yield send


def the_inbox() -> Inbox:
    """The inbox over the database of the test, with the model in use."""
    return building.inbox(building.trained_model())


def outcomes() -> list[tuple[str, str, str | None]]:
    """Label, outcome and place of every turn."""
    with wiring.database().reading() as session:
        found = session.execute(text("SELECT label, outcome, place FROM questions ORDER BY id"))
        return [tuple(row) for row in found]


def test_every_turn_of_a_conversation_is_in_the_figures(send: Send) -> None:
    for written in (
        "你好",
        "我的参保地是南京",
        "备案要带什么材料",
        "没帮到我",
        "公积金怎么提取",
        "报销估算",
        "门诊",
    ):
        send("anna", written)
    assert outcomes() == [
        ("chat/greet", "small_talk", None),
        ("set_place", "small_talk", "nanjing"),
        ("faq/filing_papers", "answered", "nanjing"),
        ("wrong_answer", "small_talk", "nanjing"),
        ("decline/other_government", "declined", "nanjing"),
        ("estimate", "tool", "nanjing"),
        ("estimate", "tool", "nanjing"),
    ]
    today = wiring.today()
    figures = building.analytics(building.trained_model()).figures(today, today)
    assert (figures.totals.asked, figures.totals.answered, figures.totals.complaints) == (2, 1, 1)
    assert [tool.begun for tool in figures.tools] == [0, 1]


def test_what_got_no_good_answer_lies_in_the_inbox_with_the_answer_it_was_about(send: Send) -> None:
    send("anna", "我的参保地是南京")
    shown = send("anna", "备案要带什么材料")
    send("anna", "没帮到我")
    send("ben", "公积金怎么提取")
    send("ben", "公积金怎么提取？")
    box = the_inbox()
    kinds = {item.text: item for group in box.groups()[0] for item in group.items}
    unhelpful, declined = kinds["备案要带什么材料"], kinds["公积金怎么提取"]
    assert (unhelpful.kind, unhelpful.about, unhelpful.places) == (
        "unhelpful",
        ("faq/filing_papers",),
        ("nanjing",),
    )
    assert unhelpful.answer
    assert unhelpful.answer[:20] in shown
    assert unhelpful.known == "faq/filing_papers", "the model knows the question; the answer is what is wrong"
    assert (declined.kind, declined.count) == ("declined", 2)


def test_no_personal_number_is_in_any_table_export_chart_or_log(
    send: Send, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    told = f"我叫{NAME}，身份证{ID_NUMBER}，电话{PHONE}，卡号{CARD}，"
    with caplog.at_level(logging.DEBUG):
        for asked in ("备案要带什么材料", "没用", "公积金怎么提取", "呜呜呜哇", "不是这个意思"):
            send("anna", told + asked)
        box = the_inbox()
        groups, total = box.groups()
        assert total >= 1
        for position, group in enumerate(groups):
            done = box.dismiss(group.id, f"找{PHONE}", texts=[item.text for item in group.items])
            if position == 0:
                box.reopen(done.batch)
        today = wiring.today()
        figures = building.analytics(building.trained_model()).figures(today - timedelta(days=3), today)
    exported = ZipFile(io.BytesIO(figures_xlsx(figures)))
    sheets = "".join(exported.read(name).decode() for name in exported.namelist())
    charts = "".join(str(getattr(figure_charts, name)(figures)) for name in figure_charts.__all__)
    printed = capfd.readouterr()
    kept = everything(wiring.database())
    assert "[手机号]" in kept, "the conversation is there"
    assert "[手机号]" in sheets, "and so are its questions"
    for secret in PERSONAL:
        for where in (kept, sheets, charts, str(groups), caplog.text, printed.out, printed.err):
            assert secret not in where
