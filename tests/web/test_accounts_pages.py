"""The pages of an admin and of the own account: what they do, what they say, and what the audit log shows of it."""

from __future__ import annotations

import ast
import re
from datetime import datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest

from bot.web.words import ACTIONS
from tests.web.accounts_desk import GOOD, OTHER, ROOT
from tests.web.scripted_accounts import CHINA

if TYPE_CHECKING:
    import httpx

    from tests.web.accounts_desk import Browser, Office


def said(page: httpx.Response, kind: str) -> str:
    """The line of that kind (alert, good, note) on a page; empty where there is none."""
    found = re.search(rf'<p class="{kind}"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    return unescape(found[1]) if found else ""


def rows(page: httpx.Response) -> list[list[str]]:
    """The lines of the list on a page, as a person reads them."""
    body = re.search(r"<tbody>(.*?)</tbody>", page.text, re.DOTALL)
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
        ]
        for line in lines
    ]


def follow(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """The page that an answer leads to."""
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"])


def test_an_admin_adds_a_user_who_has_to_choose_another_password(office: Office) -> None:
    admin = office.logged_in("admin")
    fields = {"name": "张三丰", "role": "maintainer", "password": OTHER}
    page = follow(admin, admin.submit("/admin/users", **fields))
    assert said(page, "good") == "张三丰：已添加"
    [line] = [line for line in rows(page) if line[0] == "张三丰"]
    assert line[1:4] == ["维护员", "可以登录，待改密码", "还没有"]
    newcomer = office.browser()
    newcomer.log_in("张三丰", OTHER)
    assert newcomer.get("/staff").headers["location"] == "/account"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"name": "x"}, "用户名写 2 到 32 个字"),
        ({"name": ""}, "用户名写 2 到 32 个字"),
        ({"name": "13812345678"}, "用户名不能是电话号码"),
        ({"role": "king"}, "请选一个角色"),
        ({"role": ""}, "请选一个角色"),
        ({"password": "short"}, "密码至少 10 个字符"),
        ({"password": "1234567890"}, "这个密码太常见"),
        ({"password": "somebody.new", "name": "somebody.new"}, "密码不能和用户名一样"),
        ({"password": "aaaaaaaaaaaa"}, "重复的字符太多"),
        ({"password": "a b" * 100}, "密码最多 200 个字符"),
    ],
)
def test_what_is_wrong_with_a_new_user_is_said_in_chinese_and_the_entry_stays(
    office: Office, fields: dict[str, str], line: str
) -> None:
    admin = office.logged_in("admin")
    entered = {"name": "somebody", "role": "staff", "password": OTHER, **fields}
    page = admin.submit("/admin/users", **entered)
    assert page.status_code == 422
    assert line in said(page, "alert")
    assert f'name="name" value="{entered["name"]}"' in page.text
    assert entered["password"] not in page.text or entered["password"] == entered["name"]


def test_a_name_that_is_taken_is_said_to_be(office: Office) -> None:
    admin = office.logged_in("admin")
    page = admin.submit("/admin/users", name=admin.name.upper(), role="staff", password=OTHER)
    assert said(page, "alert") == "这个用户名已经有了，请换一个。"


def test_an_admin_changes_role_password_and_state_of_a_user(office: Office) -> None:
    admin, name = office.logged_in("admin"), office.user()

    def line() -> list[str]:
        return next(line for line in rows(admin.get("/admin/users")) if line[0] == name)

    page = follow(admin, admin.submit("/admin/users/role", name=name, role="admin"))
    assert said(page, "good") == f"{name}：角色已改，对方要重新登录"
    assert line()[1] == "管理员"
    page = follow(admin, admin.submit("/admin/users/password", name=name, password=OTHER))
    assert said(page, "good").startswith(f"{name}：密码已重设")
    assert office.browser().log_in(name, OTHER).status_code == 303
    page = follow(admin, admin.submit("/admin/users/active", name=name, active="no"))
    assert said(page, "good") == f"{name}：已停用，对方马上退出"
    assert line()[2] == "已停用"
    follow(admin, admin.submit("/admin/users/active", name=name, active="yes"))
    assert line()[2].startswith("可以登录")


