"""When two messages count as the same one: width, case, spaces and punctuation do not tell them apart."""

from __future__ import annotations

import hashlib
import unicodedata


def plain(text: str) -> str:
    """What two same messages have in common: letters, digits and characters alone; the text itself where it has none."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LN")
    return kept or folded.strip()


def key_of(text: str) -> str:
    """A short name for all texts that are the same: 32 hexadecimal digits."""
    return hashlib.sha256(plain(text).encode("utf-8", "replace")).hexdigest()[:32]
