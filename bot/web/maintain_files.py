"""The maintainers' pages on whole files: the policy figures of a place, and tables in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from sanic.request import Request
from sanic.response import HTTPResponse

from bot.services.drafts import EditConflictError, EditError, EditRefusedError
from bot.web.maintain_forms import where_words
from bot.web.maintain_pages import Handlers, form_of, gone

Handler = Callable[..., Awaitable[HTTPResponse]]


class FilePages(Handlers):
    """The handlers of policy files."""

    def routes(self) -> Iterator[tuple[Handler, str, str]]:
        """Each handler with its path and method."""
        yield self.show_policy, "/maintain/policy/<place:str>", "GET"
        yield self.check_policy, "/maintain/policy/<place:str>/check", "POST"
        yield self.save_policy, "/maintain/policy/<place:str>", "POST"

    async def show_policy(self, request: Request, place: str) -> HTTPResponse:
        """A policy file, to be edited."""
        try:
            text = await self.aside(self.desk.policies.policy, place)
        except EditError:
            return self.pages.problem(request, 404, "not_found")
        version = await self.aside(self.desk.policies.version, place)
        return await self._editor(request, place, text, version)

    async def check_policy(self, request: Request, place: str) -> HTTPResponse:
        """What the checks say of a text as it stands, for the script; the worked cases are run with saving."""
        text = form_of(request).get("text", "")
        try:
            findings = await self.aside(self.desk.policies.check_policy, place, text, cases=False)
        except EditError:
            return self.pages.problem(request, 404, "not_found")
        return self.pages.page(
            request, "maintain/findings.html", findings=findings, previews=(), where=where_words
        )

    async def save_policy(self, request: Request, place: str) -> HTTPResponse:
        """Save a policy file, or show it again with what is wrong."""
        given = form_of(request)
        text, version, why = (given.get(name, "") for name in ("text", "version", "why"))
        try:
            saved = await self.aside(
                self.desk.policies.save_policy, place, text, request.ctx.user, why, version
            )
        except EditConflictError as error:
            problem = f"{error} 您的内容还在下面；现在文件里的版本请另开一个窗口对照。"
            return await self._editor(request, place, text, version, problem, why, 409)
        except EditRefusedError as error:
            problem = "检查没有通过，没有保存。"
            return await self._editor(
                request, place, text, version, problem, why, 422, findings=error.findings
            )
        except EditError as error:
            return await self._editor(request, place, text, version, str(error), why, 422)
        return gone(f"/maintain/policy/{place}", "saved" if saved.changed else "same")

    async def _editor(
        self,
        request: Request,
        place: str,
        text: str,
        version: str,
        problem: str = "",
        why: str = "",
        status: int = 200,
        findings: object = (),
    ) -> HTTPResponse:
        return await self.page(
            request,
            "policy.html",
            problem=problem,
            status=status,
            place_id=place,
            name="全国" if place == "national" else self.desk.place_name(place),
            text=text,
            version=version,
            why=why,
            findings=findings,
            previews=(),
            where=where_words,
        )