@pytest.mark.parametrize("upper", [False, True])
def test_an_admin_cannot_lock_themselves_out_here(office: Office, upper: bool) -> None:
    admin = office.logged_in("admin")
    name = admin.name.upper() if upper else admin.name
    for path, fields in (
        ("/admin/users/role", {"role": "staff"}),
        ("/admin/users/password", {"password": OTHER}),
        ("/admin/users/active", {"active": "no"}),
    ):
        page = admin.submit(path, name=name, **fields)
        assert page.status_code == 422
        assert said(page, "alert").startswith("不能在这里改自己的账号")
    assert office.browser().log_in(admin.name).status_code == 303
    assert [line[4] for line in rows(admin.get("/admin/users")) if line[0] == admin.name] == ["您自己"]


def test_a_user_who_does_not_exist_is_said_not_to(office: Office) -> None:
    admin = office.logged_in("admin")
    for name in ("nobody", "", "<script>"):
        page = admin.submit("/admin/users/role", name=name, role="staff")
        assert (page.status_code, said(page, "alert")) == (422, "没有这个用户。")


def test_a_link_puts_no_words_of_its_own_on_the_page(office: Office) -> None:
    admin = office.logged_in("admin")
    page = admin.get("/admin/users", params={"done": "user_added", "name": "请拨打骗子电话"})
    assert "骗子" not in page.text
    assert said(admin.get("/admin/users?done=<b>x</b>"), "good") == ""
    assert said(admin.get("/account?done=<b>x</b>"), "good") == ""


# ---- the own account


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"old": "wrong"}, "原密码不对。"),
        ({"again": "something else"}, "两次输入的新密码不一样，请再输一次。"),
        ({"new": "short", "again": "short"}, "密码至少 10 个字符。"),
        ({"new": GOOD, "again": GOOD}, "新密码和原密码一样，请换一个。"),
    ],
)
def test_a_password_that_is_not_changed_is_told_why(
    office: Office, fields: dict[str, str], line: str
) -> None:
    browser = office.logged_in()
    page = browser.submit("/account", **{"old": GOOD, "new": OTHER, "again": OTHER, **fields})
    assert (page.status_code, said(page, "alert")) == (422, line)
    assert office.browser().log_in(browser.name, GOOD).status_code == 303


def test_a_changed_password_is_confirmed_and_the_old_one_is_worth_nothing(office: Office) -> None:
    browser = office.logged_in()
    page = follow(browser, browser.submit("/account", old=GOOD, new=OTHER, again=OTHER))
    assert said(page, "good") == "密码已改。别处的登录都已退出。"
    assert office.browser().log_in(browser.name, GOOD).status_code == 401
    assert office.browser().log_in(browser.name, OTHER).status_code == 303


def test_guessing_the_old_password_has_to_wait_as_well(office: Office) -> None:
    browser = office.logged_in()
    for _ in range(5):
        page = browser.submit("/account", old="wrong", new=OTHER, again=OTHER)
    assert said(page, "alert") == "输错次数太多，请等 30 秒再试。"


# ---- the audit log


