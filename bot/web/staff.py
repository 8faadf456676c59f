"""The hotline console at /staff: one screen for search, answer and clauses, the tools, the call, and its history.

Every form works without a script; with one, only the part that changed is sent (the header ``X-Part``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw, redirect

from bot.services.calls import CallError, Filters
from bot.services.codes import CodeLockedError
from bot.services.exports import Names, calls_csv, calls_xlsx
from bot.services.reference import NotFoundError
from bot.web.pages import Pages
from bot.web.security import Access
from bot.web.staff_screen import Asked, Desk, Screen, tool_values
from bot.web.staff_words import WRONG_CODE
from bot.wording.records import OUTCOME_NAMES, outcome_name

__all__ = ["staff_blueprint"]

_PER_PAGE = 50
_MOST_EXPORTED = 10_000
_EXPORTS: Mapping[str, tuple[Callable[..., bytes], str]] = {
    "csv": (calls_csv, "text/csv; charset=utf-8"),
    "xlsx": (calls_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}

Handler = Callable[..., Awaitable[HTTPResponse]]


def staff_blueprint(desk: Desk, access: Access, pages: Pages, audit: Callable[..., None]) -> Blueprint:
    """The routes below /staff; ``audit(user, action, detail)`` notes who looked at whose record and changed what."""
    blueprint = Blueprint("staff")
    console, history = Console(desk, pages), History(desk, pages, audit)
    routes: list[tuple[Handler, str, str]] = [
        (console.show, "/staff", "GET"),
        (console.part, "/staff/part", "GET"),
        (console.tool, "/staff/tool/<name:str>", "POST"),
        (console.start, "/staff/call/start", "POST"),
        (console.place, "/staff/call/place", "POST"),
        (console.look, "/staff/call/look", "POST"),
        (console.end, "/staff/call/end", "POST"),
        (console.report, "/staff/report", "POST"),
        (console.open_code, "/staff/code", "POST"),
        (history.show, "/staff/calls", "GET"),
        (history.export_csv, "/staff/calls.csv", "GET"),
        (history.export_xlsx, "/staff/calls.xlsx", "GET"),
    ]
    for handler, path, method in routes:
        guarded = access.page("staff")(handler)
        blueprint.add_route(guarded, path, methods=[method], name=f"staff_{handler.__name__}_{method}")
    return blueprint


class Console:
    """The handlers of the one screen."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    async def show(self, request: Request) -> HTTPResponse:
        """The whole console."""
        return await self._page(request, "staff/console.html", Asked.from_arguments(request.args))

    async def part(self, request: Request) -> HTTPResponse:
        """What changes when somebody types, chooses a topic or a place; with ``bar`` the bar at the top as well."""
        asked = Asked.from_arguments(request.args)
        return await self._page(request, "staff/part.html", asked, with_bar="bar" in request.args)

    async def tool(self, request: Request, name: str) -> HTTPResponse:
        """The result for the facts of a tool's form."""
        if name not in ("filing", "estimate"):
            return self._pages.problem(request, 404, "not_found")
        given = _form(request)
        asked = Asked(query=given.pop("q", "")[:200], place=given.get("insured_place", ""), view=name)
        if "x-part" in request.headers:
            values = await asyncio.to_thread(tool_values, self._desk, name, given)
            return self._pages.page(
                request,
                "staff/tool_part.html",
                **values,
                view=name,
                here=asked.address,
                topic_name=self._desk.topic_name,
            )
        return await self._page(request, "staff/console.html", asked, tool=(name, given))

    async def start(self, request: Request) -> HTTPResponse:
        """Begin a call."""
        place = _form(request).get("place") or None
        await asyncio.to_thread(self._desk.calls.start, request.ctx.user, place)
        return _done(request, Asked(place=place or "", said="started"))

    async def place(self, request: Request) -> HTTPResponse:
        """Note the caller's place in the call."""
        place = _form(request).get("place") or None
        try:
            await asyncio.to_thread(self._desk.calls.set_place, request.ctx.user, place)
        except CallError:
            return empty(status=409)
        return _done(request, Asked(place=place or "", said="place"))

    async def look(self, request: Request) -> HTTPResponse:
        """Note in the call what the clerk has looked at."""
        given = _form(request)
        subject, place = given.pop("subject", ""), given.pop("place", "")
        result = given.pop("said", "")
        kind = subject if subject in ("filing", "estimate") else "topic"
        detail = {"place": place, "result": " ".join(result.split())} if kind == "topic" else None
        if detail is None:
            detail = {"place": place, "result": " ".join(result.split()), **given}
        detail = {name: value for name, value in detail.items() if value}
        subject = subject if kind == "topic" else ""
        await asyncio.to_thread(self._desk.calls.look, request.ctx.user, kind, subject, detail)
        return empty()

    async def end(self, request: Request) -> HTTPResponse:
        """End the call with its outcome and a note."""
        given = _form(request)
        try:
            await asyncio.to_thread(
                self._desk.calls.end, request.ctx.user, given.get("outcome", ""), given.get("note", "")
            )
        except CallError as error:
            return await self._again(request, Asked(view="end"), str(error), given)
        return redirect(f"/staff?{urlencode({'said': 'ended'})}", status=303)

    async def report(self, request: Request) -> HTTPResponse:
        """Send a report on an answer to the maintainers, with the answer as it stood."""
        given = _form(request)
        asked = Asked(
            query=given.get("question", "")[:200],
            place=given.get("place", ""),
            topic=given.get("topic", ""),
            view="report",
        )
        try:
            await asyncio.to_thread(self._reported, request.ctx.user, given)
        except (CallError, NotFoundError) as error:
            return await self._again(request, asked, str(error), given)
        return redirect(f"{asked.address(view='')}&said=reported", status=303)

    async def open_code(self, request: Request) -> HTTPResponse:
        """Open the conversation of a caller who reads out a code."""
        typed = _form(request).get("code", "")
        asked = Asked(view="code")
        try:
            found = await asyncio.to_thread(self._desk.codes.open, typed, request.ctx.user)
        except CodeLockedError as error:
            return await self._again(request, asked, str(error), {})
        if found is None:
            return await self._again(request, asked, WRONG_CODE, {})
        await asyncio.to_thread(self._desk.calls.look, request.ctx.user, "transcript", str(found.id), {})
        place = found.place or ""
        address = Asked(place=place, view="code").address(transcript=str(found.id))
        return redirect(address, status=303)

    def _reported(self, user: Any, given: Mapping[str, str]) -> None:
        topic, place = given.get("topic") or None, given.get("place") or None
        view = self._desk.reference.topic(topic, place) if topic else None
        shown = view.given if view is not None else None
        self._desk.reports.report(
            user,
            topic,
            place,
            given.get("kind", ""),
            given.get("text", ""),
            answer_shown=shown.body if shown is not None else "",
            question=given.get("question", ""),
            sources=[clause.id for clause in shown.clauses] if shown is not None else (),
        )

    async def _again(
        self, request: Request, asked: Asked, problem: str, typed: Mapping[str, str]
    ) -> HTTPResponse:
        """The form as it was filled in, with what is wrong with it."""
        return await self._page(
            request, "staff/console.html", asked, problem=problem, typed=typed, status=400
        )

    async def _page(
        self,
        request: Request,
        template: str,
        asked: Asked,
        *,
        problem: str = "",
        typed: Mapping[str, str] | None = None,
        tool: tuple[str, Mapping[str, str]] | None = None,
        status: int = 200,
        **more: Any,
    ) -> HTTPResponse:
        screen = Screen(self._desk, request.ctx.user, asked, problem, typed or {})

        def values() -> dict[str, Any]:
            return {**screen.values(), **(screen.tool(*tool) if tool is not None else {})}

        found = await asyncio.to_thread(values)
        return self._pages.page(request, template, status, **found, **more)


