"""From the bot's messages to one text: links that cannot break, and cuts at sensible places."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.replies import CONTINUE_LINK, TEXT_LIMIT, compose, is_continue, option, split

TAIL = "\n\n" + CONTINUE_LINK


def all_parts(text: str) -> list[str]:
    """The replies that a text takes, without the hint at the end of each."""
    parts = []
    while text:
        head, text = split(text)
        assert len(head.encode()) <= TEXT_LIMIT
        assert head.endswith(TAIL) == bool(text)
        parts.append(head.removesuffix(TAIL))
    return parts


def test_an_option_carries_its_text_encoded_and_its_number() -> None:
    assert option(2, "三级", "三级 & 100%") == (
        '2. <a href="weixin://bizmsgmenu?msgmenucontent=%E4%B8%89%E7%BA%A7%20%26%20100%25&msgmenuid=2">三级</a>'
    )


def test_a_label_cannot_end_its_link() -> None:
    assert option(1, "a</a>\n<b", "x").endswith(">a＜/a＞ ＜b</a>")


def test_numbers_run_on_through_the_whole_reply() -> None:
    text = compose(
        [
            {"text": "一", "buttons": [{"title": "甲"}, {"title": "乙", "payload": "/b"}]},
            {"buttons": [{"title": "丙"}]},
        ]
    )
    assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == ["1", "2", "3"]
    assert "msgmenucontent=%2Fb&" in text


def test_a_button_with_an_address_is_a_web_link_and_addresses_in_texts_stay() -> None:
    text = compose(
        [{"text": "见 https://fuwu.nhsa.gov.cn/ ", "buttons": [{"title": "去", "url": 'https://a/?b="c'}]}]
    )
    assert text == '见 https://fuwu.nhsa.gov.cn/\n\n1. <a href="https://a/?b=%22c">去</a>'


def test_pictures_and_attachments_are_given_as_addresses_and_custom_data_is_left_out() -> None:
    messages = [
        {"image": "https://a/b.png"},
        {"attachment": "https://a/c.pdf"},
        {"custom": {"source": 1}},
        {},
    ]
    assert compose(messages) == "https://a/b.png\n\nhttps://a/c.pdf"


@pytest.mark.parametrize("size", [TEXT_LIMIT - 1, TEXT_LIMIT])
def test_a_text_up_to_the_limit_is_not_split(size: int) -> None:
    assert split("a" * size) == ("a" * size, "")


def test_a_text_one_byte_over_the_limit_is_split() -> None:
    head, rest = split("a" * (TEXT_LIMIT + 1))
    assert (len(head.encode()), head.endswith(TAIL), set(rest)) == (TEXT_LIMIT, True, {"a"})


def test_a_split_prefers_a_paragraph_then_a_sentence() -> None:
    paragraphs = ["先备案。" * 40, "再看病。" * 40, "后报销。" * 40, "留发票。" * 40, "问电话。" * 40]
    assert all_parts("\n\n".join(paragraphs)) == ["\n\n".join(paragraphs[:4]), paragraphs[4]]
    sentences = "先备案再看病后报销。" * 100
    assert all(part.endswith("。") for part in all_parts(sentences))


def test_a_split_never_tears_an_option() -> None:
    lines = [option(number, f"选项{number}", "我的参保地是淮安" * 2) for number in range(1, 30)]
    parts = all_parts("请选一项：\n\n" + "\n".join(lines))
    assert len(parts) > 1
    for part in parts:
        assert part.count("<a ") == part.count("</a>")
    assert [
        line for part in parts for line in part.split("\n") if line.startswith(tuple("123456789"))
    ] == lines


def test_a_long_option_that_does_not_fit_goes_whole_into_the_rest() -> None:
    text, long_option = "字" * 300, option(1, "长", "长" * 150)
    assert split(f"{text}\n{long_option}") == (text + TAIL, long_option)


def test_a_split_does_not_end_inside_an_address_or_after_an_options_number() -> None:
    text = "字" * 400 + "https://example.org/a?b=c!d;e" * 30 + "\n1. " + "字" * 400
    head, _ = split(text)
    assert not head.removesuffix(TAIL).endswith(("?", "!", ";", "1."))


def test_a_link_longer_than_a_reply_still_comes_to_an_end() -> None:
    assert "".join(all_parts(option(1, "长", "长" * 2000))) == option(1, "长", "长" * 2000)


@given(st.text(alphabet="医a。\n <>/a1.?😀", min_size=1, max_size=3000))
def test_the_parts_of_any_text_hold_all_of_it(text: str) -> None:
    together = "".join(all_parts(text.strip()))
    assert re.sub(r"\s", "", together) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("text", ["继续", " 继续 ", "“继续”", '"继续"', "继续。", "继续！"])
def test_continue_is_understood_as_people_write_it(text: str) -> None:
    assert is_continue(text)


@pytest.mark.parametrize("text", ["", "继续吧？", "不继续", "继续教育"])
def test_other_texts_are_not_continue(text: str) -> None:
    assert not is_continue(text)
