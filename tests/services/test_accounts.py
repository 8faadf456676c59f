"""Accounts: who gets in, for how long, and what is noted about it. A database in memory, and a clock that is set."""

from __future__ import annotations

import itertools
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from argon2 import PasswordHasher

from bot.services.accounts import AccountError, Accounts, AuditFilter, LogInError, Session, User
from bot.services.lockout import Lockout
from bot.services.passwords import Passwords
from bot.storage.accounts import AccountStore
from bot.storage.audit import AuditLog
from bot.storage.database import Database
from bot.storage.login_failures import LoginFailures

GOOD = "correct horse battery"
OTHER = "another horse battery"
NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
DESK = "192.0.2.17"


@dataclass
class Desk:
    """The accounts under test, their store and the clock."""

    accounts: Accounts
    store: AccountStore
    now: datetime = NOON

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def fails(self, name: str = "小王", password: str = "wrong", address: str = DESK) -> int:
        """Log in, which has to fail; the seconds to wait."""
        with pytest.raises(LogInError) as refused:
            self.accounts.log_in(name, password, address)
        return refused.value.wait_s

    def actions(self, **wanted: str) -> list[str]:
        """The actions in the audit log, the newest first."""
        return [entry.action for entry in self.accounts.audit_entries(AuditFilter(**wanted))]

    def user(self, name: str) -> User:
        """The user of that name."""
        return next(user for user in self.accounts.users() if user.name == name)


def desk_with(hasher: PasswordHasher) -> Desk:
    """Accounts with an admin (主任) and two of staff (小王, 小李)."""
    database = Database("sqlite://")
    database.migrate()
    numbers = itertools.count()
    store = AccountStore(database)
    desk = Desk(accounts=None, store=store)  # type: ignore[arg-type]
    lockout = Lockout(LoginFailures(database), lambda: desk.now, b"key")
    log, passwords = AuditLog(database), Passwords(hasher)
    desk.accounts = Accounts(
        store, log, passwords, lockout, lambda: desk.now, lambda: f"token {next(numbers)}"
    )
    for name, role in (("主任", "admin"), ("小王", "staff"), ("小李", "maintainer")):
        desk.accounts.add(name, GOOD, role)
    return desk


@pytest.fixture
def desk() -> Desk:
    """Accounts whose passwords are hashed with as little effort as argon2 allows."""
    return desk_with(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


# ---- users


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("staff", {"self", "staff"}),
        ("maintainer", {"self", "staff", "maintain"}),
        ("admin", {"self", "staff", "maintain", "admin"}),
    ],
)
def test_a_role_may_do_what_stands_in_the_table(role: str, may: set[str]) -> None:
    user = User(1, "小王", role, active=True)
    assert {
        permission for permission in ("self", "staff", "maintain", "admin") if user.may(permission)
    } == may
    assert not any(User(1, "小王", role, active=False).may(permission) for permission in may)


def test_a_permission_that_does_not_exist_is_an_error_and_not_a_no(desk: Desk) -> None:
    with pytest.raises(KeyError):
        desk.user("小王").may("stafff")


@pytest.mark.parametrize(
    ("name", "password", "role", "code"),
    [
        ("小王", GOOD, "staff", "name_taken"),
        (" ｘｉａｏ ｗａｎｇ", GOOD, "staff", "bad_name"),
        ("x", GOOD, "staff", "bad_name"),
        ("x" * 33, GOOD, "staff", "bad_name"),
        ("<b>小张</b>", GOOD, "staff", "bad_name"),
        ("小\x00张", GOOD, "staff", "bad_name"),
        ("小张\n", "tiny 1", "staff", "password_too_short"),
        ("13812345678", GOOD, "staff", "name_is_number"),
        ("小张", GOOD, "root", "bad_role"),
        ("小张", "123456789", "staff", "password_too_short"),
        ("小张", "a b" * 67, "staff", "password_too_long"),
        ("zhang.xiaoming", "ZHANG.xiaoming", "staff", "password_like_name"),
        ("zhang.xiaoming", "gnimoaix.gnahz", "staff", "password_like_name"),
        ("zhang", "zhangzhang", "staff", "password_like_name"),
        ("小张", "1234567890", "staff", "password_worst"),
        ("小张", "Admin123456", "staff", "password_worst"),
        ("小张", "１２３４５６７８９０", "staff", "password_worst"),
        ("小张", "ababababababab", "staff", "password_monotonous"),
    ],
)
def test_a_user_is_refused_with_the_reason(
    desk: Desk, name: str, password: str, role: str, code: str
) -> None:
    before = desk.accounts.users()
    with pytest.raises(AccountError) as refused:
        desk.accounts.add(name, password, role)
    assert refused.value.code == code
    assert password not in str(refused.value)
    assert desk.accounts.users() == before


