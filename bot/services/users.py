"""A user of the consoles and what the roles may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["PERMISSIONS", "ROLES", "User"]

ROLES = ("staff", "maintainer", "admin")
# What a page or a call may ask for; everybody may look after their own account.
PERMISSIONS: Mapping[str, frozenset[str]] = {
    "self": frozenset(ROLES),
    "staff": frozenset(ROLES),
    "maintain": frozenset({"maintainer", "admin"}),
    "admin": frozenset({"admin"}),
}


@dataclass(frozen=True)
class User:
    """A member of staff; `must_change` where the password was chosen by somebody else."""

    id: int
    name: str
    role: str
    active: bool
    must_change: bool = False
    logged_in_at: datetime | None = None
    has_token: bool = False

    def may(self, permission: str) -> bool:
        """Whether the role allows it: "self", "staff", "maintain" or "admin"."""
        return self.active and self.role in PERMISSIONS[permission]
