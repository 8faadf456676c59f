"""Questions: what each turn asked and became, written with the turn, counted, and deleted when it is too old."""

from __future__ import annotations

import asyncio
import time
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import func, insert, select, text

from bot.storage.asked import Asked, read_turn
from bot.storage.database import Database
from bot.storage.deliveries import Deliveries, Message, Settlement, Waiting
from bot.storage.errors import LeaseLostError
from bot.storage.misses import Misses
from bot.storage.questions import Questions
from bot.storage.tables import EventRow, QuestionRow
from bot.storage.tracker_store import BoundedTrackerStore

# Rasa warns so about every domain with slots.
pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill has been removed:UserWarning")

# 23:30 in China.
EVENING = datetime(2026, 11, 22, 15, 30, tzinfo=timezone.utc)
ID_NUMBER, PHONE = "11010519491231002X", "13812345678"
DOMAIN = """
version: "3.1"
intents: [faq, decline, chat, inform, estimate, wrong_answer, nlu_fallback]
slots:
  insured_place: {type: any, mappings: [{type: custom}]}
  asked_place: {type: any, mappings: [{type: custom}]}
  last_subject: {type: any, mappings: [{type: custom}]}
actions: [action_answer_faq, action_unsure, action_record_declined, action_estimate_result, utter_wrong_answer]
forms: {estimate_form: {required_slots: []}}
"""


@cache
def domain() -> Domain:
    """Enough of the assistant's domain for its events."""
    return Domain.from_yaml(DOMAIN)


def said(written: str, label: str, seconds: float = 0, subject: str = "faq/filing_papers") -> UserUttered:
    """A message that was understood as a full intent."""
    name = label.partition("/")[0]
    chosen = {name: {"response": {"intent_response_key": label}}} if "/" in label else {}
    understood = {
        "text": written,
        "intent": {"name": name, "confidence": 0.9},
        "entities": [],
        "response_selector": chosen,
    }
    return UserUttered(
        written,
        understood["intent"],
        [],
        understood,
        timestamp=EVENING.timestamp() + seconds,
        input_channel="wechat",
        metadata={"context": {"subject": subject, "asked": None}},
    )


def answered(topic: str, *, asked_place: str | None = None, answer: str = "五个工作日。") -> list[Event]:
    """What happens when a topic is answered."""
    return [
        ActionExecuted("action_answer_faq"),
        BotUttered(answer),
        SlotSet("last_subject", f"faq/{topic}"),
        SlotSet("asked_place", asked_place),
        ActionExecuted("action_listen"),
    ]


def read(*events: Event, earlier: tuple[Event, ...] = (), **slots: Any) -> Asked:
    """The turn that these events are."""
    turn = read_turn([e.as_dict() for e in events], slots, [e.as_dict() for e in earlier])
    assert turn is not None
    return turn


# ---- what a turn became


def test_an_answered_question_has_its_topic_its_place_and_the_day_in_china() -> None:
    turn = read(said("多久能办好", "faq/filing_time"), *answered("filing_time"), insured_place="nanjing")
    assert (turn.outcome, turn.label, turn.place) == ("answered", "faq/filing_time", "nanjing")
    assert (turn.day, turn.at) == (date(2026, 11, 22), EVENING)
    assert (turn.channel, turn.subject, turn.confidence) == ("wechat", "faq/filing_papers", 0.9)
    late = read(said("多久能办好", "faq/filing_time", seconds=3_600), *answered("filing_time"))
    assert late.day == date(2026, 11, 23), "half past midnight in China is the next day"


def test_the_place_that_a_question_names_counts_before_the_persons() -> None:
    turn = read(
        said("高邮呢", "inform"),
        *answered("filing_time", asked_place="江苏/扬州/高邮"),
        asked_place="江苏/扬州/高邮",
        insured_place="nanjing",
    )
    assert (turn.outcome, turn.label, turn.place) == ("answered", "faq/filing_time", "江苏/扬州/高邮")


@pytest.mark.parametrize(
    ("label", "actions", "outcome"),
    [
        ("nlu_fallback", ["action_unsure"], "unsure"),
        ("decline/other_government", ["utter_decline", "action_record_declined"], "declined"),
        ("chat/thank", ["utter_chat"], "small_talk"),
        ("chat/thank", ["utter_chat", "estimate_form", "action_ask_cost"], "small_talk"),
        ("inform", ["estimate_form", "validate_estimate_form", "action_ask_cost"], "tool"),
        ("inform", ["action_follow_up", "estimate_form", "action_estimate_result"], "tool"),
        ("stop", ["action_stop", "action_deactivate_loop"], "small_talk"),
        ("wrong_answer", ["utter_wrong_answer"], "small_talk"),
    ],
)
def test_the_outcome_follows_from_what_was_done(label: str, actions: list[str], outcome: str) -> None:
    assert read(said("…吗", label), *map(ActionExecuted, actions)).outcome == outcome