def test_a_name_is_the_same_in_another_case_and_width(desk: Desk) -> None:
    desk.accounts.add("Wang.Li", GOOD, "staff")
    with pytest.raises(AccountError, match="is there already"):
        desk.accounts.add("ｗａｎｇ.ｌｉ", GOOD, "staff")
    assert desk.accounts.log_in("WANG.LI ", GOOD).user.name == "Wang.Li"


def test_a_password_typed_in_full_width_is_the_same_password(desk: Desk) -> None:
    desk.accounts.add("小张", "abc１２３４５６７８９", "staff")
    assert desk.accounts.log_in("小张", "abc123456789").user.name == "小张"


def test_passwords_are_kept_as_argon2id_and_tokens_as_hashes_only() -> None:
    desk = desk_with(PasswordHasher())
    kept = desk.store.user("小王")
    assert kept is not None
    assert kept.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    token = desk.accounts.log_in("小王", GOOD).token
    assert desk.store.session(token) is None
    assert desk.accounts.session(token) is not None


def test_a_password_hashed_with_less_effort_is_hashed_anew_at_the_next_log_in(desk: Desk) -> None:
    desk.accounts._passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    before = desk.store.user("小王")
    desk.accounts.log_in("小王", GOOD)
    after = desk.store.user("小王")
    assert before is not None
    assert after is not None
    assert ("t=1" in before.password_hash, "t=2" in after.password_hash) == (True, True)
    assert desk.accounts.log_in("小王", GOOD)


@pytest.mark.parametrize("change", ["disable", "demote"])
def test_the_only_admin_stays_one(desk: Desk, change: str) -> None:
    def make() -> None:
        if change == "disable":
            desk.accounts.set_active("主任", active=False)
        else:
            desk.accounts.set_role("主任", "staff")

    with pytest.raises(AccountError, match="is the only admin"):
        make()
    assert desk.user("主任").may("admin")
    desk.accounts.set_role("小李", "admin")
    make()
    assert not desk.user("主任").may("admin")


def test_an_admin_cannot_change_the_own_account_as_if_it_were_another_one(desk: Desk) -> None:
    admin = desk.user("主任")
    for change in (
        lambda: desk.accounts.set_role("主任", "staff", admin),
        lambda: desk.accounts.set_active("主任", False, admin),
        lambda: desk.accounts.set_password("主任", OTHER, admin),
    ):
        with pytest.raises(AccountError) as refused:
            change()
        assert refused.value.code == "own_account"
    assert desk.accounts.log_in("主任", GOOD).user.may("admin")


@pytest.mark.parametrize("what", ["set_password", "set_role", "set_active", "token_for", "revoke_token"])
def test_an_unknown_user_is_named(desk: Desk, what: str) -> None:
    rest = {"set_password": (OTHER,), "set_role": ("admin",), "set_active": (False,)}.get(what, ())
    with pytest.raises(AccountError, match="user 小赵: there is none"):
        getattr(desk.accounts, what)("小赵", *rest)


# ---- sessions


def logged_in(desk: Desk, name: str = "小王") -> Session:
    """A session of that user."""
    return desk.accounts.log_in(name, GOOD, DESK)


def test_a_session_is_over_after_half_an_hour_without_use(desk: Desk) -> None:
    token = logged_in(desk).token
    for _ in range(4):
        desk.later(minutes=29)
        assert desk.accounts.session(token) is not None
    desk.later(minutes=30, seconds=1)
    assert desk.accounts.session(token) is None
    desk.later(minutes=-20)
    assert desk.accounts.session(token) is None, "what is over stays over"


def test_a_session_is_over_after_twelve_hours_however_much_it_is_used(desk: Desk) -> None:
    token = logged_in(desk).token
    for _ in range(12 * 3):
        desk.later(minutes=20)
        assert desk.accounts.session(token) is not None
    desk.later(seconds=1)
    assert desk.accounts.session(token) is None


