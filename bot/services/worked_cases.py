"""The worked cases of tests/policy, run at once with a policy file in another wording, in a process of their own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_CASES = "tests/policy/test_cases.py"
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?(?:\[(?P<case>.+?)\])?(?: - (?P<why>.*))?$", re.MULTILINE)
# A case is arithmetic; what takes longer hangs.
_LONGEST_S = 120
_MOST_SHOWN = 10


class WorkedCases:
    """Runs them where the tests are there; an installation without tests has none."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, place: str, text: str) -> Sequence[str]:
        """A line for each case that fails with this text in place of the place's policy."""
        if not (self._root / _CASES).is_file():
            return ()
        with tempfile.TemporaryDirectory(prefix="bot-cases-") as folder:
            trial = Path(folder)
            shutil.copytree(self._root / "knowledge", trial / "knowledge")
            (trial / "knowledge" / "policy" / f"{place}.yml").write_bytes(text.encode())
            for name in ("bot", "actions", "tests", "pyproject.toml"):
                (trial / name).symlink_to(self._root / name)
            finished = subprocess.run(  # noqa: S603 - our own tests
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", _CASES],
                cwd=trial,
                capture_output=True,
                text=True,
                check=False,
                timeout=_LONGEST_S,
            )
        return _failures(finished)


def _failures(finished: subprocess.CompletedProcess[str]) -> list[str]:
    if finished.returncode == 0:
        return []
    found = [
        "：".join(filter(None, (match["case"], match["why"]))) for match in _FAILED.finditer(finished.stdout)
    ]
    return found[:_MOST_SHOWN] or [(finished.stdout + finished.stderr).strip()[-500:]]
