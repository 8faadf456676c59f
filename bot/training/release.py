"""Which trained model is the current one, and what it was trained from. Every worker follows the pointer."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tarfile
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

_POINTER = "current.json"
# Everything a model is made of. Of faq.md only the topics and their wording count: answers are read at run time.
_INPUTS = (
    "config.yml", "domain.yml", "data/*.yml", "knowledge/dictionary.txt", "knowledge/places.yml",
    "knowledge/divisions.yml", "bot/nlu/*.py", "bot/text/*.py", "bot/training/importer.py", "requirements.txt",
)  # fmt: skip


def new_name() -> str:
    """A name for a model of now. With "-" between its parts it would be masked as the number of a card."""
    return f"{time.strftime('%Y%m%d_%H%M%S')}_{secrets.token_hex(2)}"


def fingerprint(root: Path) -> str:
    """A hash over the inputs of training."""
    digest = hashlib.sha256()
    for pattern in _INPUTS:
        for path in sorted(root.glob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    topics = re.findall(
        r"^(?:## |话题：).*$", (root / "knowledge" / "faq.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    digest.update("\n".join(topics).encode())
    return digest.hexdigest()


def current_model(models: Path) -> Path | None:
    """The model to serve: the one the pointer names, else the newest; None where none can be read."""
    return model_to_serve(models)[0]


def named_model(models: Path) -> Path | None:
    """The model that the pointer names, whether it can be read or not; None where there is none of that name."""
    named = models / read_pointer(models).get("model", "-")
    return named if named.is_file() else None


def model_to_serve(models: Path) -> tuple[Path | None, list[Path]]:
    """The current model, and the damaged ones that were passed over for it."""
    damaged: list[Path] = []
    for model in _stored(models):
        if _is_readable(model):
            return model, damaged
        damaged.append(model)
    return None, damaged


def _stored(models: Path) -> Iterator[Path]:
    """Every model there is: the one the pointer names first, then the newest."""
    named = named_model(models)
    if named is not None:
        yield named
    newest_first = sorted(models.glob("*.tar.gz"), key=lambda path: -path.stat().st_mtime)
    yield from (model for model in newest_first if model != named)


def _is_readable(model: Path) -> bool:
    """Whether the archive can be read to its end, which a half-copied one cannot."""
    try:
        with tarfile.open(model) as archive:
            return bool(archive.getmembers())
    except (OSError, EOFError, zlib.error, tarfile.TarError):
        return False


def is_current(models: Path, wanted: str) -> bool:
    """Whether the current model was trained from inputs with this fingerprint."""
    pointer = read_pointer(models)
    named = models / pointer.get("model", "-")
    return pointer.get("fingerprint") == wanted and named.is_file() and _is_readable(named)


def set_current(models: Path, model: Path, trained_from: str) -> None:
    """Point at a model; the old pointer stays until the new one is whole."""
    write_pointer(models, {"model": model.name, "fingerprint": trained_from})


def write_pointer(models: Path, pointer: Mapping[str, str]) -> None:
    """Put the pointer where it shall point, on the disk for good; an empty one is taken away."""
    if not pointer:
        (models / _POINTER).unlink(missing_ok=True)
        return
    fresh = models / f"{_POINTER}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(json.dumps(dict(pointer)))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(models / _POINTER)


def read_pointer(models: Path) -> dict[str, str]:
    """What the pointer says: ``model`` and the ``fingerprint`` of what it was trained from; empty where it cannot be read."""
    try:
        found = json.loads((models / _POINTER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