def test_a_tool_is_begun_and_finished_once_each() -> None:
    begun = read(said("报销估算", "estimate"), ActionExecuted("estimate_form"), ActiveLoop("estimate_form"))
    assert (begun.label, begun.begun, begun.finished) == ("estimate", True, False)
    done = read(
        said("退休", "inform"), ActionExecuted("estimate_form"), ActionExecuted("action_estimate_result")
    )
    assert (done.label, done.begun, done.finished) == ("estimate", False, True)


def test_a_fact_told_after_the_result_is_no_further_use_of_the_tool() -> None:
    ran = (
        ActionExecuted("estimate_form"),
        ActiveLoop("estimate_form"),
        ActionExecuted("action_estimate_result"),
    )
    changed = read(
        said("要是三级医院呢", "inform", subject="estimate"), ActionExecuted("action_follow_up"), *ran
    )
    assert (changed.outcome, changed.begun, changed.finished) == ("tool", False, False)
    anew = read(said("报销估算", "estimate", subject="estimate"), *ran)
    assert (anew.begun, anew.finished) == (True, True)


def test_a_question_in_the_middle_of_a_form_is_answered() -> None:
    turn = read(
        said("多久能办好", "faq/filing_time"), *answered("filing_time")[:-1], ActionExecuted("estimate_form")
    )
    assert turn.outcome == "answered"


@pytest.mark.parametrize(
    ("seconds", "label", "again"),
    [(119, "faq/filing_time", True), (121, "faq/filing_time", False), (30, "faq/filing_papers", False)],
)
def test_the_same_question_within_two_minutes_is_asked_again(seconds: int, label: str, again: bool) -> None:
    before = said("多久能办好", "faq/filing_time")
    turn = read(said("要等几天", label, seconds), *answered("filing_time"), earlier=(before,))
    assert turn.again is again


def test_events_without_a_message_are_no_turn() -> None:
    assert read_turn([ActionExecuted("action_session_start").as_dict()], {}) is None


# ---- written with the turn


def store(database: Database, **rest: Any) -> BoundedTrackerStore:
    """The tracker store over the database."""
    return BoundedTrackerStore(domain(), database=database, **rest)


def talk(database: Database, *turns: list[Event], sender: str = "key") -> None:
    """Turns of one conversation, each stored by itself."""
    keeping = store(database)
    for turn in turns:
        tracker = asyncio.run(keeping.get_or_create_tracker(sender))
        tracker.update_with_events(turn, domain())
        asyncio.run(keeping.save(tracker))


def rows(database: Database) -> list[Any]:
    """The questions in the table."""
    with database.reading() as session:
        return list(session.execute(text("SELECT * FROM questions ORDER BY id")))


def test_each_turn_leaves_one_masked_row_without_its_sender(database: Database) -> None:
    talk(
        database,
        [said(f"我电话{PHONE}，多久能办好", "faq/filing_time"), *answered("filing_time")],
        [said("谢谢", "chat/thank", 60), ActionExecuted("utter_chat")],
        sender="the-sender",
    )
    first, second = rows(database)
    assert (first.text, first.outcome, second.outcome) == (
        "我电话[手机号]，多久能办好",
        "answered",
        "small_talk",
    )
    assert PHONE not in str(rows(database))
    assert "the-sender" not in str(rows(database))


def test_a_turn_that_is_not_stored_leaves_no_row(database: Database) -> None:
    Deliveries(database).claim(Message("m1", "key"), "another process", EVENING, timedelta(minutes=1))
    lost = Settlement(
        Message("m1", "key"), "this process", "好", "好", "", Waiting(), heard=True, now=EVENING
    )
    keeping = store(database)
    tracker = DialogueStateTracker("key", domain().slots)
    tracker.update_with_events([said("多久", "faq/filing_time"), *answered("filing_time")], domain())
    with pytest.raises(LeaseLostError):
        asyncio.run(keeping.save(tracker, lost))
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(EventRow)).scalar_one() == 0
    assert rows(database) == []


def test_a_complaint_brings_the_question_and_the_answer_it_is_about_to_the_maintainers(
    database: Database,
) -> None:
    talk(
        database,
        [said("多久能办好", "faq/filing_time"), *answered("filing_time", answer=f"五天，打{PHONE}")],
        [said("谢谢", "chat/thank", 60), ActionExecuted("utter_chat")],
        [said("没帮到我", "wrong_answer", 90), ActionExecuted("utter_wrong_answer")],
    )
    (miss,) = Misses(database).newest(10)
    assert (miss.text, miss.kind, miss.candidates) == ("多久能办好", "unhelpful", ["faq/filing_time"])
    assert miss.answer == "五天，打[手机号]"


@pytest.mark.parametrize(
    "before",
    [
        [],
        [[said("能用爱心卡吗", "nlu_fallback"), ActionExecuted("action_unsure")]],
        [[said("公积金", "decline/other_government"), ActionExecuted("action_record_declined")]],
    ],
)
def test_a_complaint_about_no_answer_is_no_miss_of_its_own(
    database: Database, before: list[list[Event]]
) -> None:
    talk(database, *before, [said("不是这个意思", "wrong_answer", 60), ActionExecuted("utter_wrong_answer")])
    assert Misses(database).newest(10) == []


