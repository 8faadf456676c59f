"""客服码: made in the chat, opened by one clerk, gone after half an hour, and hard to guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from bot.services.codes import CodeLockedError, Codes, Transcript, Turn
from bot.storage.codes import CodeStore, NewCode
from bot.storage.conversations import Conversations
from bot.storage.database import Database
from tests.services.desk import BOSS, LI, MORNING, WANG, Clock, everything

PHONE = "13812345678"
Written = list[tuple[str, str, dict[str, str]]]


@pytest.fixture
def clock() -> Clock:
    """The time at the desk."""
    return Clock()


@pytest.fixture
def audited() -> Written:
    """What was written into the audit log: who, what, and the particulars."""
    return []


@pytest.fixture
def make_codes(database: Database, clock: Clock, audited: Written) -> Callable[..., Codes]:
    """Codes that draw from the numbers given, else count up from 100001."""

    def build(*drawn: str, key: bytes = b"secret") -> Codes:
        numbers: Iterator[str] = iter(drawn) if drawn else map(str, range(100_001, 999_999))

        def audit(user_name: str, action: str, detail: Mapping[str, str]) -> None:
            audited.append((user_name, action, dict(detail)))

        conversations = Conversations(database, tail=1_000)
        return Codes(CodeStore(database), conversations, key, clock, lambda: next(numbers), audit)

    return build


@pytest.fixture
def codes(make_codes: Callable[..., Codes]) -> Codes:
    """The codes of one assistant."""
    return make_codes()


def chat(
    database: Database, sender: str, *turns: tuple[str, str], place: str | None = None, at: datetime = MORNING
) -> None:
    """Store a conversation as Rasa's events, one minute for a turn."""
    events: list[dict[str, Any]] = []
    for index, (asked, answered) in enumerate(turns):
        moment = (at + timedelta(minutes=index)).timestamp()
        said = {"event": "bot", "timestamp": moment + 1, "text": answered, "data": {}}
        events += [
            {"event": "action", "name": "action_listen", "timestamp": moment},
            {"event": "user", "timestamp": moment, "text": asked, "parse_data": {}},
            {"event": "slot", "timestamp": moment, "name": "language", "value": "zh"},
            said,
            {**said, "text": None, "data": {"custom": {"sources": []}}},
        ]
    slots = {"insured_place": place} if place else {}
    Conversations(database).append(sender, events, slots, None)


def opened(codes: Codes, code: str) -> Transcript:
    """What the code opens, which must be something."""
    transcript = codes.open(code, LI)
    assert transcript is not None
    return transcript


# ---- what a code opens


def test_a_code_opens_the_conversation_it_was_made_in(database: Database, codes: Codes) -> None:
    chat(database, "anna", ("备案要几天", "2 个工作日"), ("客服码", "您的客服码是 [客服码]"), place="nanjing")
    chat(database, "ben", ("转诊怎么办", "先找医院"))
    transcript = opened(codes, codes.make("anna"))
    assert transcript.turns == (
        Turn(MORNING, "备案要几天", ("2 个工作日",)),
        Turn(MORNING + timedelta(minutes=1), "客服码", ("您的客服码是 [客服码]",)),
    )
    assert (transcript.place, transcript.expires_at) == ("nanjing", MORNING + timedelta(minutes=30))


@pytest.mark.parametrize("typed", ["100 001", "100-001", " 100001\n", "１００００１"])
def test_a_code_is_read_however_it_is_typed(codes: Codes, typed: str) -> None:
    assert codes.make("anna") == "100001"
    opened(codes, typed)


def test_the_last_fifty_turns_are_shown(database: Database, codes: Codes) -> None:
    chat(database, "anna", *((f"问题{number}", "答案") for number in range(80)))
    turns = opened(codes, codes.make("anna")).turns
    assert [turn.asked for turn in turns] == [f"问题{number}" for number in range(30, 80)]


def test_options_the_bot_offered_are_shown_with_its_answer(database: Database, codes: Codes) -> None:
    buttons = [{"title": "已退休", "payload": "我退休了"}, {"title": "在职", "payload": "在职"}]
    events = [
        {"event": "user", "timestamp": MORNING.timestamp(), "text": "备案资格核对"},
        {
            "event": "bot",
            "timestamp": MORNING.timestamp(),
            "text": "您退休了吗？",
            "data": {"buttons": buttons},
        },
    ]
    Conversations(database).append("anna", events, {}, None)
    (turn,) = opened(codes, codes.make("anna")).turns
    assert (turn.answers, turn.options) == (("您退休了吗？",), ("已退休", "在职"))