def test_use_is_noted_once_a_minute_and_not_at_every_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    token = logged_in(desk).token
    seen: list[datetime] = []
    see = desk.store.see_session
    monkeypatch.setattr(desk.store, "see_session", lambda hashed, now: (seen.append(now), see(hashed, now)))
    for _ in range(130):
        desk.later(seconds=1)
        desk.accounts.session(token)
    assert len(seen) == 2


def test_every_log_in_is_a_session_of_its_own(desk: Desk) -> None:
    first, second = logged_in(desk), logged_in(desk)
    assert first.token != second.token
    assert first.csrf != second.csrf
    desk.accounts.log_out(first.token)
    assert desk.accounts.session(first.token) is None
    assert desk.accounts.session(second.token) is not None


def test_a_session_shows_its_secrets_to_nobody_who_prints_it(desk: Desk) -> None:
    session = logged_in(desk)
    assert session.token not in repr(session)
    assert session.csrf not in repr(session)


@pytest.mark.parametrize("token", ["", "nonsense", "'; DROP TABLE users; --", "\ud800", "\x00", "长" * 5000])
def test_a_made_up_token_opens_nothing(desk: Desk, token: str) -> None:
    logged_in(desk)
    assert desk.accounts.session(token) is None
    assert desk.accounts.by_api_token(token) is None
    desk.accounts.log_out(token)


@pytest.mark.parametrize("change", ["role", "password", "disabled"])
def test_a_change_of_the_account_ends_its_sessions(desk: Desk, change: str) -> None:
    mine, another = logged_in(desk), logged_in(desk, "小李")
    if change == "role":
        desk.accounts.set_role("小王", "maintainer")
    elif change == "password":
        desk.accounts.set_password("小王", OTHER)
    else:
        desk.accounts.set_active("小王", active=False)
    assert desk.accounts.session(mine.token) is None
    assert desk.accounts.session(another.token) is not None


def test_a_disabled_user_gets_in_no_more_and_an_enabled_one_again(desk: Desk) -> None:
    token = desk.accounts.token_for("小王")
    desk.accounts.set_active("小王", active=False)
    assert desk.fails(password=GOOD) == 0
    assert desk.accounts.by_api_token(token) is None
    desk.accounts.set_active("小王", active=True)
    assert logged_in(desk).user.name == "小王"
    assert desk.accounts.by_api_token(token) is not None


def test_changing_the_own_password_leaves_this_browser_alone_logged_in(desk: Desk) -> None:
    here, elsewhere = logged_in(desk), logged_in(desk)
    new = desk.accounts.change_password(here.user, GOOD, OTHER, DESK)
    assert desk.accounts.session(here.token) is None
    assert desk.accounts.session(elsewhere.token) is None
    assert desk.accounts.session(new.token) == new
    assert desk.fails(password=GOOD) == 0
    assert desk.accounts.log_in("小王", OTHER)


def test_the_own_password_is_changed_with_the_old_one_only(desk: Desk) -> None:
    user = logged_in(desk).user
    with pytest.raises(LogInError):
        desk.accounts.change_password(user, "wrong", OTHER, DESK)
    with pytest.raises(AccountError, match="is too short"):
        desk.accounts.change_password(user, GOOD, "short", DESK)
    with pytest.raises(AccountError) as refused:
        desk.accounts.change_password(user, GOOD, GOOD, DESK)
    assert refused.value.code == "same_password"
    assert logged_in(desk).user == desk.user("小王")


def test_guessing_the_old_password_in_a_browser_left_open_is_locked_out_too(desk: Desk) -> None:
    user = logged_in(desk).user
    for _ in range(5):
        with pytest.raises(LogInError):
            desk.accounts.change_password(user, "wrong", OTHER, DESK)
    with pytest.raises(LogInError) as refused:
        desk.accounts.change_password(user, GOOD, OTHER, DESK)
    assert refused.value.wait_s == 30


def test_who_was_given_a_password_has_to_change_it(desk: Desk) -> None:
    desk.accounts.set_password("小王", OTHER, must_change=True)
    session = desk.accounts.log_in("小王", OTHER)
    assert session.user.must_change
    assert not desk.accounts.change_password(session.user, OTHER, GOOD).user.must_change


# ---- lockout


