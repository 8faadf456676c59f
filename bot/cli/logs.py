"""Logging: warnings of the libraries, our own from info on, and never Rasa's debug lines with the user's text."""

from __future__ import annotations

import logging

from bot.settings import quiet_libraries


def configure_logs(*, debug: bool) -> None:
    """Set the levels; Rasa formats a debug line for each turn unless structlog is told not to."""
    quiet_libraries()
    # Rasa's pinned libraries announce deprecations by the dozen, whatever the filters say; through the log they can
    # be kept quiet. Whoever works on them sets DEBUG=1.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.WARNING if debug else logging.ERROR)
    from rasa.utils.log_utils import configure_structlog

    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("bot").setLevel(logging.DEBUG if debug else logging.INFO)
    configure_structlog(level)
