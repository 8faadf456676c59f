"""The console as JSON: what another system gets, in the words of the document that describes it."""

from __future__ import annotations

import csv
import io
import re
import socket
from collections.abc import Mapping
from typing import Any, get_args

import httpx
import openpyxl
import pytest
from jsonschema import ValidationError
from sqlalchemy import create_engine, text

from bot.services.calls import KINDS, LONGEST_NOTE, OUTCOMES, REPORT_KINDS
from bot.services.search_evidence import Reason
from bot.services.staff_tools import CHANGES, FACTS
from bot.services.standing import Kind
from bot.web.staff_words import TOOLS
from tests.web.accounts_desk import Office
from tests.web.staff_office import ROOT, Caller, application, assert_documented, caller, document, validate
from tests.web.whole_application import ROUTES

__all__ = ["application"]

SCHEMAS: dict[str, Any] = document()["components"]["schemas"]


@pytest.fixture
def desk(application: Office) -> Caller:
    """A clerk's system, with no call open."""
    return caller(application)


# ---- the document


def test_the_document_names_exactly_the_routes_there_are(application: Office) -> None:
    listed = httpx.get(f"{application.address}{ROUTES}").json()
    routes = {(method, re.sub(r"<(\w+):\w+>", r"{\1}", path)) for method, path in listed}
    described = {(method.upper(), path) for path, calls in document()["paths"].items() for method in calls}
    assert described == {(method, path) for method, path in routes if path.startswith("/api/staff")}


