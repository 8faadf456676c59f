"""Who may use which route of the whole web application: every route, every kind of user, every way to say who one is.

The routes come from the running application's own router, so a new one without a row here fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import httpx
import pytest

from tests.web.accounts_desk import GOOD, Office
from tests.web.staff_office import application
from tests.web.whole_application import ROUTES

__all__ = ["application"]

Rule = Literal["open", "log in", "page", "call"]
Permission = Literal["", "self", "staff", "maintain", "admin"]

OPEN: tuple[Rule, Permission] = ("open", "")
LOG_IN: tuple[Rule, Permission] = ("log in", "")
OWN_PAGE: tuple[Rule, Permission] = ("page", "self")
STAFF_PAGE: tuple[Rule, Permission] = ("page", "staff")
MAINTAIN_PAGE: tuple[Rule, Permission] = ("page", "maintain")
ADMIN_PAGE: tuple[Rule, Permission] = ("page", "admin")
STAFF_CALL: tuple[Rule, Permission] = ("call", "staff")

TABLE: dict[str, tuple[Rule, Permission]] = {
    # Citizens, WeChat, and whoever looks after the server. WeChat's messages carry a signature of their own.
    "GET /": OPEN,
    "HEAD /": OPEN,
    "GET /static/<name:str>": OPEN,
    "HEAD /static/<name:str>": OPEN,
    "GET /healthz": OPEN,
    "GET /webhooks/rest": OPEN,
    "POST /webhooks/rest/webhook": OPEN,
    "GET /webhooks/wechat/webhook": OPEN,
    "POST /webhooks/wechat/webhook": OPEN,
    # One's own account.
    "GET /login": LOG_IN,
    "HEAD /login": LOG_IN,
    "POST /login": OPEN,
    "POST /logout": OWN_PAGE,
    "GET /account": OWN_PAGE,
    "POST /account": OWN_PAGE,
    # Maintainers.
    "GET /maintain": MAINTAIN_PAGE,
    "GET /maintain/inbox/<group:str>": MAINTAIN_PAGE,
    "POST /maintain/inbox/<group:str>": MAINTAIN_PAGE,
    "POST /maintain/decisions/<batch:str>/reopen": MAINTAIN_PAGE,
    "GET /maintain/analytics": MAINTAIN_PAGE,
    "GET /maintain/analytics.xlsx": MAINTAIN_PAGE,
    "GET /maintain/topics": MAINTAIN_PAGE,
    "GET /maintain/topics/new": MAINTAIN_PAGE,
    "POST /maintain/topics": MAINTAIN_PAGE,
    "POST /maintain/topics/check": MAINTAIN_PAGE,
    "GET /maintain/topics/<topic:str>": MAINTAIN_PAGE,
    "POST /maintain/topics/<topic:str>": MAINTAIN_PAGE,
    "GET /maintain/revisions": MAINTAIN_PAGE,
    "POST /maintain/revisions/<number:int>/revert": MAINTAIN_PAGE,
    "GET /maintain/policy/<place:str>": MAINTAIN_PAGE,
    "POST /maintain/policy/<place:str>/check": MAINTAIN_PAGE,
    "POST /maintain/policy/<place:str>": MAINTAIN_PAGE,
    "GET /maintain/exchange": MAINTAIN_PAGE,
    "GET /maintain/exchange/<kind:str>/<form:str>": MAINTAIN_PAGE,
    "POST /maintain/exchange/preview": MAINTAIN_PAGE,
    "POST /maintain/exchange/import": MAINTAIN_PAGE,
    "GET /maintain/versions": MAINTAIN_PAGE,
    "POST /maintain/runs": MAINTAIN_PAGE,
    "GET /maintain/runs/<run:str>": MAINTAIN_PAGE,
    "GET /maintain/runs/<run:str>/events": MAINTAIN_PAGE,
    "POST /maintain/runs/<run:str>/cancel": MAINTAIN_PAGE,
    "GET /maintain/versions/<name:str>": MAINTAIN_PAGE,
    "POST /maintain/versions/<name:str>/approve": MAINTAIN_PAGE,
    "POST /maintain/versions/<name:str>/publish": MAINTAIN_PAGE,
    "POST /maintain/rollback": MAINTAIN_PAGE,
    # Admins.
    "GET /admin/users": ADMIN_PAGE,
    "POST /admin/users": ADMIN_PAGE,
    "POST /admin/users/role": ADMIN_PAGE,
    "POST /admin/users/password": ADMIN_PAGE,
    "POST /admin/users/active": ADMIN_PAGE,
    "GET /admin/audit": ADMIN_PAGE,
    # The hotline console.
    "GET /staff": STAFF_PAGE,
    "GET /staff/part": STAFF_PAGE,
    "POST /staff/tool/<name:str>": STAFF_PAGE,
    "POST /staff/call/start": STAFF_PAGE,
    "POST /staff/call/place": STAFF_PAGE,
    "POST /staff/call/look": STAFF_PAGE,
    "POST /staff/call/end": STAFF_PAGE,
    "POST /staff/report": STAFF_PAGE,
    "POST /staff/code": STAFF_PAGE,
    "GET /staff/calls": STAFF_PAGE,
    "GET /staff/calls.csv": STAFF_PAGE,
    "GET /staff/calls.xlsx": STAFF_PAGE,
    # The same for a call-centre system.
    "GET /api/staff/openapi.json": OPEN,
    "GET /api/staff/search": STAFF_CALL,
    "GET /api/staff/places": STAFF_CALL,
    "GET /api/staff/topics": STAFF_CALL,
    "GET /api/staff/topics/<topic:str>": STAFF_CALL,
    "GET /api/staff/topics/<topic:str>/everywhere": STAFF_CALL,
    "GET /api/staff/facts": STAFF_CALL,
    "POST /api/staff/filing": STAFF_CALL,
    "POST /api/staff/estimate": STAFF_CALL,
    "GET /api/staff/today": STAFF_CALL,
    "GET /api/staff/calls": STAFF_CALL,
    "POST /api/staff/calls": STAFF_CALL,
    "GET /api/staff/calls.csv": STAFF_CALL,
    "GET /api/staff/calls.xlsx": STAFF_CALL,
    "GET /api/staff/calls/current": STAFF_CALL,
    "PUT /api/staff/calls/current/place": STAFF_CALL,
    "POST /api/staff/calls/current/entries": STAFF_CALL,
    "POST /api/staff/calls/current/end": STAFF_CALL,
    "GET /api/staff/calls/<call_id:str>": STAFF_CALL,
    "POST /api/staff/reports": STAFF_CALL,
    "POST /api/staff/codes": STAFF_CALL,
}
"""Each route with its rule and the permission it asks for."""

SAMPLES = {
    "name": "filing", "topic": "filing_papers", "call_id": "1", "group": "0123456789ab", "batch": "0123456789ab",
    "number": "1", "place": "huaian", "kind": "answers", "form": "csv", "run": "20261122-000000-0000",
}  # fmt: skip
"""What stands in the variable parts of an address."""

MAY: dict[str, set[str]] = {
    "nobody": set(),
    "disabled": set(),
    # Somebody else chose the password: it has to be changed before anything else.
    "newcomer": {"self"},
    "staff": {"self", "staff"},
    "maintainer": {"self", "staff", "maintain"},
    "admin": {"self", "staff", "maintain", "admin"},
}
"""The kinds of users, and what each may do."""

SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Badge:
    """What a user has to show: the cookie of a session with its CSRF token, and a bearer token."""

    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    token: str = ""


@pytest.fixture(scope="module")
def client(application: Office) -> Iterator[httpx.Client]:
    """A connection that keeps no cookie and follows no redirect."""
    with httpx.Client(base_url=application.address, trust_env=False, timeout=60) as client:
        yield client


def badge_of(office: Office, kind: str) -> Badge:
    """A new user of a kind, logged in just now."""
    if kind == "nobody":
        return Badge({"session": "made-up"}, "0" * 64, "made-up")
    role = kind if kind in ("maintainer", "admin") else "staff"
    name, accounts = office.user(role), office.accounts
    if kind == "newcomer":
        accounts.set_password(name, GOOD, must_change=True)
    session, token = accounts.log_in(name, GOOD), accounts.token_for(name)
    if kind == "disabled":
        accounts.set_active(name, active=False)
    return Badge({"session": session.token}, session.csrf, token)


def ways(badge: Badge, method: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every way to say who one is, as the headers of a request."""
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in badge.cookies.items())}
    yield "nothing", {}
    yield "token", {"Authorization": f"Bearer {badge.token}"}
    if method not in SAFE:
        yield "cookie without csrf", cookie
        yield "cookie from elsewhere", {**cookie, "X-CSRF-Token": badge.csrf, "Sec-Fetch-Site": "cross-site"}
    # The last one, because it may end the session.
    yield "cookie", cookie if method in SAFE else {**cookie, "X-CSRF-Token": badge.csrf}


