"""WeChat's HTTP API, as far as the assistant calls it: 客服 messages and the menu.

A token goes into the address of each call, an openid and a text into its body: so nothing of aiohttp's, whose
errors quote addresses, leaves `_ask`, and no error is raised while one of them is being handled.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from bot.channels.wechat.api_errors import (
    ADDRESS_REFUSED,
    BUSY,
    DAILY_LIMIT,
    TOKEN_REFUSED,
    TOO_FAST,
    WeChatApiError,
)
from bot.channels.wechat.tokens import AccessTokens, Token, TokenStore

logger = logging.getLogger(__name__)

FETCH = "cgi-bin/stable_token"
SEND = "cgi-bin/message/custom/send"
TYPING = "cgi-bin/message/custom/typing"
CREATE_MENU = "cgi-bin/menu/create"
# Unlike menu/get, it tells what users see, be it set by the API or by hand in the console.
CURRENT_MENU = "cgi-bin/get_current_selfmenu_info"

TIMEOUT = 4.0
TRIES = 4
# Seconds before the second try, doubled for each further one. 45011 counts by the minute: 10 + 20 + 40 s pass it.
_PAUSES: Mapping[int | None, float] = {None: 0.5, BUSY: 0.5, TOO_FAST: 10.0}
_DAY = 86_400
_CHINA = 8 * 3600
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


class WeChatApi:
    """The API of one account. Every call raises `WeChatApiError`; each code is logged once, with what to do."""

    def __init__(
        self,
        app_id: str,
        secret: str,
        store: TokenStore,
        *,
        base: str,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        timeout: float = TIMEOUT,
    ) -> None:
        """`clock` gives Unix seconds, `random` a number from 0 to 1; `timeout` is in seconds, for one try."""
        self._app_id = app_id
        self._secret = secret
        self._base = base.rstrip("/")
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._tokens = AccessTokens(store, self._fetch_token, clock)
        self._opened: aiohttp.ClientSession | None = None
        self._closed_until: dict[str, float] = {}
        self._told: set[int | None] = set()

    async def send_text(self, openid: str, text: str) -> None:
        """Send one 客服 message, of at most 2,048 bytes: the caller splits, because each part counts as a message.

        A try that got no answer may have arrived all the same; then the user reads the text twice.
        """
        await self._call(SEND, {"touser": openid, "msgtype": "text", "text": {"content": text}})

    async def typing(self, openid: str) -> None:
        """Show the user 对方正在输入 until the next message, for 15 s at most."""
        await self._call(TYPING, {"touser": openid, "command": "Typing"})

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Put this menu, in WeChat's own form, in the place of the one there is."""
        await self._call(CREATE_MENU, menu)

    async def show_menu(self) -> dict[str, Any]:
        """The menu that users see, in the form of `get_current_selfmenu_info`."""
        return await self._call(CURRENT_MENU)

    async def close(self) -> None:
        """Close the connections and the token store."""
        await self._tokens.close()
        if self._opened is not None:
            await self._opened.close()

    async def _call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            return await self._authorised(path, body)
        except WeChatApiError as error:
            self._tell(error)
            raise

    async def _authorised(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """One call; one more with another token when WeChat refuses the first."""
        token = await self._tokens.get()
        refused: WeChatApiError | None = None
        try:
            return await self._tried(path, body, token)
        except WeChatApiError as error:
            if error.code not in TOKEN_REFUSED:
                raise
            refused = error
        other = await self._tokens.instead_of(token)
        if other == token:
            raise refused
        return await self._tried(path, body, other)

    async def _fetch_token(self, *, force: bool) -> Token:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        try:
            asked = self._clock()
            answer = await self._tried(FETCH, body)
        except WeChatApiError as error:
            self._tell(error)
            raise
        return Token(str(answer["access_token"]), asked + float(answer["expires_in"]))

    async def _tried(
        self, path: str, body: Mapping[str, Any] | None, token: str | None = None
    ) -> dict[str, Any]:
        """The answer of a call that went well, after as many tries as the code is worth."""
        if self._clock() < self._closed_until.get(path, 0.0):
            raise WeChatApiError(path, DAILY_LIMIT)
        answer = await self._ask(path, body, token)
        for again in range(TRIES - 1):
            code = _code(answer)
            if code not in _PAUSES:
                break
            await self._sleep(_PAUSES[code] * 2**again * (1 + self._random() / 2))
            answer = await self._ask(path, body, token)
        code = _code(answer)
        if code == DAILY_LIMIT:
            self._closed_until[path] = next_midnight(self._clock())
        if code != 0 or answer is None:
            raise WeChatApiError(path, code, seen_address=_seen_address(code, answer))
        return answer

    async def _ask(
        self, path: str, body: Mapping[str, Any] | None, token: str | None
    ) -> dict[str, Any] | None:
        """One request; None when there is no answer that can be read."""
        # WeChat shows \uXXXX to the user as it stands. A lone surrogate has no UTF-8, and an error would quote it.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with self._session().request(
                "GET" if body is None else "POST",
                f"{self._base}/{path}",
                params={} if token is None else {"access_token": token},
                data=data,
                headers={"Content-Type": "application/json; charset=utf-8"},
                # Nobody else is to be told the token or the secret.
                allow_redirects=False,
            ) as response:
                return _read(path, response.status, await response.read())
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return None

    def _session(self) -> aiohttp.ClientSession:
        """Opened with the first request, because a session belongs to the loop that runs then."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._opened

    def _tell(self, error: WeChatApiError) -> None:
        if error.code not in self._told:
            self._told.add(error.code)
            logger.warning("%s (said once for each code)", error)


def next_midnight(now: float) -> float:
    """When WeChat's daily limits begin anew: the next 0:00 in China, in Unix seconds."""
    return ((now + _CHINA) // _DAY + 1) * _DAY - _CHINA


def _read(path: str, status: int, body: bytes) -> dict[str, Any] | None:
    """The object in the body, checked as far as it is used; None for a gateway's page and the like."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    if status != 200 or not isinstance(answer, dict):
        return None
    if path == FETCH and not _code(answer) and not _is_token(answer):
        return None
    return answer


def _is_token(answer: Mapping[str, Any]) -> bool:
    return bool(answer.get("access_token")) and isinstance(answer.get("expires_in"), int)


def _code(answer: Mapping[str, Any] | None) -> int | None:
    """The errcode, which is left out where all is well; None where there is no answer."""
    code = None if answer is None else answer.get("errcode", 0)
    return code if isinstance(code, int) else None


def _seen_address(code: int | None, answer: Mapping[str, Any] | None) -> str:
    """The IP that WeChat names when it refuses it; nothing else of its message is repeated anywhere."""
    found = _ADDRESS.search(str((answer or {}).get("errmsg"))) if code == ADDRESS_REFUSED else None
    return found[0] if found else ""