def test_a_conversation_that_was_stored_unmasked_is_shown_masked(database: Database, codes: Codes) -> None:
    chat(database, "anna", (f"我电话{PHONE}", f"您的电话是{PHONE}"))
    (turn,) = opened(codes, codes.make("anna")).turns
    assert (turn.asked, turn.answers) == ("我电话[手机号]", ("您的电话是[手机号]",))


def test_an_area_that_is_not_served_is_the_place_too(database: Database, codes: Codes) -> None:
    slots = {"insured_place": "unknown", "insured_area": "浙江/嘉兴"}
    events = [{"event": "user", "timestamp": MORNING.timestamp(), "text": "我是嘉兴的"}]
    Conversations(database).append("anna", events, slots, None)
    assert opened(codes, codes.make("anna")).place == "浙江/嘉兴"


def test_a_code_made_with_the_first_words_of_a_person_opens_an_empty_transcript(codes: Codes) -> None:
    assert opened(codes, codes.make("new")).turns == ()


# ---- how long, for whom


def test_a_code_is_good_for_half_an_hour_and_not_longer(codes: Codes, clock: Clock) -> None:
    code = codes.make("anna")
    clock.goes(minutes=29, seconds=59)
    opened(codes, code)
    clock.goes(seconds=1)
    assert codes.open(code, LI) is None


def test_the_clerk_who_opened_it_reads_it_again_until_it_runs_out(
    database: Database, codes: Codes, clock: Clock
) -> None:
    chat(database, "anna", ("备案要几天", "2 个工作日"))
    code = codes.make("anna")
    first = opened(codes, code)
    clock.goes(minutes=10)
    chat(database, "anna", ("要什么材料", "身份证"), at=clock.now)
    again = codes.read(first.id, LI)
    assert again == opened(codes, code)
    assert again is not None
    assert [turn.asked for turn in again.turns] == ["备案要几天", "要什么材料"]
    clock.goes(minutes=20)
    assert codes.read(first.id, LI) is None


def test_another_clerk_cannot_open_or_read_it_any_more(codes: Codes) -> None:
    code = codes.make("anna")
    first = opened(codes, code)
    assert codes.open(code, WANG) is None
    assert codes.open(code, BOSS) is None
    assert codes.read(first.id, WANG) is None


def test_a_new_code_takes_the_place_of_the_old_one(codes: Codes) -> None:
    old = codes.make("anna")
    first = opened(codes, old)
    new = codes.make("anna")
    assert codes.open(old, LI) is None
    assert codes.read(first.id, LI) is None
    assert opened(codes, new).id != first.id


def test_a_code_that_is_still_good_is_not_given_to_somebody_else(make_codes: Callable[..., Codes]) -> None:
    codes = make_codes("222222", "222222", "333333")
    assert (codes.make("anna"), codes.make("ben")) == ("222222", "333333")


def test_a_code_that_ran_out_may_be_given_again(make_codes: Callable[..., Codes], clock: Clock) -> None:
    codes = make_codes("222222", "222222")
    codes.make("anna")
    clock.goes(minutes=30)
    assert codes.make("ben") == "222222"


def test_a_draw_that_is_taken_leaves_the_person_the_code_they_have(
    make_codes: Callable[..., Codes], database: Database
) -> None:
    store = CodeStore(database)
    late = MORNING + timedelta(minutes=30)
    assert store.put(NewCode(1, "hash of ben", "ben", late), MORNING)
    assert store.put(NewCode(2, "hash of anna", "anna", late), MORNING)
    assert not store.put(NewCode(3, "hash of ben", "anna", late), MORNING)
    assert store.open("hash of anna", "li", MORNING) is not None


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**63, 10**30])
def test_a_number_that_names_no_transcript_reads_none(codes: Codes, number: int) -> None:
    assert codes.read(number, LI) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abc", "\x00", "半个\ud83d", "9" * 10_000])
def test_what_is_no_code_opens_nothing(codes: Codes, typed: str) -> None:
    assert codes.open(typed, LI) is None


# ---- what the database keeps


def test_the_code_is_kept_as_a_hash_with_a_key_alone(
    database: Database, codes: Codes, make_codes: Callable[..., Codes]
) -> None:
    code = codes.make("anna")
    opened(codes, code)
    assert code not in everything(database)
    assert make_codes(key=b"another").open(code, LI) is None


