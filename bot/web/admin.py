"""The pages of an admin: who may log in with which role, and the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from sanic.request import Request
from sanic.response import HTTPResponse, redirect

from bot.services.accounts import ROLES, AccountError, Accounts, AuditFilter, User
from bot.web.pages import Pages
from bot.web.words import ERRORS

__all__ = ["AdminPages"]

Handler = Callable[[Request], Awaitable[HTTPResponse]]
Run = Callable[[Callable[[], Any]], Awaitable[Any]]

_PER_PAGE = 50


class AdminPages:
    """The handlers for admins; `slowly` runs what hashes a password."""

    def __init__(self, accounts: Accounts, pages: Pages, slowly: Run) -> None:
        self._accounts = accounts
        self._pages = pages
        self._slowly = slowly

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.show_users, "/admin/users", "GET"
        yield self.add_user, "/admin/users", "POST"
        yield self.change_role, "/admin/users/role", "POST"
        yield self.reset_password, "/admin/users/password", "POST"
        yield self.change_active, "/admin/users/active", "POST"
        yield self.show_audit, "/admin/audit", "GET"

    async def show_users(self, request: Request) -> HTTPResponse:
        """All users, with what can be done about each."""
        return await self._users(request)

    async def add_user(self, request: Request) -> HTTPResponse:
        """A new user, who has to choose another password first."""
        name, password, role = (request.form.get(field, "") for field in ("name", "password", "role"))
        by = request.ctx.user
        add = partial(self._accounts.add, name, password, role, by, must_change=True)
        return await self._changed(request, "user_added", add)

    async def change_role(self, request: Request) -> HTTPResponse:
        """Another role for a user."""
        name, role = request.form.get("name", ""), request.form.get("role", "")
        change = partial(self._accounts.set_role, name, role, request.ctx.user)
        return await self._changed(request, "role_changed", change)

    async def reset_password(self, request: Request) -> HTTPResponse:
        """Another password for a user, who has to choose another one first."""
        name, password = request.form.get("name", ""), request.form.get("password", "")
        reset = partial(self._accounts.set_password, name, password, request.ctx.user, must_change=True)
        return await self._changed(request, "password_reset", reset)

    async def change_active(self, request: Request) -> HTTPResponse:
        """Let a user in again, or no longer."""
        name, active = request.form.get("name", ""), request.form.get("active") == "yes"
        change = partial(self._accounts.set_active, name, active, request.ctx.user)
        return await self._changed(request, "user_enabled" if active else "user_disabled", change)

    async def show_audit(self, request: Request) -> HTTPResponse:
        """The audit log, a page at a time."""
        chosen = {name: (request.args.get(name) or "").strip() for name in ("user", "action", "day")}
        number, error = _page_number(request.args.get("page")), ""
        try:
            wanted = self._filter(**chosen)
        except ValueError:
            wanted, error = self._filter(**{**chosen, "day": ""}), ERRORS["bad_day"]
        found = await asyncio.to_thread(self._read, request.ctx.user, wanted, chosen, number)
        links = {
            step: f"/admin/audit?{urlencode({**chosen, 'page': number + step})}"
            for step in (-1, 1)
            if 1 <= number + step <= found["last"]
        }
        values = {**found, "chosen": chosen, "number": number, "links": links, "error": error}
        return self._pages.page(request, "audit.html", **values)

    async def _changed(self, request: Request, done: str, change: Callable[[], Any]) -> HTTPResponse:
        """Make a change and show the users again."""
        name = request.form.get("name", "")
        try:
            await self._slowly(change)
        except AccountError as refused:
            return await self._users(request, ERRORS[refused.code], status=422)
        return redirect(f"/admin/users?done={done}&name={quote(name)}", status=303)

    async def _users(self, request: Request, error: str = "", status: int = 200) -> HTTPResponse:
        users = await asyncio.to_thread(self._accounts.users)
        about = request.args.get("name")
        values = {
            "users": users,
            "roles": ROLES,
            "error": error,
            "done": request.args.get("done"),
            # Only a name that there is: a link from elsewhere puts no words on this page.
            "about": about if about in {user.name for user in users} else "",
            "entered": request.form if request.method == "POST" else {},
        }
        return self._pages.page(request, "users.html", status, **values)

    def _filter(self, user: str, action: str, day: str) -> AuditFilter:
        """The entries wanted; ValueError for a day that is none."""
        since = until = None
        if day:
            since = datetime.combine(date.fromisoformat(day), time(), self._pages.zone)
            until = since + timedelta(days=1)
        return AuditFilter(user or None, action or None, since, until)

    def _read(self, reader: User, wanted: AuditFilter, chosen: dict[str, str], number: int) -> dict[str, Any]:
        """A page of the audit log; that somebody looked is noted too."""
        total = self._accounts.audit_count(wanted)
        entries = self._accounts.audit_entries(wanted, _PER_PAGE, (number - 1) * _PER_PAGE)
        self._accounts.audit(reader, "audit_read", {name: text for name, text in chosen.items() if text})
        names = [user.name for user in self._accounts.users()]
        return {
            "entries": entries,
            "total": total,
            "last": max(1, -(-total // _PER_PAGE)),
            "names": names,
        }


def _page_number(written: str | None) -> int:
    """The number of a page; the first one for anything else."""
    return (
        int(written)
        if written and written.isascii() and written.isdigit() and 0 < int(written) < 10**6
        else 1
    )
