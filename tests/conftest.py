"""What every test shares: on a machine with REQUIRE_SERVICES=1 no test may leave out a service it needs."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from typing import Any

import pytest

MARKS = ("needs_postgres", "needs_redis", "needs_chromium")
"""The marks of tests that talk to a service; without the service they are skipped on a developer's machine."""

_SERVICE = re.compile(r"postgres|redis|chromium", re.IGNORECASE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Turn the skip of a test whose service is missing into a failure, where REQUIRE_SERVICES=1."""
    report = yield
    if os.environ.get("REQUIRE_SERVICES") == "1" and _service_was_missing(item, report):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_SERVICES=1, and still this test was skipped: {_reason(report)}"
    return report


def _service_was_missing(item: pytest.Item, report: Any) -> bool:
    """Tell whether a test was skipped for want of a service: by its mark, or by what the skip says."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return False
    return any(map(item.get_closest_marker, MARKS)) or bool(_SERVICE.search(_reason(report)))


def _reason(report: Any) -> str:
    """The reason of a skip, which pytest keeps as (file, line, reason)."""
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