def test_the_document_is_open_to_everybody_and_is_the_one_in_the_repository(application: Office) -> None:
    answer = application.browser().get("/api/staff/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == document()
    assert "热线工作台" in answer.text


def test_every_other_call_is_for_those_who_are_logged_in(application: Office) -> None:
    for path, calls in document()["paths"].items():
        for method in calls:
            answer = application.browser().request(method, path.format(topic="filing_papers", call_id=1))
            assert (answer.status_code == 200) == (path == "/api/staff/openapi.json"), path
            assert_documented(answer)


def test_the_document_names_the_words_that_the_services_know() -> None:
    entry = SCHEMAS["Call"]["properties"]["entries"]["items"]["properties"]
    assert list(SCHEMAS["Facts"]["properties"]) == [fact.name for fact in FACTS]
    assert SCHEMAS["Outcome"]["enum"] == list(OUTCOMES)
    assert SCHEMAS["Call"]["properties"]["outcome"]["enum"] == [*OUTCOMES, None]
    assert entry["kind"]["enum"] == list(KINDS)
    assert SCHEMAS["NewReport"]["properties"]["kind"]["enum"] == list(REPORT_KINDS)
    assert SCHEMAS["Hit"]["properties"]["reason"]["enum"] == list(get_args(Reason))
    assert SCHEMAS["Topic"]["properties"]["standing"]["enum"] == list(get_args(Kind))
    assert SCHEMAS["Tool"]["enum"] == list(TOOLS)
    assert SCHEMAS["End"]["properties"]["note"]["maxLength"] == LONGEST_NOTE


def test_every_object_of_the_document_is_closed_so_that_nothing_slips_in() -> None:
    def objects(node: Any) -> list[Mapping[str, Any]]:
        if isinstance(node, list):
            return [found for inner in node for found in objects(inner)]
        if not isinstance(node, dict):
            return []
        own = [node] if node.get("type") == "object" and "properties" in node else []
        return own + [found for inner in node.values() for found in objects(inner)]

    assert len(objects(SCHEMAS)) > 20
    for found in objects(SCHEMAS):
        assert found["additionalProperties"] is False, found


def test_the_page_that_tells_how_to_begin_names_calls_that_there_are() -> None:
    page = (ROOT / "docs" / "staff-api.md").read_text("utf-8")
    named = set(re.findall(r"(?:\$BASE|/api/staff)(/[\w./]*\w)", page))
    assert len(named) > 5
    assert {f"/api/staff{path}" for path in named} <= set(document()["paths"])


def test_an_answer_that_is_not_as_described_would_be_seen() -> None:
    """The tests below would pass where nothing is ever compared."""
    good = {"id": 1, "kind": "wrong"}
    with pytest.raises(ValidationError):
        validate({"error": good}, "#/components/schemas/Error")
    with pytest.raises(ValidationError):
        validate(
            {"place": "x", "place_name": "y", "hotline": "z", "key": "10"},
            "#/components/schemas/ServedPlace",
        )
    validate({"place": None}, "#/components/schemas/CallersPlace")


def test_the_examples_of_the_document_are_answered(application: Office) -> None:
    system = caller(application)
    system.send("POST", "/calls")
    for path, calls in document()["paths"].items():
        for method, call in calls.items():
            shown = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            if shown is None:
                continue
            answer = system.ask(method.upper(), path.removeprefix("/api/staff"), json=shown)
            expected = {"/api/staff/codes": 404}.get(path)
            assert answer.status_code == expected or (expected is None and answer.status_code < 300), path
            if path.endswith("/end"):
                system.send("POST", "/calls")


# ---- looking up


def test_the_callers_own_words_open_the_answer_of_their_place(desk: Caller) -> None:
    found = desk.get("/search", q="我退休了搬到儿子那边住备案要带哪些材料", place="nanjing")
    best = found["best"]
    assert found["hits"][0]["topic"] == best["topic"] == "filing_papers"
    assert found["hits"][0]["kind"] == "topic"
    assert (best["place"], best["place_name"], best["standing"]) == ("nanjing", "南京", "own")
    assert best["answer"]["body"] == "".join(piece["text"] for piece in best["answer"]["pieces"])
    assert {clause["id"] for clause in best["clauses"]} >= set(best["answer"]["clauses"])
    assert best["general"]["place_name"] == "通用"
    assert best["renderings"]["sms"]["characters"] == len(best["renderings"]["sms"]["text"])


def test_pinyin_initials_and_a_named_place_are_understood(desk: Caller) -> None:
    assert any(hit["topic"] == "remote_care_meaning" for hit in desk.get("/search", q="ydjy")["hits"])
    assert desk.get("/search", q="南京备案")["named_place"] == "nanjing"
    assert desk.get("/search", q="备案要什么材料")["named_place"] is None


def test_a_tool_is_found_and_the_best_topic_stands_open_beside_it(desk: Caller) -> None:
    alone = desk.get("/search", q="报销估算")
    assert [(hit["topic"], hit["kind"]) for hit in alone["hits"]] == [("estimate", "tool")]
    assert alone["best"] is None
    found = desk.get("/search", q="备案资格")
    assert found["hits"][0]["topic"] == "check_filing"
    assert found["best"]["topic"] == next(hit["topic"] for hit in found["hits"] if hit["kind"] == "topic")


def test_nothing_typed_finds_nothing_and_the_limit_holds(desk: Caller) -> None:
    for typed in ("", "   ", "？？"):
        found = desk.get("/search", q=typed)
        assert (found["hits"], found["best"]) == ([], None)
    assert len(desk.get("/search", q="备案", limit=2)["hits"]) == 2
    assert len(desk.get("/search", q="备" * 500)["query"]) == 200


def test_a_part_of_a_served_place_is_that_place_and_another_area_gets_the_general_rule(desk: Caller) -> None:
    part = desk.get("/topics/filing_papers", place="江苏/南京/玄武")
    assert part["place"] == "nanjing"
    other = desk.get("/topics/filing_papers", place="江苏/无锡")
    assert (other["place"], other["place_name"], other["standing"]) == ("江苏/无锡", "无锡", "general")
    assert "无锡" in other["caveat"]
    assert other["answer"] == other["general"]
    around = desk.get("/topics/filing_papers", place="江苏/苏州")
    assert around["inside"] == [{"place": "wujiang", "place_name": "吴江"}]


def test_a_topic_for_all_places_side_by_side_accounts_for_every_place(desk: Caller) -> None:
    everywhere = desk.get("/topics/filing_papers/everywhere")
    assert everywhere["answers"][0]["place"] is None
    named = {answer["place"] for answer in everywhere["answers"]} - {None}
    without = {place["place"] for place in everywhere["without"]}
    assert named | without == {place["place"] for place in desk.get("/places")["places"]}
    assert not named & without
    entry = next(t for t in desk.get("/topics")["topics"] if t["topic"] == "filing_papers")
    assert set(entry["places"]) == named
    assert entry["general"]


def test_every_topic_of_the_list_opens(desk: Caller) -> None:
    topics = desk.get("/topics")["topics"]
    assert len(topics) > 50
    for entry in topics:
        opened = desk.get(f"/topics/{entry['topic']}", place="huaian")
        assert opened["question"] == entry["question"]
        assert (opened["standing"] == "own") == ("huaian" in entry["places"])


# ---- the tools


def test_the_form_lists_the_facts_and_the_what_ifs(desk: Caller) -> None:
    form = desk.get("/facts")
    assert [field["name"] for field in form["fields"]] == [fact.name for fact in FACTS]
    assert {(w["tool"], w["name"]) for w in form["what_ifs"]} == {
        (tool, name) for tool, names in CHANGES.items() for name in names
    }


def test_the_filing_check_says_what_is_missing_and_with_all_facts_nothing_is(desk: Caller) -> None:
    known = {"insured_place": "nanjing", "care_place": "上海", "status": "退休"}
    open_case = desk.send("POST", "/filing", facts=known)
    assert open_case["missing"] == {"fact": "purpose", "label": "去外地的原因"}
    settled = desk.send("POST", "/filing", facts={**known, "purpose": "living", "household_moved": True})
    assert settled["missing"] is None
    assert settled["outcome"] == "file"
    assert "异地安置退休人员" in settled["text"]
    assert {clause for step in settled["steps"] for clause in step["clauses"]} <= {
        clause["id"] for clause in settled["clauses"]
    }
    assert settled["columns"] == []


def test_an_estimate_comes_in_yuan_with_a_column_for_each_what_if(desk: Caller) -> None:
    facts = {"insured_place": "huaian", "insurance": "employee", "hospital_level": "tertiary"}
    facts |= {"visit": "outpatient", "status": "employed", "category": "referral"}
    result = desk.send("POST", "/estimate", facts={**facts, "cost": 3000}, what_if="hospital_level")
    assert result["figures"]["fund_pays"] == {"low": "1440.00", "high": "1440.00", "text": "1,440 元"}
    assert result["figures"]["person_pays"]["low"] == "1560.00"
    assert [column["value"] for column in result["columns"]] == ["tertiary", "secondary", "primary"]
    (current,) = [column for column in result["columns"] if column["current"]]
    assert current["value"] == "tertiary"
    assert current["result"]["figures"] == result["figures"]
    typed = desk.send("POST", "/estimate", facts={**facts, "cost": "三千"})
    assert typed["figures"] == result["figures"]


def test_a_number_is_taken_as_it_was_written(desk: Caller) -> None:
    def answer(cost: str) -> httpx.Response:
        body = f'{{"facts": {{"insured_place": "huaian", "cost": {cost}}}}}'
        return desk.ask("POST", "/estimate", content=body, headers={"Content-Type": "application/json"})

    assert answer("3000").json()["text"] == answer("3000.00").json()["text"]
    for odd in ("1e400", "-1", "1e-400", "9" * 50, "0"):
        refused = answer(odd)
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, "facts.cost"), odd
    assert answer("9" * 500_000).json()["error"]["code"] == "too_long"