def test_the_audit_log_shows_who_did_what_when(office: Office) -> None:
    admin, name = office.logged_in("admin"), office.user()
    admin.submit("/admin/users/role", name=name, role="maintainer")
    [line] = rows(admin.get("/admin/audit", params={"user": admin.name, "action": "role_changed"}))
    assert line[1:] == [admin.name, "改角色", f"账号 {name} 原来 坐席 改为 维护员"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", line[0])


def test_every_action_that_is_noted_has_a_word_that_people_read() -> None:
    """Wherever something is noted; a new action needs a line in bot/web/words.py."""
    calls = (
        node
        for file in sorted((ROOT / "bot").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("audit", "_audit")
    )
    written = {word.value for call in calls for word in call.args[1:2] if isinstance(word, ast.Constant)}
    assert {"login", "role_changed"} <= written
    assert written - set(ACTIONS) == set()


def test_a_failed_log_in_shows_the_user_or_nobody_and_never_what_was_typed(office: Office) -> None:
    admin, name = office.logged_in("admin"), office.user()
    office.browser().log_in(name, "wrong but secret")
    office.browser().log_in("typed my secret here", "x")
    page = admin.get("/admin/audit", params={"action": "login_failed"})
    assert [line[1] for line in rows(page)][:2] == ["—", name]
    assert "secret" not in page.text


def test_what_the_command_line_did_is_shown_as_such(office: Office) -> None:
    name = office.user()
    page = office.logged_in("admin").get("/admin/audit", params={"action": "user_added"})
    assert ["命令行", "添加用户", f"账号 {name} 角色 坐席"] in [line[1:] for line in rows(page)]


def test_looking_at_the_audit_log_is_noted_too(office: Office) -> None:
    admin = office.logged_in("admin")
    admin.get("/admin/audit", params={"user": "小王"})
    [line] = rows(admin.get("/admin/audit", params={"user": admin.name, "action": "audit_read"}))
    assert line[2:] == ["查看操作记录", "用户 小王"]


def test_entries_are_found_by_their_day_in_china(office: Office) -> None:
    admin = office.logged_in("admin")
    admin.get("/admin/audit")
    [newest, *_] = rows(admin.get("/admin/audit"))
    day = newest[0][:10]
    before = (datetime.fromisoformat(day).replace(tzinfo=CHINA) - timedelta(days=1)).date().isoformat()
    here = admin.get("/admin/audit", params={"user": admin.name, "day": day})
    assert rows(here)
    assert {line[0][:10] for line in rows(here)} == {day}
    assert rows(admin.get("/admin/audit", params={"user": admin.name, "day": before})) == []


def test_entries_come_fifty_a_page_and_the_filter_stays_while_turning(office: Office) -> None:
    admin = office.logged_in("admin")
    who = office.logged_in()
    user = next(user for user in office.accounts.users() if user.name == who.name)
    for number in range(119):
        office.accounts.audit(user, "step", {"name": f"number {number}"})
    seen: list[str] = []
    address = f"/admin/audit?user={who.name}"
    while address:
        page = admin.get(address)
        seen += [line[3] for line in rows(page)]
        onward = re.search(r'<a href="([^"]+)" rel="next">下一页</a>', page.text)
        address = unescape(onward[1]) if onward else ""
    assert len(seen) == 120
    assert seen[:119] == [f"账号 number {number}" for number in reversed(range(119))]
    assert 'rel="prev"' in page.text


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=99999",
        "page=１",
        "page=9" * 40,
        "user='",
        "action=%00",
        "user=%ed%a0%80",
        "day=",
    ],
)
def test_a_made_up_address_is_a_page_like_any_other(office: Office, query: str) -> None:
    assert office.logged_in("admin").get(f"/admin/audit?{query}").status_code == 200


@pytest.mark.parametrize("day", ["gestern", "2026-02-30", "20260101", "<script>"])
def test_a_day_that_is_none_is_said_to_be(office: Office, day: str) -> None:
    page = office.logged_in("admin").get("/admin/audit", params={"day": day})
    assert page.status_code == 200
    assert said(page, "alert") == "日期请写成 2026-01-31 这样。"
    assert "<script" not in page.text


def test_every_field_has_a_label_and_ids_are_unique(office: Office) -> None:
    admin = office.logged_in("admin")
    office.user()
    pages = [
        office.browser().get("/login"),
        *(admin.get(p) for p in ("/account", "/admin/users", "/admin/audit")),
    ]
    for page in pages:
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))
        fields = re.findall(r"<(?:input|select)([^>]*)>", page.text)
        shown = [field for field in fields if "hidden" not in field]
        assert shown
        for field in shown:
            name = re.search(r'\sid="([^"]+)"', field)
            assert name, field
            assert f'<label for="{name[1]}">' in page.text
        assert '<html lang="zh-CN">' in page.text
        assert len(re.findall(r"<h1>", page.text)) == 1
