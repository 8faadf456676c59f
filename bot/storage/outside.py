"""What comes from outside into a query, as every database takes it."""

from __future__ import annotations

# What an address may ask for and no table reaches; larger numbers are errors to the databases.
_LARGEST = 2**31 - 1


def row_id(number: int) -> int:
    """The number, or 0, which no row has."""
    return number if 0 < number <= _LARGEST else 0


def count(number: int) -> int:
    """How many rows are wanted, or left out."""
    return max(0, min(number, _LARGEST))


def text(written: str) -> str:
    """The text without NUL and half emoji, which PostgreSQL and UTF-8 refuse."""
    return written.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
