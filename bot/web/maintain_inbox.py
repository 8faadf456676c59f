"""The maintainers' pages on what people asked: the inbox in groups that mean the same, and the figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.services.drafts import EditError
from bot.services.figures_export import figures_xlsx
from bot.services.inbox import Filters, InboxError
from bot.web.figure_charts import by_day, by_place, by_topic, publications, shares, tools, unanswered
from bot.web.maintain_pages import Handlers, arguments_of, form_of, gone
from bot.wording.inbox import ACTION_NAMES, KIND_NAMES, LABEL_NAMES

Handler = Callable[..., Awaitable[HTTPResponse]]
_PER_PAGE = 20
_USUAL_DAYS = 28
# Why examples were added, where nobody said more.
_FROM_INBOX = "收件箱里的问法"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_CHARTS = {
    "每天的提问": by_day,
    "回答情况": shares,
    "问得最多的主题": by_topic,
    "各参保地": by_place,
    "没答上的问题": unanswered,
    "核对与估算": tools,
    "发布前后": publications,
}


class InboxPages(Handlers):
    """The handlers of the inbox and of the figures."""

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.show_inbox, "/maintain", "GET"
        yield self.show_group, "/maintain/inbox/<group:str>", "GET"
        yield self.decide, "/maintain/inbox/<group:str>", "POST"
        yield self.reopen, "/maintain/decisions/<batch:str>/reopen", "POST"
        yield self.show_analytics, "/maintain/analytics", "GET"
        yield self.export_analytics, "/maintain/analytics.xlsx", "GET"

    async def show_inbox(self, request: Request) -> HTTPResponse:
        """The groups, the largest first, and what was decided lately."""
        given = arguments_of(request)
        page = int(given["page"]) if given.get("page", "").isdigit() else 1
        page = min(max(1, page), 1_000)
        filters = Filters(
            kind=given.get("kind") if given.get("kind") in KIND_NAMES else None,
            place=given.get("place") or None,
            text=given.get("text", "")[:100],
        )
        groups, total = await self.aside(self.desk.inbox.groups, filters, _PER_PAGE, (page - 1) * _PER_PAGE)
        return await self.page(
            request,
            "inbox.html",
            groups=groups,
            total=total,
            page=page,
            last=max(1, -(-total // _PER_PAGE)),
            counts=await self.aside(self.desk.inbox.counts),
            decisions=await self.aside(self.desk.inbox.decisions, 10),
            filters=given,
            kinds=KIND_NAMES,
            actions=ACTION_NAMES,
            places=self.desk.places(),
            **self._names(),
        )

    async def show_group(self, request: Request, group: str) -> HTTPResponse:
        """One group with every text, and what can be done with it."""
        return await self._group(request, group)

    async def decide(self, request: Request, group: str) -> HTTPResponse:
        """Assign, make a topic of, decline or dismiss texts of a group."""
        given = form_of(request)
        texts = [str(text) for text in request.form.getlist("text") or []]
        if given.get("suggested"):
            given |= {"action": "assign", "label": given["suggested"]}
        action = given.get("action", "")
        try:
            await self.aside(self._decided, action, group, texts, given, request.ctx.user)
        except (InboxError, EditError) as error:
            return await self._group(request, group, str(error), 422)
        return gone("/maintain", "dismissed" if action == "dismiss" else "assigned")

    async def reopen(self, request: Request, batch: str) -> HTTPResponse:
        """Take a decision back."""
        try:
            await self.aside(self.desk.inbox.reopen, batch, request.ctx.user)
        except InboxError as error:
            return self.pages.problem(request, 404, "not_found") if error.code else gone("/maintain")
        return gone("/maintain", "reopened")

    async def show_analytics(self, request: Request) -> HTTPResponse:
        """The figures of a stretch of days."""
        since, until, place, problem = self._stretch(request)
        figures = await self.aside(self.desk.analytics.figures, since, until, place)
        return await self.page(
            request,
            "analytics.html",
            problem=problem,
            figures=figures,
            charts=[(title, draw(figures)) for title, draw in _CHARTS.items()],
            since=since,
            until=until,
            place=place,
            places=self.desk.places(),
            **self._names(),
        )

    async def export_analytics(self, request: Request) -> HTTPResponse:
        """The figures as an Excel workbook."""
        since, until, place, _ = self._stretch(request)
        figures = await self.aside(self.desk.analytics.figures, since, until, place)
        body = await self.aside(figures_xlsx, figures)
        headers = {"Content-Disposition": 'attachment; filename="figures.xlsx"'}
        return raw(body, headers=headers, content_type=_SPREADSHEET)

    def _stretch(self, request: Request) -> tuple[date, date, str | None, str]:
        given, today = arguments_of(request), self.desk.today()
        try:
            until = date.fromisoformat(given["until"]) if given.get("until") else today
            since = (
                date.fromisoformat(given["since"])
                if given.get("since")
                else until - timedelta(days=_USUAL_DAYS - 1)
            )
        except ValueError:
            return today - timedelta(days=_USUAL_DAYS - 1), today, None, "日期请写成 2026-01-31 这样。"
        if since > until:
            since, until = until, since
        return since, until, given.get("place") or None, ""

    def _decided(self, action: str, group: str, texts: list[str], given: dict[str, str], user: Any) -> Any:
        inbox, why = self.desk.inbox, given.get("why", "")
        if action == "assign":
            return inbox.assign(group, given.get("label", ""), texts, user, why or _FROM_INBOX)
        if action == "out_of_scope":
            return inbox.out_of_scope(group, given.get("label", ""), texts, user, why or _FROM_INBOX)
        return inbox.dismiss(group, why, texts, user)

    async def _group(
        self, request: Request, group: str, problem: str = "", status: int = 200
    ) -> HTTPResponse:
        found = await self.aside(self.desk.inbox.group, group)
        if found is None:
            return gone("/maintain")
        topics = await self.aside(self.desk.editing.topics)
        return await self.page(
            request,
            "group.html",
            problem=problem,
            status=status,
            group=found,
            topics=topics,
            declines=self.desk.inbox.declines(),
            kinds=KIND_NAMES,
            **self._names(),
        )

    def _names(self) -> dict[str, Any]:
        def label_name(label: str) -> str:
            return LABEL_NAMES.get(label) or self.desk.topic_name(label.removeprefix("faq/"))

        return {"label_name": label_name, "place_name": self.desk.place_name, "useful": _useful}


def _useful(suggestions: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The suggestions that texts can be assigned to; that somebody said yes teaches nothing."""
    return [
        (label, share)
        for label, share in suggestions
        if label.startswith(("faq/", "decline/")) or label in ("check_filing", "estimate")
    ]
