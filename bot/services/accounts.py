"""Accounts: who of the staff may do what, who is logged in where, and who did what."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from bot.services.lockout import LockedOutError, Lockout
from bot.services.passwords import Passwords, plain, weakness
from bot.services.users import PERMISSIONS, ROLES, User
from bot.storage.accounts import AccountStore, LastOfRoleError, StoredUser
from bot.storage.audit import AuditEntry, AuditFilter, AuditLog
from bot.storage.errors import StorageConflictError
from bot.text.masking import mask

__all__ = [
    "PERMISSIONS", "ROLES", "AccountError", "Accounts", "AuditEntry", "AuditFilter", "LogInError", "Session",
    "Timeouts", "User",
]  # fmt: skip

_NAME = re.compile(r"[\w][\w.\-]{1,31}")


@dataclass(frozen=True)
class Session:
    """One browser that is logged in: what its forms must carry, and the token that its cookie carries."""

    user: User
    csrf: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True)
class Timeouts:
    """After how many seconds a browser is logged out: unused, and in any case; and how often its use is noted."""

    idle: int = 30 * 60
    absolute: int = 12 * 60 * 60
    noted_every: int = 60


class LogInError(Exception):
    """Name and password were not accepted; nobody is, for `wait_s` more seconds."""

    def __init__(self, wait_s: int = 0) -> None:
        super().__init__(f"wait {wait_s} s" if wait_s else "wrong name or password")
        self.wait_s = wait_s


class AccountError(ValueError):
    """What was asked for cannot be done; `code` is for the pages, the message for the command line."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_WEAK = {
    "too_short": "is too short; write at least 10 characters",
    "too_long": "is too long; write at most 200 characters",
    "like_name": "is the user's name; write something else",
    "worst": "is one of those that are tried first; write something else",
    "monotonous": "repeats two or three characters; write something else",
}


def csrf_of(token: str) -> str:
    """What the forms of a browser carry: made from its cookie's token, which no other site can read."""
    return hmac.new(token.encode("utf-8", "replace"), b"csrf", sha256).hexdigest()


