"""WeChat's HTTP API on a free port of this machine: tokens that end, quotas that run out, errors on demand.

It keeps to WeChat's own rules where they are written down: a new token leaves the old one five more minutes, the
stable one comes again until its last five minutes and can be forced every 30 s and 20 times a day, and a message
of a user opens five 客服 messages within 48 h, a click, a scan or a subscription three within a minute.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from typing_extensions import Self

STABLE_TOKEN = "cgi-bin/stable_token"
PLAIN_TOKEN = "cgi-bin/token"
SEND = "cgi-bin/message/custom/send"
TYPING = "cgi-bin/message/custom/typing"
CREATE_MENU = "cgi-bin/menu/create"
GET_MENU = "cgi-bin/menu/get"
CURRENT_MENU = "cgi-bin/get_current_selfmenu_info"

APP_ID = "wx0123456789abcdef"
SECRET = "the-app-secret-nobody-may-see"
TEXT_BYTES = 2048
FORCED_PAUSE, FORCED_A_DAY = 30, 20
HANG, BREAK_OFF, GARBLE, UNAVAILABLE = "hang", "break off", "garble", "unavailable"
"""What can be asked of the next answers in place of an errcode: none comes, the line breaks, a page that is no JSON, a 502."""

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, rid: 6757b7f1-1bd8b5ce-3a1e2a5f",
    40013: "invalid appid",
    40016: "invalid button size",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40023: "invalid sub button size",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist, rid: 6757b7f1-1bd8b5ce-3a1e2a5f",
    42001: "access_token expired",
    45002: "content size out of limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    46003: "menu no exist",
}


@dataclass(frozen=True)
class Call:
    """One request as it came in, and what it was answered (the errcode, or what was done in place of an answer)."""

    path: str
    query: Mapping[str, str]
    raw: bytes
    answer: int | str

    @property
    def body(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.raw)


@dataclass
class Grant:
    """How many 客服 messages may still go to a user, and until when."""

    left: int
    ends: float


@dataclass
class Issue:
    """One line of tokens: the last one given out, and when each that is not revoked ends."""

    current: str = ""
    renewable: float = 0.0
    ends: dict[str, float] = field(default_factory=dict)


class FakeWeChatApi:
    """The server; `async with FakeWeChatApi() as api` runs it at `api.base`. `life` and `overlap` in seconds."""

    def __init__(
        self,
        app_id: str = APP_ID,
        secret: str = SECRET,
        *,
        life: float = 7200,
        overlap: float = 300,
        token_length: int = 512,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app_id, self.secret = app_id, secret
        self.life, self.overlap, self.token_length = life, overlap, token_length
        self.clock = clock
        self.log: list[Call] = []
        self.menu: dict[str, Any] | None = None
        self.base = ""
        self._stable, self._plain = Issue(), Issue()
        self._numbers = itertools.count(1)
        self._forced: list[float] = []
        self._message_grants: dict[str, Grant] = {}
        self._click_grants: dict[str, Grant] = {}
        self._next: dict[str, list[int | str]] = {}
        self._released = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        """Let go what hangs, and stop."""
        self._released.set()
        await self._runner.cleanup()

    # ---- what a test or a benchmark does ----

    def user_wrote(self, openid: str) -> None:
        """A message of the user: opens five 客服 messages within 48 h."""
        self._message_grants[openid] = Grant(5, self.clock() + 48 * 3600)

    def user_clicked(self, openid: str) -> None:
        """A click in the menu, a scan or a subscription: opens three within a minute."""
        self._click_grants[openid] = Grant(3, self.clock() + 60)

    def answer_next(self, path: str, *answers: int | str, times: int = 1) -> None:
        """Answer the next calls of `path` with these errcodes, or HANG, BREAK_OFF, GARBLE, UNAVAILABLE."""
        self._next.setdefault(path, []).extend(answers * times)

    def revoke_tokens(self) -> None:
        """Somebody else has made a new token: those given out are no longer the latest (40001)."""
        self._stable, self._plain = Issue(), Issue()

    def calls(self, path: str) -> list[Call]:
        """What came in on this path, in order."""
        return [call for call in self.log if call.path == path]

    @property
    def token_fetches(self) -> int:
        """How often a token was asked for, on either path."""
        return len(self.calls(STABLE_TOKEN)) + len(self.calls(PLAIN_TOKEN))

    def texts(self, openid: str) -> list[str]:
        """The 客服 texts that a user has got, in order."""
        sent = [call.body for call in self.calls(SEND) if call.answer == 0]
        return [body["text"]["content"] for body in sent if body["touser"] == openid]

    # ---- what WeChat does ----

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, raw = request.match_info["path"], await request.read()
        planned = self._next.get(path)
        if planned:
            answer: dict[str, Any] | int | str = planned.pop(0)
        else:
            answer = self._answer(request.method, path, request.query, raw)
        code = answer.get("errcode", 0) if isinstance(answer, dict) else answer
        self.log.append(Call(path, dict(request.query), raw, code))
        if isinstance(answer, str):
            return await self._misbehave(request, answer)
        if isinstance(answer, int):
            answer = {"errcode": answer, "errmsg": MESSAGES.get(answer, "ok" if answer == 0 else "error")}
        # WeChat calls its JSON text/plain.
        return web.Response(text=json.dumps(answer, ensure_ascii=False), content_type="text/plain")

    async def _misbehave(self, request: web.Request, how: str) -> web.StreamResponse:
        if how == UNAVAILABLE:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        if how == GARBLE:
            return web.Response(text="<html>busy</html>", content_type="text/html")
        if how == HANG:
            await self._released.wait()
        if request.transport is not None:
            request.transport.close()
        return web.Response()

    def _answer(self, method: str, path: str, query: Mapping[str, str], raw: bytes) -> dict[str, Any] | int:
        if path == PLAIN_TOKEN:
            return self._credentials(query) or self._issued(self._plain)
        if path == STABLE_TOKEN:
            return self._stable_token(json.loads(raw))
        handlers: dict[str, Callable[[Any], dict[str, Any] | int]] = {
            SEND: self._send,
            TYPING: lambda body: 0 if body["command"] in ("Typing", "CancelTyping") else 40003,
            CREATE_MENU: self._create_menu,
            GET_MENU: lambda body: {"menu": self.menu} if self.menu else 46003,
            CURRENT_MENU: lambda body: self._current_menu(),
        }
        if path not in handlers:
            return 40066
        if method != ("GET" if path in (GET_MENU, CURRENT_MENU) else "POST"):
            return 43002
        return self._authorised(query) or handlers[path](json.loads(raw or b"null"))

    def _credentials(self, given: Mapping[str, Any]) -> int:
        if given.get("grant_type") != "client_credential":
            return 40002
        if given.get("appid") != self.app_id:
            return 40013
        return 0 if given.get("secret") == self.secret else 40125

    def _stable_token(self, body: Mapping[str, Any]) -> dict[str, Any] | int:
        refused = self._credentials(body)
        if refused:
            return refused
        now = self.clock()
        if body.get("force_refresh") and self._may_force(now):
            self._forced.append(now)
            self._stable = Issue()
        if now < self._stable.renewable:
            token = self._stable.current
            return {"access_token": token, "expires_in": int(self._stable.ends[token] - now)}
        return self._issued(self._stable)

    def _may_force(self, now: float) -> bool:
        today = [at for at in self._forced if at > now - 86_400]
        return len(today) < FORCED_A_DAY and not any(at > now - FORCED_PAUSE for at in today)

    def _issued(self, issue: Issue) -> dict[str, Any]:
        """A new token; the one before it lives on for the overlap."""
        now = self.clock()
        old, token = issue.current, f"{next(self._numbers)}_".ljust(self.token_length, "t")
        issue.ends = {old: min(issue.ends[old], now + self.overlap)} if old else {}
        issue.ends[token] = now + self.life
        issue.current, issue.renewable = token, now + self.life - self.overlap
        return {"access_token": token, "expires_in": int(self.life)}

    def _authorised(self, query: Mapping[str, str]) -> int:
        token = query.get("access_token", "")
        if not token:
            return 41001
        ends = self._stable.ends.get(token, self._plain.ends.get(token))
        if ends is None:
            return 40001
        return 42001 if ends <= self.clock() else 0

    def _send(self, body: Mapping[str, Any]) -> int:
        if body["msgtype"] == "text" and len(body["text"]["content"].encode()) > TEXT_BYTES:
            return 45002
        openid, now = body["touser"], self.clock()
        grants = [kind.get(openid) for kind in (self._click_grants, self._message_grants)]
        live = [grant for grant in grants if grant and grant.ends > now]
        usable = next((grant for grant in live if grant.left), None)
        if usable is None:
            return 45047 if live else 45015
        usable.left -= 1
        return 0

    def _create_menu(self, menu: dict[str, Any]) -> int:
        buttons = menu["button"]
        below = [button for first in buttons for button in first.get("sub_button", ())]
        if not 1 <= len(buttons) <= 3:
            return 40016
        if any("sub_button" in first and not 1 <= len(first["sub_button"]) <= 5 for first in buttons):
            return 40023
        names = [(button["name"], 16) for button in buttons] + [(button["name"], 60) for button in below]
        if any(len(name.encode()) > most for name, most in names):
            return 40018
        if any(len(button.get("key", "").encode()) > 128 for button in (*buttons, *below)):
            return 40019
        self.menu = menu
        return 0

    def _current_menu(self) -> dict[str, Any]:
        """As get_current_selfmenu_info answers: what is below a button stands in a list of its own."""
        if self.menu is None:
            return {"is_menu_open": 0, "selfmenu_info": {}}
        buttons = [
            {**button, "sub_button": {"list": button["sub_button"]}} if "sub_button" in button else button
            for button in self.menu["button"]
        ]
        return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}
