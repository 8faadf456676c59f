"""Which trained model is the current one, and what it was trained from."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

_POINTER = "current.json"
# Everything a model is made of. Of faq.md only the topics and their wording count: answers are read at run time.
_INPUTS = (
    "config.yml", "domain.yml", "data/*.yml", "knowledge/dictionary.txt", "knowledge/places.yml",
    "knowledge/divisions.yml", "bot/nlu/*.py", "bot/text/*.py", "bot/training/importer.py", "requirements.txt",
)  # fmt: skip


def fingerprint(root: Path) -> str:
    """A hash over the inputs of training."""
    digest = hashlib.sha256()
    for pattern in _INPUTS:
        for path in sorted(root.glob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    topics = re.findall(r"^## .*$", (root / "knowledge" / "faq.md").read_text(encoding="utf-8"), re.MULTILINE)
    digest.update("\n".join(topics).encode())
    return digest.hexdigest()


def current_model(models: Path) -> Path | None:
    """The model the pointer names; without a pointer the newest; None where there is none."""
    pointer = _read_pointer(models)
    named = models / pointer.get("model", "") if pointer.get("model") else None
    if named is not None and named.is_file():
        return named
    found = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def is_current(models: Path, wanted: str) -> bool:
    """Whether the current model was trained from inputs with this fingerprint."""
    pointer = _read_pointer(models)
    return pointer.get("fingerprint") == wanted and (models / pointer.get("model", "-")).is_file()


def set_current(models: Path, model: Path, trained_from: str) -> None:
    """Point at a model; the old pointer stays until the new one is whole."""
    fresh = models / f"{_POINTER}.new"
    fresh.write_text(json.dumps({"model": model.name, "fingerprint": trained_from}), encoding="utf-8")
    fresh.replace(models / _POINTER)


def _read_pointer(models: Path) -> dict[str, str]:
    try:
        found = json.loads((models / _POINTER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
