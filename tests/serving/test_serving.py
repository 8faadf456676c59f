"""The assistant as it is run: `python -m bot serve` on a free port, over HTTP, with its database in a file."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

ROOT = Path(__file__).parents[2]
TOKEN, APP_ID, AES_KEY = "serving123", "wx0123456789abcdef", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID, ACCOUNT = "oCitizen-of-the-serving-test", "gh_account"
ID_NUMBER, PHONE, CARD, NAME = "11010519491231002X", "13812345678", "6222021234567890123", "王小明"
# Loading Rasa and TensorFlow takes 10 s here, and several times that on a busy machine.
LONGEST_START_S = 240


def fresh_stamp() -> dict[str, str]:
    """The timestamp and the nonce of a request of now, which no other request has."""
    return {"timestamp": str(int(time.time())), "nonce": uuid.uuid4().hex}


@dataclass
class Served:
    """The assistant's process, its database and log, and what people send to it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    safe: bool = False
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything that its processes have printed."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self, *, safe: bool = False) -> None:
        """Kill the process that runs, without a warning, and start one over the same database."""
        self.kill()
        self.safe = safe
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WECHAT_")},
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{self.folder}/assistant.db",
            "SECRET_KEY": "the key of the serving test",
            "WECHAT_TOKEN": TOKEN,
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_ENCODING_AES_KEY": AES_KEY if safe else "",
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self._wait()

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + LONGEST_START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"The server ended:\n{self.log}"
            try:
                if self.client.get(f"{self.address}/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        pytest.fail(f"The server was not ready after {LONGEST_START_S} s:\n{self.log}")

    def rest(self, text: str, sender: str) -> str:
        """Send a text over the REST channel: the texts of the reply."""
        response = self.client.post(
            f"{self.address}/webhooks/rest/webhook", json={"sender": sender, "message": text}
        )
        assert response.status_code == 200, response.text
        return "\n".join(message.get("text", "") for message in response.json())

    def post(self, body: str | bytes, **query: str) -> httpx.Response:
        """Deliver a body to the WeChat webhook, signed unless the test gives a signature."""
        stamp = {**fresh_stamp(), **query}
        signed = signature(stamp["timestamp"], stamp["nonce"])
        params = {"openid": OPENID, "signature": signed, **stamp}
        content = body.encode() if isinstance(body, str) else body
        return self.client.post(f"{self.address}/webhooks/wechat/webhook", params=params, content=content)

    def wechat(self, text: str) -> str:
        """Send a text through WeChat, encrypted where the server runs in safe mode: the content of the reply."""
        body = text_message(text, next(self.numbers))
        if not self.safe:
            return content(self.post(body))
        crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        stamp = fresh_stamp()
        sealed = crypto.encrypt_message(body, stamp["nonce"], stamp["timestamp"])
        seal = fromstring(sealed)
        sent = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{seal.findtext('Encrypt')}</Encrypt></xml>"
        signed = seal.findtext("MsgSignature") or ""
        answer = self.post(sent, encrypt_type="aes", msg_signature=signed, **stamp)
        assert answer.status_code == 200, answer.text
        reply = fromstring(answer.text)
        seals = [reply.findtext(part) for part in ("MsgSignature", "TimeStamp", "Nonce")]
        return str(parse_message(crypto.decrypt_message(answer.text, *seals)).content)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        with closing(sqlite3.connect(self.folder / "assistant.db")) as database:
            return database.execute(query).fetchall()

    def heard(self, text: str) -> int:
        """How often the dialogue took in this message."""
        events = (
            json.loads(data) for (data,) in self.rows("SELECT data FROM events WHERE type_name = 'user'")
        )
        return sum(event["text"] == text for event in events)


def signature(*parts: str) -> str:
    """WeChat's signature, written down here once more so that the code is not its own judge."""
    return hashlib.sha1("".join(sorted((TOKEN, *parts))).encode(), usedforsecurity=False).hexdigest()


def text_message(text: str, number: int) -> str:
    """A text message as WeChat sends it."""
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
        f"<CreateTime>1767225600</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId></xml>"
    )


def content(response: httpx.Response) -> str:
    """The content of a passive text reply to our citizen."""
    assert response.status_code == 200, response.text
    reply = fromstring(response.text)
    addressed = [reply.findtext(part) for part in ("ToUserName", "FromUserName", "MsgType")]
    assert addressed == [OPENID, ACCOUNT, "text"]
    return reply.findtext("Content") or ""


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One assistant for the tests of this module; not started yet."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    served = Served(tmp_path_factory.mktemp("serving"), port)
    yield served
    served.kill()
    served.client.close()


@pytest.fixture
def server(process: Served) -> Served:
    """The assistant, accepting plaintext."""
    if process.process is None or process.safe:
        process.start()
    return process


@pytest.fixture
def safe_server(process: Served) -> Served:
    """The assistant, in WeChat's safe mode."""
    if process.process is None or not process.safe:
        process.start(safe=True)
    return process


def test_it_says_that_it_can_answer_and_where(server: Served) -> None:
    assert server.client.get(f"{server.address}/healthz").json() == {"status": "ok"}
    assert f"{server.address}/webhooks/wechat/webhook" in server.log


