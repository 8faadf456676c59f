"""Pages of the consoles: Jinja templates with the user, the CSRF token and the addresses of files at hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic.request import Request
from sanic.response import HTTPResponse, html

from bot.web import words
from bot.web.assets import Asset, address_of, static_files

__all__ = ["PROBLEMS", "Pages"]

PROBLEMS = {
    "not_allowed": ("没有权限", "您的账号不能打开这一页。需要的话，请找管理员开通。"),
    "bad_csrf": ("页面过期了", "为了安全，这次提交没有生效。请回到上一页，刷新以后再试。"),
    "not_found": ("没有这一页", "地址可能写错了，或者内容已经不在了。"),
    "failed": ("系统忙", "刚才没有办成，请稍后再试。"),
}
"""What can be wrong: title and one line that says what to do."""


class Pages:
    """Makes pages from the templates in bot/web/templates; moments are shown in the time of `zone`."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._assets: Mapping[str, Asset] = static_files()
        self._jinja = Environment(
            loader=FileSystemLoader(str(files("bot.web") / "templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals.update(static=self.static, words=words)
        self._jinja.filters["when"] = self.when

    def static(self, name: str) -> str:
        """The address of a file in bot/web/static, with its fingerprint."""
        return address_of(name, self._assets)

    def when(self, moment: datetime | None) -> str:
        """A moment as people here read it: 2026-11-22 14:05."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M") if moment else ""

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTTPResponse:
        """A page; `user` and `csrf` are those of the session, None and "" where nobody is logged in."""
        session = getattr(request.ctx, "session", None)
        known = {
            "user": session.user if session else None,
            "csrf": session.csrf if session else "",
            "path": request.path,
        }
        return html(self._jinja.get_template(template).render({**known, **values}), status=status)

    def problem(self, request: Request, status: int, code: str) -> HTTPResponse:
        """A page that says what is wrong and what to do; `code` is one of PROBLEMS."""
        title, line = PROBLEMS[code]
        return self.page(request, "problem.html", status, title=title, line=line)
