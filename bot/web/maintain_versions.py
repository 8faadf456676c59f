"""The maintainers' pages on training and publishing: runs with live progress, versions with their report, going back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

from bot.services.gate import GateError
from bot.services.publishing import PublicationError
from bot.services.training_runs import RunError
from bot.web.maintain_pages import Handlers, form_of, gone
from bot.web.maintain_words import OBJECTIONS, PROBLEMS, RUN_STATES, figure_words, reason_words, step_words

Handler = Callable[..., Awaitable[HTTPResponse]]
_SHOWN = 20


class VersionPages(Handlers):
    """The handlers of runs and versions."""

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.show_versions, "/maintain/versions", "GET"
        yield self.start, "/maintain/runs", "POST"
        yield self.show_run, "/maintain/runs/<run:str>", "GET"
        yield self.events, "/maintain/runs/<run:str>/events", "GET"
        yield self.cancel, "/maintain/runs/<run:str>/cancel", "POST"
        yield self.show_version, "/maintain/versions/<name:str>", "GET"
        yield self.approve, "/maintain/versions/<name:str>/approve", "POST"
        yield self.publish, "/maintain/versions/<name:str>/publish", "POST"
        yield self.roll_back, "/maintain/rollback", "POST"

    async def show_versions(self, request: Request) -> HTTPResponse:
        """All versions, the run that is going on, and what was published."""
        return await self._versions(request)

    async def start(self, request: Request) -> HTTPResponse:
        """Start a training run."""
        try:
            run = await self.aside(self.desk.runs.start, request.ctx.user, form_of(request).get("why", ""))
        except RunError as error:
            return await self._versions(request, _words(error), 409)
        return gone(f"/maintain/runs/{run.id}")

    async def show_run(self, request: Request, run: str) -> HTTPResponse:
        """One run with its progress and its log."""
        try:
            found = await self.aside(self.desk.runs.run, run)
        except RunError:
            return self.pages.problem(request, 404, "not_found")
        events = await self.aside(self.desk.runs.events, run)
        log = await self.aside(self.desk.runs.log, run)
        return await self.page(
            request,
            "run.html",
            run=found,
            run_states=RUN_STATES,
            log=log,
            steps=[
                {"at": e.at, "share": e.share, "text": step_words(e.step, e.note), "number": e.number}
                for e in events
            ],
        )

    async def events(self, request: Request, run: str) -> Any:
        """The progress of a run as server-sent events, from the one on that the browser has seen last."""
        try:
            await self.aside(self.desk.runs.run, run)
        except RunError:
            return self.pages.problem(request, 404, "not_found")
        seen = request.headers.get("last-event-id", "")
        response = await request.respond(
            content_type="text/event-stream",
            headers={
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
                "X-Content-Type-Options": "nosniff",
            },
        )
        async for event in self.desk.runs.follow(run, int(seen) if seen.isdigit() else 0):
            told = {"share": event.share, "text": step_words(event.step, event.note)}
            await response.send(f"id: {event.number}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n")
        ended = await self.aside(self.desk.runs.run, run)
        told = {
            "state": RUN_STATES[ended.state],
            "version": ended.version or "",
            "problem": ended.problem or "",
        }
        await response.send(f"event: over\ndata: {json.dumps(told, ensure_ascii=False)}\n\n")
        await response.eof()
        return response

    async def cancel(self, request: Request, run: str) -> HTTPResponse:
        """End a run."""
        try:
            await self.aside(self.desk.runs.cancel, run, request.ctx.user)
        except RunError as error:
            return await self._versions(request, _words(error), 409)
        return gone("/maintain/versions", "cancelled")

    async def show_version(self, request: Request, name: str) -> HTTPResponse:
        """One version with the report of the gate."""
        return await self._version(request, name)

    async def approve(self, request: Request, name: str) -> HTTPResponse:
        """Find changes of answers right, one, a group or all."""
        given = form_of(request)
        changes = [given["change"]] if given.get("change") else []
        try:
            await self.aside(
                self.desk.gate.approve, name, request.ctx.user, changes, given.get("group") or None
            )
        except (GateError, PublicationError) as error:
            return await self._version(request, name, _words(error), 409)
        return gone(f"/maintain/versions/{name}", "approved")

    async def publish(self, request: Request, name: str) -> HTTPResponse:
        """Make a version the live one."""
        reason = form_of(request).get("reason", "")
        try:
            await self.aside(self.desk.publishing.publish, name, request.ctx.user, reason)
        except PublicationError as error:
            return await self._version(request, name, _words(error), 409)
        return gone("/maintain/versions", "published")

    async def roll_back(self, request: Request) -> HTTPResponse:
        """Go back to a version, model and knowledge together."""
        given = form_of(request)
        try:
            await self.aside(
                self.desk.publishing.rollback, request.ctx.user, given.get("why", ""), given.get("to") or None
            )
        except PublicationError as error:
            return await self._versions(request, _words(error), 409)
        return gone("/maintain/versions", "rolled_back")

    async def _versions(self, request: Request, problem: str = "", status: int = 200) -> HTTPResponse:
        return await self.page(
            request,
            "versions.html",
            problem=problem,
            status=status,
            run=await self.aside(self.desk.runs.current),
            runs=await self.aside(self.desk.runs.runs, _SHOWN),
            run_states=RUN_STATES,
            versions=await self.aside(self.desk.publishing.versions),
            publications=await self.aside(self.desk.publishing.publications, _SHOWN),
        )

    async def _version(
        self, request: Request, name: str, problem: str = "", status: int = 200
    ) -> HTTPResponse:
        try:
            version = await self.aside(self.desk.publishing.version, name)
        except PublicationError:
            return self.pages.problem(request, 404, "not_found")
        objections = await self.aside(self.desk.publishing.objections, name)
        approved = await self.aside(self.desk.approved, name)
        return await self.page(
            request,
            "version.html",
            problem=problem,
            status=status,
            version=version,
            report=version.report,
            approved=approved,
            objections=[OBJECTIONS.get(code, code) for code in objections],
            reason_words=reason_words,
            figure_words=figure_words,
            topic_name=lambda label: self.desk.topic_name(label.removeprefix("faq/")),
            place_name=lambda place: self.desk.place_name(place) if place else "没说参保地",
        )


def _words(error: Any) -> str:
    """One Chinese line on what went wrong, with the details that were given."""
    told = PROBLEMS.get(error.code, str(error))
    more = "；".join(OBJECTIONS.get(line, line) for line in getattr(error, "details", ()))
    return f"{told}（{more}）" if more and more != told else told
