"""Lockout: after some wrong passwords a name, or an address, has to wait, longer each time."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot.storage.login_failures import Counts, Failures, LoginFailures

__all__ = ["LockedOutError", "Lockout", "Patience"]


class LockedOutError(Exception):
    """No password is looked at for another `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"locked for {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True)
class Patience:
    """How many wrong passwords are let pass, and how long the waits are after them; seconds."""

    # Many clerks share the address of an office, and each of them mistypes now and then.
    tries_per_name: int = 5
    tries_per_address: int = 20
    first_wait: int = 30
    longest_wait: int = 15 * 60
    # One failure is forgotten in so long.
    forgets_one_in: int = 60 * 60

    def wait(self, failures: int, tries: int) -> int:
        """How long to wait after so many failures."""
        if failures < tries:
            return 0
        # The doublings are bounded so that a thousand failures do not make a number of three hundred digits.
        return min(self.first_wait << min(failures - tries, 16), self.longest_wait)


class Lockout:
    """Counts wrong passwords per name and per address, for names of users and for any other name alike.

    The keys are hashed with `secret`: people type their password where their name belongs.
    """

    def __init__(
        self,
        store: LoginFailures,
        now: Callable[[], datetime],
        secret: bytes,
        patience: Patience | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._secret = secret
        self._patience = patience or Patience()

    def begin(self, name: str, address: str) -> int:
        """Count a try as failed before it is looked at, so that many at once are not worth more than one by one.

        Gives the seconds to wait where it does fail; LockedOutError where nobody may try now, which counts nothing.
        """
        now = self._now()
        tries = self._tries(name, address)
        waits = [0]

        def decide(before: Counts) -> Counts:
            locked = [held.locked_until for held in before.values() if held.locked_until]
            if any(until > now for until in locked):
                raise LockedOutError(_seconds(max(locked) - now))
            after = {key: self._one_more(before[key], tries[key], now) for key in tries}
            waits.extend(_seconds(held.locked_until - now) for held in after.values() if held.locked_until)
            return after

        self._store.change(list(tries), now, decide)
        return max(waits)

    def succeeded(self, name: str, address: str) -> None:
        """It was the right password: the name's failures are forgotten, and the address is not blamed for them."""
        now = self._now()
        of_name, *of_address = self._tries(name, address)

        def decide(before: Counts) -> Counts:
            mistakes = max(before[of_name].forgotten_at - now, timedelta())
            pardoned = {key: Failures(max(before[key].forgotten_at - mistakes, now)) for key in of_address}
            return {of_name: Failures(now), **pardoned}

        self._store.change([of_name, *of_address], now, decide)
        self._store.purge(now)

    def forgive(self, name: str) -> None:
        """Forget the failures of a name."""
        now = self._now()
        self._store.change(
            [self._key("name", name)], now, lambda before: dict.fromkeys(before, Failures(now))
        )

    def _tries(self, name: str, address: str) -> dict[str, int]:
        """The keys of this try, the name's first, with how many failures each may have."""
        tries = {self._key("name", name): self._patience.tries_per_name}
        if address:
            tries[self._key("address", address)] = self._patience.tries_per_address
        return tries

    def _key(self, kind: str, text: str) -> str:
        return hmac.new(self._secret, f"{kind}:{text}".encode("utf-8", "replace"), sha256).hexdigest()

    def _one_more(self, before: Failures, tries: int, now: datetime) -> Failures:
        """The failures with another one."""
        one = timedelta(seconds=self._patience.forgets_one_in)
        forgotten_at = max(before.forgotten_at, now) + one
        wait = self._patience.wait(math.ceil((forgotten_at - now) / one), tries)
        return Failures(forgotten_at, now + timedelta(seconds=wait) if wait else None)


def _seconds(wait: timedelta) -> int:
    """Whole seconds, never fewer than are left."""
    return max(1, math.ceil(wait.total_seconds()))
