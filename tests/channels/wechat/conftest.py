"""A webhook for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from sanic import Sanic

from bot.channels.wechat.channel import PHRASES, TIMING, WeChatInput
from bot.channels.wechat.replies import split
from bot.services.delivering import Delivering, Timing
from bot.storage.database import Database
from bot.storage.deliveries import Deliveries
from tests.channels.wechat.webhook import APP_ID, TOKEN, Bot, StartWebhook, Webhook, sender_key, serving


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StartWebhook]:
    """Start a webhook: `start(bot, database=..., timing=..., push=..., aes_key=...)`, stopped after the test.

    Webhooks with one `database`, the name of a file, share it as processes would.
    """
    # Sanic 21.12 rewrites its own methods at start and can do so again in one process in this mode only.
    monkeypatch.setattr(Sanic, "test_mode", True)
    with ExitStack() as stack:

        def start_one(
            bot: Bot | None = None,
            database: str = "deliveries.db",
            timing: Timing = TIMING,
            push: Any = None,
            store: Any = None,
            **options: Any,
        ) -> Webhook:
            bot = bot or Bot()
            opened = Database(f"sqlite:///{tmp_path}/{database}")
            opened.migrate()
            stack.callback(opened.close)
            deliveries = store or Deliveries(opened)
            delivering = Delivering(
                deliveries, lambda: datetime.now(timezone.utc), PHRASES, split, timing, push
            )
            settings: dict[str, Any] = {
                "token": TOKEN,
                "app_id": APP_ID,
                "aes_key": None,
                "sender_key": sender_key,
                "delivering": delivering,
                "clock": lambda: 1767225601.5,
                "random_bytes": lambda size: bytes(range(size)),
            }
            channel = WeChatInput(**{**settings, **options})
            client = stack.enter_context(httpx.Client())
            return Webhook(stack.enter_context(serving(channel, bot)), bot, deliveries, client)

        yield start_one
