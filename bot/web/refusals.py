"""What is refused: as JSON wherever a program asks, and before it can hang the server where it is no proper HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sanic import Sanic
from sanic.exceptions import InvalidUsage, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.web.security import secured

__all__ = ["Refused", "json_answer", "refuse_kindly"]

_log = logging.getLogger(__name__)

_PROGRAMS = "/api/"
# What Sanic refuses by itself, by status: the code and the sentence that says what to do.
_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "请求不完整或者格式不对，请对照接口文档检查后重发。"),
    404: ("not_found", "没有这个地址，请对照接口文档 /api/staff/openapi.json。"),
    405: ("method_not_allowed", "这个地址不支持 {method}，请改用 {allowed}。"),
    408: ("timeout", "请求没有在规定时间内发完，请重发。"),
    413: ("too_large", "请求体太大，最多 {limit:,} 字节，请删减后重发。"),
    417: ("bad_request", "请不要带 Expect 请求头。"),
    500: ("failed", "系统忙，刚才没有办成，请稍后再试。"),
    503: ("failed", "系统忙，刚才没有办成，请稍后再试。"),
}


class Refused(Exception):
    """A call that cannot be answered. The message is one Chinese sentence that says what to do, ``code`` is for programs."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        choices: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.choices = choices
        self.headers = headers or {}

    def answer(self) -> HTTPResponse:
        """The refusal as a program reads it."""
        error: dict[str, Any] = {"code": self.code, "message": str(self)}
        if self.field is not None:
            error["field"] = self.field
        if self.choices:
            error["choices"] = [{"value": value, "label": label} for value, label in self.choices]
        return secured(json_answer({"error": error}, self.status, self.headers))


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    """JSON in UTF-8 in which Chinese can be read."""
    # Half an emoji, which UTF-8 does not know, becomes a question mark.
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return HTTPResponse(written, status, dict(headers or {}), content_type="application/json")


def refuse_kindly(app: Sanic) -> None:
    """Let a program read as JSON why it gets no answer, and let nobody send a body whose length is no number."""
    app.exception(Exception)(_refuse)
    app.signal("http.lifecycle.request")(_check_frame)


def _refuse(request: Request, error: Exception) -> HTTPResponse | None:
    """The answer for a program; None, which is Sanic's own answer, for a page."""
    if not request.path.startswith(_PROGRAMS):
        return None
    if isinstance(error, Refused):
        return error.answer()
    status = getattr(error, "status_code", 500) if isinstance(error, SanicException) else 500
    if status >= 500:
        # The path alone: arguments hold what a caller said.
        _log.error("%s %s failed.", request.method, request.path, exc_info=error)
    return _refused_by_sanic(request, error, status if status in _WORDS else 500).answer()


def _refused_by_sanic(request: Request, error: Exception, status: int) -> Refused:
    code, words = _WORDS[status]
    headers = dict(getattr(error, "headers", None) or {})
    allowed = "、".join(sorted(headers.get("Allow", "").split(", ")))
    limit = request.app.config.REQUEST_MAX_SIZE
    message = words.format(method=request.method, allowed=allowed, limit=limit)
    return Refused(status, code, message, headers=headers)


async def _check_frame(request: Request) -> None:
    """Refuse a body whose length nobody can tell.

    Sanic 21.12 would answer ``abc`` or a coding it does not know with 500, and wait for a length below zero in a loop that
    lets nobody else in: one such request stops the server.
    """
    length = request.headers.getone("content-length", "0")
    coding = request.headers.getone("transfer-encoding", "chunked")
    if coding != "chunked" or not (length.isascii() and length.isdigit()):
        raise InvalidUsage("The length of the body is no number.")
