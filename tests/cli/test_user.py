"""Users from the command line: the first admin is made here; passwords are never shown, nor read from the arguments."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.main import _parser
from tests.copies import ROOT, copy_repository

GOOD = "correct horse battery"
OTHER = "another horse battery"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, with a database for the tests of this module."""
    return copy_repository(tmp_path_factory.mktemp("user"))


def environment(**settings: str) -> dict[str, str]:
    """Nothing of this machine's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", **settings}


def user(root: Path, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bot user`` in the copy, with a text on stdin."""
    return subprocess.run(
        [sys.executable, "-m", "bot", "user", *arguments],
        cwd=root, env=environment(**settings), input=stdin, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def problem(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line about what is wrong."""
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert finished.stdout == ""
    line, last = finished.stderr.splitlines()
    assert last == "1 problem(s)."
    return line


def listed(root: Path) -> dict[str, list[str]]:
    """What `user list` shows of each user."""
    finished = user(root, "list")
    assert finished.returncode == 0, finished.stderr
    return {line.split()[0]: line.split()[1:] for line in finished.stdout.splitlines()[1:]}


def typed(root: Path, *arguments: str, answers: list[str]) -> tuple[int, str]:
    """Run ``python -m bot user`` at a terminal and type the answers; the exit code and all that the terminal showed."""
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "user", *arguments],
        cwd=root, env=environment(), stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        # The terminal has to be the process's own, as getpass asks for it.
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509
    ) as process:  # fmt: skip
        os.close(terminal)
        shown = b""
        for prompt, answer in zip((b"Password: ", b"Once more: "), answers, strict=True):
            while not shown.endswith(prompt):
                shown += os.read(controller, 1)
            os.write(controller, f"{answer}\n".encode())
        try:
            while piece := os.read(controller, 1024):
                shown += piece
        except OSError:
            pass  # How Linux says that the other side is closed.
        os.close(controller)
    return process.returncode, shown.decode()


def test_an_install_without_users_says_how_to_make_the_first(tmp_path: Path) -> None:
    finished = user(copy_repository(tmp_path), "list")
    assert finished.returncode == 0
    assert "python -m bot user add NAME --role admin" in finished.stdout


def test_the_password_is_one_line_of_stdin_where_nobody_is_at_a_terminal(root: Path) -> None:
    finished = user(root, "add", "first", "--role", "admin", stdin=f"{GOOD}\nthe rest\n")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == "first may log in as admin.\n"
    assert listed(root)["first"] == ["admin", "active", "no", "never"]


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(root: Path) -> None:
    code, shown = typed(root, "add", "typist", answers=[GOOD, GOOD])
    assert code == 0, shown
    assert GOOD not in shown
    assert "typist may log in as staff." in shown
    code, shown = typed(root, "password", "typist", answers=[GOOD, OTHER])
    assert code == 1
    assert "the two differ; start again" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("arguments", "stdin", "line"),
    [
        (("add", "x"), GOOD, "name 'x': is no name for an account; write 2 to 32 letters, digits, dots or hyphens"),
        (("add", "13812345678"), GOOD, "name: is a telephone or ID number; write a name"),
        (("add", "first"), GOOD, "user first: is there already; choose another name"),
        (("add", "short"), "tiny", "the password is too short; write at least 10 characters"),
        (("add", "empty"), "", "stdin, the password: is empty; write it as one line"),
        (("add", "worst.of.all"), "1234567890", "the password is one of those that are tried first; write something else"),
        (("add", "like.name.x"), "LIKE.name.x", "the password is the user's name; write something else"),
        (("password", "nobody"), GOOD, "user nobody: there is none; python -m bot user list shows all"),
        (("role", "nobody", "staff"), "", "user nobody: there is none; python -m bot user list shows all"),
        (("disable", "nobody"), "", "user nobody: there is none; python -m bot user list shows all"),
        (("enable", "nobody"), "", "user nobody: there is none; python -m bot user list shows all"),
        (("token", "nobody"), "", "user nobody: there is none; python -m bot user list shows all"),
        (("disable", "first"), "", "user first: is the only admin; make another admin first"),
        (("role", "first", "staff"), "", "user first: is the only admin; make another admin first"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_what_to_do(
    root: Path, arguments: tuple[str, ...], stdin: str, line: str
) -> None:
    if "first" not in listed(root):
        user(root, "add", "first", "--role", "admin", stdin=GOOD)
    assert problem(user(root, *arguments, stdin=stdin)) == line


def test_a_user_is_changed_disabled_and_enabled(root: Path) -> None:
    user(root, "add", "worker", stdin=GOOD)
    assert user(root, "role", "worker", "maintainer").stdout == "worker is maintainer now.\n"
    assert user(root, "disable", "worker").stdout == "worker may log in no longer.\n"
    assert listed(root)["worker"][:2] == ["maintainer", "disabled"]
    assert user(root, "enable", "worker").returncode == 0
    assert user(root, "password", "worker", stdin=OTHER).returncode == 0
    assert listed(root)["worker"][:2] == ["maintainer", "active"]


def test_a_token_stands_alone_on_stdout_and_can_be_taken_back(root: Path) -> None:
    user(root, "add", "callcentre", stdin=GOOD)
    made = user(root, "token", "callcentre")
    assert len(made.stdout.strip()) == 43
    assert "shown this once" in made.stderr
    assert listed(root)["callcentre"][2] == "yes"
    assert (
        user(root, "token", "callcentre", "--revoke").stdout
        == "callcentre: the token is worth nothing now.\n"
    )
    assert user(root, "token", "callcentre", "--revoke").stdout == "callcentre: there was no token.\n"
    assert listed(root)["callcentre"][2] == "no"


@pytest.mark.parametrize(
    "arguments", [(), ("dance",), ("add", "x", "--role", "king"), ("add", "x", "--password", "y")]
)
def test_what_does_not_exist_is_refused_before_anything_is_done(
    root: Path, arguments: tuple[str, ...]
) -> None:
    finished = user(root, *arguments, stdin=GOOD)
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr


def test_a_bad_number_of_proxies_is_one_line(root: Path) -> None:
    line = problem(user(root, "list", PROXIES="one"))
    assert line == "PROXIES=one is no number of reverse proxies; write 0, 1 or more"


def test_the_page_about_commands_shows_every_one_of_them() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for command in ("add", "list", "password", "role", "disable", "enable", "token"):
        assert f"user {command}" in page, command
    for command, options in {"add": ["--role"], "token": ["--revoke"]}.items():
        assert _parser().parse_args(["user", command, "name"]).name == "name"
        for option in options:
            assert option in page
