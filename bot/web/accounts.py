"""The pages of one's own account: log in, log out, change the password."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, redirect

from bot.services.accounts import AccountError, Accounts, LogInError, Session, csrf_of
from bot.web.admin import AdminPages
from bot.web.pages import Pages
from bot.web.security import Access, is_genuine, local_path
from bot.web.words import ERRORS, wait_words

__all__ = ["LOGIN_COOKIE", "accounts_blueprint"]

LOGIN_COOKIE = "login"
"""Binds the login form to the browser before there is a session; `__Host-login` where cookies are marked Secure."""

T = TypeVar("T")


def accounts_blueprint(accounts: Accounts, access: Access, pages: Pages) -> Blueprint:
    """/login, /logout, /account, and for admins /admin/users and /admin/audit."""
    blueprint = Blueprint("accounts")
    slowly = Slowly()
    own = OwnPages(accounts, access, pages, slowly)
    blueprint.add_route(access.anyone(own.show_login), "/login", methods=["GET", "HEAD"], name="login")
    blueprint.add_route(access.anyone(own.log_in), "/login", methods=["POST"], name="log_in")
    blueprint.add_route(access.page("self")(own.log_out), "/logout", methods=["POST"], name="log_out")
    blueprint.add_route(access.page("self")(own.show), "/account", methods=["GET"], name="account")
    blueprint.add_route(
        access.page("self")(own.change_password), "/account", methods=["POST"], name="password"
    )
    admin = AdminPages(accounts, pages, slowly)
    for handler, path, method in admin.routes():
        name = handler.__name__
        blueprint.add_route(access.page("admin")(handler), path, methods=[method], name=name)
    return blueprint


class Slowly:
    """Runs what hashes passwords, in two threads of its own.

    Many log-ins at once then take neither the memory (64 MB each) nor the threads in which conversations are stored.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")

    async def __call__(self, function: Callable[[], T]) -> T:
        """What the function gives."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)


class OwnPages:
    """The handlers of one's own account."""

    def __init__(self, accounts: Accounts, access: Access, pages: Pages, slowly: Slowly) -> None:
        self._accounts = accounts
        self._access = access
        self._pages = pages
        self._slowly = slowly
        self._cookie = access.name_of(LOGIN_COOKIE)

    async def show_login(self, request: Request) -> HTTPResponse:
        """The login form; who is logged in already goes on."""
        if await self._access.session(request):
            return redirect(local_path(request.args.get("next")), status=303)
        return await self._login_form(request, request.args.get("next"))

    async def log_in(self, request: Request) -> HTTPResponse:
        """Name and password: a new session and on to the page wanted, or the form again."""
        before = request.cookies.get(self._cookie)
        wanted = request.form.get("next")
        if not before or not is_genuine(request, csrf_of(before)):
            return await self._login_form(request, wanted, ERRORS["expired"], status=403)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        try:
            session = await self._slowly(
                partial(self._accounts.log_in, name, password, address_of_peer(request))
            )
        except LogInError as refused:
            return await self._login_refused(request, wanted, refused)
        old = request.cookies.get(self._access.cookie)
        if old:
            await asyncio.to_thread(self._accounts.log_out, old)
        response = redirect(local_path(wanted), status=303)
        self._access.remember(response, session)
        self._access.take_back(response, self._cookie)
        return response

    async def log_out(self, request: Request) -> HTTPResponse:
        """End the session."""
        await asyncio.to_thread(self._accounts.log_out, request.ctx.session.token)
        response = redirect("/login", status=303)
        self._access.take_back(response, self._access.cookie)
        return response

    async def show(self, request: Request) -> HTTPResponse:
        """One's own account."""
        return self._pages.page(request, "account.html", done=request.args.get("done"), error="")

    async def change_password(self, request: Request) -> HTTPResponse:
        """Another password; a new session for this browser, none for the others."""
        try:
            session = await self._changed(request)
        except LogInError as refused:
            error = wait_words(refused.wait_s) if refused.wait_s else ERRORS["wrong_old"]
        except AccountError as refused:
            error = ERRORS[refused.code]
        else:
            response = redirect("/account?done=password_changed", status=303)
            self._access.remember(response, session)
            return response
        return self._pages.page(request, "account.html", 422, done=None, error=error)

    async def _changed(self, request: Request) -> Session:
        old, new, again = (request.form.get(field, "") for field in ("old", "new", "again"))
        if new != again:
            raise AccountError("differs", "the two new passwords differ")
        user, address = request.ctx.user, address_of_peer(request)
        return await self._slowly(partial(self._accounts.change_password, user, old, new, address))

    async def _login_refused(self, request: Request, wanted: str | None, refused: LogInError) -> HTTPResponse:
        if not refused.wait_s:
            return await self._login_form(request, wanted, ERRORS["log_in_failed"], status=401)
        response = await self._login_form(request, wanted, wait_words(refused.wait_s), status=429)
        response.headers["Retry-After"] = str(refused.wait_s)
        return response

    async def _login_form(
        self, request: Request, wanted: str | None, error: str = "", status: int = 200
    ) -> HTTPResponse:
        token = request.cookies.get(self._cookie) or secrets.token_urlsafe(32)
        values: dict[str, Any] = {"csrf": csrf_of(token), "wanted": local_path(wanted), "error": error}
        name = request.form.get("name", "") if request.method == "POST" else ""
        values["nobody"] = not await asyncio.to_thread(self._accounts.users)
        response = self._pages.page(request, "login.html", status, name=name, **values)
        self._access.set_cookie(response, self._cookie, token, same_site="Strict")
        return response


def address_of_peer(request: Request) -> str:
    """The address that the request came from, behind as many proxies as PROXIES says."""
    return request.remote_addr or request.ip or ""
