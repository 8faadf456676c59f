"""What Rasa does that a webhook of five seconds cannot live with, and what stands here in its place."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rasa.utils.endpoints import ClientResponseError
from sanic import Sanic

from bot.channels.in_process import InProcessActions
from bot.channels.live_model import LiveModel
from bot.storage.database import Database
from bot.storage.deliveries import Deliveries
from bot.wiring import application
from tests.channels.wechat.webhook import STAMP, TOKEN, StartWebhook, payload, reply_text, signature


async def test_an_action_is_run_without_an_address_that_could_time_out() -> None:
    actions = InProcessActions()
    assert not actions.url.startswith("http")
    with pytest.raises(ClientResponseError) as caught:
        await actions.request(json={"next_action": "action_that_is_none", "tracker": {}, "domain": {}})
    assert caught.value.status == 404


def test_a_database_that_is_slow_holds_up_its_own_message_alone(start: StartWebhook, tmp_path: Path) -> None:
    reached, free = threading.Event(), threading.Event()

    class Slow(Deliveries):
        def claim(self, *values: Any) -> Any:
            reached.set()
            free.wait(20)
            return super().claim(*values)

    database = Database(f"sqlite:///{tmp_path}/slow.db")
    database.migrate()
    webhook = start(store=Slow(database))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(webhook.post, payload("text"))
        assert reached.wait(20)
        check = {**STAMP, "signature": signature(TOKEN, *STAMP.values()), "echostr": "1"}
        assert httpx.get(webhook.url, params=check, timeout=10).text == "1"
        assert not slow.done()
        free.set()
        assert reply_text(slow.result()).startswith("回答：")
    database.close()


def test_the_server_has_no_address_that_swaps_models_or_reads_conversations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Sanic, "test_mode", True)
    monkeypatch.setattr("bot.wiring.wechat_channel", lambda: None)
    paths = {route.path for route in application(Path("models/none.tar.gz")).router.routes}
    assert "healthz" in paths
    assert not [path for path in paths if "model" in path or path.startswith("conversations")]


async def test_a_new_model_takes_over_for_all_and_one_that_is_broken_for_nobody() -> None:
    current = [Path("one.tar.gz")]

    def load(model: Path) -> str:
        if model.stem.startswith("broken"):
            raise OSError("half a file")
        assert model.name == "one.tar.gz" or threading.current_thread() is not threading.main_thread()
        return f"assistant of {model.name}"

    app = SimpleNamespace(ctx=SimpleNamespace(agent=None))
    live = LiveModel(app, lambda: current[0], load)
    await live.start(current[0])
    seen = []
    for name in ("one.tar.gz", "two.tar.gz", "broken.tar.gz", "three.tar.gz"):
        current[0] = Path(name)
        await live.look()
        seen.append(app.ctx.agent)
    assert [agent.removeprefix("assistant of ") for agent in seen] == [
        "one.tar.gz",
        "two.tar.gz",
        "two.tar.gz",
        "three.tar.gz",
    ]
