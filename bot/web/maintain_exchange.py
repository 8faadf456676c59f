"""The maintainers' pages on tables: everything of a kind out for Excel, and in again with a look at each row first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot.services.drafts import EditError
from bot.services.exchange import KINDS, Preview, preview_from
from bot.web.maintain_pages import Handlers, form_of, gone
from bot.wording.exchange import SHEETS

Handler = Callable[..., Awaitable[HTTPResponse]]
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STATES = {"new": "新增", "changed": "改动", "same": "没变", "error": "不能导入"}


class ExchangePages(Handlers):
    """The handlers of import and export."""

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.show_exchange, "/maintain/exchange", "GET"
        yield self.export_table, "/maintain/exchange/<kind:str>/<form:str>", "GET"
        yield self.preview_table, "/maintain/exchange/preview", "POST"
        yield self.import_table, "/maintain/exchange/import", "POST"

    async def show_exchange(self, request: Request) -> HTTPResponse:
        """What can be taken out, and where a table is put in."""
        return await self._exchange(request)

    async def export_table(self, request: Request, kind: str, form: str) -> HTTPResponse:
        """Everything of a kind as a file."""
        if kind not in KINDS or form not in _TYPES:
            return self.pages.problem(request, 404, "not_found")
        body = await self.aside(self.desk.exchange.export, kind, form)
        headers = {"Content-Disposition": f'attachment; filename="{kind}.{form}"'}
        return raw(body, headers=headers, content_type=_TYPES[form])

    async def preview_table(self, request: Request) -> HTTPResponse:
        """What each row of a table would change."""
        sent = request.files.get("table")
        kind = form_of(request).get("kind", "")
        if sent is None or not sent.body:
            return await self._exchange(request, "请先选一个 Excel 或 CSV 文件。", 400)
        form = "xlsx" if sent.name.lower().endswith(".xlsx") else "csv"
        try:
            preview = await self.aside(self.desk.exchange.preview, kind, sent.body, form)
        except EditError as error:
            return await self._exchange(request, str(error), 422)
        return await self._exchange(request, preview=preview)

    async def import_table(self, request: Request) -> HTTPResponse:
        """Take over the rows that were ticked."""
        given = form_of(request)
        accepted = {int(n) for n in request.form.getlist("row") or [] if str(n).isdecimal()}
        try:
            preview = preview_from(given.get("preview", ""))
        except (ValueError, KeyError, TypeError):
            return await self._exchange(request, "预览已经失效，请重新上传。", 400)
        try:
            await self.aside(
                self.desk.exchange.apply, preview, accepted, request.ctx.user, given.get("why", "")
            )
        except EditError as error:
            return await self._exchange(request, str(error), 409, preview)
        return gone("/maintain/exchange", "imported")

    async def _exchange(
        self, request: Request, problem: str = "", status: int = 200, preview: Preview | None = None
    ) -> HTTPResponse:
        values: dict[str, Any] = {"kinds": SHEETS, "states": STATES, "preview": preview}
        return await self.page(request, "exchange.html", problem=problem, status=status, **values)
