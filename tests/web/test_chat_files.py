"""What the server sends for the chat page: files, types, caching and security headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from tests.web.conftest import Server


def test_the_page_has_no_inline_code_or_style_and_names_only_its_own_files(chat_server: Server) -> None:
    html = httpx.get(chat_server.address).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", html)
    assert not re.search(r"user-scalable|maximum-scale", html)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert addresses
    for address in addresses:
        assert re.fullmatch(r"/static/[\w.]+\?v=[0-9a-f]{16}", address)
        assert httpx.get(chat_server.address + address).status_code == 200


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/chat.css", "text/css; charset=utf-8"),
        ("/static/chat.js", "text/javascript; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
    ],
)
def test_every_file_has_its_type_and_the_security_headers(
    chat_server: Server, path: str, content_type: str
) -> None:
    answer = httpx.get(chat_server.address + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert httpx.head(chat_server.address + path).status_code == 200


def test_a_browser_keeps_fingerprinted_files_and_asks_for_the_page_anew(chat_server: Server) -> None:
    first = httpx.get(chat_server.address)
    assert first.headers["cache-control"] == "no-cache"
    again = httpx.get(chat_server.address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    script = re.search(r"/static/chat\.js\?v=\w+", first.text)
    assert script is not None
    assert "immutable" in httpx.get(chat_server.address + script.group()).headers["cache-control"]
    assert (
        "immutable" not in httpx.get(f"{chat_server.address}/static/chat.js?v=old").headers["cache-control"]
    )


@pytest.mark.parametrize("name", ["chat.html", "nothing.js", "..%2Fchat.py", "%2e%2e/chat.py", "chat.py"])
def test_nothing_but_the_pages_own_files_is_served(chat_server: Server, name: str) -> None:
    assert httpx.get(f"{chat_server.address}/static/{name}").status_code == 404


def test_a_place_with_markup_in_its_name_cannot_break_the_page(
    serving: Callable[[Sequence[str]], AbstractContextManager[Server]],
) -> None:
    with serving(['<b>"州"</b>']) as server:
        html = httpx.get(server.address).text
    assert "<b>&quot;" not in html
    assert 'data-say="我的参保地是&lt;b&gt;&quot;州&quot;&lt;/b&gt;"' in html
