"""Errors of the storage: one line that says what happened and what to do about it."""

from __future__ import annotations

from sqlalchemy import exc


class StorageError(Exception):
    """The database could not do what was asked of it."""


class BadUrlError(StorageError):
    """The database URL cannot be used."""


class StorageFullError(StorageError):
    """The disk of the database has no room left."""


class StorageLockedError(StorageError):
    """Another program holds the database longer than we wait."""


class StorageUnreachableError(StorageError):
    """The database server does not answer or does not let us in."""


class StorageNotWritableError(StorageError):
    """The database file or its folder cannot be created or written."""


class StorageDamagedError(StorageError):
    """The file is not a database, or is damaged."""


class StorageOutdatedError(StorageError):
    """The tables in the database do not belong to this version of the program."""


class StorageConflictError(StorageError):
    """Two writers wrote the same thing; the unit of work was rolled back and may be tried again."""


class LeaseLostError(StorageError):
    """Another process has answered the message; the unit of work was rolled back and must not be tried again."""


_Rule = tuple[tuple[str, ...], type[StorageError], str]

# Python 3.10's sqlite3 gives no error code, so SQLite's own wording (stable since 2004) decides there. PostgreSQL
# gives SQLSTATE codes, which are matched by the same table.
_RULES: tuple[_Rule, ...] = (
    (
        ("disk is full", "53100"),
        StorageFullError,
        "is full: free some disk space, nothing else is needed",
    ),
    (
        ("is locked", "55p03", "40p01", "40001"),
        StorageLockedError,
        "is locked by another program: close other programs that use it, then try again",
    ),
    (
        ("unable to open", "readonly", "25006", "42501"),
        StorageNotWritableError,
        "cannot be written: check that the folder exists and that this user may write the file and its folder",
    ),
    (
        ("not a database", "malformed"),
        StorageDamagedError,
        "is damaged or is not a database: restore a backup or move the file away and start again",
    ),
    (
        ("no such table", "no such column", "has no column", "42p01", "42703"),
        StorageOutdatedError,
        "lacks tables of this version: start the server once, which brings the database up to date",
    ),
)


def explain(error: Exception, place: str) -> StorageError:
    """Turn an error of SQLAlchemy, the driver or the file system into ours; `place` names the database, no password."""
    if isinstance(error, exc.TimeoutError):
        return StorageLockedError(
            f"The database {place} is busy: all connections are in use. Try again in a moment."
        )
    if isinstance(error, exc.IntegrityError):
        return StorageConflictError(f"The database {place} already holds this entry ({_first_line(error)}).")
    signs = f"{getattr(_cause(error), 'pgcode', None) or ''} {_first_line(error)}".lower()
    for words, kind, advice in _RULES:
        if any(word in signs for word in words):
            return kind(f"The database {place} {advice} ({_first_line(error)}).")
    if isinstance(error, OSError):
        return StorageNotWritableError(f"The database {place} cannot be created: {_first_line(error)}.")
    if _is_connection_failure(error):
        advice = "does not answer: check that it runs and that the address, user and password in DATABASE_URL are right"
        return StorageUnreachableError(f"The database {place} {advice} ({_first_line(error)}).")
    return StorageError(f"The database {place} refused: {_first_line(error)}.")


def _cause(error: Exception) -> BaseException:
    return getattr(error, "orig", None) or error


def _first_line(error: Exception) -> str:
    """The driver's own words without the SQL statement, so no user text reaches a log through an error."""
    lines = str(_cause(error)).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _is_connection_failure(error: Exception) -> bool:
    """Whether the server was not reached: a failed connection carries no SQLSTATE, a refused statement does."""
    if getattr(error, "connection_invalidated", False) or isinstance(error, exc.InterfaceError):
        return True
    return isinstance(error, exc.OperationalError) and not getattr(_cause(error), "pgcode", None)
