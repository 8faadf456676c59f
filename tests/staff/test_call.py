"""A whole call at the hotline by keyboard alone, in a real browser, against the served assistant."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.staff.conftest import PASSWORD, Office

pytestmark = pytest.mark.needs_chromium


def _log_in(page: Page, office: Office, name: str = "xiaoli") -> None:
    page.goto(f"{office.address}/staff")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()


def _clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def _choose(page: Page, field: str, option: str) -> None:
    """Go to a field of the tool by Tab; type into it, or go down its list to what stands on the option."""
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == field:
            break
        page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.tagName") != "SELECT":
        page.keyboard.type(option)
        return
    for _ in range(12):
        if page.evaluate("document.activeElement.selectedOptions[0].text").startswith(option):
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"{field} has no {option}")


def test_a_whole_call_by_keyboard_alone(page: Page, office: Office) -> None:
    _log_in(page, office)
    page.keyboard.press("Alt+n")
    expect(page.locator(".live")).to_be_visible()
    _find_and_copy(page)
    _estimate_with_a_what_if(page)
    _report_the_answer(page)
    _end_the_call(page)
    rows = _exported(page)
    assert rows[0]["参保地"] == "淮安"
    assert "备案要准备什么材料" in rows[0]["查看的问题"]
    reported = str(office.rows("SELECT * FROM reports"))
    assert "复印件" in reported
    for private in ("13812345678", "王小明"):
        assert private not in f"{rows} {reported}"
        assert private not in str(office.rows("SELECT * FROM call_entries"))


def _find_and_copy(page: Page) -> None:
    """The caller's own words while they are spoken; then the place, and what to read out and to send."""
    answer = page.locator("#answer")
    page.keyboard.type("我退休了搬到儿子那边住备案要带哪些材料")
    expect(answer.get_by_role("heading", level=1)).to_have_text("备案要准备什么材料？")
    page.keyboard.press("Enter")
    expect(answer).to_be_focused()
    page.keyboard.press("1")
    expect(answer.locator(".own h2")).to_have_text("淮安")
    expect(answer.locator(".common h2")).to_have_text("通用")
    expect(page.locator("#clauses h3").first).to_contain_text("淮安告知书")
    page.keyboard.press("c")
    expect(page.locator("#said")).to_have_text("口播已复制")
    assert _clipboard(page).startswith("淮安参保的，")
    page.keyboard.press("s")
    expect(page.locator("#said")).to_have_text("短信已复制")
    assert _clipboard(page) == page.locator("#sms").inner_text()


def _estimate_with_a_what_if(page: Page) -> None:
    page.keyboard.press("g")
    expect(page.locator("[name=insured_place]")).to_be_focused()
    assert page.locator("[name=insured_place]").input_value() == "huaian"
    _choose(page, "visit", "门诊")
    _choose(page, "insurance", "职工")
    _choose(page, "status", "退休")
    _choose(page, "cost", "3千5")
    _choose(page, "changed", "医院级别")
    expect(page.locator(".whatif th")).to_have_text(["三级", "二级", "一级及以下"])
    # 3,500 less the deductible of 600, at 65, 70 and 75 percent (淮安告知书 二（二）1).
    for column, amount in enumerate(("1,885 元", "2,030 元", "2,175 元")):
        expect(page.locator(".whatif td").nth(column)).to_contain_text(amount)
    page.keyboard.press("Alt+c")
    expect(page.locator("#said")).to_have_text("口播已复制")
    # Back to the answer.
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def _report_the_answer(page: Page) -> None:
    heading = page.locator("#answer").get_by_role("heading", level=1)
    expect(heading).to_have_text("备案要准备什么材料？")
    page.keyboard.press("r")
    expect(heading).to_have_text("上报给维护人员")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("窗口说现在不用复印件了，我叫王小明，电话 13812345678")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("已上报给维护人员。")


def _end_the_call(page: Page) -> None:
    page.keyboard.press("Alt+k")
    looked = page.locator("#answer .looked li")
    expect(looked).to_contain_text(["备案要准备什么材料", "报销估算", "上报"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("回头再打给她 13812345678")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("通话已结束，记录已保存。")


def _exported(page: Page) -> list[dict[str, str]]:
    """The history, reached by its key, as a file."""
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.locator("tbody tr").first).to_contain_text("待跟进")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV").focus()
        page.keyboard.press("Enter")
    return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))


def test_every_view_is_reached_by_its_key_and_left_by_escape(page: Page, office: Office) -> None:
    _log_in(page, office)
    page.keyboard.type("ydjybaxyscl")
    page.keyboard.press("Escape")
    views = {"b": "备案资格核对", "g": "报销估算", "m": "客服码"}
    for key, title in views.items():
        page.keyboard.press(f"Alt+{key}")
        expect(page.locator("#answer h1")).to_have_text(title)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(page.locator("#answer h1")).not_to_have_text(title)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_what_the_caller_told_stays_from_one_tool_to_the_other(page: Page, office: Office) -> None:
    _log_in(page, office)
    page.keyboard.press("Alt+b")
    _choose(page, "care_place", "上海")
    _choose(page, "status", "退休")
    expect(page.locator("#result .told")).to_contain_text("需要备案")
    page.keyboard.press("Alt+g")
    expect(page.locator("[name=care_place]")).to_have_value("上海")
    expect(page.locator("[name=status]")).to_have_value("retired")


def test_a_wrong_amount_says_so_beside_its_field_and_nothing_is_lost(page: Page, office: Office) -> None:
    _log_in(page, office)
    page.keyboard.press("Alt+g")
    _choose(page, "cost", "很多很多")
    expect(page.locator("#wrong-cost")).to_contain_text("没看懂")
    expect(page.locator("[name=cost]")).to_have_value("很多很多")


def test_the_console_works_without_scripts(office: Office, page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False, locale="zh-CN") as context:
        plain = context.new_page()
        plain.goto(f"{office.address}/staff")
        plain.fill("[name=name]", "xiaoli")
        plain.fill("[name=password]", PASSWORD)
        plain.get_by_role("button", name="登录").click()
        plain.get_by_role("button", name="开始来电").click()
        plain.fill("#q", "备案有效期")
        plain.get_by_role("button", name="查找").click()
        plain.get_by_role("link", name="南京").first.click()
        expect(plain.locator("#answer .own h2")).to_have_text("南京")
        plain.get_by_role("link", name="结束通话").click()
        plain.get_by_role("button", name="保存并结束").click()
        expect(plain.locator("#said")).to_have_text("通话已结束，记录已保存。")


@pytest.mark.parametrize("width", [1366, 820, 375])
def test_nothing_runs_off_the_side(page: Page, office: Office, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    _log_in(page, office)
    page.keyboard.type("报销多少")
    expect(page.locator("#answer .renderings")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
