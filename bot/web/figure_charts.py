"""The charts of the analytics page: each a figure of a period as a picture with a sentence that says the same."""

from __future__ import annotations

from markupsafe import Markup

from bot.services.analytics import Figures
from bot.services.calls import in_china
from bot.web import charts
from bot.wording.inbox import AFTER, BEFORE, OUTCOME_NAMES

__all__ = ["by_day", "by_place", "by_topic", "publications", "shares", "tools", "unanswered"]

_OUTCOMES = ("answered", "unsure", "declined")
_NAMES = [OUTCOME_NAMES[name] for name in _OUTCOMES]
_TOP = 10


def by_day(figures: Figures) -> Markup:
    """Questions by day, with the publications."""
    days = [day.day for day in figures.days]
    series = [
        charts.Series(OUTCOME_NAMES[name], [getattr(day.totals, name) for day in figures.days])
        for name in _OUTCOMES
    ]
    marks = [(in_china(made.at).date(), made.name) for made in figures.publications]
    most = max(figures.days, key=lambda day: day.totals.asked, default=None)
    told = f"共 {figures.totals.asked:,} 个问题。"
    if most is not None and most.totals.asked:
        told += f"最多的一天是 {most.day}，{most.totals.asked:,} 个。"
    return charts.lines("每天的提问", told, days, series, marks)


def shares(figures: Figures) -> Markup:
    """What became of the questions."""
    totals = figures.totals
    row = charts.Stack("全部提问", [getattr(totals, name) for name in _OUTCOMES])
    told = "，".join(
        f"{OUTCOME_NAMES[name]} {getattr(totals, name):,} 个，占 {totals.share(name):.0%}"
        for name in _OUTCOMES
    )
    return charts.stacked("回答情况", f"{told}。", _NAMES, [row])


def by_topic(figures: Figures) -> Markup:
    """The topics most asked about."""
    rows = [charts.Bar(topic.name, topic.count) for topic in figures.topics[:_TOP]]
    return charts.bars("问得最多的主题", _told(rows), rows)


def by_place(figures: Figures) -> Markup:
    """What became of the questions of each place."""
    rows = [
        charts.Stack(
            f"{place.name}（{place.totals.asked:,}）", [getattr(place.totals, name) for name in _OUTCOMES]
        )
        for place in figures.places[:_TOP]
    ]
    told = "；".join(f"{place.name} {place.totals.asked:,} 个" for place in figures.places[:_TOP])
    return charts.stacked("各参保地的回答情况", f"{told}。", _NAMES, rows)


def unanswered(figures: Figures) -> Markup:
    """What was asked most without an answer."""
    rows = [charts.Bar(text.text, text.count) for text in figures.unanswered]
    return charts.bars("没答上的问题", _told(rows), rows)


def tools(figures: Figures) -> Markup:
    """How often the tools were begun, and came to a result."""
    rows = [
        bar
        for tool in figures.tools
        for bar in (
            charts.Bar(f"{tool.name}：开始", tool.begun),
            charts.Bar(f"{tool.name}：有结果", tool.finished),
        )
        if tool.begun or tool.finished
    ]
    return charts.bars("核对与估算", _told(rows), rows)


def publications(figures: Figures) -> Markup:
    """The shares before and after each publication."""
    rows = [
        charts.Stack(f"{made.name} {side}", [getattr(totals, name) for name in _OUTCOMES])
        for made in figures.publications
        for side, totals in ((BEFORE, made.before), (AFTER, made.after))
    ]
    told = "；".join(
        f"{made.name}：回答率由 {made.before.share('answered'):.0%} 到 {made.after.share('answered'):.0%}"
        for made in figures.publications
        if made.before.asked and made.after.asked
    )
    return charts.stacked("发布前后", told or "还没有可比的发布。", _NAMES, rows)


def _told(rows: list[charts.Bar]) -> str:
    return "；".join(f"{row.label} {row.value:,.0f}" for row in rows) or "这段时间没有。"