def test_the_waits_double_up_to_a_quarter_of_an_hour(desk: Desk) -> None:
    waits = [desk.fails() for _ in range(5)]
    while len(waits) < 12:
        desk.later(seconds=waits[-1])
        waits.append(desk.fails())
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_the_right_password_is_refused_during_the_wait_and_told_how_long(desk: Desk) -> None:
    for _ in range(5):
        desk.fails()
    desk.later(seconds=10)
    assert desk.fails(password=GOOD) == 20
    desk.later(seconds=19)
    assert desk.fails(password=GOOD) == 1
    desk.later(seconds=1)
    assert logged_in(desk)


def test_what_is_refused_during_a_wait_does_not_lengthen_it(desk: Desk) -> None:
    for _ in range(5):
        desk.fails()
    assert [desk.fails() for _ in range(50)] == [30] * 50
    desk.later(seconds=30)
    assert desk.fails() == 60


def test_a_log_in_wipes_the_slate(desk: Desk) -> None:
    for _ in range(4):
        desk.fails()
    logged_in(desk)
    assert [desk.fails() for _ in range(5)] == [0, 0, 0, 0, 30]


def test_a_new_password_from_an_admin_ends_the_wait(desk: Desk) -> None:
    for _ in range(5):
        desk.fails()
    desk.accounts.set_password("小王", OTHER)
    assert desk.accounts.log_in("小王", OTHER, DESK)


def test_an_unknown_name_is_treated_like_a_known_one(desk: Desk) -> None:
    assert [desk.fails("小赵", address="192.0.2.1") for _ in range(6)] == [0, 0, 0, 0, 30, 30]
    assert [desk.fails("小王", address="192.0.2.2") for _ in range(6)] == [0, 0, 0, 0, 30, 30]


def test_failures_are_forgotten_one_an_hour(desk: Desk) -> None:
    for _ in range(4):
        desk.fails()
    desk.later(hours=3)
    assert [desk.fails() for _ in range(4)] == [0, 0, 0, 30]


def test_one_address_may_fail_twenty_times_whatever_the_names(desk: Desk) -> None:
    waits = [desk.fails(f"name{number}") for number in range(20)]
    assert waits == [0] * 19 + [30]
    assert desk.fails("小王", GOOD) == 30, "the address waits, whoever it is"
    assert desk.accounts.log_in("小王", GOOD, "198.51.100.1"), "another address does not"
    desk.later(seconds=30)
    assert desk.fails("another") == 60


def test_a_log_in_does_not_give_the_address_its_tries_on_other_names_back(desk: Desk) -> None:
    for number in range(19):
        desk.fails(f"name{number}")
    logged_in(desk)
    assert desk.fails("another") == 30


def test_clerks_who_mistype_and_then_get_in_do_not_lock_their_office(desk: Desk) -> None:
    for number in range(30):
        desk.accounts.add(f"clerk{number}", GOOD, "staff")
        desk.fails(f"clerk{number}")
        desk.fails(f"clerk{number}")
        assert desk.accounts.log_in(f"clerk{number}", GOOD, DESK)


def test_without_an_address_the_name_alone_is_counted(desk: Desk) -> None:
    assert {desk.fails(f"name{number}", address="") for number in range(30)} == {0}


@pytest.mark.parametrize("spelling", ["小王\x00", "小\x00王", " 小王 ", "小王\t"])
def test_another_spelling_of_the_name_is_no_further_try(desk: Desk, spelling: str) -> None:
    for _ in range(5):
        desk.fails()
    assert desk.fails(spelling, GOOD, "198.51.100.1") == 30


def test_guesses_at_the_same_moment_are_worth_no_more_than_one_by_one(desk: Desk) -> None:
    def guess(_: int) -> int:
        return desk.fails()

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(guess, range(24)))
    assert waits.count(0) == 4
    assert desk.actions().count("login_failed") == 5


