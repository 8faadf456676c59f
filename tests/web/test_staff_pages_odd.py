"""No argument and no field of the console, however odd, breaks one of its pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.accounts_desk import Browser
from tests.web.staff_office import database_at, serving

# Among them digits that int() does not know (²), a number no database holds, NUL, half an emoji as browsers send it.
ODD = [
    "\x00",
    "²",
    "9" * 20,
    "-1",
    "%",
    "\ufffd",
    "𠮷" * 100,
    "'\"<>",
    "2026-13-01",
    "9999-12-31",
    "江苏/无锡",
    "code",
]
PAGES = {
    "/staff": ["q", "place", "topic", "view", "said", "transcript"],
    "/staff/part": ["q", "place", "topic", "view", "bar", "transcript"],
    "/staff/calls": ["page", "place", "outcome", "clerk", "since", "until", "text"],
    "/staff/calls.csv": ["place", "clerk", "since", "text"],
    "/staff/calls.xlsx": ["place", "clerk", "since", "text"],
}
FORMS = {
    "/staff/call/start": ["place"],
    "/staff/call/place": ["place"],
    "/staff/call/look": ["subject", "place", "said"],
    "/staff/call/end": ["outcome", "note"],
    "/staff/report": ["kind", "topic", "place", "text", "question"],
    "/staff/code": ["code"],
    "/staff/tool/filing": ["q", "insured_place", "care_place", "day", "changed"],
    "/staff/tool/estimate": ["q", "insured_place", "day", "changed", "cost", "home_share"],
}
# What a form needs besides, so that the odd field is read.
BESIDES = {"/staff/report": {"kind": "wrong", "text": "x"}, "/staff/call/end": {"outcome": "answered"}}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)]
)
def clerk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A clerk's browser at a server over each kind of database; the server's log holds no failure in the end."""
    log = tmp_path_factory.mktemp("pages") / "log"
    with (
        database_at(request.param, log.parent) as url,
        serving("scripted_staff_api.py", url, log) as office,
    ):
        yield office.logged_in()
    assert "Traceback" not in log.read_text("utf-8", "replace")


@pytest.mark.parametrize("path", PAGES)
def test_no_argument_breaks_a_page(clerk: Browser, path: str) -> None:
    # A conversation is looked for in the view of codes alone.
    views: list[dict[str, str]] = [{}, {"view": "code"}] if path in ("/staff", "/staff/part") else [{}]
    for name in PAGES[path]:
        for value in ODD:
            for view in views:
                answer = clerk.get(path, params={**view, name: value})
                assert answer.status_code < 500, (name, value)


@pytest.mark.parametrize("path", FORMS)
def test_no_field_breaks_a_form(clerk: Browser, path: str) -> None:
    csrf = {"csrf": clerk.csrf()}
    clerk.post("/staff/call/start", data=csrf)
    for name in FORMS[path]:
        for value in ODD:
            answer = clerk.post(path, data={**csrf, **BESIDES.get(path, {}), name: value})
            assert answer.status_code < 500, (name, value)
            if path == "/staff/call/end":
                clerk.post("/staff/call/start", data=csrf)