def outcome(answer: httpx.Response) -> str:
    """What an answer comes to: let through, sent to the login, sent to change the password, unknown or refused."""
    where = answer.headers.get("location", "")
    if answer.status_code == 303 and where.startswith(("/login", "/account")):
        # Who has logged out is sent there, too, and the cookie is taken back.
        done = answer.request.url.path == "/logout" and "set-cookie" in answer.headers
        return "through" if done else where[1:].partition("?")[0]
    return {401: "unknown", 403: "refused"}.get(answer.status_code, "through")


def expected(method: str, path: str, kind: str, way: str) -> str:
    """What the table says."""
    rule, permission = TABLE[f"{method} {path}"]
    known = kind not in ("nobody", "disabled") and way != "nothing"
    if rule == "page":
        return expected_of_page(permission, kind, way if known else "nothing")
    if not known:
        return "unknown"
    if way == "token":
        # A system never chose a password.
        return "through" if permission in MAY["staff" if kind == "newcomer" else kind] else "refused"
    return "through" if permission in MAY[kind] and way == "cookie" else "refused"


def expected_of_page(permission: str, kind: str, way: str) -> str:
    """What a page does: a browser without a session is sent to the login, whatever token it shows."""
    if way in ("nothing", "token"):
        return "login"
    role = "staff" if kind == "newcomer" else kind
    if permission not in MAY[role] or way != "cookie":
        return "refused"
    return "through" if permission in MAY[kind] else "account"


