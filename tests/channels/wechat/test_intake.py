"""What the channel does with each message, beyond what the webhook's own tests show."""

from __future__ import annotations

import pytest

from bot.channels.wechat import replies
from bot.channels.wechat.intake import Ask, Say, intake
from bot.channels.wechat.messages import read_message
from bot.channels.wechat.protocol import read_xml
from tests.channels.wechat.webhook import payload


def take(body: str) -> Ask | Say | None:
    """What a body asks for where the scene huaian-1 is a poster in 淮安."""
    return intake(read_message(read_xml(body.encode())), {"huaian-1": "我的参保地是淮安"})


def test_an_unknown_scene_is_a_greeting() -> None:
    assert take(payload("scan").replace("huaian-1", "lost-poster")) == Ask("你好")


def test_a_location_without_a_label_is_asked_for_in_words() -> None:
    assert take(payload("location").replace("上海市黄浦区人民大道", "")) == Say(replies.NO_LABEL)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [("/::)", "／::)"), ("/:rose 谢谢", "／:rose 谢谢"), ("/greet", "/greet"), ("1/2", "1/2")],
)
def test_an_emoticon_of_wechat_is_not_taken_for_an_intent_of_rasa(typed: str, asked: str) -> None:
    assert take(payload("text").replace("我是退休的，住在上海，要准备什么？", typed)) == Ask(asked)
