"""``python -m bot versions``: what there is, what is live, and what the gate said of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.table import Table

from bot.cli.console import console

if TYPE_CHECKING:
    from bot.services.gate_report import GateReport
    from bot.services.publishing import Version


def run(options: argparse.Namespace) -> int:
    """List, show or prune."""
    from bot.wiring import maintenance

    publishing = maintenance.publishing()
    if options.prune:
        removed = publishing.prune()
        console.print(f"{len(removed)} version(s) removed.")
        return 0
    if options.version:
        _show(publishing.version(options.version))
        return 0
    table = Table("version", "state", "made (UTC)", "gate", "changed answers", "why", box=None)
    for one in publishing.versions():
        state = f"{one.state}, back" if one.predecessor else one.state
        made = one.made_at.strftime("%Y-%m-%d %H:%M")
        table.add_row(one.name, state, made, _gate(one), _changes(one), one.why)
    console.print(table)
    run = maintenance.training_runs().current()
    if run is not None:
        console.print(f"Training: run {run.id} is going on.")
    return 0


def _gate(version: Version) -> str:
    if version.report is None:
        return "–"
    return "passed" if version.report.passed else "failed"


def _changes(version: Version) -> str:
    if version.report is None:
        return "–"
    return f"{len(version.report.answers_changed)} ({version.unapproved} not approved)"


def _show(version: Version) -> None:
    console.print(
        f"{version.name}: {version.state}, made {version.made_at:%Y-%m-%d %H:%M} UTC {version.why}".rstrip()
    )
    if version.report is None:
        console.print("It was not judged.")
        return
    _show_report(version.report)


def _show_report(report: GateReport) -> None:
    table = Table("", "questions", report.live or "before", "candidate", "limit", box=None)
    for figure in report.figures:
        limits = [f"≥ {figure.least:.3f}"] if figure.least is not None else []
        limits += [f"≤ {figure.most:.3f}"] if figure.most is not None else []
        limits += [f"loss ≤ {figure.loss:.3f}"] if figure.loss is not None else []
        shares = (_shown(figure.before), _shown(figure.after))
        table.add_row(figure.name, str(figure.questions), *shares, ", ".join(limits))
    console.print(table)
    if report.tests is not None:
        console.print(f"Tests: {report.tests.passed} passed, {len(report.tests.failed)} failed.")
        _lines("failed:", report.tests.failed)
    _lines("against it:", [str(reason) for reason in report.reasons])
    _lines("+", [f"{m.text}  {m.before} → {m.after}" for m in report.better])
    _lines("-", [f"{m.text}  {m.before} → {m.after}" for m in report.worse])
    for group in report.groups:
        console.print(
            f"{group.id}  {group.before_topic} → {group.after_topic}: {len(group.changes)}", markup=False
        )
        _lines(" ", [f"{c.id}  {c.question}  ({c.place or '-'}, {c.origin})" for c in group.changes])


def _lines(mark: str, lines: list[str] | tuple[str, ...]) -> None:
    for line in lines:
        console.print(f"  {mark} {line}", markup=False, soft_wrap=True)


def _shown(share: float | None) -> str:
    return "–" if share is None else f"{share:.3f}"
