"""The tracker store: Rasa goes on where it stopped, at a cost that stays, and nothing personal is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import text

from bot.storage.conversations import Conversations
from bot.storage.database import Database
from bot.storage.errors import BadUrlError, StorageLockedError
from bot.storage.tracker_store import BoundedTrackerStore

# Rasa warns so about every domain with slots.
pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill has been removed:UserWarning")

DOMAIN_YAML = """
version: "3.1"
intents: [ask, inform]
entities: [place]
slots:
  insured_place: {type: text, mappings: [{type: custom}]}
  eligible_cost: {type: float, mappings: [{type: custom}]}
  topics_seen: {type: list, mappings: [{type: custom}]}
  polite: {type: bool, initial_value: true, mappings: [{type: custom}]}
forms:
  estimate_form: {required_slots: [insured_place, eligible_cost]}
actions: [action_answer]
session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
"""

ID_NUMBER, PHONE, CARD, NAME = "11010519491231002X", "13812345678", "6222021234567890123", "王小明"
PERSONAL = (ID_NUMBER, PHONE, CARD, NAME)


@cache
def _domain() -> Domain:
    return Domain.from_yaml(DOMAIN_YAML)


def _store(database: Database, tail: int = 120, **rest: Any) -> BoundedTrackerStore:
    return BoundedTrackerStore(_domain(), database=database, tail=tail, **rest)


def _save(store: BoundedTrackerStore, tracker: DialogueStateTracker) -> None:
    asyncio.run(store.save(tracker))


def _load(store: BoundedTrackerStore, sender_id: str = "openid") -> DialogueStateTracker:
    tracker = asyncio.run(store.retrieve(sender_id))
    assert tracker is not None
    return tracker


def _new_tracker(store: BoundedTrackerStore) -> DialogueStateTracker:
    return asyncio.run(store.get_or_create_tracker("openid"))


def _turn(number: int, *between: Event) -> list[Event]:
    """One turn: five events and those given, which come after the user's message."""
    intent, entities = {"name": "ask", "confidence": 0.9}, [{"entity": "place", "value": "南京"}]
    return [
        ActionExecuted("action_listen"),
        UserUttered(f"第{number}个问题", intent, entities),
        *between,
        ActionExecuted("action_answer"),
        BotUttered(f"第{number}个回答", {"buttons": None}),
        SlotSet("topics_seen", [f"faq/{number}"]),
    ]


def _say(tracker: DialogueStateTracker, events: list[Event]) -> None:
    tracker.update_with_events(events, _domain())


