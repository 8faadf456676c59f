"""Importing a module does nothing but define things: no file, engine or socket is opened, no process started.

Rasa imports actions, components and channels by name in whatever process it likes (training, an action server, a test).
Work at import time would be done in each of them, fail where a file is missing, and hang where a server is down.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RUN_BY_ALEMBIC = "bot.storage.migrations."
"""Alembic executes these scripts, inside a migration; nobody imports them."""

PROBE = """
import importlib, json, os, sys

root, modules = sys.argv[1], sys.argv[2:]
sys.path.insert(0, root)
found = []


def responsible_file():
    # The innermost module body on the stack is the one that is being imported. What libraries do while they are
    # imported themselves is theirs to answer for; what they do when a body of ours calls them is ours.
    frame = sys._getframe(2)
    while frame and frame.f_code.co_name != "<module>":
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return None  # Python itself reads the code of a module.
        frame = frame.f_back
    return frame and frame.f_code.co_filename


def watch(event, arguments):
    if event in WATCHED:
        note(event, arguments)


def note(event, arguments):
    file = responsible_file()
    if file and os.path.dirname(file) and file.startswith(root + os.sep) and "site-packages" not in file:
        found.append(f"{os.path.relpath(file, root)}: {event}{arguments[:2]}")


WATCHED = {"open", "os.mkdir", "os.remove", "os.rename", "os.listdir", "os.scandir", "sqlite3.connect", "shutil.rmtree",
           "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system"}

import sqlalchemy

real_create_engine = sqlalchemy.create_engine


def create_engine(*arguments, **options):
    note("sqlalchemy.create_engine", arguments)
    return real_create_engine(*arguments, **options)


sqlalchemy.create_engine = create_engine
sys.addaudithook(watch)
for module in modules:
    importlib.import_module(module)
print(json.dumps(found))
"""


def modules() -> list[str]:
    """Every module of the project, by the name it is imported under."""
    files = [file for folder in ("bot", "actions") for file in sorted((ROOT / folder).rglob("*.py"))]
    names = (
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files
    )
    return [name for name in names if not name.startswith(RUN_BY_ALEMBIC)]


def opened_while_importing(root: Path, names: list[str]) -> list[str]:
    """What was opened while the named modules below a folder were imported, each with the file that is to blame."""
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, str(root), *names],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert probe.returncode == 0, probe.stderr
    found: list[str] = json.loads(probe.stdout.splitlines()[-1])
    return found


def test_importing_every_module_opens_nothing() -> None:
    found = opened_while_importing(ROOT, modules())
    assert not found, "Move it into a function that bot/wiring/ calls:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "body",
    [
        "open('notes.txt', 'w')",
        "from pathlib import Path; Path(__file__).read_text()",
        "from sqlalchemy import create_engine; create_engine('sqlite://')",
        "import socket; socket.create_server(('127.0.0.1', 0))",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_the_guard_sees_what_a_module_opens(tmp_path: Path, body: str) -> None:
    (tmp_path / "careless.py").write_text(body, "utf-8")
    assert opened_while_importing(tmp_path, ["careless"])


def test_the_guard_lets_a_module_import_others(tmp_path: Path) -> None:
    (tmp_path / "careful.py").write_text(
        "import decimal, sqlite3, sqlalchemy.orm\ndef read():\n    open('x')\n", "utf-8"
    )
    assert not opened_while_importing(tmp_path, ["careful"])
