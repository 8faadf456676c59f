"""Versions as folders: the model, the files it was trained from, and the report of the gate.

``var/versions/<name>/`` holds ``model.tar.gz``, ``files/`` (data/, knowledge/, domain.yml, config.yml as they were),
``version.json`` and, once it was judged, ``report.json``. A folder takes its name only when it is whole.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

FOLDERS = ("data", "knowledge")
"""What a version keeps of the project beside domain.yml and config.yml."""

SINGLE = ("domain.yml", "config.yml")
_MAKING = ".making-"
_BESIDE = "_restored"
_DAY_S = 24 * 60 * 60
_NAME = re.compile(r"\w[\w.-]{0,63}")


def write_whole(path: Path, text: str) -> None:
    """Put a text in a file so that whoever reads it, also after a power cut, sees the old or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder outlive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def files_in(root: Path) -> list[str]:
    """The files of a project or a snapshot that belong to a version, as paths below its root."""
    found = [name for name in SINGLE if (root / name).is_file()]
    for folder in FOLDERS:
        paths = (path for path in (root / folder).rglob("*") if path.is_file())
        found += [path.relative_to(root).as_posix() for path in paths if not _is_passing(path)]
    return sorted(found)


def copy_files(source: Path, target: Path) -> None:
    """Copy the files of a version. Real copies: a hand edit in place must not reach the snapshot."""
    for name in files_in(source):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def _is_passing(path: Path) -> bool:
    """Whether a file is one that somebody is writing, or an editor has left."""
    return path.name.startswith(".") or path.name.endswith(("~", ".tmp", "_new", _BESIDE))


