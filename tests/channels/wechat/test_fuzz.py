"""Whatever the body, the webhook answers with a reply or one plain 4xx line, never with a 5xx or a traceback."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat.protocol import read_xml
from bot.channels.wechat.replies import HOLDING
from tests.channels.wechat.webhook import AES_KEY, APP_ID, TOKEN, StartWebhook, Webhook, payload
from tests.soak.bodies import bodies, odd_messages, spoilt_payloads

THEIRS = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
# `make soak` posts 5,000 to a spawned server; here a few, or as many as FUZZED_BODIES says.
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZED_BODIES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


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
    @given(bodies())
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
