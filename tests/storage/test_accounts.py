"""Users, sessions and tokens: what is kept, what goes with what, and what two changes at once cannot do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier

import pytest
from sqlalchemy import text

from bot.storage.accounts import AccountStore, LastOfRoleError, StoredUser
from bot.storage.database import Database
from bot.storage.errors import StorageConflictError

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
LONG_AGO = NOON - timedelta(days=1)


def add(store: AccountStore, name: str, role: str = "staff") -> StoredUser:
    """A user of that name, as the store gives it."""
    values = {"password_hash": "hash", "must_change": False, "active": True, "created_at": NOON}
    store.add(name=name, name_key=name.casefold(), role=role, logged_in_at=None, **values)
    user = store.user(name.casefold())
    assert user is not None
    return user


def sessions(database: Database) -> int:
    """How many sessions are stored."""
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM web_sessions")).scalar_one())


def test_a_user_comes_back_as_it_was_added(database: Database) -> None:
    added = add(AccountStore(database), "小王")
    assert added == StoredUser(added.id, "小王", "小王", "staff", "hash", False, True, NOON, None, False)
    assert AccountStore(database).users() == [added]
    assert AccountStore(database).user("小李") is None


def test_a_name_is_given_once(database: Database) -> None:
    add(AccountStore(database), "小王")
    with pytest.raises(StorageConflictError):
        add(AccountStore(database), "小王")


def test_a_hash_is_not_shown_where_a_user_is_printed(database: Database) -> None:
    assert "hash" not in repr(add(AccountStore(database), "小王")).replace("password_hash", "")


def test_a_session_is_found_by_its_hash_and_tells_its_user(database: Database) -> None:
    store = AccountStore(database)
    user = add(store, "小王")
    store.open_session("a" * 64, user.id, NOON, over=LONG_AGO)
    found = store.session("a" * 64)
    assert found is not None
    assert (found.user.name, found.created_at, found.seen_at) == ("小王", NOON, NOON)
    assert found.user.logged_in_at == NOON
    assert store.session("b" * 64) is None


def test_a_session_is_seen_again_and_closed(database: Database) -> None:
    store = AccountStore(database)
    store.open_session("a" * 64, add(store, "小王").id, NOON, over=LONG_AGO)
    store.see_session("a" * 64, NOON + timedelta(minutes=5))
    found = store.session("a" * 64)
    assert found is not None
    assert (found.created_at, found.seen_at) == (NOON, NOON + timedelta(minutes=5))
    store.close_session("a" * 64)
    assert store.session("a" * 64) is None


def test_opening_a_session_sweeps_up_those_that_are_over(database: Database) -> None:
    store = AccountStore(database)
    user = add(store, "小王")
    store.open_session("a" * 64, user.id, LONG_AGO, over=LONG_AGO)
    store.open_session("b" * 64, user.id, NOON, over=NOON - timedelta(hours=12))
    assert sessions(database) == 1
    assert store.session("a" * 64) is None


def test_a_change_ends_the_sessions_of_this_user_alone(database: Database) -> None:
    store = AccountStore(database)
    changed, other = add(store, "小王"), add(store, "小李")
    store.open_session("a" * 64, changed.id, NOON, over=LONG_AGO)
    store.open_session("b" * 64, other.id, NOON, over=LONG_AGO)
    store.change(changed.id, log_out=True, role="maintainer")
    assert store.session("a" * 64) is None
    assert store.session("b" * 64) is not None
    assert [user.role for user in store.users()] == ["staff", "maintainer"]


def test_the_last_of_a_role_keeps_it_and_nothing_of_the_change_is_made(database: Database) -> None:
    store = AccountStore(database)
    admin = add(store, "主任", "admin")
    store.open_session("a" * 64, admin.id, NOON, over=LONG_AGO)
    with pytest.raises(LastOfRoleError):
        store.change(admin.id, log_out=True, keep_one="admin", active=False)
    assert store.users() == [store.user("主任")]
    assert store.session("a" * 64) is not None


def test_two_admins_who_disable_each_other_at_once_leave_one(database: Database) -> None:
    store = AccountStore(database)
    admins = [add(store, name, "admin") for name in ("甲", "乙")]
    together = Barrier(2)

    def disable(user: StoredUser) -> bool:
        together.wait()
        try:
            store.change(user.id, keep_one="admin", active=False)
        except LastOfRoleError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        # Often enough that they meet where it hurts.
        for _ in range(25):
            assert sorted(threads.map(disable, admins)) == [False, True]
            for admin in admins:
                store.change(admin.id, active=True)


def test_a_user_has_one_token_and_the_newer_one_replaces_it(database: Database) -> None:
    store = AccountStore(database)
    user = add(store, "话务系统")
    assert not store.set_token(user.id, "a" * 64, NOON)
    assert store.set_token(user.id, "b" * 64, NOON)
    assert store.user_with_token("a" * 64) is None
    found = store.user_with_token("b" * 64)
    assert found is not None
    assert (found.name, found.has_token) == ("话务系统", True)
    assert store.set_token(user.id, None, NOON)
    assert not store.set_token(user.id, None, NOON)
    assert store.user_with_token("b" * 64) is None
