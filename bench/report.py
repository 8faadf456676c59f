"""The figures of a run as one table, as bench/results/latest.json and as a picture."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import GOALS, TRAINING, ratios

SYSTEMS = {"ours": "this assistant", "stock": "stock Rasa", "echo": "echo"}
_COLOURS = {"ours": "#1a7f5a", "stock": "#b5532c", "echo": "#8a8f98"}
_NOTHING = "–"
# Of so many turns the picture shows the median, or one slow turn would hide the line.
_SMOOTHED = 5

Measured = Mapping[str, Any]


def write_json(path: Path, measured: Measured) -> None:
    """All figures, the ratios among them under keys of their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**measured, **ratios(measured)}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def print_report(console: Console, measured: Measured) -> None:
    """The table, and below it what a reader has to know to believe it."""
    table = Table(title=_title(measured))
    table.add_column("")
    for name in SYSTEMS.values():
        table.add_column(name, justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("wanted", justify="right")
    for row in _figures(measured):
        table.add_row(*row, "", "")
    table.add_section()
    for row in _ratio_rows(measured):
        table.add_row(row[0], "", "", "", *row[1:])
    console.print(table)
    for note in measured["notes"]:
        console.print(f"· {note}", markup=False)


def _title(measured: Measured) -> str:
    machine = measured["machine"]
    return (
        f"{measured['date']} · {machine['cores']} cores of {machine['processor']}, {machine['memory_gb']} GB · "
        f"load before the run {machine['load_before']:.1f}"
    )


def _figures(measured: Measured) -> Iterator[tuple[str, ...]]:
    for users in _users(measured):
        for key, says in (("per_second", "messages/s"), ("p50_ms", "p50 ms"), ("p99_ms", "p99 ms")):
            yield _row(measured, f"{users} users: {says}", "levels", users, key)
        yield _row(measured, f"{users} users: messages (failed)", "levels", users, None)
    yield _row(measured, "training s, the same examples", "training_seconds")
    yield _row(measured, "training s, all examples", "training_all_seconds")
    yield _row(measured, "start to first answer s", "start_seconds")
    yield _row(measured, "peak memory MB", "memory_mb")
    for turn in ("5", "100", "1000"):
        yield _row(measured, f"turn {int(turn):,} ms", "turns_ms", turn)
    for factor, cost in measured.get("topics_ms", {}).items():
        yield f"×{factor} topics: one message ms", _shown(cost), "", ""


def _users(measured: Measured) -> list[str]:
    found = (measured.get(name, {}).get("levels", {}) for name in SYSTEMS)
    return sorted({users for levels in found for users in levels}, key=int)


def _row(measured: Measured, says: str, *path: str | None) -> tuple[str, ...]:
    return says, *(_cell(measured.get(name, {}), path) for name in SYSTEMS)


def _cell(found: Any, path: Sequence[str | None]) -> str:
    for name in path:
        if name is None:
            return f"{found['messages']} ({found['failed']})" if found else _NOTHING
        found = found.get(name) if isinstance(found, Mapping) else None
    return _shown(found)


def _shown(value: float | None) -> str:
    if value is None:
        return _NOTHING
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio_rows(measured: Measured) -> Iterator[tuple[str, str, str]]:
    found = ratios(measured)
    for goal in GOALS:
        ratio = found[goal.key]
        met = "" if ratio is None else " ✓" if goal.is_met(ratio) else " ✗"
        yield goal.says, _shown(ratio), goal.wanted + met
    yield TRAINING[1], _shown(found[TRAINING[0]]), ""


def draw(path: Path, measured: Measured) -> None:
    """Messages/s and p99 at 8 users as bars, the cost of a turn as lines; all on logarithmic scales."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (rate, slow, turns) = plt.subplots(1, 3, figsize=(13, 4))
    _bars(rate, "messages/s at 8 users", _at_8(measured, "per_second"))
    _bars(slow, "p99 at 8 users, ms", _at_8(measured, "p99_ms"))
    turns.set_title("one turn of a conversation, ms")
    turns.set_xlabel("turn")
    for name, says in SYSTEMS.items():
        costs = measured.get(name, {}).get("each_turn_ms", [])
        if len(costs) >= _SMOOTHED:
            smooth = [statistics.median(costs[i : i + _SMOOTHED]) for i in range(len(costs) - _SMOOTHED + 1)]
            turns.plot(
                range(_SMOOTHED // 2 + 1, len(smooth) + _SMOOTHED // 2 + 1),
                smooth,
                color=_COLOURS[name],
                label=says,
            )
    turns.set_yscale("log")
    turns.set_xscale("log")
    turns.set_ylim(bottom=1)
    for axis in (turns.xaxis, turns.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    if turns.lines:
        turns.legend(frameon=False)
    for axes in (rate, slow, turns):
        axes.spines[["top", "right"]].set_visible(b=False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _at_8(measured: Measured, key: str) -> dict[str, float]:
    found = {name: measured.get(name, {}).get("levels", {}).get("8", {}).get(key) for name in SYSTEMS}
    return {name: value for name, value in found.items() if value is not None}


def _bars(axes: Any, title: str, values: Mapping[str, float]) -> None:
    axes.set_title(title)
    if not values:
        return
    axes.set_yscale("log")
    # A bar on a logarithmic scale needs a foot that is not the smallest value itself.
    axes.set_ylim(min(values.values()) / 10, max(values.values()) * 3)
    bars = axes.bar(
        [SYSTEMS[name] for name in values], list(values.values()), color=[_COLOURS[n] for n in values]
    )
    axes.bar_label(bars, labels=[_shown(value) for value in values.values()])
