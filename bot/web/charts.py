"""Charts as SVG text: bars, lines and stacked shares, legible on a telephone, in the colours of the page around them.

Nothing in them runs. They are drawn in ``currentColor``; series differ in strength and pattern, so that they can be told
apart without colour too. A page may give ``.chart-0``, ``.chart-1`` … a ``color`` of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import accumulate

from markupsafe import Markup

__all__ = ["Bar", "Series", "Stack", "bars", "lines", "stacked"]

# The page scales a chart to its width; at 375 pixels these are about the pixels one sees.
_WIDTH = 360
_FONT = 12
_ROW, _BAR = 34, 12
_PLOT = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 8, 22
_LEGEND = 20
_GRID = 4
# How strongly the series are filled, and how their lines are dashed.
_STRENGTHS = ("0.85", "0.5", "0.28", "0.14")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
# A Chinese character is as wide as it is high, others about half of that.
_LONGEST_LABEL = 26


@dataclass(frozen=True)
class Bar:
    """One bar with its label, its value, and how the value is written."""

    label: str
    value: float
    written: str = ""


@dataclass(frozen=True)
class Series:
    """One line: its name and a value for each day."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Stack:
    """One stacked bar: its label, and how many of each part."""

    label: str
    parts: Sequence[float]


def bars(title: str, description: str, rows: Sequence[Bar], empty: str = "暂无数据") -> Markup:
    """A bar for each row, its label above it and its value at its end."""
    if not rows:
        return _empty(title, description, empty)
    most = max((row.value for row in rows), default=0) or 1
    written = [row.written or _number(row.value) for row in rows]
    room = _WIDTH - 8 - max(map(_wide, written))
    drawn = []
    for position, row in enumerate(rows):
        top = position * _ROW
        length = max(1.0, row.value / most * room) if row.value > 0 else 0.0
        drawn.append(_text(0, top + _FONT, _short(row.label)))
        drawn.append(_rect(0, top + _FONT + 5, length, 0))
        drawn.append(_text(length + 5, top + _FONT + 15, written[position], "chart-value"))
    return _svg(title, description, len(rows) * _ROW, drawn)


def stacked(
    title: str, description: str, names: Sequence[str], rows: Sequence[Stack], empty: str = "暂无数据"
) -> Markup:
    """A bar of full length for each row, parted by share; the legend names the parts."""
    shown = [row for row in rows if sum(row.parts) > 0]
    if not shown:
        return _empty(title, description, empty)
    height, drawn = _legend(names, dashed=False)
    for position, row in enumerate(shown):
        top, total = height + position * _ROW, sum(row.parts)
        shares = "  ".join(f"{part / total:.0%}" for part in row.parts)
        drawn.append(_text(0, top + _FONT, _short(row.label, _LONGEST_LABEL - 8)))
        drawn.append(_text(_WIDTH, top + _FONT, shares, "chart-value", "end"))
        starts = accumulate(row.parts, initial=0.0)
        drawn += [
            _rect(start / total * _WIDTH, top + _FONT + 5, part / total * _WIDTH, number)
            for number, (start, part) in enumerate(zip(starts, row.parts, strict=False))
            if part > 0
        ]
    return _svg(title, description, height + len(shown) * _ROW, drawn)


def lines(
    title: str,
    description: str,
    days: Sequence[date],
    series: Sequence[Series],
    marks: Sequence[tuple[date, str]] = (),
    empty: str = "暂无数据",
) -> Markup:
    """A line for each series over the days; ``marks`` are days with a name (publications), drawn upright."""
    if not days or not any(value for one in series for value in one.values):
        return _empty(title, description, empty)
    height, drawn = _legend([one.name for one in series], dashed=True)
    scale = _Scale(days, _ceiling(max(value for one in series for value in one.values)), height + _TOP)
    drawn += [*scale.grid(), *scale.days(), *scale.marks(marks)]
    for number, one in enumerate(series):
        drawn += scale.line(number, one)
    return _svg(title, description, height + _TOP + _PLOT + _BOTTOM, drawn)