def test_a_name_that_several_areas_have_comes_back_with_the_choice(desk: Caller) -> None:
    refused = desk.ask("POST", "/filing", json={"facts": {"care_place": "朝阳"}}).json()["error"]
    assert (refused["code"], refused["field"]) == ("bad_fact", "facts.care_place")
    assert {"value": "北京/北京/朝阳", "label": "北京 朝阳"} in refused["choices"]
    chosen = desk.send("POST", "/filing", facts={"care_place": refused["choices"][0]["value"]})
    assert chosen["tool"] == "check_filing"


def test_care_on_another_day_is_judged_by_that_day(desk: Caller) -> None:
    facts = {"insurance": "employee", "visit": "outpatient", "cost": "3000"}
    dated = desk.send("POST", "/estimate", facts={**facts, "insured_place": "gaoyou"}, day="2000-01-01")
    assert (dated["outcome"], dated["figures"], dated["day"]) == ("not_in_force", None, "2000-01-01")
    undated = desk.send("POST", "/estimate", facts={**facts, "insured_place": "huaian"}, day="2000-01-01")
    assert any("2000-01-01" in caveat for caveat in undated["caveats"])


# ---- the call


def test_a_whole_call(desk: Caller) -> None:
    assert desk.ask("GET", "/calls/current").status_code == 404
    started = desk.ask("POST", "/calls", json={"place": "nanjing"})
    again = desk.ask("POST", "/calls", json={"place": "huaian"})
    assert (started.status_code, again.status_code) == (201, 200)
    assert again.json() == started.json()
    assert started.json()["clerk"] == desk.name
    assert re.search(r"T\d\d:\d\d:\d\d\+08:00$", started.json()["started_at"])

    desk.send("POST", "/calls/current/entries", kind="topic", topic="filing_papers", place="nanjing")
    desk.send("POST", "/calls/current/entries", kind="topic", topic="filing_papers", place="nanjing")
    moved = desk.send("PUT", "/calls/current/place", place="江苏/无锡")
    assert (moved["place"], moved["place_name"]) == ("江苏/无锡", "无锡")
    facts = {"cost": 3000, "hospital_level": "三级"}
    desk.send("POST", "/calls/current/entries", kind="estimate", facts=facts, result="能报\n1,440 元")
    report = desk.send("POST", "/reports", kind="wrong", topic="filing_papers", place="nanjing", text="不对")

    open_now = desk.get("/calls/current")
    assert [entry["kind"] for entry in open_now["entries"]] == ["topic", "estimate", "report"]
    topic, estimate, reported = open_now["entries"]
    assert topic["label"] == "备案要准备什么材料？（南京）"
    assert estimate["detail"] == {"result": "能报 1,440 元", "cost": "3000", "hospital_level": "三级"}
    assert reported["detail"]["report"] == str(report["id"])

    note = "来电人王小明，电话 13812345678，已说明"
    ended = desk.send("POST", "/calls/current/end", outcome="answered", note=note)
    assert ended["outcome"] == "answered"
    assert "13812345678" not in ended["note"]
    assert desk.get(f"/calls/{ended['id']}") == ended
    found = desk.get("/calls", outcome="answered", text="材料", limit=1)
    assert found == {"total": 1, "limit": 1, "offset": 0, "calls": [ended]}


