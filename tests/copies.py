"""A copy of the repository's files that a test may change and run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Everything the assistant is made of; models, databases, environments and tests stay behind.
_FOLDERS = ("actions", "bot", "data", "knowledge")
_FILES = (
    "config.yml",
    "credentials.yml",
    "domain.yml",
    "endpoints.yml",
    "pyproject.toml",
    "requirements.txt",
)


def copy_repository(folder: Path) -> Path:
    """Copy the files below ``folder`` and return the copy's root."""
    root = folder / "copy"
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, root / name)
    return root


def edit(path: Path, old: str, new: str) -> None:
    """Put ``new`` in place of the first ``old``, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}: choose something else"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def pack_model(path: Path) -> None:
    """Put an archive in the place of a trained model; it can be read, and holds no model."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        archive.add(ROOT / "config.yml", "metadata.json")


def run_bot(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bot`` in a copy; the environment's own settings of the assistant do not reach it."""
    kept = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=root,
        env={
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PYTHONUTF8": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
