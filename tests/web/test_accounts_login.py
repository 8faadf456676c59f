"""The log-in, attacked: forged forms, foreign origins, redirects to elsewhere, guesses without end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.web.security import local_path
from tests.web.accounts_desk import GOOD, accounts_serving, csrf_in

if TYPE_CHECKING:
    from tests.web.accounts_desk import Browser, Office


def test_who_is_not_logged_in_is_sent_to_the_form_and_from_there_to_the_page_wanted(office: Office) -> None:
    browser = office.browser()
    sent = browser.get("/staff?q=备案&place=nanjing")
    assert sent.status_code == 303
    form = browser.get(sent.headers["location"])
    assert form.status_code == 200
    wanted = re.search(r'name="next" value="([^"]*)"', form.text)
    assert wanted
    fields = {"csrf": csrf_in(form), "name": office.user(), "password": GOOD}
    answer = browser.post("/login", data={**fields, "next": wanted[1].replace("&amp;", "&")})
    assert answer.status_code == 303
    assert browser.get(answer.headers["location"]).status_code == 200
    assert httpx.URL(answer.headers["location"]).params["q"] == "备案"


def test_the_session_cookie_is_for_this_site_alone_and_for_no_script(office: Office) -> None:
    answer = office.browser().log_in(office.user())
    [cookie] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("session=")]
    assert re.fullmatch(r"session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", cookie)
    [gone] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("login=")]
    assert "Max-Age=0" in gone


def test_with_secure_cookies_they_go_over_https_alone_and_no_neighbour_can_set_them(tmp_path: Path) -> None:
    with accounts_serving(f"sqlite:///{tmp_path}/a.db", "secure") as office:
        form = httpx.get(f"{office.address}/login")
        [before] = form.headers.get_list("set-cookie")
        assert re.fullmatch(r"__Host-login=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure", before)
        fields = {"csrf": csrf_in(form), "name": office.user(), "password": GOOD}
        # httpx keeps Secure cookies from going over plain HTTP, as a browser does.
        answer = httpx.post(
            f"{office.address}/login", data=fields, headers={"cookie": before.partition(";")[0]}
        )
        assert answer.status_code == 303
        [session] = [line for line in answer.headers.get_list("set-cookie") if "session=" in line]
        assert re.fullmatch(r"__Host-session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure", session)
        plain = session.partition(";")[0].removeprefix("__Host-")
        refused = httpx.get(f"{office.address}/staff", headers={"cookie": plain})
        assert refused.status_code == 303, "a cookie without the prefix may come from a neighbour"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(office: Office) -> None:
    known, unknown = office.user(), "nobody-here"
    answers = [office.browser().log_in(name, "wrong password") for name in (known, unknown)]
    assert {answer.status_code for answer in answers} == {401}
    first, second = (
        re.sub(r"[0-9a-f]{64}", "", answer.text).replace(name, "")
        for answer, name in zip(answers, (known, unknown), strict=True)
    )
    assert first == second
    assert "用户名或密码不对" in first
    assert not any("session=" in str(answer.headers) for answer in answers)


def test_a_disabled_user_gets_the_same_answer_even_with_the_right_password(office: Office) -> None:
    name = office.user()
    office.accounts.set_active(name, active=False)
    answer = office.browser().log_in(name)
    assert answer.status_code == 401
    assert "账号停用了的，请找管理员" in answer.text


@pytest.mark.parametrize("exists", [True, False])
def test_after_five_wrong_passwords_the_right_one_has_to_wait(office: Office, exists: bool) -> None:
    name = office.user() if exists else "nobody-of-this-test"
    browser = office.browser()
    statuses = [browser.log_in(name, "wrong password").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
    refused = browser.log_in(name, GOOD)
    assert refused.status_code == 429
    assert 25 <= int(refused.headers["retry-after"]) <= 30
    assert re.search(r"输错次数太多，请等 (2\d|30) 秒再试。", refused.text)
    assert office.browser().log_in(name, GOOD).status_code == 429, "from another address too"
    office.later(31)
    assert browser.log_in(name, GOOD).status_code == (303 if exists else 429)


def test_long_waits_are_told_in_minutes(office: Office) -> None:
    name, browser = office.user(), office.browser()
    for _ in range(10):
        answer = browser.log_in(name, "wrong password")
        office.later(int(answer.headers.get("retry-after", 0)))
    assert "请等 15 分钟再试" in answer.text


def test_an_address_that_tries_one_name_after_the_other_has_to_wait(office: Office) -> None:
    browser, name = office.browser(), office.user()
    statuses = [browser.log_in(f"guess{number}", "wrong password").status_code for number in range(20)]
    assert statuses == [401] * 19 + [429]
    assert browser.log_in(name).status_code == 429
    assert office.browser().log_in(name).status_code == 303


def test_an_address_cannot_be_made_up_in_front_of_the_proxy(office: Office) -> None:
    """The proxy adds the real address at the end; what stands before it was written by the caller."""
    browser = office.browser()
    real = browser.headers["x-forwarded-for"]
    for number in range(20):
        browser.headers["x-forwarded-for"] = f"203.0.113.{number}, {real}"
        answer = browser.log_in(f"spray{number}", "wrong password")
    assert answer.status_code == 429


# ---- where one goes afterwards


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%2F/evil.example",
    "/%252fevil.example",
    "/%25252fevil.example",
    "/%255cevil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/\n/evil.example",
    "/%0d%0aSet-Cookie:%20session=x",
    "/\r\nLocation: https://evil.example",
    "/.//evil.example",
    "/staff/..//evil.example",
    "https://evil.example",
    "https:/evil.example",
    "https:evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    " //evil.example",
    "\x00//evil.example",
    "",
    "/login?next=/login",
    "/logout",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_elsewhere(wanted: str) -> None:
    assert local_path(wanted) == "/staff"


@pytest.mark.parametrize(
    "wanted",
    [
        "/",
        "/staff",
        "/staff?q=1%202&place=nanjing",
        "/admin/audit?user=%E5%B0%8F%E7%8E%8B&page=2",
        "/a?b=c//d",
    ],
)
def test_a_page_of_ours_is_gone_to(wanted: str) -> None:
    assert local_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "/%2fevil.example", "https://evil.example"]
)
def test_the_server_itself_sends_nobody_elsewhere(office: Office, wanted: str) -> None:
    browser = office.browser()
    name = office.user()
    assert browser.log_in(name, wanted=wanted).headers["location"] == "/staff"
    again = browser.get("/login", params={"next": wanted})
    assert (again.status_code, again.headers["location"]) == (303, "/staff")


# ---- forged log-ins: an attacker wants the clerk to work in the attacker's account


def login_fields(browser: Browser, name: str) -> dict[str, str]:
    """The form of this browser, filled in."""
    return {"csrf": csrf_in(browser.get("/login")), "name": name, "password": GOOD}


def test_a_log_in_without_the_forms_token_or_with_that_of_another_browser_is_refused(office: Office) -> None:
    name, browser, attacker = office.user(), office.browser(), office.browser()
    mine = login_fields(browser, name)
    for csrf in ("", "0" * 64, login_fields(attacker, name)["csrf"], "长", mine["csrf"][:-1]):
        answer = browser.post("/login", data={**mine, "csrf": csrf})
        assert answer.status_code == 403
        assert "页面已经过期" in answer.text
        assert "session=" not in str(answer.headers)
    del mine["csrf"]
    assert browser.post("/login", data=mine).status_code == 403


def test_a_log_in_without_the_forms_cookie_is_refused(office: Office) -> None:
    fields = login_fields(office.browser(), office.user())
    assert office.browser().post("/login", data=fields).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    ],
)
def test_a_log_in_sent_by_another_site_is_refused(office: Office, headers: dict[str, str]) -> None:
    browser = office.browser()
    assert browser.log_in(office.user(), **headers).status_code == 403
    assert not browser.is_logged_in()


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_log_in_that_the_browser_vouches_for_is_let_in(office: Office, site: str) -> None:
    browser = office.browser()
    headers = {"Sec-Fetch-Site": site, "Origin": office.address}
    assert browser.log_in(office.user(), **headers).status_code == 303


def test_behind_a_proxy_that_changes_the_host_the_origin_is_still_ours(office: Office) -> None:
    headers = {"Origin": "https://hotline.example", "X-Forwarded-Host": "hotline.example"}
    assert office.browser().log_in(office.user(), **headers).status_code == 303


# ---- the page


def test_what_was_typed_comes_back_as_text_and_the_password_not_at_all(office: Office) -> None:
    answer = office.browser().log_in('"><script>alert(1)</script>', "my secret word")
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "my secret word" not in answer.text


@pytest.mark.parametrize("body", [b"", b"name=x", b"\xff\xfe", b"csrf=%ed%a0%80&name=%00", b"{}"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data", "x"]
)
def test_a_body_that_is_no_form_is_refused_and_breaks_nothing(office: Office, body: bytes, kind: str) -> None:
    browser = office.browser()
    browser.get("/login")
    answer = browser.post("/login", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403)


def test_an_install_without_users_says_how_to_make_the_first(tmp_path: Path) -> None:
    with accounts_serving(f"sqlite:///{tmp_path}/a.db") as office:
        assert "python -m bot user add" in office.browser().get("/login").text
        office.user("admin")
        assert "python -m bot user add" not in office.browser().get("/login").text
