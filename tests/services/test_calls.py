"""Calls as clerks record them, the quiet figure of the day, and reports to the maintainers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from bot.services.calls import LONGEST_NOTE, CallError, Calls, Filters, Reports
from bot.storage.calls import CallStore
from bot.storage.database import Database
from bot.storage.reports import ReportStore
from tests.services.desk import BOSS, LI, MORNING, WANG, Clock, everything

QUESTIONS = {
    "filing_time": "备案多久能办好？",
    "filing_papers": "备案要带什么材料？",
    "referral": "转诊怎么办？",
}
ID_NUMBER, PHONE, CARD, NAME = "11010519491231002X", "13812345678", "6222021234567890123", "王桂兰"
TOLD = f"我叫{NAME}，身份证{ID_NUMBER}，电话{PHONE}，卡号{CARD}"


@pytest.fixture
def clock() -> Clock:
    """The time at the desk."""
    return Clock()


@pytest.fixture
def calls(database: Database, clock: Clock) -> Calls:
    """The calls, kept for 100 days."""
    return Calls(CallStore(database), clock, lambda: QUESTIONS, kept_days=100)


@pytest.fixture
def reports(database: Database, calls: Calls, clock: Clock) -> Reports:
    """The reports."""
    return Reports(ReportStore(database), calls, clock)


def take(calls: Calls, clerk: object = LI, outcome: str = "answered", note: str = "", **looked: str) -> int:
    """A whole call: its place, one topic, its end; gives its id."""
    call = calls.start(clerk, looked.get("place"))
    if "topic" in looked:
        calls.look(clerk, "topic", looked["topic"], {"place": looked.get("place", "")})
    calls.end(clerk, outcome, note)
    return call.id


# ---- one call


def test_a_call_is_started_filled_and_ended(calls: Calls, clock: Clock) -> None:
    begun = calls.start(LI)
    calls.set_place(LI, "nanjing")
    clock.goes(minutes=2)
    calls.look(LI, "topic", "filing_time", {"place": "nanjing"})
    calls.look(LI, "estimate", "三级医院住院，花了 20,000 元", {"result": "约 13,000 元"})
    ended = calls.end(LI, "answered", " 老人家想问清楚时间 ")
    assert (begun.number, ended.number) == ("20261122-001", "20261122-001")
    assert (ended.started_at, ended.ended_at) == (MORNING, MORNING + timedelta(minutes=2))
    assert (ended.place, ended.outcome, ended.note) == ("nanjing", "answered", "老人家想问清楚时间")
    assert [entry.subject for entry in ended.entries] == ["filing_time", "三级医院住院，花了 20,000 元"]
    assert calls.current(LI) is None


def test_starting_while_a_call_is_open_gives_the_open_one_as_it_is(calls: Calls) -> None:
    first = calls.start(LI, "nanjing")
    calls.look(LI, "topic", "filing_time")
    again = calls.start(LI, "huaian")
    assert (again.id, again.place, len(again.entries)) == (first.id, "nanjing", 1)
    assert calls.current(LI) == again


def test_every_clerk_has_a_call_of_their_own(calls: Calls) -> None:
    mine, theirs = calls.start(LI), calls.start(WANG)
    calls.look(WANG, "topic", "filing_time")
    assert (mine.number, theirs.number) == ("20261122-001", "20261122-002")
    assert calls.current(LI) == mine


@pytest.mark.parametrize(
    ("again", "counted"),
    [
        (("topic", "filing_time", {"place": "nanjing"}), 1),
        (("topic", "filing_time", {"place": "nanjing", "found": "by typing"}), 1),
        (("topic", "filing_time", {"place": "huaian"}), 2),
        (("topic", "filing_papers", {"place": "nanjing"}), 2),
        (("filing", "filing_time", {"place": "nanjing"}), 2),
    ],
)
def test_the_same_topic_for_the_same_place_twice_in_a_row_counts_once(
    calls: Calls, again: tuple[str, str, dict[str, str]], counted: int
) -> None:
    calls.start(LI)
    calls.look(LI, "topic", "filing_time", {"place": "nanjing"})
    calls.look(LI, *again)
    assert len(calls.start(LI).entries) == counted


def test_another_result_of_a_tool_counts_again_and_the_same_one_does_not(calls: Calls) -> None:
    calls.start(LI)
    for result in ("1,885 元", "1,885 元", "2,000 元"):
        calls.look(LI, "estimate", "三级医院门诊", {"result": result})
    assert [entry.detail["result"] for entry in calls.start(LI).entries] == ["1,885 元", "2,000 元"]


def test_looking_without_a_call_leaves_no_trace(calls: Calls) -> None:
    calls.look(LI, "topic", "filing_time")
    assert calls.history(BOSS) == ([], 0)


def test_a_very_long_entry_is_cut(calls: Calls) -> None:
    calls.start(LI)
    calls.look(LI, "filing", "长" * 10_000, {"result": "长" * 10_000})
    (entry,) = calls.start(LI).entries
    assert len(entry.subject) < 500
    assert len(entry.detail["result"]) < 5_000


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda calls: calls.end(LI, "answered"), "no_call"),
        (lambda calls: calls.set_place(LI, "nanjing"), "no_call"),
        (lambda calls: (calls.start(LI), calls.end(LI, "happy")), "bad_outcome"),
        (lambda calls: (calls.start(LI), calls.end(LI, "")), "bad_outcome"),
        (lambda calls: (calls.start(LI), calls.look(LI, "gossip", "x")), "bad_kind"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_chinese_sentence(calls: Calls, wrong: object, code: str) -> None:
    with pytest.raises(CallError, match=r"。$") as caught:
        wrong(calls)  # type: ignore[operator]
    assert caught.value.code == code


def test_a_note_may_have_2000_characters_and_not_one_more(calls: Calls) -> None:
    calls.start(LI)
    with pytest.raises(CallError, match="备注有 2,001 个字，最多 2,000 个字"):
        calls.end(LI, "answered", "字" * (LONGEST_NOTE + 1))
    assert calls.end(LI, "answered", "字" * LONGEST_NOTE).note == "字" * LONGEST_NOTE


# ---- a forgotten one


def test_a_call_open_for_more_than_four_hours_is_closed_by_the_next_start(calls: Calls, clock: Clock) -> None:
    forgotten = calls.start(LI)
    clock.goes(minutes=10)
    calls.look(LI, "topic", "filing_time")
    clock.goes(hours=4)
    assert calls.start(LI).number == "20261122-002"
    closed = calls.call(forgotten.id, LI)
    assert closed is not None
    assert (closed.outcome, closed.automatic) == ("follow_up", True)
    assert closed.ended_at == MORNING + timedelta(minutes=10), "it ended when something was last looked at"


def test_a_call_open_for_four_hours_is_still_the_clerks_call(calls: Calls, clock: Clock) -> None:
    first = calls.start(LI)
    clock.goes(hours=4)
    assert calls.start(LI).id == first.id
    assert calls.end(LI, "answered").automatic is False


def test_what_is_looked_at_the_next_morning_does_not_go_into_the_call_of_yesterday(
    calls: Calls, clock: Clock
) -> None:
    yesterday = calls.start(LI)
    clock.goes(hours=20)
    calls.look(LI, "topic", "filing_time")
    calls.start(LI)
    found = calls.call(yesterday.id, LI)
    assert found is not None
    assert (found.entries, found.ended_at) == ((), MORNING)


# ---- history


def test_clerks_see_their_own_calls_and_maintainers_all(calls: Calls) -> None:
    mine, theirs = take(calls, LI), take(calls, WANG)
    assert [call.id for call in calls.history(LI)[0]] == [mine]
    assert [call.id for call in calls.history(LI, Filters(user="wang"))[0]] == [mine]
    assert [call.id for call in calls.history(BOSS)[0]] == [theirs, mine]
    assert [call.id for call in calls.history(BOSS, Filters(user="wang"))[0]] == [theirs]
    assert calls.call(theirs, LI) is None
    assert calls.call(theirs, WANG) == calls.call(theirs, BOSS) is not None
    assert calls.call(987_654, BOSS) is None


def test_history_is_filtered_by_place_and_by_the_areas_inside_it(calls: Calls) -> None:
    nanjing, suzhou, wujiang = (
        take(calls, place=place) for place in ("nanjing", "江苏/苏州", "江苏/苏州/吴江")
    )
    take(calls)
    assert [call.id for call in calls.history(LI, Filters(place="nanjing"))[0]] == [nanjing]
    assert [call.id for call in calls.history(LI, Filters(place="江苏/苏州"))[0]] == [wujiang, suzhou]
    assert calls.history(LI, Filters(place="江苏/苏"))[1] == 0


def test_history_is_filtered_by_outcome(calls: Calls) -> None:
    take(calls)
    later = take(calls, outcome="follow_up")
    assert [call.id for call in calls.history(LI, Filters(outcome="follow_up"))[0]] == [later]


def test_days_of_the_history_are_days_in_china(calls: Calls, clock: Clock) -> None:
    clock.goes(hours=13, minutes=59)  # 23:59 in China
    evening = take(calls)
    clock.goes(minutes=2)  # 00:01 in China, the same day in UTC
    night = take(calls)
    today, tomorrow = date(2026, 11, 22), date(2026, 11, 23)
    assert [call.id for call in calls.history(LI, Filters(until=today))[0]] == [evening]
    assert [call.id for call in calls.history(LI, Filters(since=tomorrow))[0]] == [night]
    assert calls.history(LI, Filters(since=today, until=tomorrow))[1] == 2
    assert [call.number for call in calls.history(LI)[0]] == ["20261123-001", "20261122-001"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("回电", {"note"}),
        ("多久", {"topic"}),
        ("filing_time", {"topic"}),
        ("三级医院", {"tool"}),
        ("20261122-003", {"tool"}),
        (" 回电 ", {"note"}),
        ("没有这样的", set()),
    ],
)
def test_a_text_is_found_in_notes_in_the_questions_of_topics_and_in_numbers(
    calls: Calls, typed: str, found: set[str]
) -> None:
    ids = {"note": take(calls, note="下午回电"), "topic": take(calls, topic="filing_time")}
    ids["tool"] = calls.start(LI).id
    calls.look(LI, "estimate", "三级医院门诊", {"result": "约 1,885 元"})
    calls.end(LI, "answered")
    assert {call.id for call in calls.history(LI, Filters(text=typed))[0]} == {ids[name] for name in found}


def test_history_comes_in_pages_and_tells_how_many_there_are(calls: Calls) -> None:
    ids = [take(calls) for _ in range(5)]
    pages = [calls.history(LI, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [call.id for page, _ in pages for call in page] == ids[::-1]
    assert {total for _, total in pages} == {5}


ODD = ["\x00", "半个\ud83d", "' OR 1=1 --", "%", "\\", "😀", "a" * 5_000]


@pytest.mark.parametrize("odd", ODD)
def test_odd_texts_from_outside_find_nothing_and_break_nothing(calls: Calls, odd: str) -> None:
    take(calls, note="下午回电")
    for filters in (Filters(text=odd), Filters(place=odd), Filters(outcome=odd), Filters(user=odd)):
        calls.history(BOSS, filters)
    assert calls.history(BOSS, Filters(user=odd)) == ([], 0)


@pytest.mark.parametrize("odd", ODD)
def test_odd_texts_can_be_written(calls: Calls, reports: Reports, odd: str) -> None:
    calls.start(LI, odd)
    calls.look(LI, "topic", odd, {"place": odd, odd: odd})
    report_id = reports.report(LI, odd, odd, "wrong", "x", odd, odd[:2_000], sources=[odd])
    calls.set_place(LI, odd)
    call = calls.end(LI, "answered", odd[:2_000])
    assert len(call.entries) == 2
    assert reports.one(report_id) is not None


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**63, 10**30])
def test_numbers_that_no_row_has_find_nothing(calls: Calls, reports: Reports, number: int) -> None:
    take(calls)
    assert calls.call(number, BOSS) is None
    assert reports.one(number) is None
    assert not reports.finish(number, BOSS)
    assert calls.history(BOSS, limit=10, offset=max(number, 5))[0] == []
    assert len(calls.history(BOSS, limit=number)[0]) <= 1
    with pytest.raises(CallError):
        reports.report(LI, "t", None, "wrong", "x", call_id=number)


# ---- the quiet figure


def test_the_quiet_figure_of_a_day(calls: Calls, clock: Clock) -> None:
    clock.goes(days=-1)
    take(calls, topic="referral", place="huaian")
    clock.goes(days=1)
    take(calls, LI, topic="filing_time", place="nanjing")
    take(calls, LI, outcome="follow_up", topic="filing_papers", place="nanjing")
    take(calls, WANG, topic="filing_time", place="huaian")
    calls.start(WANG)
    for _ in range(2):
        calls.look(WANG, "topic", "filing_papers")
        calls.look(WANG, "topic", "filing_time")
    figure = calls.today()
    assert (figure.day, figure.calls) == (date(2026, 11, 22), 4)
    assert figure.answered == pytest.approx(2 / 3), "of the three calls that have ended"
    assert figure.topics == (("filing_time", 3), ("filing_papers", 2)), "a topic counts once in a call"
    assert figure.places == (("nanjing", 2), (None, 1), ("huaian", 1))
    assert calls.today(date(2026, 11, 21)).topics == (("referral", 1),)


def test_the_quiet_figure_names_five_topics(calls: Calls) -> None:
    for number in range(7):
        take(calls, topic=f"topic_{number}")
    assert [topic for topic, _ in calls.today().topics] == [f"topic_{number}" for number in range(5)]


def test_before_the_first_call_nothing_is_shared_out(calls: Calls) -> None:
    figure = calls.today()
    assert (figure.calls, figure.answered, figure.topics, figure.places) == (0, None, (), ())


# ---- how long calls are kept


def test_calls_are_deleted_after_the_days_they_are_kept(calls: Calls, clock: Clock) -> None:
    take(calls)
    clock.goes(days=100)
    take(calls)
    assert calls.history(LI)[1] == 2
    clock.goes(days=1)
    calls.start(LI)
    assert calls.history(LI)[1] == 2
    assert calls.history(LI, Filters(until=date(2026, 11, 22)))[1] == 0


def test_old_calls_are_looked_for_once_a_day(
    calls: Calls, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged: list[date] = []
    monkeypatch.setattr(CallStore, "purge", lambda self, before: purged.append(before))
    for _ in range(3):
        take(calls)
    clock.goes(days=1)
    take(calls)
    assert purged == [date(2026, 8, 14), date(2026, 8, 15)]


# ---- reports


def test_a_report_reaches_the_maintainers_with_everything_they_need(calls: Calls, reports: Reports) -> None:
    call = calls.start(LI, "nanjing")
    report_id = reports.report(
        LI,
        "filing_time",
        "nanjing",
        "wrong",
        "应该当天办好",
        "2 个工作日办好",
        "我的备案几天好",
        sources=["nanjing-3"],
    )
    (report,) = reports.open()
    assert asdict(report) == {
        "id": report_id, "kind": "wrong", "state": "open", "topic": "filing_time", "place": "nanjing",
        "question": "我的备案几天好", "wanted": "应该当天办好", "answer": "2 个工作日办好", "sources": ("nanjing-3",),
        "user": "li", "call_id": call.id, "created_at": MORNING, "done_at": None, "done_by": None,
    }  # fmt: skip
    assert [(entry.kind, entry.subject) for entry in calls.start(LI).entries] == [("report", "filing_time")]


def test_a_report_that_was_dealt_with_leaves_the_inbox(reports: Reports, clock: Clock) -> None:
    first, second = (reports.report(LI, None, None, "missing", wanted) for wanted in ("一", "二"))
    assert ([report.id for report in reports.open()], reports.waiting()) == ([second, first], 2)
    clock.goes(minutes=5)
    assert reports.finish(first, BOSS)
    assert not reports.finish(first, BOSS)
    assert ([report.id for report in reports.open()], reports.waiting()) == ([second], 1)
    (done,) = reports.done()
    assert (done.id, done.done_by, done.done_at) == (first, "boss", MORNING + timedelta(minutes=5))


def test_a_report_without_a_call_is_a_report_all_the_same(reports: Reports) -> None:
    report = reports.one(reports.report(LI, "referral", None, "outdated", "现在不用盖章了"))
    assert report is not None
    assert (report.call_id, report.kind) == (None, "outdated")


def test_a_report_belongs_to_an_earlier_call_where_that_is_said(calls: Calls, reports: Reports) -> None:
    earlier = take(calls, LI)
    calls.start(LI)
    report = reports.one(reports.report(LI, "referral", None, "wrong", "不对", call_id=earlier))
    assert report is not None
    assert report.call_id == earlier


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "boring", "text": "x"}, "bad_kind"),
        ({"kind": "wrong", "text": "  "}, "empty_report"),
        ({"kind": "wrong", "text": "字" * 2_001}, "text_too_long"),
        ({"kind": "wrong", "text": "x", "question": "字" * 2_001}, "text_too_long"),
        ({"kind": "wrong", "text": "x", "call_id": 1}, "unknown_call"),
        ({"kind": "wrong", "text": "x", "call_id": 77}, "unknown_call"),
    ],
)
def test_a_report_that_helps_nobody_is_refused(
    calls: Calls, reports: Reports, given: dict[str, str], code: str
) -> None:
    take(calls, WANG)
    with pytest.raises(CallError, match=r"。$") as caught:
        reports.report(LI, "referral", None, **given)
    assert caught.value.code == code
    assert reports.waiting() == 0


# ---- personal data


def test_nothing_personal_of_a_call_is_found_in_the_whole_database(
    database: Database, calls: Calls, reports: Reports
) -> None:
    calls.start(LI, TOLD)
    calls.set_place(LI, f"江苏/{PHONE}")
    for kind in ("topic", "filing", "estimate", "transcript"):
        calls.look(LI, kind, TOLD, {"result": TOLD, PHONE: CARD})
    reports.report(LI, TOLD, TOLD, "wrong", TOLD, TOLD, TOLD, sources=[TOLD])
    calls.end(LI, "wrong_answer", TOLD)
    kept = everything(database)
    assert "[手机号]" in kept, "the note is there"
    for personal in (ID_NUMBER, PHONE, CARD, NAME):
        assert personal not in kept
