"""A conversation on the chat page: sending, options, sources, links, failures, history and clearing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.web.conftest import Chat

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script> javascript:alert(1)'


def test_the_first_view_says_what_this_is_and_offers_questions_tools_and_places(chat: Chat) -> None:
    expect(chat.page).to_have_title("异地就医小助手")
    expect(chat.page.get_by_role("heading", name="异地就医小助手")).to_be_visible()
    welcome = chat.page.locator("#welcome")
    for word in ("备案", "报销", "政策", "公开材料", "最终以医保局为准"):
        expect(welcome.locator(".bubble")).to_contain_text(word)
    expect(welcome.locator(".card")).to_have_count(3)
    expect(welcome.locator(".tool b")).to_have_text(["备案资格核对", "报销估算"])
    expect(welcome.locator(".places .chip")).to_have_text(["淮安", "高邮", "吴江", "南京", "厦门", "云南"])


def test_an_example_question_is_sent_with_one_tap(chat: Chat) -> None:
    chat.page.get_by_role("button", name="我是退休的，住在上海，要准备什么？").click()
    expect(chat.answers).to_have_text(["收到：我是退休的，住在上海，要准备什么？"])
    assert chat.told() == ["我是退休的，住在上海，要准备什么？"]


def test_a_place_tells_the_assistant_where_the_person_is_insured(chat: Chat) -> None:
    chat.press("吴江")
    expect(chat.questions).to_have_text(["我的参保地是吴江"])
    expect(chat.answers).to_have_count(1)
    assert chat.told() == ["我的参保地是吴江"]


def test_enter_sends_and_shift_enter_makes_a_new_line(chat: Chat) -> None:
    chat.box.focus()
    chat.page.keyboard.type("第一行")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("第二行")
    chat.page.keyboard.press("Enter")
    expect(chat.answers).to_have_text(["收到：第一行\n第二行"], use_inner_text=True)
    expect(chat.box).to_have_value("")
    expect(chat.box).to_be_focused()
    assert chat.told() == ["第一行\n第二行"]


def test_enter_while_choosing_a_character_sends_nothing(chat: Chat) -> None:
    chat.box.fill("beian")
    chat.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    chat.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    expect(chat.box).to_have_value("beian")
    expect(chat.questions).to_have_count(0)


def test_the_send_button_sends_and_blank_text_does_not(chat: Chat) -> None:
    chat.box.fill("   \n")
    chat.press("发送")
    expect(chat.questions).to_have_count(0)
    chat.box.fill("你好")
    chat.press("发送")
    expect(chat.answers).to_have_text(["收到：你好"])
    assert chat.told() == ["你好"]


def test_an_option_shows_its_title_and_sends_its_payload(chat: Chat) -> None:
    chat.write("问")
    chat.press("要带什么材料？")
    expect(chat.questions).to_have_text(["问", "要带什么材料？"])
    expect(chat.answers).to_have_count(2)
    assert chat.told() == ["问", "/faq/filing_papers"]


def test_options_of_an_older_answer_are_muted_but_still_work(chat: Chat) -> None:
    chat.write("问")
    chips = chat.page.locator(".turn .chips")
    expect(chips).to_be_visible()
    expect(chips).not_to_have_class(re.compile("older"))
    chat.write("再说")
    expect(chips).to_have_class(re.compile("older"))
    chips.get_by_role("button", name="报销估算").click()
    expect(chat.answers.last).to_have_text("收到：报销估算")


def test_the_sources_of_an_answer_unfold_under_it(chat: Chat) -> None:
    chat.write("问")
    toggle = chat.page.get_by_role("button", name="依据")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    sources = chat.page.locator(".sources li")
    expect(sources.first).to_be_hidden()
    toggle.focus()
    chat.page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(sources).to_have_count(2)
    for word in ("淮安市门诊通知", "第三条", "三级医院起付线 600 元。", "2025-11-20", "文件未写停止日期。"):
        expect(sources.first).to_contain_text(word)
    expect(sources.last).not_to_contain_text("说明")
    expect(sources.last).not_to_contain_text("null")


def test_addresses_and_telephones_are_links_and_amounts_are_not(chat: Chat) -> None:
    chat.write("问")
    links = chat.answers.locator("a")
    expect(links).to_have_text(["https://fuwu.nhsa.gov.cn/", "0517-12393", "12393"])
    found = [link.get_attribute("href") for link in links.all()]
    assert found == ["https://fuwu.nhsa.gov.cn/", "tel:0517-12393", "tel:12393"]
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    expect(chat.answers).to_contain_text("年度限额 12345 元。")


def test_hostile_text_stays_text_in_bubbles_options_and_sources(chat: Chat) -> None:
    source = {
        "document": HOSTILE,
        "section": HOSTILE,
        "precis": HOSTILE,
        "checked_on": HOSTILE,
        "note": HOSTILE,
    }
    reply = [
        {"text": HOSTILE, "buttons": [{"title": HOSTILE, "payload": "x"}]},
        {"custom": {"sources": [source]}},
    ]
    chat.server.script(replies={HOSTILE: reply})
    chat.write(HOSTILE)
    expect(chat.answers).to_have_text([HOSTILE])
    expect(chat.questions).to_have_text([HOSTILE])
    chat.press("依据")
    expect(chat.page.locator(".sources b")).to_have_text(HOSTILE)
    assert (
        chat.page.locator(".turn script, .turn .text img, .sources img, .chip img, .turn .text a").count()
        == 0
    )
    assert chat.page.evaluate("window.broken") is None


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_message_refused_by_the_server_is_sent_again_with_one_tap(chat: Chat, status: int) -> None:
    chat.server.script(failures=[status])
    chat.write("能报多少")
    expect(chat.retry).to_be_visible()
    expect(chat.questions).to_have_text(["能报多少"])
    expect(chat.page.locator(".typing")).to_have_count(0)
    chat.retry.click()
    expect(chat.answers).to_have_text(["收到：能报多少"])
    expect(chat.questions).to_have_text(["能报多少"])
    expect(chat.retry).to_have_count(0)
    assert chat.told() == ["能报多少", "能报多少"]


def test_an_empty_reply_offers_to_ask_again(chat: Chat) -> None:
    chat.write("空")
    expect(chat.page.get_by_role("button", name="没收到回答，点这里重发")).to_be_visible()


def test_an_answer_that_takes_twenty_seconds_is_given_up_and_can_be_asked_for_again(chat: Chat) -> None:
    chat.page.clock.install()
    chat.page.reload()
    chat.server.script(held=True)
    chat.write("慢")
    expect(chat.page.locator(".typing")).to_be_visible()
    chat.page.clock.fast_forward(19_000)
    expect(chat.page.locator(".typing")).to_be_visible()
    chat.page.clock.fast_forward(1_500)
    expect(chat.retry).to_be_visible()
    chat.server.script(held=False)
    chat.retry.click()
    expect(chat.answers).to_have_text(["收到：慢"])


def test_a_failed_message_survives_a_reload_with_its_retry(chat: Chat) -> None:
    chat.server.script(failures=[500])
    chat.write("别丢了")
    expect(chat.retry).to_be_visible()
    chat.page.reload()
    expect(chat.questions).to_have_text(["别丢了"])
    chat.retry.click()
    expect(chat.answers).to_have_text(["收到：别丢了"])


def test_a_second_message_waits_for_the_first_answer(chat: Chat) -> None:
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.method))
    chat.server.script(held=True)
    chat.write("一")
    chat.write("二")
    expect(chat.questions).to_have_text(["一", "二"])
    expect(chat.page.locator(".typing")).to_have_count(1)
    assert sent.count("POST") == 1
    chat.server.script(held=False)
    expect(chat.answers).to_have_text(["收到：一", "收到：二"])
    assert chat.server.heard("events") == ["told 一", "answered 一", "told 二", "answered 二"]


def test_three_dots_with_a_spoken_text_show_while_waiting(chat: Chat) -> None:
    chat.server.script(held=True)
    chat.write("在吗")
    expect(chat.page.locator(".typing .dots i")).to_have_count(3)
    expect(chat.page.locator(".typing")).to_contain_text("小助手正在输入")
    chat.server.script(held=False)
    expect(chat.answers).to_have_count(1)
    expect(chat.page.locator(".typing")).to_have_count(0)


def test_a_banner_tells_when_the_network_is_gone(chat: Chat) -> None:
    banner = chat.page.locator("#offline")
    expect(banner).to_be_hidden()
    chat.page.context.set_offline(True)
    expect(banner).to_be_visible()
    chat.write("断网时说的")
    expect(chat.retry).to_be_visible()
    chat.page.context.set_offline(False)
    expect(banner).to_be_hidden()
    chat.retry.click()
    expect(chat.answers).to_have_text(["收到：断网时说的"])


def test_a_reload_shows_the_conversation_again_under_the_same_id(chat: Chat) -> None:
    chat.write("问")
    expect(chat.answers).to_have_count(1)
    chat.page.reload()
    expect(chat.questions).to_have_text(["问"])
    expect(chat.answers).to_contain_text(["可以报销。"])
    chat.press("依据")
    expect(chat.page.locator(".sources li").first).to_be_visible()
    chat.press("要带什么材料？")
    expect(chat.answers).to_have_count(2)
    senders = {message["sender"] for message in chat.server.heard("told")}
    assert len(senders) == 1
    assert UUID4.fullmatch(senders.pop())


def test_clearing_my_information_asks_the_assistant_and_then_empties_the_history(chat: Chat) -> None:
    chat.write("我退休了")
    expect(chat.answers).to_have_count(1)
    chat.press_in_menu("清除我的信息")
    expect(chat.answers).to_have_text(["收到：清除我的信息"])
    expect(chat.questions).to_have_count(0)
    assert chat.told() == ["我退休了", "清除我的信息"]
    assert "我退休了" not in chat.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    chat.page.reload()
    expect(chat.page.locator("#welcome")).to_be_visible()
    expect(chat.page.get_by_text("我退休了")).to_have_count(0)


def test_a_failed_clearing_loses_nothing(chat: Chat) -> None:
    chat.write("我退休了")
    expect(chat.answers).to_have_count(1)
    chat.server.script(failures=[500])
    chat.press_in_menu("清除我的信息")
    expect(chat.retry).to_be_visible()
    expect(chat.questions).to_have_text(["我退休了", "清除我的信息"])


def test_the_menu_asks_for_my_information_and_closes_with_escape(chat: Chat) -> None:
    chat.press_in_menu("我的信息")
    expect(chat.answers).to_have_text(["收到：我的信息"])
    menu_button = chat.page.get_by_label("菜单")
    menu_button.click()
    expect(menu_button).to_have_attribute("aria-expanded", "true")
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#menu")).to_be_hidden()
    expect(menu_button).to_be_focused()


def test_more_than_two_thousand_characters_are_kept_and_kindly_refused(chat: Chat) -> None:
    chat.write("长" * 2001)
    expect(chat.page.locator("#note")).to_contain_text("2000个字")
    expect(chat.questions).to_have_count(0)
    assert len(chat.box.input_value()) == 2001
    chat.write("长" * 2000)
    expect(chat.page.locator("#note")).to_be_hidden()
    expect(chat.answers).to_have_count(1)
    assert [len(text) for text in chat.told()] == [2000]


def test_the_time_is_shown_anew_after_a_long_silence(chat: Chat) -> None:
    chat.page.clock.install(time="2025-11-20T09:05:00")
    chat.page.reload()
    chat.page.evaluate("sessionStorage.clear()")
    chat.page.reload()
    chat.write("早")
    expect(chat.answers).to_have_count(1)
    expect(chat.page.locator(".when")).to_have_text(["09:05"])
    chat.page.clock.set_fixed_time("2025-11-20T09:30:00")
    chat.write("还在吗")
    expect(chat.answers).to_have_count(2)
    expect(chat.page.locator(".when")).to_have_text(["09:05", "09:30"])
    chat.page.clock.set_fixed_time("2025-11-21T10:00:00")
    chat.page.reload()
    expect(chat.page.locator(".when")).to_have_text(["昨天 09:05", "昨天 09:30"])