def address_of(path: str) -> str:
    """An address of a route."""
    return re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], path)


def test_every_route_of_the_application_has_a_row(client: httpx.Client) -> None:
    routes = {f"{method} {path}" for method, path in client.get(ROUTES).json()}
    new, gone = sorted(routes - set(TABLE)), sorted(set(TABLE) - routes)
    assert not new, f"write the rules of these routes into TABLE: {new}"
    assert not gone, f"take these routes out of TABLE: {gone}"


@pytest.mark.parametrize("route", [route for route, (rule, _) in TABLE.items() if rule in ("page", "call")])
def test_the_table_of_who_may_do_what(application: Office, client: httpx.Client, route: str) -> None:
    method, path = route.split(" ", 1)
    wrong = []
    for kind in MAY:
        for way, headers in ways(badge_of(application, kind), method):
            answer = client.request(method, address_of(path), headers=headers)
            assert answer.status_code < 500
            found, wanted = outcome(answer), expected(method, path, kind, way)
            if found != wanted:
                wrong.append(f"{kind} with {way}: {found} ({answer.status_code}), not {wanted}")
    assert not wrong


@pytest.mark.parametrize("route", [route for route, (rule, _) in TABLE.items() if rule == "open"])
def test_what_is_open_is_the_same_for_everybody(
    application: Office, client: httpx.Client, route: str
) -> None:
    method, path = route.split(" ", 1)
    seen = set()
    for kind in MAY:
        for _, headers in ways(badge_of(application, kind), method):
            answer = client.request(method, address_of(path), headers=headers)
            assert answer.status_code < 500
            assert answer.status_code != 401
            assert not answer.headers.get("location", "").startswith("/login")
            seen.add(answer.status_code)
    assert len(seen) == 1


@pytest.mark.parametrize("method", SAFE)
def test_the_log_in_is_open_and_leads_on_who_is_logged_in(
    application: Office, client: httpx.Client, method: str
) -> None:
    for kind in MAY:
        badge = badge_of(application, kind)
        answer = client.request(method, "/login", headers={"Cookie": f"session={badge.cookies['session']}"})
        assert answer.status_code == (200 if kind in ("nobody", "disabled") else 303), kind


def test_the_bearer_token_counts_and_not_the_cookie_beside_it(
    application: Office, client: httpx.Client
) -> None:
    good, bad = badge_of(application, "staff"), badge_of(application, "disabled")
    cookie = {"Cookie": f"session={good.cookies['session']}", "X-CSRF-Token": good.csrf}
    refused = client.post(
        "/api/staff/filing", headers={**cookie, "Authorization": f"Bearer {bad.token}"}, content=b""
    )
    assert refused.status_code == 401
    assert client.post("/api/staff/filing", headers=cookie, content=b"").status_code == 200


def test_no_method_but_those_of_the_table_is_taken(application: Office, client: httpx.Client) -> None:
    boss = badge_of(application, "admin")
    headers = {"Cookie": f"session={boss.cookies['session']}", "X-CSRF-Token": boss.csrf}
    for path in {route.split(" ", 1)[1] for route in TABLE}:
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            if f"{method} {path}" not in TABLE:
                answer = client.request(method, address_of(path), headers=headers)
                assert answer.status_code in (404, 405), f"{method} {path}"
