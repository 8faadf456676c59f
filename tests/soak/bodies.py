"""Bodies that no WeChat sends: spoilt payloads, odd messages, and shapes that break careless parsers."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from xml.etree.ElementTree import Element, SubElement, tostring

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.channels.wechat.webhook import PAYLOADS, payload
from tests.soak.server import Server

SEEDS = sorted(path.stem for path in PAYLOADS.glob("*.xml"))
_PIECES = [
    b"<",
    b">",
    b"]]>",
    b"<![CDATA[",
    b"<!DOCTYPE x>",
    b"<!ENTITY a 'b'>",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"&a;",
    b"&#0;",
    b"&#x10FFFF;",
    b"&lt;",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"</xml>",
    b"<xml>",
    b"<a>" * 20,
    b"9" * 400,
    b"-1e309",
    "๑\u202e\ufeff".encode(),
]
_TAGS = [
    "ToUserName",
    "FromUserName",
    "MsgType",
    "Event",
    "EventKey",
    "Content",
    "Label",
    "CreateTime",
    "MsgId",
    "Recognition",
    "Location_X",
    "Location_Y",
    "Scale",
    "Encrypt",
    "bizmsgmenuid",
]
_KINDS = ["text", "event", "location", "voice", "image", "link", "video", "x"]
_NUMBERS = ["0", "-1", "9" * 5000, "1e999", "NaN", "0x7f", "１２", "1_0", "", " 1 ", "1767225600"]
_ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "big5", "shift_jis", "latin-1"]
_BOMB = (
    "<!DOCTYPE x [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"
    "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><Content>&c;</Content></xml>"
)


@st.composite
def spoilt_payloads(draw: st.DrawFn) -> bytes:
    """A real payload with a few pieces cut out or put in."""
    body = payload(draw(st.sampled_from(SEEDS))).encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 30)))
        body = body[:start] + draw(st.sampled_from(_PIECES) | st.binary(max_size=8)) + body[end:]
    return body


@st.composite
def cut_or_doubled_payloads(draw: st.DrawFn) -> bytes:
    """A real payload that ends too early, has a stretch twice, or has two payloads' fields."""
    body = payload(draw(st.sampled_from(SEEDS))).encode()
    start, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
    other = payload(draw(st.sampled_from(SEEDS))).encode().removeprefix(b"<xml>")
    mixed = body.rstrip().removesuffix(b"</xml>") + other
    return draw(st.sampled_from([body[:end], body[:end] + body[start:], mixed]))


@st.composite
def odd_messages(draw: st.DrawFn) -> bytes:
    """Well-formed messages with odd values in odd places, some tags twice, in one of many encodings."""
    values = st.text(max_size=40) | st.sampled_from(_NUMBERS)
    named = [
        ("ToUserName", "gh"),
        ("FromUserName", draw(st.text(min_size=1, max_size=30))),
        ("MsgType", draw(st.sampled_from(_KINDS))),
        *draw(st.lists(st.tuples(st.sampled_from(_TAGS), values), max_size=8)),
    ]
    root = Element("xml")
    for name, value in named:
        SubElement(root, name).text = value
    return tostring(root, encoding="unicode").encode(draw(st.sampled_from(_ENCODINGS)), "replace")


@st.composite
def monsters(draw: st.DrawFn) -> bytes:
    """Deep, long, expanding and declared otherwise than written; up to 1 MB."""
    size = draw(st.sampled_from([10, 1_000, 20_000, 65_536, 300_000, 1_000_000]))
    tag, kind = draw(st.sampled_from(_TAGS)), draw(st.sampled_from(_KINDS))
    head = f"<xml><ToUserName>gh</ToUserName><FromUserName>o{size}</FromUserName><MsgType>{kind}</MsgType>"
    shapes = [
        "<a>" * (size // 3),
        f"{head}{'<a>' * (size // 7)}{'</a>' * (size // 7)}</xml>",
        f"{head}<{tag}>{'长' * (size // 3)}</{tag}></xml>",
        f"{head}<{tag}>{'&#25105;' * (size // 8)}</{tag}></xml>",
        f"{head}{f'<{tag}>1</{tag}>' * (size // (2 * len(tag) + 6))}</xml>",
        f"<xml {' '.join(f'a{number}=' + chr(34) * 2 for number in range(min(size, 20_000) // 8))}/>",
        f"<?xml version='1.0' encoding='{draw(st.sampled_from(_ENCODINGS))}'?>{head}</xml>",
        f"<!--{'-' * size}",
        f"{head}<![CDATA[{']' * size}",
        _BOMB,
    ]
    return draw(st.sampled_from(shapes)).encode()


def bodies() -> st.SearchStrategy[bytes]:
    """Any of them."""
    return (
        st.binary(max_size=300)
        | spoilt_payloads()
        | spoilt_payloads()
        | cut_or_doubled_payloads()
        | odd_messages()
        | odd_messages()
        | monsters()
    )


def post_all(server: Server, count: int, samples: int = 10) -> tuple[Counter[int], list[float]]:
    """Post so many bodies, signed: how often which status came, and the server's memory on the way."""
    statuses: Counter[int] = Counter()
    memory = [server.memory]
    # A connection for each, as WeChat has it: the server closes the one that brought too much.
    alone = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(trust_env=False, timeout=60, limits=alone) as client:

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(bodies())
        def post(body: bytes) -> None:
            stamp = {"timestamp": str(int(time.time())), "nonce": uuid.uuid4().hex}
            query = {"signature": server.account.signature(*stamp.values()), "openid": "oFuzz", **stamp}
            response = client.post(server.webhook, params=query, content=body)
            statuses[response.status_code] += 1
            assert "Traceback" not in response.text
            assert response.status_code == 200 or "\n" not in response.text
            if sum(statuses.values()) % max(1, count // samples) == 0:
                memory.append(server.memory)

        post()
    return statuses, memory
