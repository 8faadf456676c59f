"""The files in bot/web/static as they go out: content type, fingerprint, caching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePosixPath

__all__ = [
    "AN_HOUR",
    "CONTENT_TYPES",
    "FOR_EVER",
    "REVALIDATE",
    "Asset",
    "address_of",
    "asset",
    "static_files",
]

# Only these kinds of files leave the package. The types are written out because `mimetypes` reads the
# machine's own registry, and with `nosniff` a wrong type there would leave the page without its script.
CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

# A page is asked for anew each time (and answered 304), so that it always names the newest files.
REVALIDATE = "no-cache"
# An address with the file's fingerprint never changes its content.
FOR_EVER = "public, max-age=31536000, immutable"
# Without the fingerprint an hour is short enough after an update.
AN_HOUR = "public, max-age=3600"


@dataclass(frozen=True)
class Asset:
    """One file as it goes out: its bytes, its content type and the fingerprint of the bytes."""

    body: bytes
    content_type: str
    fingerprint: str


def asset(name: str, body: bytes) -> Asset:
    """The file as it goes out."""
    return Asset(body, CONTENT_TYPES[PurePosixPath(name).suffix], sha256(body).hexdigest()[:16])


def static_files() -> dict[str, Asset]:
    """Every servable file of the package folder `static`, by name; pages are no files."""
    folder = files("bot.web") / "static"
    return {
        entry.name: asset(entry.name, entry.read_bytes())
        for entry in folder.iterdir()
        if PurePosixPath(entry.name).suffix in CONTENT_TYPES and not entry.name.endswith(".html")
    }


def address_of(name: str, assets: Mapping[str, Asset]) -> str:
    """Where a browser finds a file and may keep it for ever; KeyError where there is none."""
    return f"/static/{name}?v={assets[name].fingerprint}"
