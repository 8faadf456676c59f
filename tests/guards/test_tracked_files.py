"""What is in the repository works anywhere: no registry, no machine and no secret of one place stands in it."""

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The patterns are written so that they do not find themselves.
FORBIDDEN = {
    "a package registry's host": r"py[p]i\.org|python[h]osted\.org|registry\.np[m]js|deb\.deb[i]an\.org",
    "a folder of one machine": r"/wor[k]/(main|scratch|shared|steering)|/(root|home/\w+)/[.]pyenv|/tmp/studi[o]",
    "the squatted package that is not spaCy's model": r"zh[-_]core[-_]web[-_]s[m]\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KE[Y]",
}


@lru_cache
def texts() -> dict[Path, str]:
    """The text of every file that is, or is about to be, in the repository; without it, of every file here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return {file: file.read_text("utf-8", errors="ignore") for file in files if file.is_file()}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
        for file, text in texts().items()
        for match in re.finditer(FORBIDDEN[what], text)
    ]
    assert not found, f"{what} stands in {', '.join(found)}"


def test_no_lock_file_records_where_packages_come_from() -> None:
    names = {file.name for file in texts()}
    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json"}
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert "://" not in (ROOT / name).read_text("utf-8"), (
            f"{name} names an address; make it with `make lock`"
        )


def test_every_locked_package_carries_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for entry in re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8")):
            assert entry.startswith("#") or "--hash=sha256:" in entry, f"{name}: {entry.splitlines()[0]}"


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b|NotImplementedErro[r]")
    found = [
        str(file.relative_to(ROOT))
        for file, text in texts().items()
        if file.suffix == ".py" and marks.search(text)
    ]
    assert not found, f"Finish or remove what is marked in {', '.join(found)}"