def test_a_place_that_is_not_known_any_more_is_taken_out_of_the_call(desk: Caller) -> None:
    desk.send("POST", "/calls", place="nanjing")
    assert desk.send("PUT", "/calls/current/place", place=None)["place"] is None
    assert desk.send("PUT", "/calls/current/place", place="江苏/苏州/吴江")["place"] == "wujiang"
    desk.send("POST", "/calls/current/end", outcome="follow_up")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/calls/current/place", {"place": "nanjing"}),
        ("POST", "/calls/current/entries", {"kind": "topic", "topic": "filing_papers"}),
        ("POST", "/calls/current/end", {"outcome": "answered"}),
    ],
)
def test_without_an_open_call_there_is_nothing_to_change(
    desk: Caller, method: str, path: str, body: dict[str, str]
) -> None:
    refused = desk.ask(method, path, json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_call")
    assert refused.json()["error"]["message"] == "现在没有进行中的来电，请先开始来电。"


def test_calls_are_taken_away_as_csv_and_for_excel_and_that_is_noted(
    application: Office, desk: Caller
) -> None:
    desk.send("POST", "/calls", place="nanjing")
    ended = desk.send("POST", "/calls/current/end", outcome="answered", note="=1+1")
    table = desk.ask("GET", "/calls.csv")
    assert table.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[1][0] == ended["number"]
    assert rows[1][-1] == "'=1+1"
    book = openpyxl.load_workbook(io.BytesIO(desk.ask("GET", "/calls.xlsx").content))
    assert [row[0] for row in book.active.iter_rows(values_only=True)][1:] == [ended["number"]]
    assert len(desk.ask("GET", "/calls.csv", params={"outcome": "follow_up"}).text.splitlines()) == 1
    noted = [entry for entry in application.accounts.audit_entries(limit=20) if entry.user == desk.name]
    assert [entry.action for entry in noted].count("calls_exported") == 3


def test_a_clerk_sees_their_own_calls_and_a_maintainer_all(application: Office, desk: Caller) -> None:
    mine = desk.send("POST", "/calls")
    desk.send("POST", "/calls/current/end", outcome="answered")
    other, boss = caller(application), caller(application, "maintainer")
    assert other.ask("GET", f"/calls/{mine['id']}").status_code == 404
    assert other.get("/calls")["total"] == 0
    refused = other.ask("GET", "/calls", params={"clerk": desk.name})
    assert (refused.status_code, refused.json()["error"]["field"]) == (403, "clerk")
    assert other.ask("GET", "/calls.csv", params={"clerk": desk.name}).status_code == 403
    assert other.get("/calls", clerk=other.name)["total"] == 0
    assert boss.get("/calls", clerk=desk.name)["total"] == 1
    assert boss.get(f"/calls/{mine['id']}")["clerk"] == desk.name


def test_the_figure_of_the_day_counts_what_was_looked_at(desk: Caller) -> None:
    before = desk.get("/today")
    desk.send("POST", "/calls", place="gaoyou")
    desk.send("POST", "/calls/current/entries", kind="topic", topic="filing_papers", place="gaoyou")
    desk.send("POST", "/calls/current/end", outcome="answered")
    after = desk.get("/today")
    assert after["calls"] == before["calls"] + 1
    assert 0 < after["answered"] <= 1
    assert "filing_papers" in {topic["topic"] for topic in after["topics"]}
    (gaoyou,) = [place for place in after["places"] if place["place"] == "gaoyou"]
    assert gaoyou["place_name"] == "高邮"


# ---- reports and codes


def test_a_report_takes_the_answer_along_that_was_shown(application: Office, desk: Caller) -> None:
    shown = desk.get("/topics/filing_papers", place="nanjing")["answer"]
    made = desk.send(
        "POST", "/reports", kind="outdated", topic="filing_papers", place="nanjing", question="要带什么"
    )
    engine = create_engine(application.url, future=True)
    with engine.connect() as connection:
        wanted = text("SELECT answer, sources, user_name, kind FROM reports WHERE id = :id")
        answer, sources, user, kind = connection.execute(wanted, made).one()
    engine.dispose()
    assert (answer, user, kind) == (shown["body"], desk.name, "outdated")
    assert all(clause in sources for clause in shown["clauses"])


def test_a_callers_code_opens_what_they_wrote_to_the_bot(application: Office, desk: Caller) -> None:
    def chat(message: str) -> str:
        sent = {"sender": "caller-with-a-code", "message": message}
        return "".join(
            part.get("text", "")
            for part in httpx.post(
                f"{application.address}/webhooks/rest/webhook", json=sent, timeout=60
            ).json()
        )

    chat("我的参保地是南京")
    chat("备案要什么材料")
    found = re.search(r"\d{3} ?\d{3}", chat("给我一个客服码"))
    assert found
    desk.send("POST", "/calls")
    transcript = desk.send("POST", "/codes", code=found[0])
    assert transcript["place"] == "nanjing"
    assert [turn["asked"] for turn in transcript["turns"]][:2] == ["我的参保地是南京", "备案要什么材料"]
    assert transcript["turns"][1]["answers"]
    assert desk.get("/calls/current")["entries"][-1]["kind"] == "transcript"
    desk.send("POST", "/calls/current/end", outcome="answered")
    other = caller(application).ask("POST", "/codes", json={"code": found[0]})
    assert (other.status_code, other.json()["error"]["code"]) == (404, "wrong_code")


def test_too_many_wrong_codes_have_to_wait(desk: Caller) -> None:
    answers = [desk.ask("POST", "/codes", json={"code": "000000"}) for _ in range(6)]
    assert [answer.status_code for answer in answers[:4]] == [404] * 4
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["retry-after"]) <= 600
    assert "分钟后再试" in answers[-1].json()["error"]["message"]


