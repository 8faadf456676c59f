"""The chat page at `/`: the conversation of WeChat in a browser, with nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw

from bot.web.assets import AN_HOUR, FOR_EVER, REVALIDATE, Asset, address_of, asset, static_files

PAGE = "chat.html"
PLACES_MARK = "<!-- places -->"

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


def chat_blueprint(places: Sequence[str]) -> Blueprint:
    """The routes `/` and `/static/<file>`; `places` are the names offered as 参保地.

    The files are read from the package here, once; a missing page raises `FileNotFoundError`.
    """
    assets = static_files()
    page = _page(assets, places)
    blueprint = Blueprint("chat")

    @blueprint.route("/", methods=["GET", "HEAD"], name="page")
    async def show_page(request: Request) -> HTTPResponse:
        """The chat page."""
        return _answer(request, page, REVALIDATE)

    @blueprint.route("/static/<name:str>", methods=["GET", "HEAD"], name="static_file")
    async def send_static_file(request: Request, name: str) -> HTTPResponse:
        """One of the page's own files; any other name is 404."""
        found = assets.get(name)
        if found is None:
            raise NotFound("There is no such file.")
        return _answer(request, found, FOR_EVER if request.args.get("v") == found.fingerprint else AN_HOUR)

    return blueprint


def _page(assets: Mapping[str, Asset], places: Sequence[str]) -> Asset:
    """The page with the place buttons in it and each file's address carrying the file's fingerprint."""
    html = (files("bot.web") / "static" / PAGE).read_text(encoding="utf-8")
    for name in assets:
        html = html.replace(f'"/static/{name}"', f'"{address_of(name, assets)}"')
    html = html.replace(PLACES_MARK, "\n".join(_place_button(place) for place in places))
    return asset(PAGE, html.encode())


def _place_button(place: str) -> str:
    """A button that tells the assistant where the person is insured."""
    name = escape(place, quote=True)
    return f'<button type="button" class="chip" data-say="我的参保地是{name}">{name}</button>'


def _answer(request: Request, sent: Asset, caching: str) -> HTTPResponse:
    """The asset, or 304 when the browser already holds these bytes."""
    tag = f'"{sent.fingerprint}"'
    headers = {**SECURITY_HEADERS, "Cache-Control": caching, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return empty(status=304, headers=headers)
    return raw(sent.body, headers=headers, content_type=sent.content_type)
