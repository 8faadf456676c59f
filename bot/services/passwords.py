"""Passwords: what a new one must be like, and how one is kept and compared (argon2id)."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["LONGEST", "SHORTEST", "Passwords", "plain", "weakness"]

SHORTEST = 10
# Longer than any phrase that somebody types by heart.
LONGEST = 200

# What attackers try first among those that are long enough; the comparison ignores case.
_WORST = frozenset(
    """
    0123456789 1234567890 0987654321 9876543210 1234567891 12345678910 123456789a 123456789abc 1234512345 1122334455
    1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc qwertyuiop qwerty12345 qwerty123456 asdfghjkl; zxcvbnm123 abcd123456
    a123456789 aa123456789 abc1234567 abcdefghij abcd1234567 password12 password123 password1234 passw0rd123 p@ssw0rd123
    admin12345 admin123456 administrator letmein123 welcome123 iloveyou123 woaini1314 woaini520 woaini1314520 5201314520
    yibao12345 yibao123456 yibao12393 12393123930 hotline12393 huaian12345 nanjing12345 changeme123 changeit123
    """.split()
)


def plain(text: str) -> str:
    """One spelling of what an input method may write in two: １２３ is 123."""
    return unicodedata.normalize("NFKC", text)


def _bytes(password: str) -> bytes:
    """What is hashed: any text can be, also half an emoji."""
    return plain(password).encode("utf-8", "surrogatepass")


def weakness(password: str, name: str) -> str | None:
    """Why a password is not good enough: too_short, too_long, like_name, worst or monotonous; None where it is."""
    word = plain(password).casefold()
    if len(word) < SHORTEST:
        return "too_short"
    if len(word) > LONGEST:
        return "too_long"
    if word in _likenesses(plain(name).casefold()):
        return "like_name"
    if word in _WORST:
        return "worst"
    return "monotonous" if len(set(word)) <= 3 else None


def _likenesses(name: str) -> set[str]:
    """The name, backwards and twice."""
    return {name, name[::-1], name * 2}


class Passwords:
    """Hashes passwords and compares them, in the same time for users who do not exist."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The password as it is kept."""
        return self._hasher.hash(_bytes(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one kept; without one it takes as long, and the answer is no."""
        stand_in = self._stand_in()  # Made in any case: making it takes time, too.
        try:
            self._hasher.verify(stand_in if kept is None else kept, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether it was hashed with less effort than is taken today."""
        return self._hasher.check_needs_rehash(kept)

    def _stand_in(self) -> str:
        if self._nobody is None:
            self._nobody = self.hash("nobody's password")
        return self._nobody
