"""The maintainers' console at /maintain: what was not understood, the knowledge, training, publishing, and the figures."""

from __future__ import annotations

from sanic import Blueprint

from bot.web.maintain_exchange import ExchangePages
from bot.web.maintain_files import FilePages
from bot.web.maintain_inbox import InboxPages
from bot.web.maintain_pages import MaintainDesk
from bot.web.maintain_topics import TopicPages
from bot.web.maintain_versions import VersionPages
from bot.web.pages import Pages
from bot.web.security import Access

__all__ = ["maintain_blueprint"]

_PARTS = (InboxPages, TopicPages, FilePages, ExchangePages, VersionPages)


def maintain_blueprint(desk: MaintainDesk, access: Access, pages: Pages) -> Blueprint:
    """The routes below /maintain, each for maintainers and admins."""
    blueprint = Blueprint("maintain")
    for part in _PARTS:
        for handler, path, method in part(desk, pages).routes():
            guarded = access.page("maintain")(handler)
            blueprint.add_route(guarded, path, methods=[method], name=f"maintain_{handler.__name__}")
    return blueprint
