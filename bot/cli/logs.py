"""Logging: warnings of the libraries, our own from info on, and never Rasa's debug lines with the user's text."""

from __future__ import annotations

import logging
import warnings


def configure_logs(*, debug: bool) -> None:
    """Set the levels; Rasa formats a debug line for each turn unless structlog is told not to."""
    from rasa.utils.log_utils import configure_structlog

    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("bot").setLevel(logging.DEBUG if debug else logging.INFO)
    configure_structlog(level)
    if not debug:
        warnings.simplefilter("ignore", DeprecationWarning)