class Accounts:
    """The accounts of one database; `new_token` makes unguessable texts, `by` is who asks (None: the command line)."""

    def __init__(
        self,
        store: AccountStore,
        log: AuditLog,
        passwords: Passwords,
        lockout: Lockout,
        now: Callable[[], datetime],
        new_token: Callable[[], str],
        timeouts: Timeouts | None = None,
    ) -> None:
        self._store = store
        self._log = log
        self._passwords = passwords
        self._lockout = lockout
        self._now = now
        self._new_token = new_token
        self._timeouts = timeouts or Timeouts()

    # ---- users

    def users(self) -> list[User]:
        """Everybody, by name."""
        return [_user(stored) for stored in self._store.users()]

    def add(
        self, name: str, password: str, role: str, by: User | None = None, *, must_change: bool = False
    ) -> User:
        """A new user; AccountError says what is wrong with name, password or role."""
        name = plain(name).strip()
        _check_name(name)
        _check_role(role)
        _check_password(password, name)
        values = {"name": name, "name_key": _key(name), "role": role, "active": True}
        values |= {"must_change": must_change, "created_at": self._now(), "logged_in_at": None}
        try:
            user_id = self._store.add(**values, password_hash=self._passwords.hash(password))
        except StorageConflictError:
            raise AccountError("name_taken", f"user {name}: is there already; choose another name") from None
        self.audit(by, "user_added", {"name": name, "role": role})
        return User(user_id, name, role, active=True, must_change=must_change)

    def set_password(
        self, name: str, password: str, by: User | None = None, *, must_change: bool = False
    ) -> None:
        """Another password for a user, who is logged out everywhere and no longer has to wait."""
        stored = self._other(name, by)
        _check_password(password, stored.name)
        hashed = self._passwords.hash(password)
        self._store.change(stored.id, log_out=True, password_hash=hashed, must_change=must_change)
        self._lockout.forgive(stored.name_key)
        self.audit(by, "password_reset", {"name": stored.name})

    def change_password(self, user: User, old: str, new: str, address: str = "") -> Session:
        """Another password for oneself; logged out everywhere else. LogInError where the old one is wrong."""
        stored = self._authenticated(user.name, old, address, "password_change_failed")
        _check_password(new, stored.name)
        if plain(old) == plain(new):
            raise AccountError("same_password", "the password is the one you have; write another one")
        hashed = self._passwords.hash(new)
        self._store.change(stored.id, log_out=True, password_hash=hashed, must_change=False)
        self.audit(user, "password_changed")
        return self._new_session(replace(stored, must_change=False))

    def set_role(self, name: str, role: str, by: User | None = None) -> None:
        """Another role for a user, who is logged out; the last admin stays one."""
        _check_role(role)
        stored = self._other(name, by)
        if stored.role == role:
            return
        self._change_keeping_an_admin(stored, role=role)
        self.audit(by, "role_changed", {"name": stored.name, "from": stored.role, "to": role})

    def set_active(self, name: str, active: bool, by: User | None = None) -> None:
        """Let a user in again, or no longer; the last admin stays."""
        stored = self._other(name, by)
        if stored.active == active:
            return
        self._change_keeping_an_admin(stored, active=active)
        self.audit(by, "user_enabled" if active else "user_disabled", {"name": stored.name})

    # ---- sessions

    def log_in(self, name: str, password: str, address: str = "") -> Session:
        """A new session; LogInError where name and password do not belong together or a wait is not over."""
        stored = self._authenticated(name, password, address, "login_failed")
        if self._passwords.outdated(stored.password_hash):
            self._store.change(stored.id, password_hash=self._passwords.hash(password))
        self.audit(_user(stored), "login", _network(address))
        return self._new_session(stored)

    def session(self, token: str) -> Session | None:
        """The session of a cookie; None where it is over, or its user may no longer come in."""
        hashed = _hashed(token)
        stored = self._store.session(hashed)
        if stored is None:
            return None
        now = self._now()
        unused, old = now - stored.seen_at, now - stored.created_at
        if (
            not stored.user.active
            or unused > timedelta(seconds=self._timeouts.idle)
            or old > timedelta(seconds=self._timeouts.absolute)
        ):
            self._store.close_session(hashed)
            return None
        if unused >= timedelta(seconds=self._timeouts.noted_every):
            self._store.see_session(hashed, now)
        return Session(_user(stored.user), csrf_of(token), token)

    def log_out(self, token: str) -> None:
        """End a session; the token is worth nothing from now on."""
        session = self.session(token)
        if session is not None:
            self._store.close_session(_hashed(token))
            self.audit(session.user, "logout")

    # ---- tokens of other systems

    def token_for(self, name: str, by: User | None = None) -> str:
        """A new bearer token that calls in the name of a user; the one before it is worth nothing from now on."""
        stored = self._known(name)
        token = self._new_token()
        self._store.set_token(stored.id, _hashed(token), self._now())
        self.audit(by, "token_made", {"name": stored.name})
        return token

    def revoke_token(self, name: str, by: User | None = None) -> bool:
        """Take a user's bearer token back; False where there was none."""
        stored = self._known(name)
        had_one = self._store.set_token(stored.id, None, self._now())
        if had_one:
            self.audit(by, "token_revoked", {"name": stored.name})
        return had_one

    def by_api_token(self, token: str) -> User | None:
        """The user in whose name a bearer token calls; None where it is unknown or the user may not come in."""
        stored = self._store.user_with_token(_hashed(token))
        return _user(stored) if stored is not None and stored.active else None

    # ---- the audit log

    def audit(self, user: User | None, action: str, detail: Mapping[str, str] | None = None) -> None:
        """Note who did what; texts are masked. `action` is a word like "login"."""
        self._log.add(user.name if user else "", action, detail or {}, self._now())

    def audit_entries(
        self, wanted: AuditFilter | None = None, limit: int = 50, offset: int = 0
    ) -> list[AuditEntry]:
        """Entries of the audit log, the newest first."""
        return self._log.entries(wanted or AuditFilter(), limit, offset)

    def audit_count(self, wanted: AuditFilter | None = None) -> int:
        """How many entries there are."""
        return self._log.count(wanted or AuditFilter())

    # ---- inside

    def _known(self, name: str) -> StoredUser:
        stored = self._store.user(_key(name))
        if stored is None:
            raise AccountError(
                "no_such_user", f"user {name}: there is none; python -m bot user list shows all"
            )
        return stored

    def _other(self, name: str, by: User | None) -> StoredUser:
        """The user, who is not the one who asks: oneself one cannot lock out, nor skip the old password."""
        stored = self._known(name)
        if by is not None and by.id == stored.id:
            raise AccountError("own_account", f"user {stored.name}: is your own account; ask another admin")
        return stored

    def _authenticated(self, name: str, password: str, address: str, failure: str) -> StoredUser:
        """The user whose name and password these are; every other case is LogInError and takes as long."""
        stored = self._store.user(_key(name))
        # Another spelling that finds the same user (the database drops NULs) counts for the same user.
        key = stored.name_key if stored else _key(name)
        try:
            wait_s = self._lockout.begin(key, address)
        except LockedOutError as locked:
            raise LogInError(locked.wait_s) from None
        right = self._passwords.matches(stored.password_hash if stored else None, password)
        if right and stored is not None and stored.active:
            self._lockout.succeeded(key, address)
            return stored
        # Of an unknown name nothing is noted: people type their password where their name belongs.
        self.audit(_user(stored) if stored else None, failure, _network(address))
        raise LogInError(wait_s)

    def _new_session(self, stored: StoredUser) -> Session:
        token = self._new_token()
        now = self._now()
        over = now - timedelta(seconds=self._timeouts.absolute)
        self._store.open_session(_hashed(token), stored.id, now, over=over)
        return Session(_user(stored), csrf_of(token), token)

    def _change_keeping_an_admin(self, stored: StoredUser, **values: str | bool) -> None:
        keep_one = "admin" if stored.role == "admin" and stored.active else None
        try:
            self._store.change(stored.id, log_out=True, keep_one=keep_one, **values)
        except LastOfRoleError:
            message = f"user {stored.name}: is the only admin; make another admin first"
            raise AccountError("last_admin", message) from None


def _user(stored: StoredUser) -> User:
    return User(
        stored.id,
        stored.name,
        stored.role,
        stored.active,
        stored.must_change,
        stored.logged_in_at,
        stored.has_token,
    )


def _key(name: str) -> str:
    """The name as it is compared."""
    return plain(name).strip().casefold()


def _hashed(token: str) -> str:
    """A token as it is stored: it has 256 random bits, so a plain hash is enough."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> dict[str, str]:
    """The network of an address without the computer's own number."""
    if ":" in address:
        return {"address": ":".join(address.split(":")[:3]) + ":*"}
    return {"address": address.rpartition(".")[0] + ".*"} if "." in address else {}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        message = f"name {name!r}: is no name for an account; write 2 to 32 letters, digits, dots or hyphens"
        raise AccountError("bad_name", message)
    if mask(name) != name:
        # Names stand in logs and lists, where no personal data may stand.
        raise AccountError("name_is_number", "name: is a telephone or ID number; write a name")


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise AccountError("bad_role", f"role {role!r}: is none; write {', '.join(ROLES)}")


def _check_password(password: str, name: str) -> None:
    weak = weakness(password, name)
    if weak:
        raise AccountError(f"password_{weak}", f"the password {_WEAK[weak]}")
