"""Forms and calls that another site made the browser send change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.accounts_desk import GOOD, OTHER

if TYPE_CHECKING:
    from tests.web.accounts_desk import Browser, Office

POSTS = {
    "/logout": {},
    "/account": {"old": GOOD, "new": OTHER, "again": OTHER},
    "/admin/users": {"name": "newcomer", "role": "staff", "password": OTHER},
    "/admin/users/role": {"name": "victim", "role": "admin"},
    "/admin/users/password": {"name": "victim", "password": OTHER},
    "/admin/users/active": {"name": "victim", "active": "no"},
}
"""Every form, with what an attacker would put into it."""


@pytest.fixture
def admin(office: Office) -> Browser:
    """An admin who is logged in, and a victim."""
    if "victim" not in {user.name for user in office.accounts.users()}:
        office.accounts.add("victim", GOOD, "staff")
    return office.logged_in("admin")


@pytest.fixture
def tokens(office: Office, admin: Browser) -> dict[str, str | None]:
    """What an attacker may try in the place of the token."""
    before = admin.csrf()
    admin.submit("/logout")
    admin.log_in(admin.name)
    real = admin.csrf()
    return {
        "none": None,
        "empty": "",
        "made up": "0" * 64,
        "cut short": real[:-1],
        "in capitals": real.upper(),
        "the cookie itself": admin.cookie(),
        "of another session": office.logged_in("admin").csrf(),
        "of the session before": before,
        "in Chinese": "令牌",
    }


@pytest.mark.parametrize("path", POSTS)
def test_a_form_with_any_other_token_changes_nothing(
    office: Office, admin: Browser, tokens: dict[str, str | None], path: str
) -> None:
    users = office.accounts.users()
    for what, token in tokens.items():
        fields = POSTS[path] if token is None else {**POSTS[path], "csrf": token}
        answer = admin.post(path, data=fields)
        assert answer.status_code == 403, what
        assert "页面过期了" in answer.text
        header = {} if token is None or not token.isascii() else {"X-CSRF-Token": token}
        assert admin.post(path, data=POSTS[path], headers=header).status_code == 403, what
    assert admin.post(f"{path}?csrf={admin.csrf()}", data=POSTS[path]).status_code == 403, (
        "not in the address"
    )
    assert admin.is_logged_in()
    after = office.accounts.users()
    assert [(user.name, user.role, user.active) for user in after] == [
        (user.name, user.role, user.active) for user in users
    ]


ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("path", POSTS)
def test_a_form_that_came_from_another_site_is_refused_even_with_the_right_token(
    admin: Browser, path: str, headers: dict[str, str]
) -> None:
    answer = admin.post(path, data={**POSTS[path], "csrf": admin.csrf()}, headers=headers)
    assert answer.status_code == 403
    assert admin.is_logged_in()


@pytest.mark.parametrize("path", POSTS)
def test_every_form_goes_through_with_the_right_token(office: Office, path: str) -> None:
    """The tests above would pass where nothing ever goes through."""
    admin = office.logged_in("admin")
    victim = office.user()
    fields = {**POSTS[path], "csrf": admin.csrf()}
    if fields.get("name") == "victim":
        fields["name"] = victim
    answer = admin.post(path, data=fields, headers={"Origin": office.address})
    assert answer.status_code == 303, answer.text


def test_the_token_may_come_in_a_header(office: Office) -> None:
    browser = office.logged_in()
    assert browser.post("/staff", headers={"X-CSRF-Token": browser.csrf()}).status_code == 200


@pytest.mark.parametrize("token", [None, "", "0" * 64])
def test_a_call_with_the_cookie_needs_the_token_to_change_anything(office: Office, token: str | None) -> None:
    browser = office.logged_in()
    assert browser.get("/api/staff").status_code == 200
    headers = {} if token is None else {"X-CSRF-Token": token}
    refused = browser.post("/api/staff", json={}, headers=headers)
    assert refused.status_code == 403
    assert refused.json() == {"error": {"code": "bad_csrf", "message": "页面已经过期，请刷新后再试。"}}
    right = {"X-CSRF-Token": browser.csrf()}
    assert browser.post("/api/staff", json={}, headers=right).status_code == 200
    away = {**right, "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/api/staff", json={}, headers=away).status_code == 403


def test_a_form_without_a_session_goes_to_the_log_in_and_not_back_to_where_it_was_sent(
    office: Office,
) -> None:
    for path, fields in POSTS.items():
        answer = office.browser().post(path, data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