class VersionFiles:
    """The versions under ``folder``, made from and given back to the project ``root``; ``models`` is what is served from."""

    def __init__(self, root: Path, models: Path, folder: Path) -> None:
        self.root = root
        self.models = models
        self.folder = folder

    # ---- making

    def prepare(self, name: str) -> Path:
        """A folder in the making, with a copy of the files under ``files/``."""
        making = self.folder / f"{_MAKING}{name}"
        shutil.rmtree(making, ignore_errors=True)
        (making / "files").mkdir(parents=True)
        copy_files(self.root, making / "files")
        return making

    def finish(self, name: str, note: Mapping[str, Any]) -> Path:
        """Give the folder in the making its name; ``note`` says who made it when, why and of what."""
        making = self.folder / f"{_MAKING}{name}"
        write_whole(making / "version.json", json.dumps(dict(note), ensure_ascii=False, indent=1))
        making.rename(self.folder / name)
        sync_folder(self.folder)
        return self.folder / name

    def adopt(self, model: Path, note: Mapping[str, Any]) -> str:
        """Make a version of a model that was trained without one, with the files as they are now; gives its name."""
        name = model.name.removesuffix(".tar.gz")
        making = self.prepare(name)
        link(model, making / "model.tar.gz")
        trained_at = datetime.fromtimestamp(model.stat().st_mtime, timezone.utc)
        made = {"made_at": trained_at.isoformat(), "user": "", "why": "", "run": None, "adopted": True}
        self.finish(name, {**made, **note})
        return name

    def discard(self, name: str) -> None:
        """Remove a folder in the making, of which nothing will come."""
        shutil.rmtree(self.folder / f"{_MAKING}{name}", ignore_errors=True)

    def sweep(self) -> None:
        """Remove what was left in the making by processes that were killed a day ago or earlier."""
        for left in self.folder.glob(f"{_MAKING}*"):
            if time.time() - left.stat().st_mtime > _DAY_S:
                shutil.rmtree(left, ignore_errors=True)

    # ---- reading

    def names(self) -> list[str]:
        """The versions, the newest first."""
        notes = self.folder.glob("*/version.json")
        made = [(self.note(path.parent.name).get("made_at", ""), path.parent.name) for path in notes]
        return [name for _, name in sorted(made, reverse=True) if not name.startswith(".")]

    def exists(self, name: str) -> bool:
        """Whether there is a version of this name."""
        return bool(_NAME.fullmatch(name)) and (self.folder / name / "version.json").is_file()

    def note(self, name: str) -> dict[str, Any]:
        """What was noted when the version was made."""
        return _read_json(self.folder / name / "version.json")

    def report(self, name: str) -> dict[str, Any]:
        """The report of the gate; empty where the version was not judged."""
        return _read_json(self.folder / name / "report.json")

    def write_report(self, name: str, report: Mapping[str, Any]) -> None:
        """Keep the report of the gate."""
        write_whole(
            self.folder / name / "report.json", json.dumps(dict(report), ensure_ascii=False, indent=1)
        )

    def model(self, name: str) -> Path:
        """The model of a version."""
        return self.folder / name / "model.tar.gz"

    def files(self, name: str) -> Path:
        """The files of a version."""
        return self.folder / name / "files"

    def differences(self, name: str) -> list[str]:
        """The files that a return to this version would change, add or remove."""
        return sorted(changed(self.files(name), self.root))

    # ---- serving

    def offer(self, name: str) -> Path:
        """Put the model of a version where models are served from."""
        served = self.models / f"{name}.tar.gz"
        if not served.is_file():
            self.models.mkdir(parents=True, exist_ok=True)
            fresh = self.models / f".{name}.new"
            fresh.unlink(missing_ok=True)
            link(self.model(name), fresh)
            fresh.replace(served)
            sync_folder(self.models)
        return served

    def withdraw(self, name: str) -> None:
        """Take the model of a version away from where models are served from."""
        if self.model(name).is_file():
            (self.models / f"{name}.tar.gz").unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a version with its model."""
        gone = self.folder / f"{_MAKING}{name}"
        shutil.rmtree(gone, ignore_errors=True)
        (self.folder / name).rename(gone)
        (self.models / f"{name}.tar.gz").unlink(missing_ok=True)
        shutil.rmtree(gone, ignore_errors=True)


def changed(wanted: Path, root: Path) -> Iterator[str]:
    """The files in which a project differs from a snapshot."""
    old, new = set(files_in(root)), set(files_in(wanted))
    yield from old ^ new
    yield from (name for name in old & new if not filecmp.cmp(wanted / name, root / name, shallow=False))


def restore(
    wanted: Path,
    root: Path,
    reach: Callable[[str], None] = lambda _: None,
    only: Callable[[str], bool] = lambda _: True,
) -> list[str]:
    """Make the files of a project those of a snapshot, each by one rename; gives what was changed.

    ``reach`` is told when half of the files are in place; ``only`` says which files are looked at.
    """
    names = sorted(name for name in changed(wanted, root) if only(name))
    kept = [name for name in names if (wanted / name).is_file()]
    fresh = {name: _lay_beside(wanted / name, root / name) for name in kept}
    for number, name in enumerate(names):
        if number == len(names) // 2:
            reach("restoring")
        if name in fresh:
            fresh[name].replace(root / name)
        else:
            (root / name).unlink(missing_ok=True)
    for folder in {(root / name).parent for name in names}:
        sync_folder(folder)
    return names


def give_back(kept: Path, foreign: Path, root: Path) -> list[str]:
    """Take back what `restore` did, or a part of it: only files that are as ``foreign`` has them become what was kept."""
    for folder in (root, *(root / name for name in FOLDERS)):
        for left in folder.glob(f"*{_BESIDE}") if folder == root else folder.rglob(f"*{_BESIDE}"):
            left.unlink()
    return restore(kept, root, only=lambda name: _is_same(foreign / name, root / name))


def _is_same(one: Path, other: Path) -> bool:
    """Whether two files are alike, or neither is there."""
    if one.is_file() and other.is_file():
        return filecmp.cmp(one, other, shallow=False)
    return not one.is_file() and not other.is_file()


def _lay_beside(source: Path, target: Path) -> Path:
    """A copy of a file beside the one that it will replace."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name without a dot, which nobody who follows the files takes for one of them.
    fresh = target.with_name(f"{target.name.replace('.', '_')}{_BESIDE}")
    shutil.copy2(source, fresh)
    # The time of now: what follows the files sees that they have changed.
    os.utime(fresh)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    return fresh


def link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def moment(note: Mapping[str, Any]) -> datetime:
    """When a version was made."""
    return datetime.fromisoformat(str(note["made_at"]))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
