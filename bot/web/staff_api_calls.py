"""Calls, their history and export, reports and codes of the API under /api/staff/."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.services.calls import LONGEST_NOTE, OUTCOMES, REPORT_KINDS, Call, CallError, Clerk, Filters
from bot.services.catalogue import Catalogue
from bot.services.exports import Names, calls_csv, calls_xlsx
from bot.services.staff_tools import FACTS
from bot.web import json_views as views
from bot.web.answering import answered, worked
from bot.web.json_requests import Field, arguments_of, body_of, day, facts, text, whole
from bot.web.refusals import Refused, json_answer
from bot.web.staff_screen import Desk
from bot.web.staff_words import WRONG_CODE
from bot.wording.records import problem

__all__ = ["PLACE", "CallsApi"]

Handler = Callable[..., Awaitable[HTTPResponse]]

_LONGEST_PLACE, _LONGEST_TOPIC, _LONGEST_FACT, _LONGEST_CODE = 60, 80, 60, 40
# As much as an entry keeps.
_LONGEST_RESULT = 4_000
_PER_ANSWER, _MOST_PER_ANSWER, _LAST = 50, 200, 1_000_000
_MOST_EXPORTED = 10_000
_CALL = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_OTHERS = "只有维护员和管理员能看别人的来电记录，请去掉 clerk，或者写自己的用户名。"
_TOPIC_MISSING = "请写上“topic”：看了哪个主题。"

PLACE = Field(text(_LONGEST_PLACE))
_FILTERS = {
    "place": PLACE,
    "outcome": Field(text(_LONGEST_CODE, OUTCOMES)),
    "clerk": Field(text(_LONGEST_PLACE)),
    "since": Field(day),
    "until": Field(day),
    "text": Field(text(100)),
}
_HISTORY = {
    **_FILTERS,
    "limit": Field(whole(1, _MOST_PER_ANSWER)),
    "offset": Field(whole(0, _LAST)),
}
_ENTRY = {
    "kind": Field(text(_LONGEST_CODE, ("topic", "filing", "estimate")), required=True),
    "topic": Field(text(_LONGEST_TOPIC)),
    "place": PLACE,
    "facts": Field(facts(_LONGEST_FACT, [field.name for field in FACTS])),
    "result": Field(text(_LONGEST_RESULT)),
}
_END = {"outcome": Field(text(_LONGEST_CODE, OUTCOMES), required=True), "note": Field(text(LONGEST_NOTE))}
_REPORT = {
    "kind": Field(text(_LONGEST_CODE, REPORT_KINDS), required=True),
    "topic": Field(text(_LONGEST_TOPIC)),
    "place": PLACE,
    "text": Field(text(LONGEST_NOTE)),
    "question": Field(text(LONGEST_NOTE)),
}
_CODE = {"code": Field(text(_LONGEST_CODE), required=True)}
_EXPORTS: Mapping[str, tuple[Callable[..., bytes], str]] = {
    "csv": (calls_csv, "text/csv; charset=utf-8"),
    "xlsx": (calls_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class CallsApi:
    """The handlers of what is recorded; ``audit(user, action, detail)`` notes who took calls away."""

    def __init__(self, desk: Desk, catalogue: Catalogue, audit: Callable[..., None]) -> None:
        self._desk = desk
        self._catalogue = catalogue
        self._audit = audit

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.today, "/today", "GET"
        yield self.start, "/calls", "POST"
        yield self.history, "/calls", "GET"
        yield self.export_csv, "/calls.csv", "GET"
        yield self.export_xlsx, "/calls.xlsx", "GET"
        yield self.current, "/calls/current", "GET"
        yield self.place, "/calls/current/place", "PUT"
        yield self.look, "/calls/current/entries", "POST"
        yield self.end, "/calls/current/end", "POST"
        yield self.call, "/calls/<call_id:str>", "GET"
        yield self.report, "/reports", "POST"
        yield self.code, "/codes", "POST"

    async def today(self, request: Request) -> HTTPResponse:
        """The quiet figure of today."""
        arguments_of(request, {})
        return await answered(lambda: views.today_json(self._desk.calls.today(), self._desk))

    async def start(self, request: Request) -> HTTPResponse:
        """Begin a call, or give the open one."""
        asked = body_of(request, {"place": PLACE})
        call, is_new = await worked(self._start, request.ctx.user, asked.get("place", ""))
        return json_answer(call, 201 if is_new else 200)

    async def history(self, request: Request) -> HTTPResponse:
        """The calls that the filters find, the newest first."""
        asked = arguments_of(request, _HISTORY)
        return await answered(self._history, request.ctx.user, asked)

    async def export_csv(self, request: Request) -> HTTPResponse:
        """The calls that the filters find, as CSV."""
        return await self._export(request, "csv")

    async def export_xlsx(self, request: Request) -> HTTPResponse:
        """The calls that the filters find, for Excel."""
        return await self._export(request, "xlsx")

    async def current(self, request: Request) -> HTTPResponse:
        """The open call."""
        arguments_of(request, {})
        return await answered(self._current, request.ctx.user)

    async def call(self, request: Request, call_id: str) -> HTTPResponse:
        """One call."""
        arguments_of(request, {})
        return await answered(self._call, request.ctx.user, call_id)

    async def place(self, request: Request) -> HTTPResponse:
        """Set the caller's place."""
        asked = body_of(request, {"place": PLACE})
        return await answered(self._set_place, request.ctx.user, asked.get("place", ""))

    async def look(self, request: Request) -> HTTPResponse:
        """Note in the open call what was looked at or worked out."""
        return await answered(self._look, request.ctx.user, body_of(request, _ENTRY))

    async def end(self, request: Request) -> HTTPResponse:
        """End the open call."""
        asked = body_of(request, _END)
        return await answered(self._end, request.ctx.user, asked["outcome"], asked.get("note", ""))

    async def report(self, request: Request) -> HTTPResponse:
        """Tell the maintainers that an answer is wrong, missing or outdated."""
        report = await worked(self._report, request.ctx.user, body_of(request, _REPORT))
        return json_answer({"id": report}, 201)

    async def code(self, request: Request) -> HTTPResponse:
        """Open the conversation of a caller who reads out a code."""
        return await answered(self._open, request.ctx.user, body_of(request, _CODE)["code"])

    def _json(self, call: Call, user: Clerk) -> views.Json:
        return views.call_json(call, self._desk, user)

    def _start(self, user: Clerk, place: str) -> tuple[views.Json, bool]:
        """The open call, and whether it was begun now."""
        known = self._catalogue.place(place)
        before = self._desk.calls.current(user)
        call = self._desk.calls.start(user, known)
        return self._json(call, user), before is None or before.id != call.id

    def _current(self, user: Clerk) -> views.Json:
        call = self._desk.calls.current(user)
        if call is None:
            raise Refused(404, "no_call", problem("no_call"))
        return self._json(call, user)

    def _call(self, user: Clerk, written: str) -> views.Json:
        call = self._desk.calls.call(int(written), user) if _CALL.fullmatch(written) else None
        if call is None:
            raise Refused(404, "unknown_call", problem("unknown_call"))
        return self._json(call, user)

    def _set_place(self, user: Clerk, place: str) -> views.Json:
        return self._json(self._desk.calls.set_place(user, self._catalogue.place(place)), user)

    def _end(self, user: Clerk, outcome: str, note: str) -> views.Json:
        return self._json(self._desk.calls.end(user, outcome, note), user)

    def _look(self, user: Clerk, asked: Mapping[str, Any]) -> views.Json:
        kind, place = asked["kind"], self._catalogue.place(asked.get("place", ""))
        subject = self._topic(asked, place) if kind == "topic" else kind
        result = " ".join(asked.get("result", "").split())
        detail = {"place": place, "result": result, **asked.get("facts", {})}
        if self._desk.calls.current(user) is None:
            raise CallError("no_call")
        self._desk.calls.look(user, kind, subject, {name: value for name, value in detail.items() if value})
        call = self._desk.calls.current(user)
        if call is None:
            raise CallError("no_call")
        return self._json(call, user)

    def _topic(self, asked: Mapping[str, Any], place: str | None) -> str:
        if "topic" not in asked:
            raise Refused(422, "missing_field", _TOPIC_MISSING, field="topic")
        return self._desk.reference.topic(asked["topic"], place).topic

    def _history(self, user: Clerk, asked: Mapping[str, Any]) -> views.Json:
        limit, offset = asked.get("limit", _PER_ANSWER), asked.get("offset", 0)
        calls, total = self._desk.calls.history(user, _filters(user, asked), limit, offset)
        found = [self._json(call, user) for call in calls]
        return {"total": total, "limit": limit, "offset": offset, "calls": found}

    async def _export(self, request: Request, kind: str) -> HTTPResponse:
        """The calls as a file; that somebody took them away is noted."""
        body = await worked(self._exported, request.ctx.user, arguments_of(request, _FILTERS), kind)
        headers = {"Content-Disposition": f'attachment; filename="calls.{kind}"'}
        return raw(body, headers=headers, content_type=_EXPORTS[kind][1])

    def _exported(self, user: Clerk, asked: Mapping[str, Any], kind: str) -> bytes:
        calls, _ = self._desk.calls.history(user, _filters(user, asked), _MOST_EXPORTED, 0)
        written = _EXPORTS[kind][0](calls, Names(self._desk.topic_name, self._desk.place_name))
        self._audit(user, "calls_exported", {"calls": str(len(calls)), "as": kind})
        return written

    def _report(self, user: Clerk, asked: Mapping[str, Any]) -> int:
        topic, place = asked.get("topic"), self._catalogue.place(asked.get("place", ""))
        shown = self._desk.reference.topic(topic, place).given if topic else None
        return self._desk.reports.report(
            user,
            topic,
            place,
            asked["kind"],
            asked.get("text", ""),
            answer_shown=shown.body if shown is not None else "",
            question=asked.get("question", ""),
            sources=[clause.id for clause in shown.clauses] if shown is not None else (),
        )

    def _open(self, user: Clerk, code: str) -> views.Json:
        found = self._desk.codes.open(code, user)
        if found is None:
            raise Refused(404, "wrong_code", WRONG_CODE, field="code")
        self._desk.calls.look(user, "transcript", str(found.id), {})
        return views.transcript_json(found, self._desk)


def _filters(user: Clerk, asked: Mapping[str, Any]) -> Filters:
    """The filters of a list of calls; nobody is told that others have no calls by being shown their own."""
    clerk = asked.get("clerk")
    if clerk not in (None, user.name) and not user.may("maintain"):
        raise Refused(403, "not_allowed", _OTHERS, field="clerk")
    return Filters(
        place=asked.get("place"),
        outcome=asked.get("outcome"),
        user=clerk,
        since=asked.get("since"),
        until=asked.get("until"),
        text=asked.get("text", ""),
    )
