"""The figures of a period as a workbook: a sheet for each question that a head of department asks."""

from __future__ import annotations

from collections.abc import Iterator

from bot.services.analytics import Figures, Totals
from bot.services.calls import in_china
from bot.services.sheets import Cell, Share, Sheet, workbook
from bot.wording.inbox import AFTER, BEFORE, SHEETS

__all__ = ["figures_xlsx"]

Rows = list[list[Cell]]


def figures_xlsx(figures: Figures) -> bytes:
    """An Excel workbook with the figures by day, topic and place, what got no answer, the tools, and each publication."""
    rows: tuple[Rows, ...] = (
        [[day.day, *_by_outcome(day.totals)] for day in figures.days],
        [[topic.name, topic.count, Share(topic.share), topic.again] for topic in figures.topics],
        [[place.name, place.totals.asked, *_answers(place.totals)] for place in figures.places],
        [[text.text, text.count, text.wordings] for text in figures.unanswered],
        [[tool.name, tool.begun, tool.finished] for tool in figures.tools],
        list(_around(figures)),
    )
    return workbook(
        Sheet(name, headings, found) for (name, headings), found in zip(SHEETS.items(), rows, strict=True)
    )


def _around(figures: Figures) -> Iterator[list[Cell]]:
    for made in figures.publications:
        for side, totals in ((BEFORE, made.before), (AFTER, made.after)):
            shares = [Share(totals.share(name)) for name in ("answered", "unsure", "declined", "again")]
            yield [made.name, in_china(made.at), side, totals.asked, *shares, totals.complaints]


def _answers(totals: Totals) -> list[Cell]:
    return [totals.answered, totals.unsure, totals.declined]


def _by_outcome(totals: Totals) -> list[Cell]:
    return [*_answers(totals), totals.tool, totals.small_talk, totals.again, totals.complaints]