def test_a_second_complaint_about_the_same_answer_counts_once(database: Database) -> None:
    talk(
        database,
        [said("多久能办好", "faq/filing_time"), *answered("filing_time")],
        [said("不是这个意思", "wrong_answer", 30), ActionExecuted("utter_wrong_answer")],
        [said("没用", "wrong_answer", 60), ActionExecuted("utter_wrong_answer")],
    )
    assert [miss.kind for miss in Misses(database).newest(10)] == ["corrected"]


def test_keeping_the_question_costs_a_turn_well_under_a_millisecond(sqlite_database: Database) -> None:
    turn = read(said("多久能办好", "faq/filing_time"), *answered("filing_time"))
    events = [e.as_dict() for e in (said("多久能办好", "faq/filing_time"), *answered("filing_time"))]
    best = 1.0
    with sqlite_database.session() as session:
        Questions.add_in(session, turn)
        for _ in range(50):
            begun = time.perf_counter()
            read_turn(events, {})
            Questions.add_in(session, turn)
            best = min(best, time.perf_counter() - begun)
    assert best < 0.001


# ---- counted and deleted


def asked(day: int, label: str = "faq/filing_time", outcome: str = "answered", **rest: Any) -> Asked:
    """A turn of a day of November."""
    at = datetime(2026, 11, day, 4, tzinfo=timezone.utc)
    return Asked(at, at.date(), rest.pop("text", "多久"), label, 0.9, outcome, **rest)


def test_turns_are_counted_by_day_label_place_and_outcome(database: Database) -> None:
    questions = Questions(database)
    for turn in (asked(1, place="nanjing"), asked(1, place="nanjing", again=True), asked(2), asked(9)):
        questions.add(turn)
    first, second = questions.counts(date(2026, 11, 1), date(2026, 11, 2))
    assert (first.day, first.place, first.count, first.again) == (date(2026, 11, 1), "nanjing", 2, 1)
    assert (second.day, second.place, second.count) == (date(2026, 11, 2), None, 1)


def test_what_got_no_answer_comes_with_the_most_frequent_first(database: Database) -> None:
    questions = Questions(database)
    for written, outcome in (("甲", "unsure"), ("乙", "declined"), ("乙", "unsure"), ("丙", "answered")):
        questions.add(asked(1, outcome=outcome, text=written, place="huaian" if written == "甲" else None))
    month = (date(2026, 11, 1), date(2026, 11, 30))
    assert questions.unanswered(*month, None, 10) == [("乙", 2), ("甲", 1)]
    assert questions.unanswered(*month, {"huaian"}, 10) == [("甲", 1)]
    assert questions.unanswered(*month, set(), 10) == []


def test_outcomes_between_two_moments_tell_complaints_apart(database: Database) -> None:
    questions = Questions(database)
    for turn in (asked(1), asked(2, again=True), asked(2, "wrong_answer", "small_talk"), asked(3)):
        questions.add(turn)
    day = datetime(2026, 11, 2, tzinfo=timezone.utc)
    assert questions.outcomes(day, day + timedelta(days=1)) == {"answered": 1, "feedback": 1, "again": 1}


def test_the_newest_questions_come_once_each_without_small_talk(database: Database) -> None:
    questions = Questions(database)
    for written, outcome in (
        ("甲", "answered"),
        ("乙", "unsure"),
        ("甲", "answered"),
        ("谢谢", "small_talk"),
    ):
        questions.add(asked(1, outcome=outcome, text=written))
    assert [one.text for one in questions.newest(10)] == ["甲", "乙"]
    assert [one.text for one in questions.newest(1)] == ["甲"]


def test_what_is_too_old_is_deleted_when_the_day_begins(database: Database) -> None:
    questions = Questions(database, kept_days=10)
    for day in (1, 11, 12, 22):
        questions.add(asked(day))
    Misses(database).record("老问题", "unsure", datetime(2026, 11, 1, tzinfo=timezone.utc))
    questions.keep_house(date(2026, 11, 22))
    assert [row.at.day for row in kept(database)] == [12, 22]
    assert Misses(database).newest(10) == []


def kept(database: Database) -> list[Any]:
    """The questions with their moments."""
    with database.reading() as session:
        return list(session.execute(select(QuestionRow.id, QuestionRow.at).order_by(QuestionRow.id)))


def test_a_table_of_many_old_questions_is_emptied_bit_by_bit(sqlite_database: Database) -> None:
    old = asked(1)
    with sqlite_database.session() as session:
        session.execute(insert(QuestionRow), [vars(old)] * 5_001)
    questions = Questions(sqlite_database, kept_days=1)
    questions.keep_house(date(2026, 11, 22))
    assert len(kept(sqlite_database)) == 1
    questions.keep_house(date(2026, 11, 22))
    assert kept(sqlite_database) == []


def test_a_turn_is_kept_where_old_ones_cannot_be_deleted(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite_database.session() as session:
        session.execute(text("DROP TABLE decisions"))
    talk(sqlite_database, [said("多久能办好", "faq/filing_time"), *answered("filing_time")])
    assert len(rows(sqlite_database)) == 1
    assert "old questions were not deleted" in caplog.text
