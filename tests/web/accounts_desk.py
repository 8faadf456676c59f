"""A server with the pages of accounts, and browsers at it that keep cookies and follow no redirect by themselves."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.services.accounts import Accounts
from tests.web.scripted_accounts import Clock, accounts_of

ROOT = Path(__file__).parents[2]
GOOD = "correct horse battery"
OTHER = "another horse battery"

_numbers = itertools.count(1)


@dataclass
class Office:
    """A running server, and its accounts as the command line sees them."""

    address: str
    accounts: Accounts
    # Several servers may share a database, as several serving processes do.
    url: str = field(repr=False)
    browsers: list[Browser] = field(default_factory=list)

    def user(self, role: str = "staff") -> str:
        """A new user with that role; the name."""
        return self.accounts.add(f"{role}{next(_numbers)}", GOOD, role).name

    def browser(self) -> Browser:
        """A browser at a desk of its own: behind the proxy of these servers its address is one of its own."""
        self.browsers.append(Browser(self.address))
        return self.browsers[-1]

    def logged_in(self, role: str = "staff") -> Browser:
        """A browser in which a new user is logged in."""
        browser = self.browser()
        browser.name = self.user(role)
        assert browser.log_in(browser.name).status_code == 303
        return browser

    def later(self, seconds: float) -> None:
        """Puts the server's clock forward."""
        httpx.put(f"{self.address}/clock", json=seconds).raise_for_status()


class Browser(httpx.Client):
    """A browser without scripts: pages, forms and cookies."""

    name = ""

    def __init__(self, address: str) -> None:
        """Opens nothing yet."""
        number = next(_numbers)
        super().__init__(
            base_url=address, headers={"X-Forwarded-For": f"198.51.{number // 250}.{number % 250 + 1}"}
        )

    def log_in(self, name: str, password: str = GOOD, wanted: str = "", **headers: str) -> httpx.Response:
        """Opens the log-in form, fills it in and sends it."""
        form = self.get("/login", params={"next": wanted} if wanted else {})
        fields = {"csrf": csrf_in(form), "name": name, "password": password, "next": wanted}
        return self.post("/login", data=fields, headers=headers)

    def csrf(self) -> str:
        """What the forms of this browser carry."""
        return csrf_in(self.get("/account"))

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Fills in a form of ours and sends it."""
        return self.post(path, data={"csrf": self.csrf(), **fields})

    def is_logged_in(self) -> bool:
        """Whether a page for staff opens."""
        answer = self.get("/staff")
        assert answer.status_code in (200, 303)
        return answer.status_code == 200

    def cookie(self) -> str:
        """The token of the session."""
        return self.cookies["session"]


def csrf_in(page: httpx.Response) -> str:
    """The CSRF token in the first form of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


@contextmanager
def accounts_serving(url: str, *options: str) -> Iterator[Office]:
    """A server over a database, with options (`secure`; `proxy` is always on)."""
    command = [sys.executable, str(Path(__file__).with_name("scripted_accounts.py")), url, "proxy", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, "the server did not start; its own message stands above"
            office = Office(address, accounts_of(url, Clock()), url)
            yield office
            for browser in office.browsers:
                browser.close()
        finally:
            process.terminate()
