"""``python -m bot publish``: a candidate becomes the live version, past the gate."""

from __future__ import annotations

import argparse

from bot.cli.console import console, report_problems


def run(options: argparse.Namespace) -> int:
    """Approve what is to be approved, publish, and say what became live."""
    if options.smoke:
        from bot.cli import smoke

        return smoke.run(options.smoke)
    from bot.services.publishing import PublicationError
    from bot.wiring import maintenance

    publishing, gate = maintenance.publishing(), maintenance.gate()
    publishing.recover()
    name = options.version or _newest_candidate()
    for change in options.approve:
        is_one = any(one.id == change for one in gate.unapproved(name))
        gate.approve(name, None, [change]) if is_one else gate.approve(name, None, group=change)
    try:
        with console.status("Having a conversation through it, before and after (half a minute)…"):
            made = publishing.publish(name, None, options.override)
    except PublicationError as error:
        report_problems([str(error), *_reasons(name, error)])
        return 1
    console.print(f"{made.version} is live. Back: python -m bot rollback")
    return 0


def _newest_candidate() -> str:
    from bot.wiring import maintenance

    found = next((one for one in maintenance.publishing().versions() if one.state == "candidate"), None)
    if found is None:
        raise ValueError("versions: there is no candidate; run python -m bot train --candidate")
    return found.name


def _reasons(name: str, error: object) -> list[str]:
    """Why, as far as the gate knows it."""
    from bot.wiring import maintenance

    details = getattr(error, "details", ())
    report = maintenance.gate().report(name)
    lines = (
        [f"the gate: {reason}" for reason in report.reasons] if report and "gate_failed" in details else []
    )
    if "not_approved" in details:
        count = len(maintenance.gate().unapproved(name))
        lines.append(
            f"{count} changed answer(s): look at python -m bot versions {name}, then publish --approve ID"
        )
    return lines
