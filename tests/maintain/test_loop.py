"""The maintainers' loop in a real browser over a small copy of the project: what was not understood becomes an answer.

A question asked over the webhook is not understood; it appears in the inbox, becomes an example, is learned, judged,
published, is then answered over the webhook, and is taken back again.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.copies import run_bot
from tests.small_copies import small_copy

pytestmark = pytest.mark.needs_chromium

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "Weihu-mima-2026"
QUESTION = "咕噜菜码头在哪盖红章"
LABEL, CANONICAL = "faq/remote_care_meaning", "省内异地"
_LONGEST_S = 240
_LONGEST_TRAINING_MS = 240_000


@dataclass(frozen=True)
class Office:
    """A running assistant over a copy of the project."""

    root: Path
    address: str

    def answer(self, text: str) -> str:
        """What a person who has said nothing before is answered."""
        body = {"sender": f"person-{time.monotonic_ns()}", "message": text}
        address = f"{self.address}/webhooks/rest/webhook"
        said = httpx.post(address, json=body, timeout=60, trust_env=False).json()
        return "\n".join(str(message.get("text") or "") for message in said)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A trained small copy, served, with one maintainer."""
    root = small_copy(tmp_path_factory.mktemp("maintain"))
    trained = run_bot(root, "train")
    assert trained.returncode == 0, trained.stdout + trained.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{root}/var/assistant.db",
        "SECRET_KEY": "key of a test",
        "PYTHONPATH": str(root),
    }
    add = [sys.executable, "-m", "bot", "user", "add", "weihu", "--role", "maintainer"]
    subprocess.run(add, cwd=root, env=environment, input=f"{PASSWORD}\n".encode(), check=True)
    with (root / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=root, env=environment, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await(address, process, root / "server.log")
        yield Office(root, address)
    finally:
        process.terminate()
        process.wait(timeout=_LONGEST_S)
    assert "Traceback" not in (root / "server.log").read_text("utf-8", "replace")


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            if httpx.get(f"{address}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(log.read_text("utf-8", "replace"))


@pytest.fixture(scope="module")
def page(office: Office) -> Iterator[Page]:
    """A maintainer's browser, logged in."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing; install it with: apt-get install -y chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.set_default_timeout(20_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{office.address}/maintain")
        page.fill("[name=name]", "weihu")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator(".sub")).to_be_visible()
        yield page
        browser.close()
        assert not complaints


def test_a_question_nobody_understood_is_taught_published_answered_and_taken_back(
    office: Office, page: Page
) -> None:
    before = office.answer(QUESTION)
    assert CANONICAL not in before

    page.goto(f"{office.address}/maintain")
    page.get_by_role("link", name=QUESTION).click()
    page.get_by_label("主题").select_option(LABEL)
    page.get_by_role("button", name="归入").click()
    expect(page.get_by_role("status")).to_contain_text("已归入主题")
    assert QUESTION in (office.root / "data" / "nlu.yml").read_text("utf-8")

    page.goto(f"{office.address}/maintain/versions")
    first = page.locator("tr.live th a").inner_text()
    page.get_by_label("为什么").first.fill("加了一个问法")
    page.get_by_role("button", name="开始训练").click()
    expect(page.locator("progress")).to_be_visible()
    # A reload in the middle loses nothing.
    page.reload()
    expect(page.locator("#run-version")).to_be_visible(timeout=_LONGEST_TRAINING_MS)
    page.locator("#run-version").click()
    _approve_all(page)
    page.locator("#publish").click(timeout=_LONGEST_TRAINING_MS)
    expect(page.get_by_role("status")).to_contain_text("已发布", timeout=_LONGEST_TRAINING_MS)
    assert page.locator("tr.live th a").inner_text() != first
    _until(lambda: office.answer(QUESTION), lambda answer: CANONICAL in answer)

    page.goto(f"{office.address}/maintain/versions")
    row = page.locator("tr", has_text=first)
    row.get_by_text("退回这一版").click()
    row.get_by_label("为什么").fill("试一下退回")
    row.get_by_role("button", name="退回").click(timeout=_LONGEST_TRAINING_MS)
    expect(page.get_by_role("status")).to_contain_text("已退回", timeout=_LONGEST_TRAINING_MS)
    assert page.locator("tr.live th a").inner_text() == first
    assert QUESTION not in (office.root / "data" / "nlu.yml").read_text("utf-8")
    _until(lambda: office.answer(QUESTION), lambda answer: CANONICAL not in answer)


def _approve_all(page: Page) -> None:
    button = page.get_by_role("button", name="全部认可")
    if button.count():
        button.click()
        expect(page.get_by_role("status")).to_contain_text("已认可")
    expect(page.locator("#publish")).to_have_text("发布")


def _until(ask: Callable[[], str], holds: Callable[[str], bool]) -> None:
    """Ask until the answer is as it should be: the server follows the pointer within some seconds."""
    deadline = time.monotonic() + 60
    last = ""
    while time.monotonic() < deadline:
        last = ask()
        if holds(last):
            return
        time.sleep(0.5)
    pytest.fail(f"it did not come to that within a minute: {last}")


def test_an_edit_is_checked_while_it_is_written_and_live_without_training(office: Office, page: Page) -> None:
    page.goto(f"{office.address}/maintain/topics/remote_care_meaning")
    body = page.locator("[name=answers-0-body]")
    body.fill(f"{body.input_value()}\n\n起付线 12345 元。")
    expect(page.locator("#findings .error").first).to_contain_text("12345")
    page.get_by_label("为什么改").fill("试错")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("没有保存")
    mended = body.input_value().replace("\n\n起付线 12345 元。", "").replace("就是异地就医", "就叫异地就医")
    body.fill(mended)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status")).to_contain_text("已保存")
    _until(lambda: office.answer("什么是异地就医？"), lambda answer: "就叫异地就医" in answer)
    page.goto(f"{office.address}/maintain/revisions")
    expect(page.locator(".diff").first).to_contain_text("就叫异地就医")


@pytest.mark.parametrize("width", [1366, 375])
@pytest.mark.parametrize(
    "path", ["", "/topics", "/topics/filing_papers", "/versions", "/analytics", "/exchange", "/policy/huaian"]
)
def test_no_page_runs_off_the_side(office: Office, page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(f"{office.address}/maintain{path}")
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1366, "height": 768})