def test_the_chat_page_is_served_with_the_places(server: Served) -> None:
    page = server.client.get(f"{server.address}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "我的参保地是吴江" in page.text


def test_the_rest_channel_estimates_from_one_sentence(server: Served) -> None:
    said = server.rest("我淮安退休，三甲看门诊花了三千五能报多少", "rest-estimate")
    # (3,500 − 600) × 65 %
    assert "1,885 元" in said
    assert "依据：" in said


def test_wechat_proves_the_endpoint_with_the_token(server: Served) -> None:
    stamp = fresh_stamp()
    query = {**stamp, "signature": signature(*stamp.values()), "echostr": "8723"}
    asked = server.client.get(f"{server.address}/webhooks/wechat/webhook", params=query)
    assert (asked.status_code, asked.text) == (200, "8723")
    query["signature"] = signature("somebody", "else")
    assert server.client.get(f"{server.address}/webhooks/wechat/webhook", params=query).status_code == 403


def test_a_signed_message_is_answered_with_a_tappable_reply(server: Served) -> None:
    said = server.wechat("没备案就去外地看病还能报销吗")
    assert "依据：" in said
    assert "weixin://bizmsgmenu?msgmenucontent=" in said


def test_a_message_with_a_bad_signature_is_refused_and_not_heard(server: Served) -> None:
    body = text_message("这一句没有签名", next(server.numbers))
    refused = server.post(body, signature=signature("1", "2"))
    assert refused.status_code == 403
    assert "\n" not in refused.text
    assert server.heard("这一句没有签名") == 0


def test_a_message_delivered_three_times_gets_one_answer_and_is_handled_once(server: Served) -> None:
    body = text_message("备案有效期是多久呀", next(server.numbers))
    replies = {server.post(body).content for _ in range(3)}
    assert len(replies) == 1
    assert server.heard("备案有效期是多久呀") == 1


def test_personal_data_is_neither_in_the_database_nor_in_the_log(server: Served) -> None:
    server.wechat(f"我叫{NAME}，身份证{ID_NUMBER}，手机{PHONE}，社保卡{CARD}，我在上海看病要备案吗")
    server.rest(f"{PHONE} 帮我查一下 {ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}", "rest-personal")
    server.rest(f"asdf {PHONE} qwer", "rest-personal")
    assert server.heard("我叫[姓名]，身份证[身份证号]，手机[手机号]，社保卡[卡号]，我在上海看病要备案吗") == 1
    kept = b"".join(path.read_bytes() for path in server.folder.iterdir())
    escaped = json.dumps(NAME).strip('"')
    for secret in (ID_NUMBER, ID_NUMBER[6:14], PHONE, CARD, NAME, escaped, OPENID):
        assert secret.encode() not in kept, f"{secret} was written down"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("", "没收到文字", id="nothing"),
        pytest.param("   \n ", "没收到文字", id="only spaces"),
        pytest.param("😀😀😀", "没看懂", id="only emoji"),
        pytest.param("？？？", "没看懂", id="only punctuation"),
        pytest.param("去上海看病要不要备案" * 1000, "", id="10,000 characters"),
    ],
)
def test_odd_texts_get_a_polite_answer_on_both_channels(server: Served, text: str, answer: str) -> None:
    for said in (server.wechat(text), server.rest(text, f"rest-odd-{len(text)}")):
        assert said
        assert answer in said
        assert "系统忙" not in said


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("", 400, id="empty"),
        pytest.param("notxml", 400, id="not XML"),
        pytest.param("<xml></xml>", 400, id="no fields"),
        pytest.param('<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', 400, id="entities"),
        pytest.param(b"\xff\xfe\x00", 400, id="no UTF-8"),
        pytest.param(b"<xml>" + b"a" * 1_000_000 + b"</xml>", 413, id="a million bytes"),
    ],
)
def test_a_body_that_is_no_message_is_refused_in_one_line(
    server: Served, body: str | bytes, status: int
) -> None:
    refused = server.post(body)
    assert refused.status_code == status
    assert "\n" not in refused.text


@pytest.mark.parametrize(
    "body", [b"notjson", b"[]", b'{"sender": 5, "message": "hi"}', b'"', b"\xff" * 20, b'{"a": ' * 100_000]
)
def test_a_rest_body_that_is_no_message_is_refused_with_what_to_send(server: Served, body: bytes) -> None:
    refused = server.client.post(f"{server.address}/webhooks/rest/webhook", content=body)
    assert refused.status_code == 400
    assert "error" in refused.json()


def test_an_unknown_address_is_a_plain_404(server: Served) -> None:
    missing = server.client.get(f"{server.address}/nowhere")
    assert missing.status_code == 404
    assert "Traceback" not in missing.text


def test_a_conversation_goes_on_mid_form_after_the_server_was_killed(server: Served) -> None:
    server.wechat("清除我的信息")
    assert "参保地" in server.wechat("备案资格核对")
    assert "因为什么" in server.wechat("淮安")
    server.start(safe=True)
    assert "退休" in server.wechat("长期住在那边")
    assert "户口" in server.wechat("已退休")
    assert "异地安置退休人员" in server.wechat("户口迁了")


def test_safe_mode_refuses_plaintext(safe_server: Served) -> None:
    refused = safe_server.post(text_message("你好", next(safe_server.numbers)))
    assert (refused.status_code, refused.text) == (
        403,
        "Plaintext is refused: this endpoint is in safe mode.",
    )


def test_wechatpy_can_ask_in_safe_mode(safe_server: Served) -> None:
    safe_server.wechat("算了")
    assert "依据：" in safe_server.wechat("医保断缴了还能异地就医吗")


def test_nothing_broke_inside_while_all_this_was_going_on(safe_server: Served) -> None:
    assert "Traceback" not in safe_server.log
    assert "could not be handled" not in safe_server.log
