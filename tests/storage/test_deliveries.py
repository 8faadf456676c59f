"""Deliveries: a message is claimed by one, acted on once, answered once, and no answer is lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bot.storage.database import Database
from bot.storage.deliveries import Deliveries, Message, Settlement, Standing, Waiting
from bot.storage.errors import LeaseLostError
from tests.storage.conftest import MeasureWork

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
BEIJING = timezone(timedelta(hours=8))
LEASE = timedelta(seconds=6)
AGE = timedelta(seconds=15)
MESSAGE = Message("msg-1", "citizen", "1735732800 nonce", "怎么备案")


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    """The deliveries of an empty database."""
    return Deliveries(database)


def settlement(
    reply: str = "答", *, message: Message = MESSAGE, rest: str = "", heard: bool = True, owner: str = "a"
) -> Settlement:
    """An answer of one process."""
    return Settlement(message, owner, reply, reply + rest, rest, Waiting(), heard, NOON)


def test_the_first_to_claim_a_message_has_to_answer_it(deliveries: Deliveries) -> None:
    assert deliveries.claim(MESSAGE, "a", NOON, LEASE).standing is Standing.OURS
    assert deliveries.claim(MESSAGE, "b", NOON, LEASE).standing is Standing.THEIRS
    assert deliveries.look("msg-1") is None


def test_threads_that_claim_at_once_are_one_owner_and_others(deliveries: Deliveries) -> None:
    with ThreadPoolExecutor(6) as threads:
        found = list(
            threads.map(lambda n: deliveries.claim(MESSAGE, f"p{n}", NOON, LEASE).standing, range(12))
        )
    assert found.count(Standing.OURS) == 1
    assert found.count(Standing.THEIRS) == 11


def test_the_reply_is_found_again_byte_for_byte(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    reply = "您好 😀\n第二行 ]]>"
    assert deliveries.settle(settlement(reply))
    claimed = deliveries.claim(MESSAGE, "b", NOON, LEASE)
    assert (claimed.standing, claimed.reply) == (Standing.ANSWERED, reply)


def test_a_message_is_acted_on_once(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    deliveries.settle(settlement("first"))
    with pytest.raises(LeaseLostError):
        deliveries.settle(settlement("second"))
    assert deliveries.look("msg-1") == "first"


def test_whoever_lost_the_lease_cannot_answer_any_more(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    later = NOON + timedelta(seconds=7)
    assert deliveries.claim(MESSAGE, "b", later, LEASE).standing is Standing.OURS
    with pytest.raises(LeaseLostError):
        deliveries.settle(settlement(owner="a"))
    assert deliveries.settle(settlement("b's", owner="b"))


def test_a_renewed_lease_is_not_taken_over(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    deliveries.renew("msg-1", "a", NOON + timedelta(seconds=20))
    assert deliveries.claim(MESSAGE, "b", NOON + timedelta(seconds=7), LEASE).standing is Standing.THEIRS


def test_a_stamp_that_comes_with_another_message_is_a_replay(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    other = Message("msg-2", "citizen", MESSAGE.stamp, "别的")
    assert deliveries.claim(other, "a", NOON, LEASE).standing is Standing.REPLAYED
    assert deliveries.look("msg-2") is None


def test_messages_without_a_stamp_do_not_hinder_each_other(deliveries: Deliveries) -> None:
    for key in ("msg-1", "msg-2"):
        claimed = deliveries.claim(Message(key, "citizen"), "a", NOON, LEASE)
        assert claimed.standing is Standing.OURS


def test_an_answer_after_the_holding_sentence_waits_for_its_sender(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    assert deliveries.hold("msg-1", "请稍后") == "请稍后"
    assert deliveries.hold("msg-1", "另一句") == "请稍后"
    assert not deliveries.settle(settlement("答"))
    assert deliveries.look("msg-1") == "请稍后"
    assert deliveries.waiting("citizen") == Waiting("答", "")


def test_late_answers_are_told_with_the_next_reply_and_then_gone(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    deliveries.hold("msg-1", "请稍后")
    deliveries.settle(settlement("晚到的"))
    second = Message("msg-2", "citizen")
    waiting = deliveries.claim(second, "a", NOON, LEASE).waiting
    assert waiting == Waiting("晚到的", "")
    deliveries.settle(replace(settlement("晚到的\n\n新的", message=second), took=waiting))
    assert deliveries.waiting("citizen") == Waiting()


def test_the_rest_of_a_long_answer_waits_until_a_newer_one_takes_its_place(deliveries: Deliveries) -> None:
    for number, rest in enumerate(("旧的下文", "", "新的下文")):
        message = Message(f"msg-{number}", "citizen")
        deliveries.claim(message, "a", NOON, LEASE)
        deliveries.settle(settlement("头", message=message, rest=rest))
    assert deliveries.waiting("citizen").rest == "新的下文"


def test_an_answer_that_no_delivery_took_waits_once(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    deliveries.settle(settlement("答", heard=False))
    later = NOON + timedelta(seconds=20)
    assert [message.key for message, _ in deliveries.untold(later, AGE)] == ["msg-1"]
    assert deliveries.unheard(MESSAGE, "答", later)
    assert not deliveries.unheard(MESSAGE, "答", later)
    assert deliveries.waiting("citizen") == Waiting("答", "")


def test_an_answer_that_a_later_delivery_took_does_not_wait(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    deliveries.settle(settlement("答", heard=False))
    assert deliveries.claim(MESSAGE, "b", NOON, LEASE).reply == "答"
    assert not deliveries.unheard(MESSAGE, "答", NOON)
    assert deliveries.untold(NOON + timedelta(seconds=20), AGE) == []


def test_what_a_dead_process_left_is_found_with_its_question(deliveries: Deliveries) -> None:
    deliveries.claim(MESSAGE, "dead", NOON, LEASE)
    deliveries.claim(Message("msg-2", "citizen", None, "答过的"), "a", NOON, LEASE)
    deliveries.settle(settlement(message=Message("msg-2", "citizen")))
    assert deliveries.abandoned(NOON + timedelta(seconds=10), AGE) == []
    [left] = deliveries.abandoned(NOON + timedelta(seconds=20), AGE)
    assert (left.key, left.question) == ("msg-1", "怎么备案")


def test_service_messages_are_counted_from_the_last_message_on(deliveries: Deliveries) -> None:
    deliveries.sent_service_message("citizen", NOON - timedelta(hours=1))
    deliveries.claim(MESSAGE, "a", NOON, LEASE)
    assert deliveries.service_messages("citizen") == 0
    deliveries.sent_service_message("citizen", NOON + timedelta(seconds=1))
    deliveries.sent_service_message("citizen", NOON + timedelta(seconds=2))
    assert deliveries.service_messages("citizen") == 2
    assert deliveries.service_messages("another") == 0


def test_purging_deletes_what_is_done_and_older_than_the_moment_given(deliveries: Deliveries) -> None:
    for hours in (1, 2, 3):
        message = Message(f"msg-{hours}", "citizen")
        deliveries.claim(message, "a", NOON - timedelta(hours=hours), LEASE)
        deliveries.settle(settlement(message=message))
    deliveries.claim(Message("open", "citizen"), "a", NOON - timedelta(hours=9), LEASE)
    two_hours_ago = (NOON - timedelta(hours=2)).astimezone(BEIJING)
    assert deliveries.purge(two_hours_ago) == 1
    assert [deliveries.look(f"msg-{hours}") for hours in (1, 2, 3)] == ["答", "答", None]
    assert [message.key for message in deliveries.abandoned(NOON, AGE)] == ["open"]


def test_looking_for_what_was_left_costs_nothing_for_what_is_done(
    sqlite_database: Database, measure_work: MeasureWork
) -> None:
    deliveries, steps = Deliveries(sqlite_database), []
    for wanted in (20, 200):
        for number in range(wanted):
            message = Message(f"{wanted}-{number}", "citizen")
            deliveries.claim(message, "a", NOON, LEASE)
            deliveries.settle(settlement(message=message))
        with measure_work(sqlite_database) as work:
            assert deliveries.abandoned(NOON + timedelta(hours=1), AGE) == []
            assert deliveries.untold(NOON + timedelta(hours=1), AGE) == []
        steps.append(work.rows_or_steps)
    assert steps[1] <= steps[0] + 10
