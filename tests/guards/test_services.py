"""A test that found no PostgreSQL, Redis or Chromium must not pass for green where they are promised."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TESTS = """
import pytest

@pytest.fixture
def page():
    pytest.skip("Chromium is missing")

@pytest.mark.needs_postgres
def test_marked():
    pytest.skip("does not answer")

@pytest.mark.needs_redis
@pytest.mark.skipif(True, reason="switched off")
def test_conditional():
    pass

def test_named_in_the_reason(page):
    pass

def test_another_skip():
    pytest.skip("the original documents are not here")

@pytest.mark.needs_redis
@pytest.mark.xfail
def test_expected_to_fail():
    assert False
"""


def outcomes(folder: Path, *, promised: bool) -> dict[str, str]:
    """Run the tests above under this project's conftest and settings: the outcome of each by its name."""
    shutil.copy(ROOT / "tests/conftest.py", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "test_example.py").write_text(TESTS, "utf-8")
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_example.py"],
        cwd=folder,
        env={**os.environ, "REQUIRE_SERVICES": "1" if promised else "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(re.findall(r"^test_example.py::test_(\w+) ([A-Z]+)", finished.stdout, re.MULTILINE))
    assert len(found) == 5, finished.stdout + finished.stderr
    return found


def test_a_test_without_its_service_fails_where_the_services_are_promised(tmp_path: Path) -> None:
    found = outcomes(tmp_path, promised=True)
    # What fails while a fixture is set up, or a condition is checked, is an error in pytest's words.
    assert {found[name] for name in ("marked", "conditional", "named_in_the_reason")} <= {"FAILED", "ERROR"}
    assert (found["another_skip"], found["expected_to_fail"]) == ("SKIPPED", "XFAIL")


def test_a_test_without_its_service_is_skipped_elsewhere(tmp_path: Path) -> None:
    assert set(outcomes(tmp_path, promised=False).values()) == {"SKIPPED", "XFAIL"}
