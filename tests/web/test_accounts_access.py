"""Who may open what: role by route, with the cookie and with a bearer token; and what every answer carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.accounts_desk import Office

ALLOWED = {
    "staff": {"staff"},
    "maintainer": {"staff", "maintain"},
    "admin": {"staff", "maintain", "admin"},
}
PAGES = {
    "staff": ["/staff"],
    "maintain": ["/page/maintain"],
    "admin": ["/page/admin", "/admin/users", "/admin/audit"],
}


@pytest.mark.parametrize("permission", PAGES)
@pytest.mark.parametrize("role", ALLOWED)
def test_a_page_opens_for_the_roles_that_may_see_it(office: Office, role: str, permission: str) -> None:
    browser = office.logged_in(role)
    expected = 200 if permission in ALLOWED[role] else 403
    for path in PAGES[permission]:
        answer = browser.get(path)
        assert answer.status_code == expected, path
        assert ("没有权限" in answer.text) == (expected == 403)


@pytest.mark.parametrize("permission", PAGES)
@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_is_answered_for_the_roles_that_may_make_it(
    office: Office, role: str, permission: str, method: str
) -> None:
    browser = office.logged_in(role)
    token = office.accounts.token_for(browser.name)
    expected = 200 if permission in ALLOWED[role] else 403
    path = f"/api/{permission}"
    csrf = {"X-CSRF-Token": browser.csrf()}
    with_cookie = browser.request(method, path, headers=csrf)
    with_token = office.browser().request(method, path, headers={"Authorization": f"Bearer {token}"})
    assert (with_cookie.status_code, with_token.status_code) == (expected, expected)
    if expected == 403:
        assert with_token.json() == {"error": {"code": "not_allowed", "message": "您的账号没有这项权限。"}}
    else:
        assert with_token.json() == {"user": browser.name}


@pytest.mark.parametrize(
    "path", ["/admin/users", "/admin/users/role", "/admin/users/password", "/admin/users/active"]
)
@pytest.mark.parametrize("role", ["staff", "maintainer"])
def test_nobody_but_an_admin_changes_users(office: Office, role: str, path: str) -> None:
    browser, victim = office.logged_in(role), office.user()
    fields = {"name": victim, "role": "admin", "password": "another horse battery", "active": "no"}
    assert browser.submit(path, **fields).status_code == 403
    found = next(user for user in office.accounts.users() if user.name == victim)
    assert (found.role, found.active) == ("staff", True)


@pytest.mark.parametrize("permission", PAGES)
def test_without_a_session_a_page_leads_to_the_log_in_and_a_call_says_so(
    office: Office, permission: str
) -> None:
    for path in PAGES[permission]:
        answer = office.browser().get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    refused = office.browser().get(f"/api/{permission}")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json() == {"error": {"code": "not_logged_in", "message": "请先登录。"}}


def test_a_bearer_token_that_is_not_good_is_refused_whatever_cookie_comes_with_it(office: Office) -> None:
    browser = office.logged_in()
    good = office.accounts.token_for(browser.name)
    bad = [
        "Bearer",
        "Bearer wrong",
        f"Basic {good}",
        good,
        f"Bearer {good[:-1]}",
        f"Bearer {browser.cookie()}",
        "",
    ]
    for value in bad:
        answer = browser.get("/api/staff", headers={"Authorization": value})
        assert answer.status_code == 401, value
        assert answer.json()["error"]["code"] == "bad_token"
    assert office.browser().get("/api/staff", headers={"Authorization": f"bearer {good}"}).status_code == 200


def test_a_token_that_was_taken_back_or_whose_user_is_disabled_opens_nothing(office: Office) -> None:
    for end in (office.accounts.revoke_token, lambda name: office.accounts.set_active(name, active=False)):
        name = office.user()
        headers = {"Authorization": f"Bearer {office.accounts.token_for(name)}"}
        assert office.browser().get("/api/staff", headers=headers).status_code == 200
        end(name)
        assert office.browser().get("/api/staff", headers=headers).status_code == 401


def test_a_bearer_token_opens_no_page(office: Office) -> None:
    headers = {"Authorization": f"Bearer {office.accounts.token_for(office.user('admin'))}"}
    assert office.browser().get("/admin/users", headers=headers).status_code == 303


def test_every_answer_carries_the_security_headers(office: Office) -> None:
    admin, clerk = office.logged_in("admin"), office.logged_in()
    answers = [
        office.browser().get("/login"),
        office.browser().get("/staff"),
        office.browser().post("/login"),
        office.browser().get("/api/staff"),
        admin.get("/admin/users"),
        admin.get("/account"),
        admin.get("/api/admin"),
        admin.post("/admin/users"),
        clerk.get("/admin/users"),
        clerk.get("/api/admin"),
        clerk.submit("/logout"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_pages_hold_no_inline_code_or_style_and_name_only_files_of_ours(office: Office) -> None:
    admin = office.logged_in("admin")
    pages = [office.browser().get("/login"), office.logged_in().get("/admin/users")]
    pages += [admin.get(path) for path in ("/account", "/admin/users", "/admin/audit")]
    for page in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page.text)
        files = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page.text)
        assert files
        for file in files:
            assert re.fullmatch(r"/static/[\w.]+\?v=[0-9a-f]{16}", file)
            assert "immutable" in admin.get(file).headers["cache-control"]


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("staff", ["热线工作台"]),
        ("maintainer", ["热线工作台", "维护后台"]),
        ("admin", ["热线工作台", "维护后台", "用户", "操作记录"]),
    ],
)
def test_the_menu_shows_what_the_role_may_open_and_who_is_logged_in(
    office: Office, role: str, shown: list[str]
) -> None:
    browser = office.logged_in(role)
    page = browser.get("/account").text
    menu = re.search(r"<nav.*?</nav>", page, re.DOTALL)
    assert menu
    assert re.findall(r">([^<>\s]+)</a>", menu[0]) == shown
    assert f">{browser.name}</a>" in page
    assert re.search(r'<form method="post" action="/logout">\s*<input type="hidden" name="csrf"', page)
