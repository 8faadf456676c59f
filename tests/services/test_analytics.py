"""The figures of a period: what is asked, about what, from where, how well it goes, and what a publication changed."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.knowledge.base import KnowledgeBase
from bot.services.analytics import Analytics, Totals
from bot.services.figures_export import figures_xlsx
from bot.services.grouping import Grouping
from bot.services.sheets import Share, Sheet, workbook
from bot.storage.asked import Asked
from bot.storage.database import Database
from bot.storage.questions import Questions
from bot.wording.inbox import SHEETS
from tests.services.desk import Clock
from tests.services.test_inbox import letters

# Noon in China on the first of November.
FIRST = datetime(2026, 11, 1, 4, tzinfo=timezone.utc)
MONTH = (date(2026, 11, 1), date(2026, 11, 22))
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    " =1+1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com")',
]


class Town:
    """People who ask, and the figures over it."""

    def __init__(self, database: Database, base: KnowledgeBase) -> None:
        self.questions = Questions(database)
        self.published: list[tuple[str, datetime]] = []
        self.analytics = Analytics(
            self.questions, lambda: base, Grouping(letters, 0.6), lambda: self.published, Clock()
        )

    def asks(
        self,
        label: str = "faq/filing_time",
        outcome: str = "answered",
        days: float = 0,
        times: int = 1,
        **rest: Any,
    ) -> None:
        """Somebody asks, so many days after the first of November."""
        at = FIRST + timedelta(days=days)
        text = rest.pop("text", "多久能办好")
        for _ in range(times):
            self.questions.add(Asked(at, at.date(), text, label, 0.9, outcome, **rest))


@pytest.fixture
def town(database: Database, base: KnowledgeBase) -> Town:
    """A town where nobody has asked anything yet."""
    return Town(database, base)


def test_an_empty_period_has_all_its_days_and_no_shares(town: Town) -> None:
    figures = town.analytics.figures(*MONTH)
    assert [day.day for day in figures.days] == [date(2026, 11, day) for day in range(1, 23)]
    assert figures.totals == Totals()
    assert figures.totals.share("answered") == 0
    assert (figures.topics, figures.places, figures.unanswered, figures.publications) == ((), (), (), ())
    assert [(tool.name, tool.begun) for tool in figures.tools] == [("备案资格核对", 0), ("报销估算", 0)]


def test_questions_are_counted_by_day_and_outcome(town: Town) -> None:
    town.asks(times=6)
    town.asks(outcome="unsure", label="nlu_fallback", times=3)
    town.asks(outcome="declined", label="decline/other_government", days=2)
    town.asks("chat/thank", "small_talk", times=5)
    town.asks("wrong_answer", "small_talk", days=2)
    town.asks(days=30)
    figures = town.analytics.figures(*MONTH)
    assert figures.totals == Totals(answered=6, unsure=3, declined=1, small_talk=5, complaints=1)
    assert figures.totals.asked == 10
    assert (figures.totals.share("answered"), figures.totals.share("unsure")) == (0.6, 0.3)
    assert figures.days[0].totals.asked == 9
    assert figures.days[2].totals == Totals(declined=1, complaints=1)


def test_topics_come_by_their_questions_with_their_share(town: Town, base: KnowledgeBase) -> None:
    town.asks("faq/filing_time", times=3)
    town.asks("faq/filing_papers", again=True)
    town.asks("faq/gone_by_now")
    first, *others = town.analytics.figures(*MONTH).topics
    assert (first.name, first.count, first.share) == (base.faq["filing_time"].question, 3, 0.6)
    assert {(topic.label, topic.again) for topic in others} == {
        ("faq/filing_papers", 1),
        ("faq/gone_by_now", 0),
    }
    assert "gone_by_now" in {topic.name for topic in others}


def test_a_place_counts_however_it_was_named(town: Town, base: KnowledgeBase) -> None:
    town.asks(place="nanjing", times=2)
    town.asks(place=base.places.by_id["nanjing"].area.path)
    town.asks(place="浙江/嘉兴/嘉善")
    town.asks(outcome="unsure")
    figures = town.analytics.figures(*MONTH)
    assert [(place.name, place.totals.asked) for place in figures.places] == [
        ("南京", 3),
        ("没说参保地", 1),
        ("嘉善", 1),
    ]
    assert town.analytics.figures(*MONTH, place="nanjing").totals.answered == 3
    assert town.analytics.figures(*MONTH, place="huaian").totals.asked == 0


def test_what_got_no_answer_is_put_together_by_meaning(town: Town) -> None:
    town.asks("nlu_fallback", "unsure", text="能用爱心卡吗", times=2)
    town.asks("nlu_fallback", "unsure", text="能用爱心卡吗？", place="nanjing")
    town.asks("decline/other_government", "declined", text="爱心卡能用吗吗")
    town.asks("decline/other_government", "declined", text="公积金")
    first, second = town.analytics.figures(*MONTH).unanswered
    assert (first.text, first.count, first.wordings) == ("能用爱心卡吗", 4, 2)
    assert second.text == "公积金"
    (one,) = town.analytics.figures(*MONTH, place="nanjing").unanswered
    assert (one.text, one.count) == ("能用爱心卡吗？", 1)


def test_the_tools_are_counted_by_beginning_and_result(town: Town) -> None:
    town.asks("estimate", "tool", begun=True, times=3)
    town.asks("estimate", "tool", times=5)
    town.asks("estimate", "tool", finished=True, times=2)
    _, estimate = town.analytics.figures(*MONTH).tools
    assert (estimate.begun, estimate.finished) == (3, 2)


def test_a_publication_is_shown_with_the_days_before_and_after_it(town: Town) -> None:
    town.published = [("v1", FIRST + timedelta(days=10)), ("v2", FIRST + timedelta(days=13))]
    town.asks(outcome="unsure", label="nlu_fallback", days=2)
    town.asks(outcome="unsure", label="nlu_fallback", days=9, times=4)
    town.asks(days=11, times=3)
    town.asks("wrong_answer", "small_talk", days=14)
    second, first = town.analytics.figures(*MONTH).publications
    assert (first.name, first.before, first.after) == ("v1", Totals(unsure=4), Totals(answered=3))
    assert (first.days_before, first.days_after) == (7, 3)
    assert (second.before, second.after) == (Totals(answered=3), Totals(complaints=1))


def test_a_period_is_at_most_as_long_as_questions_are_kept(town: Town) -> None:
    figures = town.analytics.figures(date(2020, 1, 1), date(2026, 11, 22))
    assert (len(figures.days), figures.until) == (400, date(2026, 11, 22))


# ---- the workbook


def test_the_workbook_has_a_sheet_for_each_question_with_dates_and_shares(town: Town) -> None:
    town.asks(times=3, place="nanjing")
    town.asks("nlu_fallback", "unsure", text="能用爱心卡吗")
    town.published = [("20261105_120000_ab12", FIRST + timedelta(days=4))]
    book = load_workbook(io.BytesIO(figures_xlsx(town.analytics.figures(*MONTH))))
    assert tuple(book.sheetnames) == tuple(SHEETS)
    for sheet in book:
        assert tuple(cell.value for cell in sheet[1]) == SHEETS[sheet.title]
        assert sheet.freeze_panes == "A2"
    days = book["每天"]
    assert (str(days["A2"].value), days["B2"].value, days["C2"].value) == ("2026-11-01 00:00:00", 3, 1)
    assert (book["主题"]["C2"].value, book["主题"]["C2"].number_format) == (1, "0%")
    assert book["没答上的问题"]["A2"].value == "能用爱心卡吗"
    before, after = book["发布前后"].iter_rows(min_row=2, values_only=True)
    assert before[0] == "20261105_120000_ab12"
    assert str(before[1]) == "2026-11-05 12:00:00", "the moment in China"
    assert before[2:5] == ("发布前", 4, 0.75)
    assert after[2:5] == ("发布后", 0, 0)


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_the_workbook_acts_as_a_formula(town: Town, text: str) -> None:
    town.asks("nlu_fallback", "unsure", text=text)
    book = load_workbook(io.BytesIO(figures_xlsx(town.analytics.figures(*MONTH))))
    cell = book["没答上的问题"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_a_sheet_takes_every_kind_of_cell_and_what_xml_does_not_know() -> None:
    rows = [["甲\x00乙\ud83d", 1, 2.5, Share(0.25), date(2026, 11, 1), None]]
    sheet = load_workbook(io.BytesIO(workbook([Sheet("甲", ("a", "b", "c", "d", "e", "f"), rows)]))).active
    shown = [str(cell.value) for cell in sheet[2]]
    assert shown == ["甲乙", "1", "2.5", "0.25", "2026-11-01 00:00:00", "None"]