# ---- what is refused


REFUSED = [
    ("POST", "/calls", b"{", 400, "bad_json", None),
    ("POST", "/calls", b'"text"', 400, "not_an_object", None),
    ("POST", "/calls", b"[1]", 400, "not_an_object", None),
    ("POST", "/calls", b'{"place": NaN}', 400, "bad_json", None),
    ("POST", "/calls", b'{"place": "\xff"}', 400, "bad_json", None),
    ("POST", "/calls", b'{"place": 1}', 422, "wrong_type", "place"),
    ("POST", "/calls", b'{"place": ["nanjing"]}', 422, "wrong_type", "place"),
    ("POST", "/calls", b'{"place": "a", "place": "b"}', 422, "repeated_field", "place"),
    ("POST", "/calls", b'{"plce": "nanjing"}', 422, "unknown_field", "plce"),
    ("POST", "/calls", b'{"place": "\\u0000"}', 422, "bad_text", "place"),
    ("POST", "/calls", b'{"place": "\\ud83d"}', 422, "bad_text", "place"),
    ("POST", "/calls", '{"place": "火星"}'.encode(), 422, "unknown_place", "place"),
    ("POST", "/calls", b'{"place": "%s"}' % (b"x" * 61), 422, "too_long", "place"),
    ("POST", "/filing", b'{"facts": []}', 422, "wrong_type", "facts"),
    ("POST", "/filing", b'{"facts": {"colour": "red"}}', 422, "unknown_field", "facts.colour"),
    ("POST", "/filing", b'{"facts": {"status": {}}}', 422, "wrong_type", "facts.status"),
    ("POST", "/filing", b'{"facts": {"status": "young"}}', 422, "bad_fact", "facts.status"),
    ("POST", "/filing", b'{"day": "2026-02-30"}', 422, "bad_day", "day"),
    ("POST", "/filing", b'{"day": "20260101"}', 422, "bad_day", "day"),
    ("POST", "/filing", b'{"what_if": "cost"}', 422, "bad_fact", "what_if"),
    ("POST", "/calls/current/entries", b"{}", 422, "missing_field", "kind"),
    ("POST", "/calls/current/entries", b'{"kind": "report"}', 422, "bad_choice", "kind"),
    ("POST", "/calls/current/entries", b'{"kind": "topic"}', 422, "missing_field", "topic"),
    ("POST", "/calls/current/entries", b'{"kind": "topic", "topic": "x"}', 422, "unknown_topic", "topic"),
    ("POST", "/calls/current/end", b'{"outcome": "fine"}', 422, "bad_choice", "outcome"),
    ("POST", "/calls/current/end", b'{"outcome": "answered", "note": "%s"}' % (b"x" * 2001), 422, "too_long", "note"),
    ("POST", "/reports", b'{"kind": "wrong"}', 422, "empty_report", "text"),
    ("POST", "/reports", b'{"kind": "wrong", "text": "x", "topic": "nope"}', 422, "unknown_topic", "topic"),
    ("POST", "/codes", b'{"code": " "}', 422, "missing_field", "code"),
    ("POST", "/codes", b'{"code": 123456}', 422, "wrong_type", "code"),
    ("GET", "/search?q=%FF", b"", 400, "bad_arguments", None),
    ("GET", "/search?q=%00", b"", 422, "bad_text", "q"),
    ("GET", "/search?q=a&q=b", b"", 422, "repeated_field", "q"),
    ("GET", "/search?query=a", b"", 422, "unknown_field", "query"),
    ("GET", "/search?limit=0", b"", 422, "bad_number", "limit"),
    ("GET", "/search?limit=%D9%A3", b"", 422, "bad_number", "limit"),
    ("GET", "/search?place=xx", b"", 422, "unknown_place", "place"),
    ("GET", "/calls?since=tomorrow", b"", 422, "bad_day", "since"),
    ("GET", "/calls?outcome=lost", b"", 422, "bad_choice", "outcome"),
    ("GET", "/calls?offset=-1", b"", 422, "bad_number", "offset"),
    ("GET", "/topics/nope", b"", 404, "unknown_topic", None),
    ("GET", "/topics/nope/everywhere", b"", 404, "unknown_topic", None),
    ("GET", "/topics/filing%00papers", b"", 404, "unknown_topic", None),
    ("GET", "/topics/filing_papers?place=xx", b"", 422, "unknown_place", "place"),
    ("GET", "/calls/99999999", b"", 404, "unknown_call", None),
    ("GET", "/calls/99999999999999999999999999", b"", 404, "unknown_call", None),
    ("GET", "/calls/abc", b"", 404, "unknown_call", None),
    ("GET", "/nowhere", b"", 404, "not_found", None),
    ("DELETE", "/calls", b"", 405, "method_not_allowed", None),
    ("POST", "/search", b"", 405, "method_not_allowed", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "field"), REFUSED)
