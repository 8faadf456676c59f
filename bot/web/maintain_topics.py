"""The maintainers' pages on knowledge: the tree of topics, one topic with its checks and its looks, and what was changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

from bot.services.drafts import EditConflictError, EditError, EditRefusedError, TopicDraft, TopicNotFoundError
from bot.web.maintain_forms import draft_from, where_words, with_room
from bot.web.maintain_pages import Handlers, arguments_of, form_of, gone

Handler = Callable[..., Awaitable[HTTPResponse]]
_PER_PAGE = 50


class TopicPages(Handlers):
    """The handlers of topics and revisions."""

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.show_topics, "/maintain/topics", "GET"
        yield self.new_topic, "/maintain/topics/new", "GET"
        yield self.add_topic, "/maintain/topics", "POST"
        yield self.check_topic, "/maintain/topics/check", "POST"
        yield self.show_topic, "/maintain/topics/<topic:str>", "GET"
        yield self.save_topic, "/maintain/topics/<topic:str>", "POST"
        yield self.show_revisions, "/maintain/revisions", "GET"
        yield self.revert, "/maintain/revisions/<number:int>/revert", "POST"

    async def show_topics(self, request: Request) -> HTTPResponse:
        """The tree of topics."""
        query = arguments_of(request).get("q", "").strip()
        entries = await self.aside(self.desk.editing.topics)
        found = [e for e in entries if not query or query.lower() in f"{e.id} {e.question}".lower()]
        groups = [(name, list(part)) for name, part in groupby(found, key=lambda entry: entry.group)]
        joined: dict[str, list[Any]] = {}
        for name, part in groups:
            joined.setdefault(name, []).extend(part)
        return await self.page(
            request, "topics.html", groups=tuple(joined.items()), query=query, places=self.desk.places()
        )

    async def show_topic(self, request: Request, topic: str) -> HTTPResponse:
        """One topic, to be edited."""
        try:
            draft = await self.aside(self.desk.editing.topic, topic)
        except TopicNotFoundError:
            return self.pages.problem(request, 404, "not_found")
        return await self._editor(request, draft)

    async def new_topic(self, request: Request) -> HTTPResponse:
        """A new topic: empty, or with the texts of a group of the inbox as examples."""
        group_id = arguments_of(request).get("group", "")[:64]
        group = await self.aside(self.desk.inbox.group, group_id) if group_id else None
        examples = tuple(item.text for item in group.items) if group is not None else ()
        return await self._editor(request, TopicDraft("", "", examples=examples), is_new=True, group=group_id)

    async def check_topic(self, request: Request) -> HTTPResponse:
        """What the checks say of a form as it stands, for the script."""
        values = await self._checked(self._read(request))
        return self.pages.page(request, "maintain/findings.html", **values)

    async def save_topic(self, request: Request, topic: str) -> HTTPResponse:
        """Save a topic, or show it again with what is wrong."""
        return await self._save(request, is_new=False)

    async def add_topic(self, request: Request) -> HTTPResponse:
        """Save a new topic."""
        return await self._save(request, is_new=True)

    async def show_revisions(self, request: Request) -> HTTPResponse:
        """What was changed by whom and why."""
        topic = arguments_of(request).get("topic") or None
        revisions = await self.aside(self.desk.editing.revisions, topic, _PER_PAGE)
        return await self.page(request, "revisions.html", revisions=revisions, topic=topic)

    async def revert(self, request: Request, number: int) -> HTTPResponse:
        """Take one change back."""
        try:
            await self.aside(
                self.desk.editing.revert, number, request.ctx.user, form_of(request).get("why", "")
            )
        except EditError as error:
            revisions = await self.aside(self.desk.editing.revisions, None, _PER_PAGE)
            return await self.page(
                request, "revisions.html", problem=str(error), status=409, revisions=revisions, topic=None
            )
        return gone("/maintain/revisions", "reverted")

    async def _save(self, request: Request, *, is_new: bool) -> HTTPResponse:
        why = form_of(request).get("why", "").strip()
        draft, problem = self._read(request)
        if problem:
            return await self._editor(request, draft, problem=problem, is_new=is_new, why=why, status=400)
        try:
            group = form_of(request).get("group", "") if is_new else ""
            saved = await self.aside(self._saved, draft, request.ctx.user, why, group, is_new=is_new)
        except EditConflictError as error:
            theirs = tuple((part, str(error.mine), str(error.theirs)) for part in error.parts)
            current = await self.aside(self.desk.editing.topic, draft.id)
            again = replace(draft, version=current.version)
            return await self._editor(request, again, problem=str(error), why=why, theirs=theirs, status=409)
        except EditError as error:
            refused = isinstance(error, EditRefusedError)
            problem = "检查没有通过，没有保存：请先改好右边标“错误”的地方。" if refused else str(error)
            return await self._editor(request, draft, problem=problem, is_new=is_new, why=why, status=422)
        done = (
            "masked" if saved.masked else "merged" if saved.merged else "saved" if saved.changed else "same"
        )
        return gone(f"/maintain/topics/{draft.id}", done)

    def _saved(self, draft: TopicDraft, user: Any, why: str, group: str, *, is_new: bool) -> Any:
        editing = self.desk.editing
        if group:
            about = {"question": draft.question, "about": draft.about, "answers": draft.answers}
            return self.desk.inbox.new_topic(group, draft.id, draft.examples, user, why, **about)
        if not is_new:
            return editing.save(draft, user, why, draft.version)
        return editing.new_topic(
            draft.id, draft.question, draft.about, draft.examples, draft.answers, user, why
        )

    @staticmethod
    def _read(request: Request) -> tuple[TopicDraft, str]:
        """The draft of a form, and what cannot be read in it."""
        form = form_of(request)
        try:
            return draft_from(form), ""
        except EditError as error:
            days = ("checked_on", "since", "until")
            readable = {name: value for name, value in form.items() if not name.endswith(days)}
            return draft_from(readable), str(error)

    async def _editor(
        self,
        request: Request,
        draft: TopicDraft,
        *,
        problem: str = "",
        status: int = 200,
        is_new: bool = False,
        why: str = "",
        theirs: tuple[Any, ...] = (),
        group: str = "",
    ) -> HTTPResponse:
        values = await self._checked((draft, "")) if draft.id else {"findings": (), "previews": ()}
        sections = await self.aside(self.desk.editing.sections)
        return await self.page(
            request,
            "topic.html",
            problem=problem,
            status=status,
            draft=with_room(draft),
            is_new=is_new,
            why=why,
            theirs=theirs,
            group=group or form_of(request).get("group", ""),
            place_names=self.desk.place_names(),
            sections=tuple(sections.items()),
            where=where_words,
            **{name: values[name] for name in ("findings", "previews")},
        )

    async def _checked(self, read: tuple[TopicDraft, str]) -> dict[str, Any]:
        draft, problem = read
        findings = await self.aside(self.desk.editing.check, draft)
        looks = await self.aside(self.desk.preview, draft)
        return {"findings": findings, "previews": looks, "where": where_words, "problem": problem}