def _texts(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def _stored_texts(database: Database) -> list[str]:
    stored = Conversations(database).load_all("openid")
    assert stored is not None
    return [event["text"] for event in stored.events if event["event"] == "user"]


def test_rasa_makes_the_store_from_its_endpoints(database_url: str) -> None:
    endpoint = EndpointConfig(database_url, type="bot.storage.tracker_store.BoundedTrackerStore", tail=30)
    store = TrackerStore.create(endpoint, _domain())
    assert isinstance(store, BoundedTrackerStore)
    assert check_if_tracker_store_async(store)
    tracker = _new_tracker(store)
    _say(tracker, _turn(1))
    _save(store, tracker)
    assert asyncio.run(store.keys()) == ["openid"]


def test_endpoints_without_a_url_say_what_is_missing() -> None:
    with pytest.raises(BadUrlError, match="add `url:"):
        TrackerStore.create(EndpointConfig(type="bot.storage.tracker_store.BoundedTrackerStore"), _domain())


def test_a_conversation_comes_back_equal(database: Database) -> None:
    store = _store(database)
    tracker = _new_tracker(store)
    _say(tracker, _turn(1, SlotSet("insured_place", "高邮"), SlotSet("polite", None)))
    _say(tracker, [ActionExecuted("action_listen")])
    _save(store, tracker)
    again = _load(_store(database))
    assert [event.as_dict() for event in again.events] == [event.as_dict() for event in tracker.events]
    assert again.current_state() == tracker.current_state()


def test_an_unknown_person_has_no_tracker(database: Database) -> None:
    store = _store(database)
    assert asyncio.run(store.retrieve("nobody")) is None
    assert asyncio.run(store.retrieve_full_tracker("nobody")) is None
    assert not asyncio.run(store.exists("nobody"))


def test_a_tracker_saved_again_and_again_stores_every_event_once(database: Database) -> None:
    store = _store(database, tail=20)
    tracker = _new_tracker(store)
    for number in range(30):
        if number % 3 == 0:
            tracker = asyncio.run(store.get_or_create_tracker("openid"))
        _say(tracker, _turn(number))
        _save(store, tracker)
        _save(store, tracker)
    assert _stored_texts(database) == [f"第{number}个问题" for number in range(30)]
    stored = Conversations(database).load_all("openid")
    assert stored is not None
    assert (
        stored.total == len(stored.events) == 1 + 30 * 5
    )  # The first event is the action_listen of a new tracker.


def test_a_tracker_that_drops_its_oldest_events_stores_every_event_once(database: Database) -> None:
    store = _store(database)
    tracker = DialogueStateTracker("openid", _domain().slots, max_event_history=7)
    for number in range(10):
        _say(tracker, _turn(number))
        _save(store, tracker)
    assert _stored_texts(database) == [f"第{number}个问题" for number in range(10)]


def test_a_copy_of_a_tracker_adds_only_what_is_new(database: Database) -> None:
    store = _store(database)
    tracker = _new_tracker(store)
    _say(tracker, _turn(1))
    _save(store, tracker)
    copy = tracker.copy()
    _say(copy, _turn(2))
    _save(store, copy)
    _save(_store(database), copy)
    assert _stored_texts(database) == ["第1个问题", "第2个问题"]


def test_a_failed_save_is_made_up_for_by_the_next(sqlite_database: Database) -> None:
    store = _store(sqlite_database)
    tracker = _new_tracker(store)
    _say(tracker, _turn(1))
    with sqlite_database.session() as other:
        other.execute(text("SELECT 1"))  # Takes the write lock.
        with pytest.raises(StorageLockedError):
            _save(store, tracker)
    _say(tracker, _turn(2))
    _save(store, tracker)
    assert _stored_texts(sqlite_database) == ["第1个问题", "第2个问题"]


@pytest.mark.parametrize("turns_inside", [0, 1, 40])
def test_a_form_goes_on_after_a_restart(database: Database, turns_inside: int) -> None:
    store = _store(database, tail=30)
    tracker = _new_tracker(store)
    started = [
        ActiveLoop("estimate_form"),
        SlotSet("insured_place", "南京"),
        SlotSet("requested_slot", "eligible_cost"),
    ]
    _say(tracker, _turn(1, *started))
    for number in range(turns_inside):
        _say(tracker, _turn(2 + number))
    _say(
        tracker,
        [ActionExecuted("action_listen"), UserUttered("等下"), ActionExecutionRejected("estimate_form")],
    )
    _save(store, tracker)
    again = _load(_store(database, tail=30))
    assert again.active_loop_name == "estimate_form"
    assert again.is_active_loop_rejected
    assert again.get_slot("requested_slot") == "eligible_cost"
    assert again.get_slot("insured_place") == "南京"
    assert again.active_loop is not None
    assert again.active_loop.trigger_message["text"] == "第1个问题"
    assert len(again.events) <= 30 + 5
    _say(again, [ActiveLoop(None), SlotSet("requested_slot", None), ActionExecuted("action_listen")])
    _save(_store(database, tail=30), again)
    finished = _load(_store(database, tail=30))
    assert finished.active_loop_name is None
    assert finished.get_slot("requested_slot") is None


def test_what_was_said_at_turn_1_is_known_at_turn_1000(database: Database) -> None:
    store = _store(database)
    tracker = _new_tracker(store)
    _say(
        tracker,
        _turn(1, SlotSet("insured_place", "高邮"), SlotSet("eligible_cost", 3500.5), SlotSet("polite", None)),
    )
    for number in range(2, 1001):
        _say(tracker, _turn(number))
    _save(store, tracker)
    again = _load(_store(database))
    assert again.get_slot("insured_place") == "高邮"
    assert again.get_slot("eligible_cost") == 3500.5
    assert again.get_slot("polite") is None
    assert again.get_slot("topics_seen") == ["faq/1000"]
    assert _texts(again)[-1] == "第1000个问题"
    assert len(_texts(again)) == 24  # 120 events
    assert again.copy().current_slot_values() == again.current_slot_values()
    full = asyncio.run(store.retrieve_full_tracker("openid"))
    assert full is not None
    assert len(_texts(full)) == 1000


def test_turn_1000_costs_the_database_what_turn_5_costs(
    database: Database, measure_work: Callable[..., Any]
) -> None:
    store = _store(database, tail=20)

    def measured_turn(number: int) -> Any:
        with measure_work(database) as work:
            tracker = asyncio.run(store.get_or_create_tracker("openid"))
            _say(tracker, _turn(number))
            _save(store, tracker)
        return work

    for number in range(1, 6):
        turn_5 = measured_turn(number)
    tracker = asyncio.run(store.get_or_create_tracker("openid"))
    for number in range(6, 1000):
        _say(tracker, _turn(number))
    _save(store, tracker)
    assert measured_turn(1000) == turn_5
    assert len(_stored_texts(database)) == 1000


def test_a_slot_that_a_reverted_turn_set_keeps_its_value_of_before(database: Database) -> None:
    store = _store(database, tail=12)
    tracker = _new_tracker(store)
    _say(tracker, _turn(1, SlotSet("insured_place", "南京")))
    for number in range(2, 9):
        _say(tracker, _turn(number))
    _say(tracker, _turn(9, SlotSet("insured_place", "淮安")))
    _say(tracker, [UserUtteranceReverted(), ActionExecuted("action_listen")])
    assert tracker.get_slot("insured_place") == "南京"
    _save(store, tracker)
    assert _load(_store(database, tail=12)).get_slot("insured_place") == "南京"


def test_a_new_session_shows_only_its_own_events_and_the_slots_carried_over(database: Database) -> None:
    store = _store(database)
    tracker = _new_tracker(store)
    _say(tracker, _turn(1, SlotSet("insured_place", "高邮"), SlotSet("eligible_cost", 100.0)))
    session = [ActionExecuted("action_session_start"), SessionStarted(), SlotSet("insured_place", "高邮")]
    _say(tracker, [*session, *_turn(2)])
    _save(store, tracker)
    again = _load(_store(database))
    assert _texts(again) == ["第2个问题"]
    assert again.get_slot("insured_place") == "高邮"
    assert again.get_slot("eligible_cost") is None
    _say(again, _turn(3))
    _save(_store(database), again)
    full = asyncio.run(store.retrieve_full_tracker("openid"))
    assert full is not None
    assert _texts(full) == ["第1个问题", "第2个问题", "第3个问题"]
    assert full.current_slot_values() == _load(store).current_slot_values()


@pytest.mark.parametrize("turns_after", [0, 2, 40])
def test_a_restart_of_the_conversation_forgets_the_slots(database: Database, turns_after: int) -> None:
    store = _store(database, tail=20)
    tracker = _new_tracker(store)
    for number in range(10):
        _say(tracker, _turn(number, SlotSet("insured_place", "高邮"), ActiveLoop("estimate_form")))
    _say(tracker, [Restarted()])
    for number in range(turns_after):
        _say(tracker, _turn(number))
    _save(store, tracker)
    again = _load(_store(database, tail=20))
    assert again.current_slot_values() == tracker.current_slot_values()
    assert again.get_slot("insured_place") is None
    assert again.active_loop_name is None
    assert again.followup_action == tracker.followup_action


def test_a_paused_conversation_stays_paused_however_much_is_said(database: Database) -> None:
    store = _store(database, tail=10)
    tracker = _new_tracker(store)
    _say(tracker, [*_turn(1), ConversationPaused()])
    _say(tracker, [UserUttered(f"还在吗 {number}") for number in range(30)])
    _save(store, tracker)
    assert _load(_store(database, tail=10)).is_paused()


def test_a_slot_that_a_newer_model_no_longer_has_is_left_out(database: Database) -> None:
    tracker = DialogueStateTracker("openid", _domain().slots)
    _say(tracker, _turn(1, SlotSet("insured_place", "高邮")))
    for number in range(2, 9):
        _say(tracker, _turn(number))
    _save(_store(database), tracker)
    newer = BoundedTrackerStore(Domain.empty(), database=database, tail=12)
    again = _load(newer)
    assert "insured_place" not in again.current_slot_values()
    # An event for it would make Rasa log an error at every turn.
    assert "insured_place" not in [event.key for event in again.events if isinstance(event, SlotSet)]


def _private_turn() -> list[Event]:
    said = f"我叫{NAME}，身份证{ID_NUMBER}，电话{PHONE}，卡号 {CARD}"
    entities = [{"entity": "number", "value": value, "start": 0} for value in (PHONE, int(PHONE), CARD)]
    understood = {"intent": {"name": "inform"}, "entities": entities, "intent_ranking": [{"name": said}]}
    return [
        ActionExecuted("action_listen", metadata={"said": said}),
        UserUttered(
            said, parse_data={"text": said, **understood}, metadata={"raw": {"xml": [said]}, PHONE: 1}
        ),
        SlotSet("insured_place", said),
        SlotSet("topics_seen", [said, {"phone": PHONE}]),
        SlotSet("eligible_cost", float(CARD)),
        ActiveLoop("estimate_form"),
        BotUttered(f"您说：{said}", {"buttons": [{"title": PHONE, "payload": f"/inform {ID_NUMBER}"}]}),
        UserUttered(PHONE[:3] + " " + PHONE[3:7] + "-" + PHONE[7:]),
    ]


def test_personal_data_never_reaches_the_files_of_the_database(
    sqlite_database: Database, tmp_path: Path
) -> None:
    store = _store(sqlite_database)
    tracker = _new_tracker(store)
    _say(tracker, _private_turn())
    _save(store, tracker)
    files = sorted((tmp_path / "var").iterdir())
    assert [file.name for file in files] == ["bot.db", "bot.db-shm", "bot.db-wal"]
    written = b"".join(file.read_bytes() for file in files)
    assert (
        "[身份证号]".encode() in written
    )  # The text is in there, readable, so that the search means something.
    for secret in (*PERSONAL, "138 1234-5678", json_escaped(NAME)):
        assert secret.encode() not in written


def json_escaped(word: str) -> str:
    r"""The word as JSON may also spell it: \uXXXX."""
    return word.encode("unicode_escape").decode()


def test_personal_data_reaches_no_table(database: Database) -> None:
    store = _store(database)
    tracker = _new_tracker(store)
    _say(tracker, _private_turn())
    _save(store, tracker)
    with database.reading() as session:
        rows = [session.execute(text(f"SELECT * FROM {name}")).all() for name in ("conversations", "events")]  # noqa: S608
    assert "[手机号]" in str(rows)
    assert not [secret for secret in PERSONAL if secret in str(rows)]


def test_the_running_conversation_still_knows_what_was_said(database: Database) -> None:
    store = _store(database)
    tracker = _new_tracker(store)
    _say(tracker, _private_turn())
    _save(store, tracker)
    assert ID_NUMBER in tracker.get_slot("insured_place")


def test_another_mask_may_be_given(database: Database) -> None:
    store = _store(database, mask=lambda said: said.replace("第1个", "第某个"))
    tracker = _new_tracker(store)
    _say(tracker, _turn(1))
    _save(store, tracker)
    assert _stored_texts(database) == ["第某个问题"]


class _Broker(EventBroker):
    """Keeps what is published."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.published.append(event)


def test_an_event_broker_hears_every_event_once_and_masked(database: Database) -> None:
    broker = _Broker()
    store = _store(database, event_broker=broker)
    tracker = _new_tracker(store)
    for events in (_private_turn(), _turn(2)):
        _say(tracker, events)
        _save(store, tracker)
    assert [body["event"] for body in broker.published] == [event.type_name for event in tracker.events]
    assert {body["sender_id"] for body in broker.published} == {"openid"}
    assert not [secret for secret in PERSONAL if secret in str(broker.published)]
