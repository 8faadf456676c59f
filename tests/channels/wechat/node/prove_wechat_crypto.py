"""The webhook against the npm package `wechat-crypto`, by which Node programs seal and open WeChat messages.

Not part of `make test`, which downloads nothing of npm's: pytest collects it only when it is named. See README.md.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.wechat import replies
from bot.channels.wechat.protocol import read_xml
from tests.channels.wechat.webhook import (
    AES_KEY,
    APP_ID,
    STAMP,
    TOKEN,
    Bot,
    StartWebhook,
    Webhook,
    payload,
    text_payload,
)

HERE = Path(__file__).parent
PACKAGES = HERE.parents[3] / "build/node"
Call = Callable[..., dict[str, str]]


@pytest.fixture
def node() -> Iterator[Call]:
    """One process of Node with the package: `node("seal", text=...)`, `node("open", encrypt=...)`."""
    command = ["node", str(HERE / "wechat_crypto.js"), str(PACKAGES), TOKEN, AES_KEY, APP_ID]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, answers = process.stdin, process.stdout

        def call(name: str, **values: str) -> dict[str, str]:
            lines.write(json.dumps({"call": name, **STAMP, **values}) + "\n")
            lines.flush()
            answer: dict[str, str] = json.loads(answers.readline())
            return answer

        yield call
        lines.close()


def send(webhook: Webhook, node: Call, body: str) -> httpx.Response:
    """Deliver a body sealed and signed by the package."""
    sealed = node("seal", text=body)
    xml = f"<xml><ToUserName>gh_hospital</ToUserName><Encrypt><![CDATA[{sealed['encrypt']}]]></Encrypt></xml>"
    return webhook.post(xml, encrypt_type="aes", msg_signature=sealed["signature"])


def opened(response: httpx.Response, node: Call) -> dict[str, str]:
    """The fields inside a reply that the package has opened, its signature and AppID being right."""
    assert response.status_code == 200, response.text
    fields = read_xml(response.content)
    inside = node("open", encrypt=fields["Encrypt"], timestamp=fields["TimeStamp"], nonce=fields["Nonce"])
    assert (inside["signature"], inside["id"]) == (fields["MsgSignature"], APP_ID)
    return read_xml(inside["message"].encode())


@pytest.mark.parametrize("content", ["怎么备案？", "😀]]&gt;<![CDATA[<b>]]>", "医" * 683, "a"])
def test_the_package_and_the_webhook_understand_each_other(
    start: StartWebhook, node: Call, content: str
) -> None:
    webhook = start(aes_key=AES_KEY)
    fields = opened(send(webhook, node, text_payload(content)), node)
    asked = read_xml(text_payload(content).encode())["Content"]
    assert (fields["ToUserName"], fields["FromUserName"]) == ("oCitizen", "gh_hospital")
    assert (fields["Content"].split("（还有下文")[0].strip(), webhook.bot.texts) == (
        replies.split(f"回答：{asked}")[0].split("（还有下文")[0].strip(),
        [asked],
    )


@pytest.mark.parametrize("size", range(32))
def test_padding_of_every_size_is_understood(start: StartWebhook, node: Call, size: int) -> None:
    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "b" * (size + 1))

    webhook = start(Bot(says), aes_key=AES_KEY)
    fields = opened(send(webhook, node, text_payload("a" * (size + 1))), node)
    assert (webhook.bot.texts, fields["Content"]) == (["a" * (size + 1)], "b" * (size + 1))


@pytest.mark.parametrize("name", ["image", "voice", "location", "link", "subscribe", "scan", "click"])
def test_every_kind_of_message_is_answered(start: StartWebhook, node: Call, name: str) -> None:
    fields: dict[str, Any] = opened(send(start(aes_key=AES_KEY), node, payload(name)), node)
    assert fields["MsgType"] == "text"
    assert fields["Content"]


def test_an_event_that_asks_nothing_is_acknowledged(start: StartWebhook, node: Call) -> None:
    assert send(start(aes_key=AES_KEY), node, payload("unsubscribe")).text == "success"


def test_a_body_that_was_changed_on_its_way_is_refused(start: StartWebhook, node: Call) -> None:
    webhook = start(aes_key=AES_KEY)
    one, other = (node("seal", text=payload("text")) for _ in range(2))
    body = f"<xml><Encrypt>{other['encrypt']}</Encrypt></xml>"
    assert webhook.post(body, msg_signature=one["signature"]).status_code == 403
