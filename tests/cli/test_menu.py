"""The menu is published and compared from the command line; what goes wrong is a line, never a traceback."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.copies import copy_repository, edit, run_bot
from tests.fake_wechat.api import APP_ID, CREATE_MENU, SECRET, STABLE_TOKEN, FakeWeChatApi

Finished = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, which no test of this module changes."""
    return copy_repository(tmp_path_factory.mktemp("menu"))


def run(
    root: Path, *whats: str, before: Callable[[FakeWeChatApi], None] | None = None
) -> tuple[FakeWeChatApi, list[Finished]]:
    """Run `menu push` or `menu show`, one after the other, against one fake WeChat."""

    async def run_them() -> tuple[FakeWeChatApi, list[Finished]]:
        async with FakeWeChatApi() as fake:
            if before:
                before(fake)
            settings = {"WECHAT_APP_ID": APP_ID, "WECHAT_APP_SECRET": SECRET, "WECHAT_API_BASE": fake.base}
            finished = [await asyncio.to_thread(run_bot, root, "menu", what, **settings) for what in whats]
        return fake, finished

    return asyncio.run(run_them())


def test_a_pushed_menu_is_the_one_that_is_shown(root: Path) -> None:
    fake, [before, push, after] = run(root, "show", "push", "show")
    assert before.returncode == 1
    assert before.stdout == "The account shows no menu.\n"
    assert before.stderr.startswith("menu.yml, the menu: is not published; run python -m bot menu push\n")
    assert (push.returncode, push.stderr) == (0, "")
    assert (after.returncode, after.stderr) == (0, "")
    lines = after.stdout.splitlines()
    assert lines[0] == "备案核对 → “我要核对备案资格”"
    assert lines[-1] == "It is the one in menu.yml."
    [call] = fake.calls(CREATE_MENU)
    assert "我要核对备案资格".encode() in call.raw


def test_another_menu_is_shown_and_said_to_be_another(root: Path) -> None:
    def made_in_the_console(fake: FakeWeChatApi) -> None:
        fake.menu = {"button": [{"type": "view", "name": "官网", "url": "https://a.cn"}]}

    _, [shown] = run(root, "show", before=made_in_the_console)
    assert shown.returncode == 1
    assert shown.stdout == "官网 → https://a.cn\n"
    assert shown.stderr.startswith("menu.yml, the menu: is another than the account shows; ")


def test_a_broken_menu_is_not_pushed_and_found_by_the_check(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    edit(copy / "knowledge/menu.yml", "label: 备案核对", "label: 备案资格核对")
    fake, [pushed] = run(copy, "push")
    line = "menu.yml, the menu, button 1: 备案资格核对 would not be shown whole; shorten it to 4 Chinese characters\n"
    assert (pushed.returncode, fake.log) == (1, [])
    assert line in pushed.stderr
    assert line in run_bot(copy, "check").stderr


@pytest.mark.parametrize("what", ["push", "show"])
def test_without_id_and_secret_each_is_a_line(root: Path, what: str) -> None:
    finished = run_bot(root, "menu", what)
    assert (finished.returncode, finished.stdout) == (1, "")
    first, second, _ = finished.stderr.splitlines()
    assert first.startswith("environment, WECHAT_APP_ID: not set; copy it from the account's console ")
    assert second.startswith("environment, WECHAT_APP_SECRET: not set; ")


def test_what_wechat_refuses_is_a_line_with_what_to_do_and_no_secret(root: Path) -> None:
    _, [finished] = run(root, "push", before=lambda fake: fake.answer_next(STABLE_TOKEN, 40164))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "40164" in finished.stderr
    assert "203.0.113.7" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert SECRET not in finished.stderr
    assert finished.stderr.endswith("1 problem(s).\n")