@dataclass(frozen=True)
class _Scale:
    """Where a day and a value stand in the picture."""

    calendar: Sequence[date]
    most: float
    top: float

    def x(self, position: int) -> float:
        """Of a day; a single one stands in the middle."""
        room = _WIDTH - _LEFT - _RIGHT
        steps = len(self.calendar) - 1
        return _LEFT + (room * position / steps if steps else room / 2)

    def y(self, value: float) -> float:
        """Of a value."""
        return self.top + _PLOT * (1 - value / self.most)

    def grid(self) -> Iterable[str]:
        """Lines across, each with its value."""
        for step in range(_GRID + 1):
            value = self.most * step / _GRID
            y = _at(self.y(value))
            yield (
                f'<line class="chart-grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"'
                ' stroke="currentColor" stroke-opacity="0.15"/>'
            )
            yield _text(_LEFT - 5, self.y(value) + 4, _number(value), "chart-value", "end")

    def days(self) -> Iterable[str]:
        """The first day, the last one and one between them."""
        last = len(self.calendar) - 1
        y = self.top + _PLOT + 16
        for position in sorted({0, last // 2, last}):
            anchor = "start" if position == 0 else "end" if position == last else "middle"
            anchor = "middle" if last == 0 else anchor
            day = self.calendar[position]
            yield _text(self.x(position), y, f"{day.month}月{day.day}日", "chart-day", anchor)

    def marks(self, marks: Iterable[tuple[date, str]]) -> Iterable[str]:
        """Upright lines on days; the name shows where a pointer rests on it."""
        for day, name in marks:
            if day in self.calendar:
                x = _at(self.x(self.calendar.index(day)))
                yield (
                    f'<line class="chart-mark" x1="{x}" x2="{x}" y1="{_at(self.top)}" y2="{_at(self.top + _PLOT)}"'
                    ' stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="1 3">'
                    f"<title>{_clean(name)}</title></line>"
                )

    def line(self, number: int, series: Series) -> Iterable[str]:
        """One series: a line, or points where there are few days."""
        points = [(self.x(i), self.y(value)) for i, value in enumerate(series.values[: len(self.calendar)])]
        path = " ".join(f"{_at(x)},{_at(y)}" for x, y in points)
        look = f'class="chart-{number}" stroke="currentColor" stroke-opacity="{_line_strength(number)}"'
        yield (
            f'<polyline {look} fill="none" stroke-width="2" stroke-linejoin="round"{_dash(number)} points="{path}"/>'
        )
        if len(points) <= 14:
            for x, y in points:
                yield f'<circle class="chart-{number}" cx="{_at(x)}" cy="{_at(y)}" r="2.5" fill="currentColor"/>'


def _svg(title: str, description: str, height: float, drawn: Iterable[str]) -> Markup:
    """The picture; a screen reader hears its title and its description."""
    body = "".join(drawn)
    name, told = _clean(title), _clean(description)
    return Markup(  # noqa: S704 - every text in it is escaped where it is written
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_at(height)}" width="100%"'
        f' role="img" aria-label="{name}" font-size="{_FONT}" fill="currentColor">'
        f"<title>{name}</title><desc>{told}</desc>{body}</svg>"
    )


def _empty(title: str, description: str, empty: str) -> Markup:
    """A quiet frame with a word in it, as high as a small chart."""
    frame = (
        f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="79" rx="6" fill="none" stroke="currentColor"'
        ' stroke-opacity="0.25" stroke-dasharray="4 4"/>'
    )
    word = _text(_WIDTH / 2, 44, empty, "chart-empty", "middle")
    return _svg(title, description, 80, [frame, word])


def _legend(names: Sequence[str], *, dashed: bool) -> tuple[float, list[str]]:
    """A sign and a name for each series, in as many lines as they need; and how high that is."""
    x, y = 0.0, 0.0
    drawn = []
    for number, name in enumerate(names):
        width = 22 + _wide(name) + 12
        if x and x + width > _WIDTH:
            x, y = 0.0, y + _LEGEND
        drawn.append(_sign(x, y + 4, number, dashed=dashed))
        drawn.append(_text(x + 22, y + _FONT + 1, name))
        x += width
    return (y + _LEGEND + 4 if names else 0.0), drawn


def _sign(x: float, y: float, number: int, *, dashed: bool) -> str:
    if not dashed:
        return _rect(x, y, 16, number, height=10)
    return (
        f'<line class="chart-{number}" x1="{_at(x)}" x2="{_at(x + 16)}" y1="{_at(y + 5)}" y2="{_at(y + 5)}"'
        f' stroke="currentColor" stroke-width="2" stroke-opacity="{_line_strength(number)}"{_dash(number)}/>'
    )


def _rect(x: float, y: float, width: float, number: int, height: float = _BAR) -> str:
    strength = _STRENGTHS[number % len(_STRENGTHS)]
    return (
        f'<rect class="chart-{number}" x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{_at(height)}"'
        f' fill="currentColor" fill-opacity="{strength}"/>'
    )


def _text(x: float, y: float, written: str, name: str = "chart-label", anchor: str = "start") -> str:
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{name}" x="{_at(x)}" y="{_at(y)}"{placed}>{_clean(written)}</text>'


def _dash(number: int) -> str:
    dashes = _DASHES[number % len(_DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _line_strength(number: int) -> str:
    return "1" if number == 0 else "0.7"


def _short(label: str, longest: float = _LONGEST_LABEL) -> str:
    """A label that fits into the width."""
    kept = ""
    for character in label:
        if _wide(kept + character) > longest * _FONT:
            return kept + "…"
        kept += character
    return kept


def _wide(written: str) -> float:
    """About how wide a text is."""
    return sum(_FONT if ord(character) > 0x2E7F else _FONT * 0.6 for character in written)


def _ceiling(value: float) -> float:
    """A round number that is no smaller, and that parts well into the lines of the grid."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * _GRID >= value:
                return float(step * factor * _GRID)
        step *= 10


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _at(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _clean(written: str) -> str:
    """For an attribute or a text; control characters are not allowed in SVG."""
    return escape("".join(c for c in written if c >= " " and not "\ud800" <= c <= "\udfff"))