def test_what_cannot_be_answered_is_refused_with_what_to_do(
    desk: Caller, method: str, path: str, body: bytes, status: int, code: str, field: str | None
) -> None:
    answer = desk.ask(method, path, content=body, headers={"Content-Type": "application/json"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)
    assert re.search(r"[一-鿿]", error["message"])
    assert error["message"].endswith("。")
    assert answer.headers["content-security-policy"]


def test_deep_and_large_bodies_are_refused_before_they_are_read(desk: Caller) -> None:
    kind = {"Content-Type": "application/json"}
    for deep in (b"[" * 200_000, b'{"place":' * 100_000):
        assert desk.ask("POST", "/calls", content=deep, headers=kind).json()["error"]["code"] == "bad_json"
    large = desk.ask("POST", "/calls", content=b'{"place": "%s"}' % (b"x" * 1_000_001), headers=kind)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_that_is_no_json_by_its_name_is_refused(desk: Caller, kind: str) -> None:
    answer = desk.ask("POST", "/calls", content=b'{"place": "nanjing"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_json")
    named = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert desk.ask("POST", "/filing", content=b"{}", headers=named).status_code == 200


def test_another_method_is_told_which_ones_there_are(desk: Caller) -> None:
    answer = desk.ask("DELETE", "/calls")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    assert answer.json()["error"]["message"] == "这个地址不支持 DELETE，请改用 GET、POST。"


def test_a_page_that_is_not_there_is_no_matter_of_the_api(application: Office) -> None:
    answer = application.browser().get("/nowhere")
    assert answer.status_code == 404
    assert not answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/api/staff/calls", "/webhooks/rest/webhook"])
@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: -5",
        "Content-Length: many",
        "Content-Length: 2, 2",
        "Content-Length: ",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: identity\r\nContent-Length: 2",
    ],
)
def test_a_body_whose_length_is_no_number_does_not_stop_the_server(
    application: Office, path: str, head: str
) -> None:
    """Sanic 21.12 waits for a body of -5 bytes for ever, and answers nobody else meanwhile."""
    host, port = application.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{{}}".encode())
        answer = connection.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 400")
    assert ("bad_request" in answer) == path.startswith("/api/")
    assert httpx.get(f"{application.address}/healthz", timeout=10).status_code == 200


def test_a_database_that_fails_is_said_in_json_and_tells_nothing_of_itself(
    application: Office, desk: Caller
) -> None:
    engine = create_engine(application.url, future=True)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE reports RENAME TO reports_away"))
    try:
        answer = desk.ask("POST", "/reports", json={"kind": "wrong", "text": "x"})
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE reports_away RENAME TO reports"))
        engine.dispose()
    assert answer.status_code == 500
    expected = {"code": "failed", "message": "系统忙，刚才没有办成，请稍后再试。"}
    assert answer.json() == {"error": expected}
    assert desk.send("POST", "/reports", kind="wrong", text="x")["id"]
