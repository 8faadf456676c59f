"""``python -m bot menu push|show``: the menu of the public account, from ``knowledge/menu.yml``."""

from __future__ import annotations

import argparse
import asyncio

from bot import wiring
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.api_errors import WeChatApiError
from bot.cli.console import console, report_problems
from bot.knowledge.errors import problem
from bot.knowledge.menu import Menu, load_menu, published


def run(options: argparse.Namespace) -> int:
    """Check the file, then put it in the account or compare the two; returns 1 when something is wrong."""
    menu = load_menu(wiring.settings().knowledge / "menu.yml")
    api = wiring.wechat_api()
    if api is None:
        report_problems(_missing())
        return 1
    try:
        found = asyncio.run(_work(api, menu, push=options.what == "push"))
    except WeChatApiError as error:
        report_problems([problem("WeChat", "the menu", str(error), f"then run menu {options.what} again")])
        return 1
    return _show(menu, found) if options.what == "show" else 0


def _missing() -> list[str]:
    """A line for each setting without which WeChat answers nobody."""
    settings = wiring.settings()
    given = {"WECHAT_APP_ID": settings.wechat_app_id, "WECHAT_APP_SECRET": settings.wechat_app_secret}
    write = "copy it from the account's console (设置与开发 > 基本配置) into the environment"
    return [problem("environment", name, "not set", write) for name, value in given.items() if not value]


async def _work(api: WeChatApi, menu: Menu, *, push: bool) -> Menu | None:
    """Push the menu, or fetch the one that users see."""
    try:
        if not push:
            return published(await api.show_menu())
        await api.create_menu(menu.for_wechat())
        console.print("The menu is published. Phones show it within 5 minutes of opening the account again.")
        return menu
    finally:
        await api.close()


def _show(menu: Menu, found: Menu | None) -> int:
    for line in found.lines() if found else ["The account shows no menu."]:
        console.print(line, markup=False, soft_wrap=True)
    if found == menu:
        console.print("It is the one in menu.yml.")
        return 0
    differs = "is another than the account shows" if found else "is not published"
    report_problems([problem("menu.yml", "the menu", differs, "run python -m bot menu push")])
    return 1
