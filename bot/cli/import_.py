"""``python -m bot import KIND FILE``: what each row of a table would change, and with ``--apply`` the change itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli.export import form_of
from bot.cli.topic import guarded, say, show_saved
from bot.services.exchange import Exchange, Preview, Row
from bot.wording.exchange import STATES


def run(options: argparse.Namespace) -> int:
    """Show the rows that are not as the files are; returns 1 where a row is wrong, and then nothing is written."""
    from bot.wiring import maintenance

    file = Path(options.file)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ValueError(f"{file}, the file: {error.strerror}; name a .csv or .xlsx file") from error
    exchange = maintenance.exchange()
    preview = exchange.preview(options.kind, content, form_of(file))
    for row in preview.rows:
        if row.state != "same":
            say(_line(row))
    counts = "，".join(f"{word} {preview.count(state)}" for state, word in STATES.items())  # type: ignore[arg-type]
    say(f"{counts}。")
    if preview.count("error") and not options.skip_errors:
        return 1
    return _apply(exchange, preview, options) if options.apply else 0


def _apply(exchange: Exchange, preview: Preview, options: argparse.Namespace) -> int:
    return guarded(lambda: show_saved(exchange.apply(preview, preview.acceptable(), None, options.why)))


def _line(row: Row) -> str:
    what = " · ".join(filter(None, (*(row.cells.get(n, "") for n in ("topic", "place", "label", "text")),)))
    return f"{row.number}: {STATES[row.state]} {what}" + (f"：{row.message}" if row.message else "")
