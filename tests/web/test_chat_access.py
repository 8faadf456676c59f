"""The chat page for every eye, finger, keyboard and screen: sizes, contrast, names, focus and layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.web.conftest import Chat


def test_the_first_view_fits_a_phone_without_scrolling(chat: Chat) -> None:
    expect(chat.page.locator(".places .chip").last).to_be_in_viewport(ratio=1)
    expect(chat.page.get_by_role("button", name="发送")).to_be_in_viewport(ratio=1)


def test_the_text_grows_and_the_choice_is_remembered(chat: Chat) -> None:
    def size() -> float:
        """The size of a bubble's text in CSS pixels."""
        bubble = chat.page.locator("#welcome .bubble")
        return float(bubble.evaluate("bubble => parseFloat(getComputedStyle(bubble).fontSize)"))

    sizes = [size()]
    for name in ("大字号", "特大字号"):
        chat.press_in_menu(name)
        sizes.append(size())
        chat.page.keyboard.press("Escape")
    assert sizes[0] >= 17
    assert sizes == sorted(set(sizes))
    chat.page.reload()
    assert size() == sizes[-1]
    expect(chat.page.locator("[data-size=largest][aria-pressed]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("size", ["normal", "large", "largest"])
def test_a_phone_never_scrolls_sideways(chat: Chat, size: str) -> None:
    reply = [
        {"text": "https://example.org/" + "a" * 200, "buttons": [{"title": "很" * 60, "payload": "x"}]},
        {"custom": {"sources": [{"document": "文" * 50, "section": "节", "precis": "b" * 200}]}},
    ]
    chat.server.script(replies={"宽": reply})
    chat.page.evaluate("size => localStorage.setItem('text-size', JSON.stringify(size))", size)
    chat.page.reload()
    chat.write("宽")
    chat.press("依据")
    wide = "() => [...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > 375.5)"
    assert chat.page.evaluate(f"({wide})().map(e => e.className || e.tagName)") == []
    assert chat.page.locator("#log").evaluate("log => log.scrollWidth - log.clientWidth") <= 0


def test_every_control_has_a_name_and_is_large_enough_for_a_finger(chat: Chat) -> None:
    chat.write("问")
    chat.press("依据")
    chat.page.get_by_label("菜单").click()
    controls = chat.page.locator("button:visible, textarea:visible")
    for control in controls.all():
        box = control.bounding_box()
        assert box is not None
        where = control.evaluate("e => e.outerHTML")
        assert box["height"] >= 44, where
        assert box["width"] >= 44, where
        named = "e => (e.ariaLabel || e.getAttribute('aria-label') || e.textContent).trim()"
        assert control.evaluate(named), where


def test_ids_are_unique_and_references_between_elements_hold(chat: Chat) -> None:
    chat.write("问")
    chat.write("问")
    expect(chat.answers).to_have_count(2)
    ids = chat.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    pointed = """["aria-controls", "aria-labelledby", "aria-describedby"].flatMap(
        name => [...document.querySelectorAll(`[${name}]`)].map(element => element.getAttribute(name)))"""
    assert set(chat.page.evaluate(pointed)) <= set(ids)
    assert chat.page.locator("html").get_attribute("lang") == "zh-CN"
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-live", "polite")


CONTRAST = """
() => {
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const numbers = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('.phone *')].filter(e => e.getClientRects().length
    && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  return texts.map(e => {
    const pair = [light(numbers(getComputedStyle(e).color)), light(ground(e))].sort((a, b) => b - a);
    return [(pair[0] + 0.05) / (pair[1] + 0.05), e.outerHTML.slice(0, 120)];
  }).filter(([ratio]) => ratio < 4.5);
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(chat: Chat, scheme: Literal["light", "dark"]) -> None:
    chat.page.emulate_media(color_scheme=scheme)
    chat.write("问")
    chat.press("依据")
    chat.server.script(failures=[500])
    chat.write("问")
    expect(chat.retry).to_be_visible()
    chat.box.fill("长" * 2001)
    chat.page.get_by_label("菜单").click()
    assert chat.page.evaluate(CONTRAST) == []


FOCUS = """
[document.activeElement.ariaLabel || (document.activeElement === document.body ? "BODY"
  : document.activeElement.textContent.trim()), getComputedStyle(document.activeElement).outlineStyle]
"""


def test_the_whole_page_is_reached_with_the_tab_key_and_focus_is_seen(chat: Chat) -> None:
    chat.write("问")
    expect(chat.answers).to_have_count(1)
    chat.page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(30):
        chat.page.keyboard.press("Tab")
        name, outline = chat.page.evaluate(FOCUS)
        reached.add(name)
        assert outline == "solid" or name == "BODY", name
    assert {"菜单", "对话", "淮安", "依据", "要带什么材料？", "输入您的问题", "发送"} <= reached


def test_a_desktop_shows_a_phone_wide_column_in_the_middle(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 1280, "height": 800})
    box = chat.page.locator(".phone").bounding_box()
    assert box is not None
    assert 400 <= box["width"] <= 560
    assert abs((box["x"] + box["width"] / 2) - 640) <= 1


def test_a_dialogue_leaves_the_console_clean_and_asks_no_other_host(chat: Chat) -> None:
    complaints: list[str] = []
    addresses: list[str] = []
    chat.page.on("console", lambda message: complaints.append(message.text))
    chat.page.on("pageerror", lambda error: complaints.append(str(error)))
    chat.page.on("request", lambda request: addresses.append(request.url))
    chat.page.reload()
    for text in ("问", "<b>坏</b>", "你好"):
        chat.write(text)
    expect(chat.answers).to_have_count(3)
    chat.press("依据")
    chat.press_in_menu("大字号")
    assert complaints == []
    assert addresses
    assert all(address.startswith(chat.server.address) for address in addresses), addresses
