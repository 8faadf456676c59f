"""The chat page at `/`: the conversation of WeChat in a browser, with nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import PurePosixPath

from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw

PAGE = "chat.html"
PLACES_MARK = "<!-- places -->"

# Only these kinds of files leave the package. The types are written out because `mimetypes` reads the
# machine's own registry, and with `nosniff` a wrong type there would leave the page without its script.
CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

# The page needs its own script, style, pictures and webhook, and nothing else; what a citizen tells the
# assistant is medical, so no other site may frame the page, see its address or be called from it.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# The page is asked for anew each time (and answered 304), so that it always names the newest files.
REVALIDATE = "no-cache"
# An address with the file's fingerprint never changes its content.
FOR_EVER = "public, max-age=31536000, immutable"
# Without the fingerprint an hour is short enough after an update.
AN_HOUR = "public, max-age=3600"


@dataclass(frozen=True)
class Asset:
    """One file of the page as it goes out: its bytes, its content type and the fingerprint of the bytes."""

    body: bytes
    content_type: str
    fingerprint: str


def chat_blueprint(places: Sequence[str]) -> Blueprint:
    """The routes `/` and `/static/<file>`; `places` are the names offered as 参保地.

    The files are read from the package here, once; a missing page raises `FileNotFoundError`.
    """
    assets = _static_files()
    page = _page(assets, places)
    blueprint = Blueprint("chat")

    @blueprint.route("/", methods=["GET", "HEAD"], name="page")
    async def show_page(request: Request) -> HTTPResponse:
        """The chat page."""
        return _answer(request, page, REVALIDATE)

    @blueprint.route("/static/<name:str>", methods=["GET", "HEAD"], name="static_file")
    async def send_static_file(request: Request, name: str) -> HTTPResponse:
        """One of the page's own files; any other name is 404."""
        asset = assets.get(name)
        if asset is None:
            raise NotFound("There is no such file.")
        return _answer(request, asset, FOR_EVER if request.args.get("v") == asset.fingerprint else AN_HOUR)

    return blueprint


def _static_files() -> dict[str, Asset]:
    """Every servable file of the package folder `static`, by name, but for the page itself."""
    folder = files("bot.web") / "static"
    return {
        entry.name: _asset(entry.name, entry.read_bytes())
        for entry in folder.iterdir()
        if PurePosixPath(entry.name).suffix in CONTENT_TYPES and entry.name != PAGE
    }


def _page(assets: Mapping[str, Asset], places: Sequence[str]) -> Asset:
    """The page with the place buttons in it and each file's address carrying the file's fingerprint."""
    html = (files("bot.web") / "static" / PAGE).read_text(encoding="utf-8")
    for name, asset in assets.items():
        html = html.replace(f'"/static/{name}"', f'"/static/{name}?v={asset.fingerprint}"')
    html = html.replace(PLACES_MARK, "\n".join(_place_button(place) for place in places))
    return _asset(PAGE, html.encode())


def _place_button(place: str) -> str:
    """A button that tells the assistant where the person is insured."""
    name = escape(place, quote=True)
    return f'<button type="button" class="chip" data-say="我的参保地是{name}">{name}</button>'


def _asset(name: str, body: bytes) -> Asset:
    """The file as it goes out."""
    return Asset(body, CONTENT_TYPES[PurePosixPath(name).suffix], sha256(body).hexdigest()[:16])


def _answer(request: Request, asset: Asset, caching: str) -> HTTPResponse:
    """The asset, or 304 when the browser already holds these bytes."""
    tag = f'"{asset.fingerprint}"'
    headers = {**SECURITY_HEADERS, "Cache-Control": caching, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return empty(status=304, headers=headers)
    return raw(asset.body, headers=headers, content_type=asset.content_type)
