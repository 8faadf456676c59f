"""The load generator: what it sends opens, and what it counts as answered is an answer."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from bench.load import AES_KEY, APP_ID, REST, TOKEN, WECHAT, Request, judge, requests
from bot.channels.wechat.protocol import SafeMode, sealed_reply, text_reply
from bot.channels.wechat.replies import FAILURE, HOLDING


def one(channel: str) -> Request:
    """The request of one message."""
    ((request,),) = requests(channel, "http://127.0.0.1:1", [["异地就医怎么备案"]])
    return request


def sealed(content: str, to: str) -> bytes:
    """A reply as our webhook gives it."""
    safe = SafeMode.from_text(AES_KEY, APP_ID)
    return sealed_reply(safe, TOKEN, text_reply(to, "gh", 1, content), 1, "n", b"0" * 16).encode()


def user(request: Request) -> str:
    """The openid in the address of a request."""
    return parse_qs(urlsplit(request.address).query)["openid"][0]


def test_another_implementation_can_open_what_is_sent() -> None:
    request = one(WECHAT)
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.address).query).items()}
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    opened = crypto.decrypt_message(
        request.body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]
    )
    message = parse_message(opened)
    assert (message.content, message.source) == ("异地就医怎么备案", query["openid"])


def test_no_two_messages_have_the_same_nonce_or_number() -> None:
    talks = list(requests(WECHAT, "http://127.0.0.1:1", [["一", "二"], ["三"]]))
    nonces = {parse_qs(urlsplit(r.address).query)["nonce"][0] for talk in talks for r in talk}
    assert len(nonces) == 3
    assert len({user(r) for talk in talks for r in talk}) == 2


@pytest.mark.parametrize("said", ["", FAILURE, HOLDING])
def test_a_reply_that_says_nothing_counts_as_failed(said: str) -> None:
    request = one(WECHAT)
    load = judge([(request, 0.1, sealed(said, user(request)))], 1)
    assert (load.latencies, load.failed) == ([], 1)


@pytest.mark.parametrize(
    "reply", [b"success", b"", b"<xml></xml>", "status 500: b''", sealed("备案", "somebody-else")]
)
def test_what_cannot_be_opened_or_is_not_for_the_user_counts_as_failed(reply: bytes | str) -> None:
    assert judge([(one(WECHAT), 0.1, reply)], 1).failed == 1


def test_an_answer_counts() -> None:
    request = one(WECHAT)
    load = judge([(request, 0.1, sealed("备案", user(request)))], 1)
    assert (load.latencies, load.failed, load.sent) == ([0.1], 0, ["异地就医怎么备案"])


def test_an_empty_list_of_rasa_counts_as_failed() -> None:
    request = one(REST)
    assert json.loads(request.body)["message"] == "异地就医怎么备案"
    assert judge([(request, 0.1, b"[]")], 1).failed == 1
    assert judge([(request, 0.1, b'[{"text": "hello"}]')], 1).failed == 0
