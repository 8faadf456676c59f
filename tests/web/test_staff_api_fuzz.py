"""The API asked at random, as its document allows and as it does not: never a 500, and no answer the document lacks.

The server is a real one with a real database. Only what the model understands is left out, which nonsense does not need.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance

from bot.services.staff_tools import CHANGES, FACTS
from tests.web.accounts_desk import Office
from tests.web.staff_office import assert_documented, caller, database_at, document, serving

SCHEMA = schemathesis.openapi.from_dict(document())
# Of the document itself nothing can be asked.
OPERATIONS = {
    found.ok().label: found.ok()
    for found in SCHEMA.get_all_operations()
    if not found.ok().path.endswith("openapi.json")
}
BODIES = [label for label, operation in OPERATIONS.items() if operation.method.upper() in ("POST", "PUT")]
READS = [label for label in OPERATIONS if label not in BODIES]

MODES = {"allowed": GenerationMode.POSITIVE, "forbidden": GenerationMode.NEGATIVE}
EACH = {"allowed": 7, "forbidden": 4}
"""Cases of each call and database: some 400 in all, each asked once more without its token."""

# The same cases every time, and the case that fails as it was drawn: to make it smaller would take a minute.
THOROUGH = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# A code opens nothing here, and after five wrong ones none is looked at.
NEVER_ANSWERED = "POST /api/staff/codes"


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)]
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server over each kind of database; its log holds no failure in the end."""
    folder = tmp_path_factory.mktemp("fuzz")
    with (
        database_at(request.param, folder) as url,
        serving("scripted_staff_api.py", url, folder / "log") as office,
    ):
        yield office
    log = (folder / "log").read_text("utf-8", "replace")
    assert " failed." not in log
    assert "Traceback" not in log, log


@pytest.fixture(scope="module")
def headers(office: Office) -> dict[str, str]:
    """The token of an admin, who may see all that the others write."""
    return {"Authorization": caller(office, "admin").client.headers["Authorization"]}


@pytest.fixture(scope="module")
def client(office: Office, headers: dict[str, str]) -> Iterator[httpx.Client]:
    """The same without schemathesis; every body is said to be JSON."""
    kind = {**headers, "Content-Type": "application/json"}
    with httpx.Client(base_url=office.address, headers=kind, trust_env=False, timeout=30) as client:
        yield client


# ---- random calls that may mean something

PLACES = st.sampled_from(["nanjing", "huaian", "gaoyou", "江苏/无锡", "江苏/苏州/吴江", "上海", "云南/昆明"])
TOPICS = st.sampled_from(["filing_papers", "remote_care_meaning", "unfiled_care"])
LIFELIKE: dict[str, st.SearchStrategy[Any]] = {
    "place": PLACES,
    "topic": TOPICS,
    "q": st.sampled_from(["备案", "ydjy", "南京报销多少", "退休 上海", "600", "b a", "-", "%", "备" * 300]),
    "call_id": st.integers(1, 20),
    "what_if": st.sampled_from([*CHANGES["estimate"], "referral"]),
    "code": st.sampled_from(["482913", "４８２ ９１３", "0"]),
    "since": st.sampled_from(["2026-01-01", "0001-01-01"]),
    "until": st.sampled_from(["2026-12-31", "9999-12-31"]),
}
MOSTLY = st.sampled_from([True, True, True, False])
AMOUNTS = st.sampled_from(["3500", "三千五", "2000~3000", "满", "剩150", "80%", "0.8", 3000, 12.5, "unknown"])


def _fact(name: str, kind: str, choices: tuple[tuple[str, str], ...]) -> st.SearchStrategy[Any]:
    if kind == "place":
        return PLACES
    values = [value for value, _ in choices] + [label for _, label in choices] + ["unknown"]
    return st.sampled_from(values) if choices else AMOUNTS


FACT_VALUES = {fact.name: _fact(fact.name, fact.kind, fact.choices) for fact in FACTS}


