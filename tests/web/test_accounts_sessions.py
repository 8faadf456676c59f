"""Sessions, attacked: planted, kept after the end, tampered with, left open, and used from another process."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.web.accounts_desk import GOOD, OTHER, accounts_serving, csrf_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.accounts_desk import Browser, Office


def with_cookie(office: Office, value: str) -> Browser:
    """A browser that has this session cookie and no other."""
    browser = office.browser()
    # As bytes: a browser would send no such letters, an attacker may.
    browser.headers = httpx.Headers([*browser.headers.raw, (b"cookie", b"session=" + value.encode())])
    return browser


def test_a_session_that_somebody_planted_is_not_the_one_that_is_logged_in(office: Office) -> None:
    browser = office.browser()
    browser.cookies.set("session", "planted" * 6, domain="127.0.0.1", path="/")
    assert browser.log_in(office.user()).status_code == 303
    assert browser.cookie() != "planted" * 6
    assert not with_cookie(office, "planted" * 6).is_logged_in()


def test_an_attackers_own_session_that_was_planted_does_not_grow_into_the_victims(office: Office) -> None:
    attacker, victim = office.logged_in(), office.browser()
    form = victim.get("/login")
    victim.cookies.set("session", attacker.cookie(), domain="127.0.0.1", path="/")
    assert victim.get("/login").status_code == 303, "whoever is logged in is not asked again"
    fields = {"csrf": csrf_in(form), "name": office.user("admin"), "password": GOOD}
    assert victim.post("/login", data=fields).status_code == 303
    assert victim.get("/page/admin").status_code == 200
    assert attacker.get("/page/admin").status_code == 303


def test_a_second_log_in_ends_the_session_before_it(office: Office) -> None:
    browser = office.browser()
    form = browser.get("/login")
    fields = {"csrf": csrf_in(form), "name": office.user(), "password": GOOD}
    login_cookie = browser.cookies["login"]
    browser.post("/login", data=fields)
    before = browser.cookie()
    # A log-in form that was left open in another tab.
    again = browser.post("/login", data=fields, headers={"cookie": f"login={login_cookie}; session={before}"})
    assert again.status_code == 303
    assert not with_cookie(office, before).is_logged_in()
    assert browser.cookie() != before
    assert browser.is_logged_in()


def test_after_logging_out_the_old_cookie_opens_nothing(office: Office) -> None:
    browser = office.logged_in()
    kept = browser.cookie()
    answer = browser.submit("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not browser.is_logged_in()
    assert not with_cookie(office, kept).is_logged_in()


def test_nobody_is_logged_out_by_a_link_or_a_picture(office: Office) -> None:
    browser = office.logged_in()
    assert browser.get("/logout").status_code == 405
    assert browser.is_logged_in()


def test_a_cookie_that_was_tampered_with_opens_nothing(office: Office) -> None:
    real = office.logged_in().cookie()
    other_letter = "a" if real[0] != "a" else "b"
    tampered = [
        real[:-1],
        real + "A",
        other_letter + real[1:],
        real.swapcase(),
        real[::-1],
        f'"{real}x"',
        real * 2,
    ]
    tampered += ["", "null", "0", "../../etc/passwd", "%00", "' OR 1=1 --", "é" + real[1:], "令牌"]
    for value in tampered:
        assert not with_cookie(office, value).is_logged_in(), value
    assert with_cookie(office, real).is_logged_in()


def test_neither_the_cookie_of_the_form_nor_what_is_stored_opens_anything(office: Office) -> None:
    browser = office.browser()
    browser.get("/login")
    assert not with_cookie(office, browser.cookies["login"]).is_logged_in()
    real = office.logged_in().cookie()
    assert not with_cookie(office, sha256(real.encode()).hexdigest()).is_logged_in()


def test_a_token_of_the_api_is_no_session(office: Office) -> None:
    token = office.accounts.token_for(office.user())
    assert not with_cookie(office, token).is_logged_in()


def test_half_an_hour_without_use_logs_out(office: Office) -> None:
    browser = office.logged_in()
    for _ in range(3):
        office.later(29 * 60)
        assert browser.is_logged_in()
    office.later(30 * 60 + 5)
    assert not browser.is_logged_in()


def test_twelve_hours_log_out_whoever_is_at_work(office: Office) -> None:
    browser = office.logged_in()
    for _ in range(12 * 3 - 1):
        office.later(20 * 60)
        assert browser.is_logged_in()
    office.later(20 * 60)
    assert not browser.is_logged_in()


@pytest.mark.parametrize("change", ["role", "password", "disabled"])
def test_what_an_admin_changes_logs_out_at_once(office: Office, change: str) -> None:
    browser, admin = office.logged_in(), office.logged_in("admin")
    if change == "role":
        answer = admin.submit("/admin/users/role", name=browser.name, role="maintainer")
    elif change == "password":
        answer = admin.submit("/admin/users/password", name=browser.name, password=OTHER)
    else:
        answer = admin.submit("/admin/users/active", name=browser.name, active="no")
    assert answer.status_code == 303
    assert not browser.is_logged_in()
    assert browser.get("/api/staff").status_code == 401


def test_a_new_password_makes_a_new_session_here_and_ends_the_others(office: Office) -> None:
    here, elsewhere = office.logged_in(), office.browser()
    elsewhere.log_in(here.name)
    before, csrf = here.cookie(), here.csrf()
    answer = here.submit("/account", old=GOOD, new=OTHER, again=OTHER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password_changed")
    assert here.is_logged_in()
    assert here.csrf() != csrf
    assert not elsewhere.is_logged_in()
    assert not with_cookie(office, before).is_logged_in()


def test_a_session_holds_in_every_serving_process_and_ends_in_all(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/accounts.db"
    with accounts_serving(url) as one, accounts_serving(url) as other:
        browser = one.logged_in()
        there = with_cookie(other, browser.cookie())
        assert there.is_logged_in()
        assert there.csrf() == browser.csrf()
        assert there.submit("/logout").status_code == 303
        assert not browser.is_logged_in()
        assert not there.is_logged_in()


def test_wrong_passwords_are_counted_over_all_serving_processes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/accounts.db"
    with accounts_serving(url) as one, accounts_serving(url) as other:
        name = one.user()
        tries = [
            office.browser().log_in(name, "wrong").status_code for office in (one, other, one, other, one)
        ]
        assert tries == [401, 401, 401, 401, 429]
        assert other.browser().log_in(name).status_code == 429


def test_who_was_given_a_password_gets_no_further_than_to_changing_it(office: Office) -> None:
    name = office.user()
    office.accounts.set_password(name, OTHER, must_change=True)
    browser = office.browser()
    browser.log_in(name, OTHER)
    for path in ("/staff", "/staff?q=x"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    refused = browser.get("/api/staff")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "must_change_password")
    assert "请先改成只有自己知道的密码" in browser.get("/account").text
    assert browser.submit("/account", old=OTHER, new=GOOD, again=GOOD).status_code == 303
    assert browser.is_logged_in()


def test_no_answer_with_a_session_may_be_kept_by_a_browser_or_a_proxy(office: Office) -> None:
    browser = office.logged_in("admin")
    for path in ("/staff", "/account", "/admin/users", "/admin/audit", "/api/staff", "/login"):
        assert browser.get(path).headers["cache-control"] == "no-store", path
