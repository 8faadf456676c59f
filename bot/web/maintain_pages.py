"""What the pages for maintainers share: the services behind them, forms, and what is said after something was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sanic.request import Request
from sanic.response import HTTPResponse, redirect

from bot.services.analytics import Analytics
from bot.services.drafts import TopicDraft
from bot.services.edit_policy import PolicyEditing
from bot.services.editing import Editing
from bot.services.exchange import Exchange
from bot.services.gate import Gate
from bot.services.inbox import Inbox
from bot.services.previews import Look
from bot.services.publishing import Publishing
from bot.services.reference import PlaceChoice
from bot.services.training_runs import TrainingRuns
from bot.web.pages import Pages

DONE: Mapping[str, str] = {
    "saved": "已保存，改动的答案一两秒内生效；改了问法要重新训练才学会。",
    "same": "没有改动。",
    "merged": "已保存，并和别人刚做的改动合在了一起。",
    "masked": "已保存；里面的身份证号、手机号或姓名已自动隐去。",
    "reverted": "已改回去。",
    "assigned": "已归入主题，下次训练后生效。",
    "dismissed": "已忽略。",
    "reopened": "已放回收件箱。",
    "new_topic": "新主题已建好，请补上答案和依据。",
    "cancelled": "训练已停止。",
    "approved": "已认可。",
    "published": "已发布，所有进程都在用这一版。",
    "rolled_back": "已退回，模型和知识一起。",
    "imported": "已导入。",
}


@dataclass(frozen=True)
class MaintainDesk:
    """The services of the maintainers' console."""

    editing: Editing
    policies: PolicyEditing
    exchange: Exchange
    inbox: Inbox
    analytics: Analytics
    runs: TrainingRuns
    publishing: Publishing
    gate: Gate
    today: Callable[[], date]
    # The ids of the changes of answers that were found right in a version.
    approved: Callable[[str], frozenset[str]]
    preview: Callable[[TopicDraft], tuple[Look, ...]]
    places: Callable[[], tuple[PlaceChoice, ...]]
    # What an answer may be written for: 通用, then the served places.
    place_names: Callable[[], tuple[str, ...]]
    topic_name: Callable[[str], str]
    place_name: Callable[[str], str]


class Handlers:
    """A group of pages."""

    def __init__(self, desk: MaintainDesk, pages: Pages) -> None:
        self.desk = desk
        self.pages = pages

    async def page(
        self, request: Request, template: str, *, problem: str = "", status: int = 200, **values: Any
    ) -> HTTPResponse:
        """A page of the console; ``done`` in the address says what was done before."""
        done = DONE.get(str(request.args.get("done") or ""), "")
        return self.pages.page(request, f"maintain/{template}", status, done=done, problem=problem, **values)

    @staticmethod
    async def aside(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Run what waits for files or the database without holding up conversations."""
        return await asyncio.to_thread(work, *arguments, **named)


def gone(address: str, done: str = "") -> HTTPResponse:
    """On to another page after a change, which says what was done."""
    joined = "&" if "?" in address else "?"
    return redirect(f"{address}{joined}{urlencode({'done': done})}" if done else address, status=303)


def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, each once."""
    return {name: str(values[0]) for name, values in request.form.items() if values and name != "csrf"}


def arguments_of(request: Request) -> dict[str, str]:
    """The arguments of an address, each once."""
    return {name: str(values[0]) for name, values in request.args.items() if values}
