"""Servers with the hotline console and its API, who calls them, and whether an answer is what the document says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator, FormatChecker, RefResolver
from ruamel.yaml import YAML
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.web.accounts_desk import Office
from tests.web.scripted_accounts import Clock, accounts_of

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "bot" / "web" / "openapi" / "staff.yaml"
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/test")
# Loading Rasa takes 10 s, and several times that on a busy machine.
_LONGEST_START_S = 240
_WHOLE: pytest.StashKey[Office] = pytest.StashKey()


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document as it stands in the repository."""
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


@dataclass
class Caller:
    """Another system that calls the API in the name of a user; every answer is held against the document."""

    client: httpx.Client
    name: str
    answers: list[httpx.Response] = field(default_factory=list)

    def ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """One call below /api/staff."""
        answer = self.client.request(method, f"/api/staff{path}", **sent)
        assert_documented(answer)
        self.answers.append(answer)
        return answer

    def get(self, path: str, **arguments: Any) -> Any:
        """What a call gives that has to be answered."""
        answer = self.ask("GET", path, params=arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, **body: Any) -> Any:
        """What a call with a body gives that has to be answered."""
        answer = self.ask(method, path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


def caller(office: Office, role: str = "staff") -> Caller:
    """A system with the token of a new user."""
    name = office.user(role)
    client = office.browser()
    client.headers["Authorization"] = f"Bearer {office.accounts.token_for(name)}"
    return Caller(client, name)


def assert_documented(answer: httpx.Response) -> None:
    """An answer is one that the document has: path, method, status, content type, schema."""
    template = template_of(answer.request.url.path)
    operation = document()["paths"].get(template, {}).get(answer.request.method.lower())
    if operation is None:
        assert answer.status_code in (404, 405), f"{answer.request.url}: {answer.text}"
        validate(answer.json(), "#/components/schemas/Error")
        return
    said = operation["responses"].get(str(answer.status_code))
    assert said is not None, f"{answer.request.url} gives {answer.status_code}: {answer.text[:300]}"
    said = resolved(said)
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in said["content"], f"{answer.request.url} gives {kind}"
    assert set(said.get("headers", {})) <= {name.title() for name in answer.headers} | {"WWW-Authenticate"}
    if kind == "application/json":
        assert not re.search(r"\\u[4-9][0-9a-f]{3}", answer.text), "Chinese is not readable"
        validate(answer.json(), said["content"][kind]["schema"])


def template_of(path: str) -> str:
    """The path of the document that an address belongs to; the address itself where there is none."""
    parts = path.split("/")
    for template in sorted(document()["paths"], key=lambda name: name.count("{")):
        pieces = template.split("/")
        fits = (ours == theirs or ours.startswith("{") for ours, theirs in zip(pieces, parts, strict=False))
        if len(pieces) == len(parts) and all(fits):
            return str(template)
    return path


def validate(value: Any, schema: Any) -> None:
    """Hold a value against a schema of the document, or against the one that a reference names."""
    wanted = {"$ref": schema} if isinstance(schema, str) else json_schema(schema)
    resolver = RefResolver.from_schema(_as_json_schema())
    Draft7Validator(wanted, resolver=resolver, format_checker=FormatChecker()).validate(value)


def resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference of the document leads to."""
    if "$ref" not in node:
        return node
    found: Any = document()
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolved(found)


def json_schema(node: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema has it, which knows no `nullable`."""
    if isinstance(node, list):
        return [json_schema(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    plain = {name: json_schema(inner) for name, inner in node.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@lru_cache(maxsize=1)
def _as_json_schema() -> Any:
    return json_schema(document())


@contextmanager
def database_at(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database: a file of SQLite, or a schema of PostgreSQL that is dropped in the end."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/staff.db"
        return
    server = create_engine(POSTGRESQL, future=True, connect_args={"connect_timeout": 3})
    schema = f"test_{uuid.uuid4().hex}"
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        pytest.skip(f"PostgreSQL does not answer (set TEST_DATABASE_URL): {error.orig}")
    yield f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"
    with server.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


@contextmanager
def serving(script: str, url: str, log: Path) -> Iterator[Office]:
    """A server of tests/web over a database; what it prints to stderr goes to a file."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WECHAT_")},
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "DATABASE_URL": url,
        "SECRET_KEY": "the key of a test",
        "WECHAT_TOKEN": "serving123",
        "PROXIES": "1",
    }
    command = [sys.executable, str(Path(__file__).with_name(script))]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        try:
            lines = (line.strip() for line in process.stdout)
            address = next((line for line in lines if line.startswith("http://127")), "")
            assert address, log.read_text("utf-8", "replace")
            _wait(address, process, log)
            office = Office(address, accounts_of(url, Clock()), url)
            yield office
            for browser in office.browsers:
                browser.close()
        finally:
            process.terminate()


def _wait(address: str, process: subprocess.Popen[str], log: Path) -> None:
    """Wait until the document is there: it is the one thing that needs nobody's token."""
    deadline = time.monotonic() + _LONGEST_START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            httpx.get(f"{address}/api/staff/openapi.json", trust_env=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the server did not get ready:\n{log.read_text('utf-8', 'replace')}")


@pytest.fixture(scope="session")
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The whole application over SQLite, started once however many modules ask for it."""
    stash, config = request.config.stash, request.config
    if _WHOLE not in stash:
        folder, open_until_the_end = tmp_path_factory.mktemp("application"), ExitStack()
        config.add_cleanup(open_until_the_end.close)
        started = serving("whole_application.py", f"sqlite:///{folder}/staff.db", folder / "log")
        stash[_WHOLE] = open_until_the_end.enter_context(started)
    return stash[_WHOLE]
