"""The charts: well-formed pictures that say what they show, in which no text can act."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from defusedxml import ElementTree

from bot.services.analytics import (
    Around,
    DayFigures,
    Figures,
    PlaceFigures,
    ToolFigures,
    TopicFigures,
    Totals,
    Unanswered,
)
from bot.web import figure_charts
from bot.web.charts import Bar, Series, Stack, bars, lines, stacked
from tests.services.desk import MORNING

SVG = "{http://www.w3.org/2000/svg}"
DAYS = [date(2026, 11, 1) + timedelta(days=offset) for offset in range(22)]
NASTY = "<script>alert(1)</script>\"'&\x00\ud83d 很长很长很长很长很长很长很长很长很长很长很长很长"


def drawn(picture: object) -> Any:
    """The picture as a tree."""
    return ElementTree.fromstring(str(picture))


def words(tree: Any) -> list[str]:
    """The texts one sees."""
    return [text.text or "" for text in tree.iter(f"{SVG}text")]


def all_charts(name: str = "甲") -> list[object]:
    """One of each kind with this name in every place for a text."""
    return [
        bars(name, name, [Bar(name, 3), Bar("乙", 0)]),
        stacked(name, name, [name, "乙"], [Stack(name, [1, 3])]),
        lines(name, name, DAYS, [Series(name, range(22)), Series("乙", [0] * 22)], [(DAYS[3], name)]),
        bars(name, name, []),
        stacked(name, name, [], []),
        lines(name, name, DAYS, [Series(name, [0] * 22)]),
    ]


def test_every_chart_says_what_it_shows() -> None:
    for picture in all_charts("每天的提问"):
        tree = drawn(picture)
        assert (tree.get("role"), tree.get("aria-label")) == ("img", "每天的提问")
        assert [child.tag for child in tree][:2] == [f"{SVG}title", f"{SVG}desc"]
        assert tree.find(f"{SVG}desc").text == "每天的提问"


def test_no_text_acts_in_a_chart() -> None:
    for picture in all_charts(NASTY):
        tree = drawn(picture)
        assert not [element for element in tree.iter() if element.tag.endswith("script")]
        assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
        assert "style=" not in str(picture), "the consoles allow no inline styles"


def test_charts_take_the_colours_of_the_page_and_nothing_smaller_than_12_of_360() -> None:
    for picture in all_charts():
        tree = drawn(picture)
        assert not re.search(r"#[0-9a-f]{3}|rgb\(", str(picture))
        assert (tree.get("font-size"), tree.get("viewBox").split()[2]) == ("12", "360")
        for element in tree.iter():
            assert element.get("font-size") in (None, "12")


@pytest.mark.parametrize("picture", all_charts("很长" * 40), ids=range(6))
def test_everything_stands_inside_the_picture(picture: object) -> None:
    tree = drawn(picture)
    _, _, width, height = map(float, tree.get("viewBox").split())
    for element in tree.iter():
        x, y = float(element.get("x") or 0), float(element.get("y") or 0)
        assert 0 <= x <= width
        assert 0 <= y <= height
        assert x + float(element.get("width", "0").rstrip("%")) <= width + 0.1 or element is tree
    for line in tree.iter(f"{SVG}polyline"):
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_bars_are_as_long_as_their_values() -> None:
    tree = drawn(bars("", "", [Bar("甲", 10), Bar("乙", 5), Bar("丙", 0, "没有")]))
    lengths = [float(rect.get("width")) for rect in tree.iter(f"{SVG}rect")]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=0.01)
    assert lengths[2] == 0
    assert words(tree) == ["甲", "10", "乙", "5", "丙", "没有"]


def test_shares_fill_the_whole_width_and_are_written_beside() -> None:
    tree = drawn(stacked("", "", ["已回答", "没听懂"], [Stack("南京", [3, 1]), Stack("淮安", [0, 0])]))
    parts = [rect for rect in tree.iter(f"{SVG}rect") if rect.get("height") == "12"]
    assert [float(part.get("width")) for part in parts] == [270, 90]
    assert words(tree) == ["已回答", "没听懂", "南京", "75%  25%"], "a place without questions has no shares"


def test_a_line_goes_through_its_days() -> None:
    tree = drawn(
        lines("", "", DAYS, [Series("提问", range(22))], [(DAYS[10], "v1"), (date(2020, 1, 1), "v0")])
    )
    (line,) = tree.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in line.get("points").split()]
    assert heights == sorted(heights, reverse=True)
    assert len(heights) == 22
    assert {"11月1日", "11月11日", "11月22日"} <= set(words(tree))
    assert [mark.find(f"{SVG}title").text for mark in tree.iter(f"{SVG}line") if len(mark)] == ["v1"]


def test_one_day_and_no_day_can_be_drawn() -> None:
    assert "11月1日" in words(drawn(lines("", "", DAYS[:1], [Series("提问", [3])])))
    assert words(drawn(lines("", "", [], []))) == ["暂无数据"]


def figures(*, empty: bool) -> Figures:
    """Figures of a month, or of a month in which nobody asked."""
    some = Totals() if empty else Totals(answered=8, unsure=1, declined=1)
    return Figures(
        since=DAYS[0],
        until=DAYS[-1],
        place=None,
        totals=some,
        days=tuple(DayFigures(day, some) for day in DAYS),
        topics=() if empty else (TopicFigures("faq/filing_time", "多久？", 8, 1.0, 0),),
        places=() if empty else (PlaceFigures("nanjing", "南京", some),),
        unanswered=() if empty else (Unanswered("能用爱心卡吗", 3, 2),),
        tools=(ToolFigures("estimate", "报销估算", some.answered, some.unsure),),
        publications=() if empty else (Around("v1", MORNING, some, some, 7, 1),),
    )


@pytest.mark.parametrize("empty", [False, True])
def test_every_figure_of_the_page_has_its_chart(empty: bool) -> None:
    for name in figure_charts.__all__:
        tree = drawn(getattr(figure_charts, name)(figures(empty=empty)))
        assert tree.find(f"{SVG}desc").text
        assert ("暂无数据" in words(tree)) is empty