def test_codes_that_ran_out_are_removed(database: Database, codes: Codes, clock: Clock) -> None:
    for sender in ("anna", "ben", "cai"):
        codes.make(sender)
    clock.goes(minutes=31)
    codes.make("dan")
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM support_codes")).scalar_one() == 1


# ---- the audit log


def test_every_opening_is_audited_without_the_code_and_without_a_word_of_the_conversation(
    database: Database, codes: Codes, audited: Written
) -> None:
    chat(database, "anna", ("备案要几天", "2 个工作日"))
    code = codes.make("anna")
    transcript = opened(codes, code)
    codes.read(transcript.id, LI)
    (who, what, first), (_, _, second) = audited
    assert (who, what, first) == ("li", "transcript_opened", second)
    assert first["transcript"] == str(transcript.id)
    assert not {code, "anna"} & set(first.values())


def test_the_audit_log_tells_conversations_apart(codes: Codes, audited: Written) -> None:
    for sender in ("anna", "anna", "ben"):
        opened(codes, codes.make(sender))
    anna, again, ben = (detail["conversation"] for _, _, detail in audited)
    assert anna == again != ben


def test_a_wrong_code_is_audited_without_its_digits(codes: Codes, audited: Written) -> None:
    codes.open("999999", LI)
    assert audited == [("li", "code_wrong", {})]


# ---- guessing


def test_five_wrong_codes_lock_the_clerk_out_for_ten_minutes(codes: Codes, clock: Clock) -> None:
    code = codes.make("anna")
    for _ in range(5):
        assert codes.open("999999", LI) is None
        clock.goes(minutes=1)
    with pytest.raises(CodeLockedError, match="9 分钟后再试") as caught:
        codes.open(code, LI)
    assert caught.value.wait_s == 9 * 60
    clock.goes(minutes=8, seconds=59)
    with pytest.raises(CodeLockedError, match="1 分钟后再试"):
        codes.open(code, LI)
    clock.goes(seconds=1)
    opened(codes, code)


def test_what_is_typed_while_locked_out_does_not_make_it_longer(codes: Codes, clock: Clock) -> None:
    for _ in range(5):
        codes.open("999999", LI)
    for _ in range(9):
        clock.goes(minutes=1)
        with pytest.raises(CodeLockedError):
            codes.open("999999", LI)
    clock.goes(minutes=1)
    assert [codes.open("999999", LI) for _ in range(5)] == [None] * 5


def test_being_locked_out_concerns_one_clerk(codes: Codes) -> None:
    code = codes.make("anna")
    for _ in range(5):
        codes.open("999999", WANG)
    opened(codes, code)


def test_wrong_codes_far_apart_lock_nobody_out(codes: Codes, clock: Clock) -> None:
    for _ in range(20):
        assert codes.open("999999", LI) is None
        clock.goes(minutes=2, seconds=31)


def test_right_codes_do_not_count_and_do_not_clear_the_wrong_ones(codes: Codes, clock: Clock) -> None:
    for number in range(4):
        codes.open("999999", LI)
        opened(codes, codes.make(f"sender {number}"))
    opened(codes, codes.make("anna"))
    codes.open("999999", LI)
    with pytest.raises(CodeLockedError):
        codes.open(codes.make("ben"), LI)


def test_the_fifth_try_may_be_the_right_one(codes: Codes) -> None:
    code = codes.make("anna")
    for _ in range(4):
        codes.open("999999", LI)
    opened(codes, code)
    opened(codes, code)


def test_of_many_guesses_at_one_moment_no_more_are_looked_at_than_in_a_row(
    database_url: str, clock: Clock, audited: Written
) -> None:
    database = Database(database_url, wait_s=30)
    database.migrate()

    def audit(user_name: str, action: str, detail: Mapping[str, str]) -> None:
        audited.append((user_name, action, dict(detail)))

    codes = Codes(CodeStore(database), Conversations(database), b"secret", clock, lambda: "111111", audit)
    ready = Barrier(12)

    def guess(number: int) -> bool:
        ready.wait()
        try:
            codes.open(str(700_000 + number), LI)
        except CodeLockedError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        looked_at = list(pool.map(guess, range(12)))
    assert sum(looked_at) == len(audited) == 5
    database.close()