def made_lifelike(case: schemathesis.Case, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Put words into a random case that the assistant knows, in most of the places that have some."""
    for part in (case.query, case.path_parameters, case.body):
        if not isinstance(part, dict):
            continue
        for name in [name for name in part if name in LIFELIKE]:
            if part[name] is not None and draw(MOSTLY):
                part[name] = draw(LIFELIKE[name])
        if isinstance(part.get("facts"), dict) and draw(MOSTLY):
            names = draw(st.lists(st.sampled_from(sorted(FACT_VALUES)), max_size=6, unique=True))
            part["facts"] = {name: draw(FACT_VALUES[name]) for name in names}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_call_breaks_the_server_or_the_document(
    office: Office, client: httpx.Client, headers: dict[str, str], label: str, mode: str
) -> None:
    operation, seen, session = OPERATIONS[label], Counter[int](), requests.Session()

    @settings(THOROUGH, max_examples=EACH[mode])
    @given(data=st.data(), case=operation.as_strategy(generation_mode=MODES[mode]))
    def ask(data: st.DataObject, case: schemathesis.Case) -> None:
        if mode == "allowed":
            made_lifelike(case, data.draw)
        if "/calls/current" in label:
            client.post("/api/staff/calls", content=b"").raise_for_status()
        # What the document allows may still be no place there is, so being refused politely is as good as an answer.
        answer = case.call_and_validate(
            office.address, session, headers, excluded_checks=[positive_data_acceptance]
        )
        seen[answer.status_code] += 1

    with session:
        ask()
    answered = sum(count for status, count in seen.items() if status < 300)
    assert seen.total() >= EACH[mode] / 2
    if mode == "allowed" and label != NEVER_ANSWERED:
        assert answered, f"nothing but refusals: {dict(seen)}"


# ---- bodies and arguments that no document allows

DEEP = '{"facts":' * 5_000 + "1" + "}" * 5_000
TEXTS = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "𠮷" * 3_000,
    "\u202e",
    "\r\n\t",
    "'; DROP TABLE calls; --",
    "%",
    "{}",
]
VALUES: list[Any] = [
    *TEXTS, 0, -1, 2**63, 10**400, 1e308, True, False, [], {}, [None], {"a": {"b": []}}, [[[[]]]],
]  # fmt: skip
RAW = [
    b"", b"null", b"true", b"0", b"[]", b'""', b"{", b"}", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN", b"{'a': 1}",
    b'{"place": Infinity}', b'{"place": 1e999999}', b'{"place": -0}', b'{"a": 1} {"b": 2}', b'{"\\u0000": 1}',
    b'{"\\ud800": 1}', b'{"": 1}', '{"place": "x"}'.encode("utf-16"), DEEP.encode(), b"9" * 300_000, b" " * 10_000,
    b'{"%s": 1}' % (b"k" * 100_000), b'{"facts": {"%s": 1}}' % (b"k" * 100_000), b'{"place": "\\ud83d\\ude00"}',
]  # fmt: skip


def test_no_body_however_odd_breaks_a_call(client: httpx.Client) -> None:
    for label in BODIES:
        method, path = label.split()
        for body in RAW:
            answer = client.request(method, path, content=body)
            assert_documented(answer)
            assert answer.status_code < 500, (label, body[:80])


def test_no_value_however_odd_breaks_a_field(client: httpx.Client) -> None:
    for label in BODIES:
        method, path = label.split()
        for field, schema in fields_of(label).items():
            for value in VALUES:
                sent = {field: {"care_place": value, "cost": value} if schema == "facts" else value}
                answer = client.request(method, path, content=json.dumps({**required(label), **sent}))
                assert_documented(answer)
                assert answer.status_code < 500, (label, sent)


def test_no_argument_however_odd_breaks_a_call(client: httpx.Client) -> None:
    odd = ["%00", "%FF", "%ED%A0%80", "%F0%A0%AE%B7" * 300, "%zz", "+", "%2527", "-1", "9" * 40, "9999-12-31"]
    for label in READS:
        path = OPERATIONS[label].path
        names = [parameter.name for parameter in OPERATIONS[label].query] or ["q"]
        for value in odd:
            answer = client.get(path.format(topic=value, call_id=value))
            assert answer.status_code < 500, (label, value)
            for name in names:
                answer = client.get(f"{path.format(topic='unfiled_care', call_id=1)}?{name}={value}")
                assert_documented(answer)
                assert answer.status_code < 500, (label, name, value)


def fields_of(label: str) -> dict[str, str]:
    """The fields of a call's body: what is a map of facts, and what is one value."""
    schema = document()["components"]["schemas"][schema_of(label)]
    return {name: "facts" if name == "facts" else "value" for name in schema["properties"]}


def required(label: str) -> dict[str, str]:
    """What a body of this call must hold, so that the other fields are read at all."""
    schema = document()["components"]["schemas"][schema_of(label)]
    given = {
        "kind": "wrong" if schema_of(label) == "NewReport" else "topic",
        "outcome": "answered",
        "code": "1",
    }
    return {name: given[name] for name in schema.get("required", [])}


def schema_of(label: str) -> str:
    """The name of the schema of a call's body."""
    method, path = label.split()
    body = document()["paths"][path][method.lower()]["requestBody"]
    return str(body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2])


def test_every_call_of_the_document_is_asked() -> None:
    calls = {f"{method.upper()} {path}" for path, calls in document()["paths"].items() for method in calls}
    assert calls - set(OPERATIONS) == {"GET /api/staff/openapi.json"}
    assert set(BODIES) | set(READS) == set(OPERATIONS)