class History:
    """The calls of the past, and their export."""

    def __init__(self, desk: Desk, pages: Pages, audit: Callable[..., None]) -> None:
        self._desk = desk
        self._pages = pages
        self._audit = audit

    async def show(self, request: Request) -> HTTPResponse:
        """A page of calls, the newest first."""
        given, problem = _arguments(request), ""
        try:
            filters = filters_of(given)
        except ValueError as error:
            filters, problem = Filters(), str(error)
        page = int(given.get("page", "1")) if given.get("page", "1").isdecimal() else 1
        page = min(max(1, page), 1_000)
        calls, total = await asyncio.to_thread(
            self._desk.calls.history, request.ctx.user, filters, _PER_PAGE, (page - 1) * _PER_PAGE
        )

        if request.ctx.user.may("maintain"):
            await asyncio.to_thread(self._audit, request.ctx.user, "calls_read", {"calls": str(total)})

        def turned(to: int) -> str:
            return f"/staff/calls?{urlencode({**given, 'page': to})}"

        return self._pages.page(
            request,
            "staff/calls.html",
            status=400 if problem else 200,
            calls=calls,
            total=total,
            filters=given,
            problem=problem,
            places=self._desk.reference.places(),
            outcomes=tuple(OUTCOME_NAMES.items()),
            sees_all=request.ctx.user.may("maintain"),
            place_name=self._desk.place_name,
            outcome_name=outcome_name,
            entry_label=Screen(self._desk, request.ctx.user, Asked()).entry_label,
            export=lambda kind: f"/staff/calls.{kind}?{urlencode(given)}",
            earlier=turned(page - 1) if page > 1 else "",
            later=turned(page + 1) if page * _PER_PAGE < total else "",
        )

    async def export_csv(self, request: Request) -> HTTPResponse:
        """The calls that the filters find, as comma-separated values."""
        return await self._export(request, "csv")

    async def export_xlsx(self, request: Request) -> HTTPResponse:
        """The same as an Excel workbook."""
        return await self._export(request, "xlsx")

    async def _export(self, request: Request, kind: str) -> HTTPResponse:
        write, content_type = _EXPORTS[kind]
        try:
            filters = filters_of(_arguments(request))
        except ValueError:
            return redirect(f"/staff/calls?{request.query_string}", status=303)
        user = request.ctx.user
        calls, _ = await asyncio.to_thread(self._desk.calls.history, user, filters, _MOST_EXPORTED, 0)
        names = Names(self._desk.topic_name, self._desk.place_name)
        body = await asyncio.to_thread(write, calls, names)
        await asyncio.to_thread(self._audit, user, "calls_exported", {"calls": str(len(calls)), "as": kind})
        headers = {"Content-Disposition": f'attachment; filename="calls.{kind}"'}
        return raw(body, headers=headers, content_type=content_type)


def filters_of(given: Mapping[str, str]) -> Filters:
    """The filters of a list of calls; raises ValueError with one Chinese line for a day that is none."""
    return Filters(
        place=given.get("place") or None,
        outcome=given.get("outcome") if given.get("outcome") in OUTCOME_NAMES else None,
        user=given.get("clerk") or None,
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        text=given.get("text", "")[:100],
    )


def _day(written: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"“{written[:20]}”不是日期，请写成 2026-01-31 这样。") from None


def _done(request: Request, asked: Asked) -> HTTPResponse:
    """After a change: nothing more for the script, the console again without one."""
    if "x-part" in request.headers:
        return empty()
    return redirect(f"{asked.address()}&said={asked.said}", status=303)


def _form(request: Request) -> dict[str, str]:
    """The fields of a form, each once."""
    return {name: str(values[0]) for name, values in request.form.items() if values and name != "csrf"}


def _arguments(request: Request) -> dict[str, str]:
    return {name: str(values[0]) for name, values in request.args.items() if values}
