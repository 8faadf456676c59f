"""Who may see a page or call the API: sessions, CSRF, bearer tokens, and the headers that every answer carries."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse, json, redirect

from bot.services.accounts import Accounts, Session, User
from bot.web.pages import Pages

__all__ = ["COOKIE", "SECURITY_HEADERS", "Access", "from_elsewhere", "local_path", "secured"]

COOKIE = "session"
"""The cookie's name; `__Host-session` where cookies are marked Secure."""

LANDING = "/staff"
"""Where somebody goes who logged in without wanting a page."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    # What a clerk saw must not stay in the browser of a shared desk.
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # With no-referrer browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_WORDS = {
    "not_logged_in": (401, "请先登录。"),
    "bad_token": (401, "令牌无效或已经收回。"),
    "must_change_password": (403, "请先修改密码。"),
    "not_allowed": (403, "您的账号没有这项权限。"),
    "bad_csrf": (403, "页面已经过期，请刷新后再试。"),
}

Handler = Callable[..., Awaitable[HTTPResponse]]


def secured(response: HTTPResponse) -> HTTPResponse:
    """The response with the security headers; one that the handler has set stays."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def local_path(wanted: str | None) -> str:
    """The path to go to after logging in: the one wanted where it is one of this site, else the landing page."""
    if not wanted or len(wanted) > 2000:
        return LANDING
    seen = wanted
    # A proxy or a browser may decode once more than we do, so no spelling of it may lead elsewhere.
    for _ in range(4):
        if not re.match(r"/(?!/)", seen) or re.search(r"[\x00-\x1f\x7f\\]|^/[^?#]*//", seen):
            return LANDING
        seen, before = unquote(seen), seen
        if seen == before:
            break
    else:
        return LANDING
    parts = urlsplit(wanted)
    return LANDING if parts.scheme or parts.netloc or parts.path.startswith(("/login", "/logout")) else wanted


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that another site made it send this request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return False  # Not a browser of today; the CSRF token decides alone.
    hosts = {request.headers.get("host"), request.headers.get("x-forwarded-host")}
    # `Origin: null`, from a frame without rights, names no host at all.
    return urlsplit(origin).netloc not in hosts


class Access:
    """Guards handlers: `page` for people, `api` for programs; `secure` marks cookies for HTTPS alone."""

    def __init__(self, accounts: Accounts, pages: Pages, *, secure: bool = False) -> None:
        self._accounts = accounts
        self._pages = pages
        self._secure = secure
        self.cookie = self.name_of(COOKIE)

    def page(self, permission: str) -> Callable[[Handler], Handler]:
        """Decorate the handler of a page: sets `request.ctx.session` and `.user`, or answers in its place."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            async def guarded(request: Request, *args: Any, **values: Any) -> HTTPResponse:
                refusal = await self._no_page(request, permission)
                return secured(refusal or await handler(request, *args, **values))

            return guarded

        return decorate

    def anyone(self, handler: Handler) -> Handler:
        """Decorate the handler of a page that needs no session: the headers only."""

        @wraps(handler)
        async def open_to_all(request: Request, *args: Any, **values: Any) -> HTTPResponse:
            return secured(await handler(request, *args, **values))

        return open_to_all

    def api(self, permission: str) -> Callable[[Handler], Handler]:
        """Decorate the handler of a JSON call: sets `request.ctx.user`; what is wrong is said as JSON."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            async def guarded(request: Request, *args: Any, **values: Any) -> HTTPResponse:
                refusal = await self._no_call(request, permission)
                if refusal is not None:
                    return secured(_refused(refusal))
                return secured(await handler(request, *args, **values))

            return guarded

        return decorate

    def name_of(self, cookie: str) -> str:
        """The full name of a cookie: with the prefix no neighbouring site can set it."""
        return f"__Host-{cookie}" if self._secure else cookie

    async def session(self, request: Request) -> Session | None:
        """The session of the browser that asks."""
        token = request.cookies.get(self.cookie)
        return await asyncio.to_thread(self._accounts.session, token) if token else None

    def remember(self, response: HTTPResponse, session: Session) -> None:
        """Give the browser the cookie of its session, which ends with the browser."""
        self.set_cookie(response, self.cookie, session.token, same_site="Lax")

    def set_cookie(self, response: HTTPResponse, name: str, value: str, same_site: str) -> None:
        """A cookie that no script reads."""
        response.cookies[name] = value
        response.cookies[name]["httponly"] = True
        response.cookies[name]["samesite"] = same_site
        if self._secure:
            response.cookies[name]["secure"] = True

    def take_back(self, response: HTTPResponse, name: str) -> None:
        """Let the browser forget a cookie."""
        self.set_cookie(response, name, "", same_site="Strict")
        response.cookies[name]["max-age"] = 0

    async def _no_page(self, request: Request, permission: str) -> HTTPResponse | None:
        """What a browser gets in place of the page; None where it may have the page."""
        session = await self.session(request)
        if session is None:
            return redirect(_login_address(request), status=303)
        _note(request, session.user, session)
        if not session.user.may(permission):
            return self._pages.problem(request, 403, "not_allowed")
        if request.method not in _SAFE_METHODS and not is_genuine(request, session.csrf):
            return self._pages.problem(request, 403, "bad_csrf")
        if session.user.must_change and permission != "self":
            return redirect("/account", status=303)
        return None

    async def _no_call(self, request: Request, permission: str) -> str | None:
        """Why a call is refused; None where it is let through."""
        if "authorization" in request.headers:
            return await self._no_token(request, permission)
        session = await self.session(request)
        if session is None:
            return "not_logged_in"
        _note(request, session.user, session)
        if not session.user.may(permission):
            return "not_allowed"
        if request.method not in _SAFE_METHODS and not is_genuine(request, session.csrf):
            return "bad_csrf"
        return "must_change_password" if session.user.must_change else None

    async def _no_token(self, request: Request, permission: str) -> str | None:
        scheme, _, token = request.headers["authorization"].partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "bad_token"
        user = await asyncio.to_thread(self._accounts.by_api_token, token.strip())
        if user is None:
            return "bad_token"
        _note(request, user, None)
        return None if user.may(permission) else "not_allowed"


def is_genuine(request: Request, csrf: str) -> bool:
    """Whether a request that changes something comes from a page of ours: its token and its origin say so."""
    if from_elsewhere(request):
        return False
    given = request.headers.get("x-csrf-token") or request.form.get("csrf") or ""
    # As bytes, because a text with other letters than ASCII cannot be compared that way.
    return hmac.compare_digest(given.encode("utf-8", "replace"), csrf.encode())


def _note(request: Request, user: User, session: Session | None) -> None:
    request.ctx.user = user
    request.ctx.session = session


def _login_address(request: Request) -> str:
    """The login page, which leads back to where the browser wanted to go; a form that was sent is lost."""
    if request.method not in ("GET", "HEAD"):
        return "/login"
    wanted = request.path + (f"?{request.query_string}" if request.query_string else "")
    return f"/login?next={quote(wanted, safe='/')}"


def _refused(code: str) -> HTTPResponse:
    status, message = _WORDS[code]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return json(
        {"error": {"code": code, "message": message}}, status=status, headers=headers, ensure_ascii=False
    )
