"""The hotline console as JSON under /api/staff/, for a call-centre system; openapi/staff.yaml describes every call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from ruamel.yaml import YAML
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.services.catalogue import Catalogue, Knowledge
from bot.services.reference import NotFoundError, TopicNotFoundError
from bot.services.staff_tools import CHANGES, FACTS
from bot.web import json_views as views
from bot.web.answering import answered
from bot.web.json_requests import Field, arguments_of, body_of, day, facts, text, whole
from bot.web.refusals import Refused, json_answer, refuse_kindly
from bot.web.security import Access
from bot.web.staff_api_calls import PLACE, CallsApi
from bot.web.staff_screen import Desk
from bot.web.staff_words import TOOLS

__all__ = ["add_staff_api"]

Handler = Callable[..., Awaitable[HTTPResponse]]

_ROOT, _DOCUMENT = "/api/staff", "staff.yaml"
# Search takes no more of a query than this; of a topic's name no more is quoted.
_LONGEST_QUERY, _LONGEST_TOPIC = 200, 80
# Longer than an address can be.
_NO_LIMIT = 10_000
_HITS, _MOST_HITS = 8, 20
_LONGEST_FACT = 60

_SEARCH = {
    "q": Field(text(_NO_LIMIT)),
    "place": PLACE,
    "limit": Field(whole(1, _MOST_HITS)),
}
_TOOL = {
    "facts": Field(facts(_LONGEST_FACT, [field.name for field in FACTS])),
    "day": Field(day),
    "what_if": Field(text(_LONGEST_FACT)),
}


def add_staff_api(
    app: Sanic, desk: Desk, knowledge: Knowledge, access: Access, audit: Callable[..., None]
) -> None:
    """Add the routes below /api/staff, and let the application refuse as JSON what it refuses there.

    The document alone is for everybody. ``audit`` as for the console's pages.
    """
    blueprint, document = Blueprint("staff_api"), _document()

    async def describe(request: Request) -> HTTPResponse:
        """The OpenAPI document."""
        arguments_of(request, {})
        return json_answer(document)

    blueprint.add_route(access.anyone(describe), f"{_ROOT}/openapi.json", methods=["GET"], name="document")
    catalogue = Catalogue(knowledge, desk.today)
    lookup, calls = LookupApi(desk, catalogue), CallsApi(desk, catalogue, audit)
    for handler, path, method in (*lookup.routes(), *calls.routes()):
        guarded = access.api("staff")(handler)
        blueprint.add_route(guarded, f"{_ROOT}{path}", methods=[method], name=handler.__name__)
    app.blueprint(blueprint)
    refuse_kindly(app)


def _document() -> Any:
    folder = files("bot.web") / "openapi"
    return YAML(typ="safe", pure=True).load((folder / _DOCUMENT).read_text(encoding="utf-8"))


class LookupApi:
    """What can be looked up and worked out: search, places, topics, the two tools."""

    def __init__(self, desk: Desk, catalogue: Catalogue) -> None:
        self._desk = desk
        self._catalogue = catalogue

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.search, "/search", "GET"
        yield self.places, "/places", "GET"
        yield self.topics, "/topics", "GET"
        yield self.topic, "/topics/<topic:str>", "GET"
        yield self.everywhere, "/topics/<topic:str>/everywhere", "GET"
        yield self.facts, "/facts", "GET"
        yield self.filing, "/filing", "POST"
        yield self.estimate, "/estimate", "POST"

    async def search(self, request: Request) -> HTTPResponse:
        """What a query may mean, with the best topic opened for the caller's place."""
        return await answered(self._search, arguments_of(request, _SEARCH))

    async def places(self, request: Request) -> HTTPResponse:
        """The served places."""
        arguments_of(request, {})
        return await answered(
            lambda: {"places": [views.choice_json(choice) for choice in self._desk.reference.places()]}
        )

    async def topics(self, request: Request) -> HTTPResponse:
        """All topics."""
        arguments_of(request, {})
        return await answered(
            lambda: {"topics": [views.topic_entry_json(entry) for entry in self._catalogue.topics()]}
        )

    async def topic(self, request: Request, topic: str) -> HTTPResponse:
        """A topic for a place."""
        asked = arguments_of(request, {"place": PLACE})
        return await answered(_in_address, self._topic, _plain(topic), asked.get("place"))

    async def everywhere(self, request: Request, topic: str) -> HTTPResponse:
        """A topic for all places side by side."""
        arguments_of(request, {})
        return await answered(_in_address, self._everywhere, _plain(topic))

    async def facts(self, request: Request) -> HTTPResponse:
        """The fields of the tools' form, and what can be set side by side."""
        arguments_of(request, {})
        compared = [
            {"tool": tool, "name": name, "label": label}
            for tool, changes in CHANGES.items()
            for name, label in changes.items()
        ]
        return json_answer({"fields": [views.field_json(field) for field in FACTS], "what_ifs": compared})

    async def filing(self, request: Request) -> HTTPResponse:
        """The filing check."""
        return await answered(self._tool, "check_filing", body_of(request, _TOOL))

    async def estimate(self, request: Request) -> HTTPResponse:
        """The estimate."""
        return await answered(self._tool, "estimate", body_of(request, _TOOL))

    def _search(self, asked: dict[str, Any]) -> views.Json:
        query, place = asked.get("q", "")[:_LONGEST_QUERY], self._catalogue.place(asked.get("place", ""))
        searching = self._desk.searching
        hits = searching.search(query, place, asked.get("limit", _HITS))
        return {
            "query": query,
            "place": place,
            "named_place": searching.place_in(query),
            "hits": [views.hit_json(hit) for hit in hits],
            "best": self._best([hit.topic for hit in hits if hit.topic not in TOOLS], place),
        }

    def _best(self, topics: list[str], place: str | None) -> views.Json | None:
        """The first topic, opened; a topic that was removed a moment ago may still be found."""
        try:
            return self._topic(topics[0], place) if topics else None
        except NotFoundError:
            return None

    def _topic(self, topic: str, place: str | None) -> views.Json:
        view = self._desk.reference.topic(topic, place)
        return views.topic_json(view, self._desk.reference.renderings(view))

    def _everywhere(self, topic: str) -> views.Json:
        reference = self._desk.reference
        return views.everywhere_json(
            reference.topic(topic, None), reference.everywhere(topic), reference.places()
        )

    def _tool(self, tool: str, asked: dict[str, Any]) -> views.Json:
        tools, given, on = self._desk.tools, asked.get("facts", {}), asked.get("day") or self._desk.today()
        result = tools.check(given, on) if tool == "check_filing" else tools.estimate(given, on)
        compared = asked.get("what_if")
        return views.tool_json(result, tools.what_if(given, on, compared, tool) if compared else ())


def _in_address(work: Callable[..., views.Json], topic: str, *more: Any) -> views.Json:
    """Work for a topic that is named in the address: where it is not there, nothing is."""
    try:
        return work(topic, *more)
    except TopicNotFoundError as error:
        raise Refused(404, "unknown_topic", str(error)) from error


def _plain(written: str) -> str:
    """A part of an address as it is meant."""
    return unquote(written)[:_LONGEST_TOPIC]
