"""``python -m bot rollback``: back to an earlier version, model and knowledge together."""

from __future__ import annotations

import argparse

from bot.cli.console import console


def run(options: argparse.Namespace) -> int:
    """Go back, and say what is live."""
    from bot.wiring import maintenance

    with console.status("Having a conversation through it, before and after (half a minute)…"):
        made = maintenance.publishing().rollback(None, options.why, options.version)
    console.print(f"{made.version} is live, with the files it was trained from.")
    if made.previous:
        console.print(f"The files as they were lie in var/versions/{made.previous}/left/.", soft_wrap=True)
    return 0