def test_a_guess_takes_as_long_for_a_name_that_does_not_exist() -> None:
    """Counted, not timed: argon2 is where the time goes, and it runs once for each guess."""
    desk = desk_with(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
            verified.append(str(hash))
            return super().verify(hash, password)  # type: ignore[return-value]

    desk.accounts._passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("小王", "小赵", "小王", "小赵"):
        desk.fails(name)
    assert len(verified) == 4
    assert len({hashed.split("$")[3] for hashed in verified}) == 1, "with the same effort"


def test_nobody_gets_in_with_the_password_of_the_stand_in(desk: Desk) -> None:
    assert desk.fails("小赵", "nobody's password") == 0
    passwords = desk.accounts._passwords
    assert passwords.matches(passwords.hash("nobody's password"), "nobody's password")
    assert not passwords.matches(None, "nobody's password")
    assert not passwords.matches("no hash at all", "nobody's password")


# ---- tokens of other systems


def test_a_token_calls_in_the_name_of_its_user_until_it_is_replaced_or_revoked(desk: Desk) -> None:
    first = desk.accounts.token_for("小王")
    assert desk.accounts.by_api_token(first) == desk.user("小王")
    second = desk.accounts.token_for("小王")
    assert desk.accounts.by_api_token(first) is None
    assert desk.accounts.by_api_token(second) is not None
    assert desk.accounts.revoke_token("小王")
    assert not desk.accounts.revoke_token("小王")
    assert desk.accounts.by_api_token(second) is None


def test_a_token_is_no_session_and_a_session_is_no_token(desk: Desk) -> None:
    assert desk.accounts.session(desk.accounts.token_for("小王")) is None
    assert desk.accounts.by_api_token(logged_in(desk).token) is None


# ---- the audit log


def test_everything_that_changes_an_account_is_noted_with_who_did_it(desk: Desk) -> None:
    admin = desk.user("主任")
    desk.accounts.add("小张", GOOD, "staff", admin)
    desk.accounts.set_role("小张", "maintainer", admin)
    desk.accounts.set_password("小张", OTHER, admin)
    desk.accounts.set_active("小张", False, admin)
    desk.accounts.set_active("小张", True, admin)
    desk.accounts.token_for("小张", admin)
    desk.accounts.revoke_token("小张", admin)
    noted = ["token_revoked", "token_made", "user_enabled", "user_disabled", "password_reset"]
    assert desk.actions(user="主任") == [*noted, "role_changed", "user_added"]
    details = [entry.detail for entry in desk.accounts.audit_entries(AuditFilter(action="role_changed"))]
    assert details == [{"name": "小张", "from": "staff", "to": "maintainer"}]


def test_a_change_that_changes_nothing_is_not_noted_and_logs_nobody_out(desk: Desk) -> None:
    token = logged_in(desk).token
    before = desk.actions()
    desk.accounts.set_role("小王", "staff")
    desk.accounts.set_active("小王", active=True)
    assert desk.actions() == before
    assert desk.accounts.session(token) is not None


def test_coming_and_going_is_noted_with_the_network_and_not_the_computer(desk: Desk) -> None:
    desk.fails()
    desk.accounts.log_out(logged_in(desk).token)
    assert desk.actions(user="小王") == ["logout", "login", "login_failed"]
    assert [e.detail for e in desk.accounts.audit_entries(AuditFilter(user="小王"))] == [
        {}, {"address": "192.0.2.*"}, {"address": "192.0.2.*"}
    ]  # fmt: skip
    desk.accounts.log_in("小李", GOOD, "2001:db8:85a3::8a2e:370:7334")
    assert desk.accounts.audit_entries()[0].detail == {"address": "2001:db8:85a3:*"}


def test_neither_log_nor_audit_log_holds_what_was_typed(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """People type their password where their name belongs."""
    caplog.set_level(logging.DEBUG)
    desk.fails("my secret passphrase", "the other secret")
    desk.accounts.set_password("小王", OTHER)
    token = desk.accounts.token_for("小王")
    written = f"{desk.accounts.audit_entries()} {caplog.text}"
    for secret in ("secret", OTHER, token):
        assert secret not in written
    assert desk.accounts.audit_entries(AuditFilter(action="login_failed"))[0].user == ""


def test_other_parts_write_to_the_audit_log_and_are_masked(desk: Desk) -> None:
    desk.accounts.audit(desk.user("小王"), "transcript_opened", {"note": "电话13812345678"})
    desk.accounts.audit(None, "something")
    assert [(e.user, e.action, e.detail) for e in desk.accounts.audit_entries(limit=2)] == [
        ("", "something", {}), ("小王", "transcript_opened", {"note": "电话[手机号]"})
    ]  # fmt: skip
    assert desk.accounts.audit_count() == 5
