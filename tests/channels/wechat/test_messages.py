"""Each literal payload as the typed message it stands for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.wechat import messages
from bot.channels.wechat.errors import BadBody
from bot.channels.wechat.messages import Envelope, Message, read_message
from bot.channels.wechat.protocol import read_xml
from tests.channels.wechat.webhook import payload, text_payload


def read(body: str) -> Message:
    """The message in a body."""
    return read_message(read_xml(body.encode()))


@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [
        ("text", "Text", {"content": "我是退休的，住在上海，要准备什么？", "menu_id": ""}),
        ("text_tapped", "Text", {"content": "南京", "menu_id": "2"}),
        ("image", "Image", {"pic_url": "http://mmbiz.qpic.cn/picture/0", "media_id": "media_image"}),
        ("voice", "Voice", {"media_id": "media_voice", "format": "amr", "recognition": ""}),
        (
            "voice_recognised",
            "Voice",
            {"media_id": "media_voice", "format": "amr", "recognition": "怎么备案？"},
        ),
        ("video", "Video", {"media_id": "media_video", "thumb_media_id": "media_thumb", "short": False}),
        ("shortvideo", "Video", {"media_id": "media_video", "thumb_media_id": "media_thumb", "short": True}),
        (
            "location",
            "Location",
            {"latitude": 31.235929, "longitude": 121.480539, "scale": "16", "label": "上海市黄浦区人民大道"},
        ),
        (
            "link",
            "Link",
            {"title": "异地就医指南", "description": "怎样备案", "url": "https://mp.weixin.qq.com/s/guide"},
        ),
        ("unknown_message", "Unknown", {"kind": "hologram", "is_event": False}),
        ("subscribe", "Subscribe", {"scene": ""}),
        ("subscribe_scene", "Subscribe", {"scene": "huaian-1"}),
        ("unsubscribe", "Unsubscribe", {}),
        ("scan", "Scan", {"scene": "huaian-1"}),
        ("click", "Click", {"event_key": "报销估算"}),
        ("view", "View", {"url": "https://example.org/"}),
        (
            "location_report",
            "LocationReport",
            {"latitude": 31.235929, "longitude": 121.480539, "precision": 65.0},
        ),
        ("unknown_event", "Unknown", {"kind": "TEMPLATESENDJOBFINISH", "is_event": True}),
    ],
)
def test_a_payload_is_read_as_its_type(name: str, kind: str, fields: dict[str, Any]) -> None:
    message = read(payload(name))
    assert message == getattr(messages, kind)(message.envelope, **fields)
    assert (message.envelope.account, message.envelope.openid) == ("gh_hospital", "oCitizen")
    assert message.envelope.created_at == 1767225600


def test_the_identity_of_a_message_is_its_msgid() -> None:
    assert read(payload("text")).envelope.identity == "23501234567890123"


def test_the_identity_of_an_event_tells_event_key_and_second_apart() -> None:
    click = payload("click")
    variants = [
        click,
        click.replace("CLICK", "SCAN"),
        click.replace("估算", "核对"),
        click.replace("600", "601"),
    ]
    assert len({read(body).envelope.identity for body in variants}) == 4
    assert read(click).envelope.identity == read(click).envelope.identity


@pytest.mark.parametrize("missing", ["ToUserName", "FromUserName", "MsgType"])
def test_a_message_without_sender_account_or_kind_is_refused(missing: str) -> None:
    with pytest.raises(BadBody, match=missing):
        read(payload("text").replace(missing, "Other"))


@pytest.mark.parametrize("number", ["", "x", "9" * 400, "-1", "²", "1e999", "nan"])
def test_numbers_that_are_none_do_no_harm(number: str) -> None:
    located = read(payload("location").replace("31.235929", number).replace("1767225600", number))
    assert isinstance(located, messages.Location)
    assert (located.envelope.created_at, located.latitude) in ((0, None), (0, -1.0))


def test_no_repr_shows_the_openid_or_what_the_user_wrote() -> None:
    shown = repr(read(text_payload("我有高血压")))
    assert "oCitizen" not in shown
    assert "高血压" not in shown
    assert repr(Envelope("gh", "oCitizen", 1, "7")) == "Envelope(account='gh', created_at=1)"
