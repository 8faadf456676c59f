"""The only place that builds things: settings in, a running assistant's parts out. The consoles are in `consoles`."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import secrets
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.knowledge.base import KnowledgeBase, LiveKnowledge
from bot.knowledge.english import load_english
from bot.services.asking import Asking
from bot.services.checking import Checking
from bot.services.conversation import Conversation
from bot.services.estimating import Estimating
from bot.settings import Settings, load_settings
from bot.storage.database import Database
from bot.storage.deliveries import Deliveries
from bot.storage.misses import Misses
from bot.training.release import named_model

if TYPE_CHECKING:
    from sanic import Sanic

    from bot.channels.assistant import Assistant
    from bot.channels.in_process import InProcessActions
    from bot.channels.locks import ConversationLocks
    from bot.channels.wechat.api import WeChatApi
    from bot.channels.wechat.channel import WeChatInput

# The documents' days are days in China, wherever the server stands.
CHINA = timezone(timedelta(hours=8))
# How long a look at the knowledge files is good for, in seconds.
_KNOWLEDGE_AGE = 1.0


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return load_settings()


def today() -> date:
    """The day on which a rule or an answer has to be in force."""
    return datetime.now(CHINA).date()


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(timezone.utc)


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of this process, its tables up to date."""
    opened = Database(settings().database_url)
    opened.migrate()
    return opened


@lru_cache(maxsize=1)
def knowledge() -> Callable[[], KnowledgeBase]:
    """Gives the knowledge in force; looks at the files at most once a second."""
    live = LiveKnowledge(settings().knowledge)
    looked = time.monotonic()

    def current() -> KnowledgeBase:
        nonlocal looked
        if time.monotonic() - looked > _KNOWLEDGE_AGE:
            live.refresh()
            looked = time.monotonic()
        return live.base

    return current


@lru_cache(maxsize=1)
def conversation() -> Conversation:
    """The use-cases of this process."""
    from bot.wiring import consoles

    gloss = load_english(settings().knowledge / "english.yml").get
    misses = Misses(database())

    def record_miss(*, text: str, kind: str, candidates: list[str], place: str | None) -> None:
        misses.record(text, kind, now(), candidates, place)

    return Conversation(
        knowledge=knowledge(),
        asking=Asking(knowledge(), today, gloss),
        checking=Checking(knowledge(), today, gloss),
        estimating=Estimating(knowledge(), today, gloss),
        record_miss=record_miss,
        make_code=lambda sender: consoles.codes().make(sender),
    )


def assistant(model: Path) -> Assistant:
    """The assistant with a trained model, its actions in this process, its conversations in our database."""
    from bot.channels.assistant import Assistant
    from bot.storage.tracker_store import BoundedTrackerStore

    store = BoundedTrackerStore(database=database(), questions_kept_days=settings().questions_kept_days)
    ready = Assistant(tracker_store=store, lock_store=_locks(), action_endpoint=_actions())
    ready.load_model(str(model))
    return ready


@lru_cache(maxsize=1)
def _locks() -> ConversationLocks:
    """One turn at a time per conversation, whichever model handles it; across processes where there is a Redis."""
    from redis.asyncio import Redis  # type: ignore[import-untyped]  # redis comes without types

    from bot.channels.locks import ConversationLocks, SharedLocks

    address = settings().redis_url
    return SharedLocks(Redis.from_url(address)) if address else ConversationLocks()


@lru_cache(maxsize=1)
def _actions() -> InProcessActions:
    from bot.channels.in_process import InProcessActions

    return InProcessActions()


def sender_key(openid: str) -> str:
    """The name under which a person's conversation is kept: a keyed hash of the openid."""
    return hmac.new(secret(), openid.encode(), hashlib.sha256).hexdigest()[:40]


@lru_cache(maxsize=1)
def secret() -> bytes:
    """SECRET_KEY, or a key made once and kept in var/."""
    given = settings().secret_key
    if given:
        return given.encode()
    path = settings().var / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip().encode()


def wechat_channel() -> WeChatInput | None:
    """The WeChat channel; None without a token."""
    from bot.channels.wechat import replies
    from bot.channels.wechat.channel import PHRASES, TIMING, WeChatInput
    from bot.services.delivering import Delivering
    from bot.services.people import scenes

    chosen = settings()
    if chosen.wechat_token is None:
        return None
    api = wechat_api()
    delivering = Delivering(
        store=Deliveries(database()),
        now=now,
        phrases=PHRASES,
        split=replies.split,
        timing=TIMING,
        push=api.send_text if api else None,
    )
    return WeChatInput(
        token=chosen.wechat_token,
        app_id=chosen.wechat_app_id or "",
        aes_key=chosen.wechat_encoding_aes_key,
        sender_key=sender_key,
        delivering=delivering,
        clock=time.time,
        scenes=scenes(knowledge()()),
        transfers=chosen.wechat_transfer,
    )


@lru_cache(maxsize=1)
def wechat_api() -> WeChatApi | None:
    """WeChat's API for this account; None without its AppID and AppSecret."""
    from redis.asyncio import Redis

    from bot.channels.wechat.api import WeChatApi
    from bot.channels.wechat.tokens import MemoryTokenStore, RedisTokenStore, TokenStore

    chosen = settings()
    if not chosen.wechat_app_id or not chosen.wechat_app_secret:
        return None
    store: TokenStore = MemoryTokenStore()
    if chosen.redis_url:
        client = Redis.from_url(
            chosen.redis_url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
        )
        store = RedisTokenStore(client, f"wechat:token:{chosen.wechat_app_id}", time.time)
    return WeChatApi(
        chosen.wechat_app_id,
        chosen.wechat_app_secret,
        store,
        base=chosen.wechat_api_base,
        clock=time.time,
        sleep=asyncio.sleep,
        random=random.random,
    )


def application(model: Path) -> Sanic:
    """The web application: chat page, REST channel, WeChat channel, health."""
    from rasa.core.channels.channel import register
    from sanic import Sanic
    from sanic.response import HTTPResponse, json

    from bot.channels.live_model import LiveModel
    from bot.channels.rest import RestChannel
    from bot.services.people import served_names
    from bot.web.chat import chat_blueprint
    from bot.wiring import consoles

    app = Sanic("assistant", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.PROXIES_COUNT = settings().proxies
    app.ctx.agent = None
    channels: list[Any] = [RestChannel()]
    wechat = wechat_channel()
    if wechat is not None:
        channels.append(wechat)
    register(channels, app, route="/webhooks/")
    app.blueprint(chat_blueprint(served_names(knowledge()())))
    prepare_consoles = consoles.add_to(app)

    live = LiveModel(app, lambda: named_model(settings().models), assistant)

    @app.listener("before_server_start")
    async def load(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        conversation()
        await live.start(model)
        # The first keystroke shall not wait for the index, nor the first message.
        app.ctx.indexing = asyncio.create_task(asyncio.to_thread(prepare_consoles))
        app.ctx.following = asyncio.create_task(live.follow())

    @app.listener("before_server_stop")
    async def stay(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.following.cancel()

    @app.listener("after_server_stop")
    async def close(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        # An open connection to Redis would keep the event loop from closing.
        await _locks().close()
        api = wechat_api()
        if api is not None:
            await api.close()

    @app.get("/healthz")
    async def health(request: Any) -> HTTPResponse:
        ready = app.ctx.agent is not None and app.ctx.agent.is_ready()
        return json({"status": "ok" if ready else "starting"}, status=200 if ready else 503)

    return app
