"""What waits for a user, and the claims on a message; the rest of the ledger is proved by `test_deliveries`."""

from __future__ import annotations

import asyncio

from bot.channels.wechat.ledger import Parked, StoredLedger


def test_late_answers_add_up_and_a_new_rest_replaces_the_old() -> None:
    parked = Parked().missed("甲").missed("乙").told("丙一", "丙二").told("丁一", "丁二")
    assert parked == Parked("甲\n\n乙", "丁二")
    assert parked.text == "甲\n\n乙\n\n丁二"


def test_a_late_answer_that_was_told_after_all_leaves_the_others() -> None:
    assert Parked("甲\n\n乙", "丙").told("乙", "") == Parked("甲", "")


def test_what_was_fetched_is_gone_but_for_its_rest() -> None:
    assert Parked("甲", "乙").told("甲\n\n乙", "乙尾") == Parked("", "乙尾")


def test_a_long_answer_that_was_missed_is_kept_once() -> None:
    assert Parked("", "长长").missed("长长") == Parked("长长", "")


def test_the_reply_fixed_first_is_the_reply() -> None:
    async def scenario() -> tuple[str, str, str, dict[str, str]]:
        store: dict[str, str] = {}
        ledger = StoredLedger(store.get, store.setdefault, store.__setitem__)
        claim, _ = ledger.claim("k")
        first, second = await asyncio.gather(ledger.finish(claim, "甲"), ledger.finish(claim, "乙"))
        return first, second, claim.reply.result(), store

    assert asyncio.run(scenario()) == ("甲", "甲", "甲", {"k": "甲"})


def test_a_message_is_claimed_first_by_one_caller_until_it_is_answered() -> None:
    async def scenario() -> list[bool]:
        store: dict[str, str] = {}
        ledger = StoredLedger(store.get, store.setdefault, store.__setitem__)
        claim, one = ledger.claim("k")
        _, two = ledger.claim("k")
        await ledger.finish(claim, "甲")
        again, three = ledger.claim("k")
        assert await ledger.stored(again) == "甲"
        return [one, two, three]

    assert asyncio.run(scenario()) == [True, False, True]
