"""A webhook for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from sanic import Sanic

from bot.channels.wechat.channel import WeChatInput
from bot.channels.wechat.ledger import StoredLedger
from tests.channels.wechat.webhook import APP_ID, TOKEN, Bot, StartWebhook, Webhook, sender_key, serving


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartWebhook]:
    """Start a webhook: `start(bot=..., store=..., aes_key=..., deadline=...)`, stopped after the test."""
    # Sanic 21.12 rewrites its own methods at start and can do so again in one process in this mode only.
    monkeypatch.setattr(Sanic, "test_mode", True)
    with ExitStack() as stack:

        def start_one(bot: Bot | None = None, store: dict[str, str] | None = None, **options: Any) -> Webhook:
            bot = bot or Bot()
            kept = {} if store is None else store
            settings: dict[str, Any] = {
                "token": TOKEN,
                "app_id": APP_ID,
                "aes_key": None,
                "sender_key": sender_key,
                "ledger": StoredLedger(kept.get, kept.setdefault, kept.__setitem__),
                "clock": lambda: 1767225601.5,
                "random_bytes": lambda size: bytes(range(size)),
            }
            channel = WeChatInput(**{**settings, **options})
            client = stack.enter_context(httpx.Client())
            return Webhook(stack.enter_context(serving(channel, bot)), bot, kept, client)

        yield start_one
