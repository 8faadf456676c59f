"""Whatever the body, the webhook answers with a reply or one plain 4xx line, never with a 5xx or a traceback."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat.protocol import read_xml
from bot.channels.wechat.replies import HOLDING
from tests.channels.wechat.webhook import AES_KEY, APP_ID, PAYLOADS, TOKEN, StartWebhook, Webhook, payload

THEIRS = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
SEEDS = sorted(path.stem for path in PAYLOADS.glob("*.xml"))
PIECES = [
    b"<",
    b">",
    b"]]>",
    b"<![CDATA[",
    b"<!DOCTYPE x>",
    b"&a;",
    b"&#0;",
    b"\x00",
    b"\xff",
    b"</xml>",
    b"<a>" * 20,
]
TAGS = [
    "MsgType",
    "Event",
    "EventKey",
    "Content",
    "Label",
    "CreateTime",
    "MsgId",
    "Recognition",
    "Location_X",
]
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def spoilt_payloads(draw: st.DrawFn) -> bytes:
    """A real payload with a few pieces cut out or put in."""
    body = payload(draw(st.sampled_from(SEEDS))).encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 30)))
        body = body[:start] + draw(st.sampled_from(PIECES) | st.binary(max_size=8)) + body[end:]
    return body


@st.composite
def odd_messages(draw: st.DrawFn) -> bytes:
    """Well-formed messages with odd values in odd places."""
    kind = draw(st.sampled_from(["text", "event", "location", "voice", "x"]))
    values = draw(st.dictionaries(st.sampled_from(TAGS), st.text(max_size=40), max_size=6))
    values = {
        "ToUserName": "gh",
        "FromUserName": draw(st.text(min_size=1, max_size=30)),
        "MsgType": kind,
        **values,
    }
    root = Element("xml")
    for name, value in values.items():
        SubElement(root, name).text = value
    return tostring(root, encoding="unicode").encode("utf-8", "replace")


def content(body: bytes) -> str:
    """The text of a reply, encrypted or not."""
    fields = read_xml(body)
    if "Encrypt" in fields:
        stamp = (fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
        fields = read_xml(THEIRS.decrypt_message(body.decode(), *stamp).encode())
    return fields["Content"]


def is_polite(webhook: Webhook, body: bytes, **query: str) -> None:
    """Deliver a body and look at the response."""
    response = webhook.post(body, **query)
    assert response.status_code in (200, 400, 403, 413), response.text
    assert "Traceback" not in response.text
    if response.status_code != 200:
        assert "\n" not in response.text
    elif response.text != "success":
        # An answer to each that asks for one: the holding sentence would mean that some work was lost.
        assert content(response.content) != HOLDING


def test_any_bytes_get_a_polite_response(start: StartWebhook) -> None:
    webhook = start()

    @FUZZ
    @given(st.binary(max_size=300) | spoilt_payloads() | odd_messages())
    def fuzz(body: bytes) -> None:
        is_polite(webhook, body)

    fuzz()


def test_any_bytes_inside_safe_mode_get_a_polite_response(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)

    @FUZZ
    @given(spoilt_payloads() | odd_messages(), st.integers(0, 300))
    def fuzz(body: bytes, position: int) -> None:
        sealed = THEIRS.encrypt_message(body, "n0nce", "1767225600")
        signed = read_xml(sealed.encode())["MsgSignature"]
        is_polite(webhook, sealed.encode(), msg_signature=signed, encrypt_type="aes")
        torn = sealed.encode()
        is_polite(webhook, torn[:position] + torn[position + 1 :], msg_signature=signed, encrypt_type="aes")

    fuzz()


def test_any_query_gets_a_polite_response(start: StartWebhook) -> None:
    webhook = start()
    texts = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=30)

    @FUZZ
    @given(
        st.dictionaries(
            st.sampled_from(["signature", "timestamp", "nonce", "msg_signature", "openid"]), texts
        )
    )
    def fuzz(query: dict[str, str]) -> None:
        is_polite(webhook, payload("text").encode(), **query)

    fuzz()
