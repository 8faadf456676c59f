"""A real Chromium, and a real sanic server with the chat page whose assistant follows a script."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Error, Locator, Page, sync_playwright

from tests.web.accounts_desk import Office, accounts_serving

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
PLACES = ("淮安", "高邮", "吴江", "南京", "厦门", "云南")
PHONE = {"width": 375, "height": 812}

SOURCES = [
    {
        "document": "淮安市门诊通知",
        "section": "第三条",
        "precis": "三级医院起付线 600 元。",
        "checked_on": "2025-11-20",
        "note": "文件未写停止日期。",
    },
    {
        "document": "云南问答",
        "section": "第五问",
        "precis": "先备案后报销。",
        "checked_on": "2025-11-19",
        "note": None,
    },
]

# What the assistant answers to "问", in the items of Rasa's REST channel: text, options and sources.
ANSWER = [
    {
        "recipient_id": "x",
        "text": (
            "可以报销。\n详见 https://fuwu.nhsa.gov.cn/（国家医保服务平台），或拨打 0517-12393/12393。"
            "\n年度限额 12345 元。"
        ),
        "buttons": [
            {"title": "要带什么材料？", "payload": "/faq/filing_papers"},
            {"title": "报销估算", "payload": "报销估算"},
        ],
    },
    {"recipient_id": "x", "custom": {"sources": SOURCES}},
]


@dataclass
class Server:
    """A running server with the chat page, and the script of the assistant behind it."""

    address: str

    def script(self, **parts: object) -> None:
        """Changes parts of the script: `replies` by message, `failures` (HTTP statuses), `held`."""
        httpx.put(f"{self.address}/script", json=parts).raise_for_status()

    def heard(self, what: str) -> list[Any]:
        """What the assistant heard: `told` (the bodies of the requests) or `events` (told and answered)."""
        heard: list[Any] = httpx.get(f"{self.address}/script").json()[what]
        return heard


@dataclass
class Chat:
    """The page as a person uses it, and the server behind it."""

    page: Page
    server: Server

    @property
    def answers(self) -> Locator:
        """The texts of the assistant's bubbles, without the welcome."""
        return self.page.locator(".turn.bot .text")

    @property
    def questions(self) -> Locator:
        """The texts of the person's bubbles."""
        return self.page.locator(".turn.me .text")

    @property
    def box(self) -> Locator:
        """Where the person writes."""
        return self.page.get_by_label("输入您的问题")

    @property
    def retry(self) -> Locator:
        """The line that offers to send a failed message again."""
        return self.page.get_by_role("button", name="没发出去，点这里重发")

    def write(self, text: str) -> None:
        """Types a message and presses Enter."""
        self.box.fill(text)
        self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        """Presses the button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def press_in_menu(self, name: str) -> None:
        """Opens the menu and presses one of its buttons."""
        self.page.get_by_label("菜单").click()
        self.page.locator("#menu").get_by_role("button", name=name, exact=True).click()

    def told(self) -> list[str]:
        """What reached the assistant, in order of arrival."""
        return [message["message"] for message in self.server.heard("told")]


@contextmanager
def chat_serving(places: Sequence[str]) -> Iterator[Server]:
    """A server with the chat page on a free port."""
    command = [sys.executable, str(Path(__file__).with_name("scripted_chat.py")), *places]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, "the server did not start; its own message stands above"
            yield Server(address)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def chat_server() -> Iterator[Server]:
    """One server for the tests of a module."""
    with chat_serving(PLACES) as server:
        yield server


@pytest.fixture
def serving() -> Callable[[Sequence[str]], AbstractContextManager[Server]]:
    """How to start a server that offers other places."""
    return chat_serving


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, for one module only: while it runs, no asyncio test can."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing; install it with: apt-get install -y chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        try:
            # Chromium's sandbox refuses to work for root, which is who tests run as in a container.
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"{CHROMIUM} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def chat(chat_server: Server, chromium: Browser) -> Iterator[Chat]:
    """The chat page just opened on a phone, and an assistant that has heard nothing yet."""
    chat_server.script(replies={"问": ANSWER, "空": []}, failures=[], held=False, told=[], events=[])
    with chromium.new_context(viewport=PHONE, locale="zh-CN") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(chat_server.address)
        yield Chat(page, chat_server)
        chat_server.script(held=False)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with the pages of accounts and a database of its own, for the tests of a module."""
    with accounts_serving(f"sqlite:///{tmp_path_factory.mktemp('accounts')}/accounts.db") as office:
        yield office
