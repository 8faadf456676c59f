"""The inbox: what got no good answer in groups that mean the same, and decisions that hold until they prove wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from bot.services.drafts import Added
from bot.services.grouping import Grouping
from bot.services.inbox import Filters, Inbox, InboxError, Teaching
from bot.services.inbox_groups import Groups
from bot.services.inbox_items import Pile
from bot.services.meanings import Meanings
from bot.services.users import User
from bot.storage.database import Database
from bot.storage.decisions import Decisions
from bot.storage.meanings import MeaningStore
from bot.storage.misses import Misses
from bot.storage.reports import ReportStore
from tests.services.desk import Clock

LI = User(1, "li", "maintainer", active=True)
LABELS = ("faq/which_card", "faq/filing_time", "decline/other_government", "estimate")


def letters(texts: Sequence[str]) -> np.ndarray:
    """Vectors of the characters of texts: what shares its characters is alike."""
    rows = np.zeros((len(texts), 1_024), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for character in text:
            row[ord(character) % 1_024] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def unchanged(vectors: np.ndarray) -> np.ndarray:
    """The vectors as they are."""
    return vectors


@dataclass
class Office:
    """An inbox with everything around it in the hands of the test."""

    database: Database
    clock: Clock
    sure: dict[str, float] = field(default_factory=dict)
    published: list[tuple[str, datetime]] = field(default_factory=list)
    taught: list[tuple[Any, ...]] = field(default_factory=list)
    audited: list[tuple[Any, ...]] = field(default_factory=list)
    model: str = "first"

    def __post_init__(self) -> None:
        """Build the inbox."""
        self.misses = Misses(self.database)
        self.reports = ReportStore(self.database)
        decisions = Decisions(self.database)
        read = Meanings(letters, "letters", MeaningStore(self.database), self.clock, unchanged)
        pile = Pile(self.misses, self.reports, decisions, lambda: self.published, self.clock)
        groups = Groups(pile, decisions, Grouping(read.of, 0.6), self.rank, lambda: self.model, 0.95)
        self.inbox = Inbox(
            groups,
            decisions,
            self.reports,
            Teaching(lambda: LABELS, self.add_examples, self.new_topic),
            lambda user, action, detail: self.audited.append(
                (user.name if user else "", action, dict(detail))
            ),
            self.clock,
        )

    def rank(self, text: str) -> list[tuple[str, float]]:
        """As sure of 用什么卡 as the test wants, otherwise of nothing."""
        return [("faq/which_card", self.sure.get(text, 0.4)), ("faq/filing_time", 0.2), ("estimate", 0.1)]

    def add_examples(self, label: str, texts: Sequence[str], user: Any, why: str) -> Added:
        """Note what is taught."""
        self.taught.append((label, tuple(texts), why))
        return Added(added=tuple(texts))

    def new_topic(self, topic: str, **draft: Any) -> None:
        """Note the new topic."""
        self.taught.append((topic, draft))

    def miss(self, text: str, kind: str = "unsure", times: int = 1, **rest: Any) -> None:
        """People write something that gets no good answer."""
        for _ in range(times):
            self.misses.record(text, kind, self.clock(), **rest)

    def publish(self) -> None:
        """A version goes live an hour from now, and another hour passes."""
        self.clock.goes(hours=1)
        self.published.append((f"v{len(self.published) + 1}", self.clock()))
        self.clock.goes(hours=1)

    def report(self, text: str, **rest: Any) -> int:
        """A clerk reports an answer."""
        texts = {
            "kind": "wrong",
            "topic": "which_card",
            "place": None,
            "question": text,
            "wanted": "应该是身份证",
        }
        texts |= {"answer": "用社保卡。", "sources": [], **rest}
        return self.reports.add("wang", None, self.clock(), texts)

    def titles(self, filters: Filters | None = None) -> list[str]:
        """The titles of all groups."""
        return [group.title for group in self.inbox.groups(filters, limit=100)[0]]


@pytest.fixture
def office(database: Database) -> Office:
    """An empty inbox."""
    return Office(database, Clock())


# ---- what lies in it


def test_texts_that_mean_the_same_are_one_group_around_the_most_frequent(office: Office) -> None:
    office.miss("能用爱心卡吗", times=3, place="nanjing")
    office.miss("爱心卡能用吗？", "decline/other_government", place="huaian")
    office.miss("停车费报不报")
    (first, second), total = office.inbox.groups()
    assert (total, first.title, first.count) == (2, "能用爱心卡吗", 4)
    assert [item.text for item in first.items] == ["能用爱心卡吗", "爱心卡能用吗？"]
    assert first.kinds == (("unsure", 3), ("declined", 1))
    assert first.places == ("nanjing", "huaian")
    assert first.suggestions[0] == ("faq/which_card", pytest.approx(0.4))
    assert second.title == "停车费报不报"


def test_repeats_count_as_one_text_whatever_their_punctuation(office: Office) -> None:
    office.miss("能用爱心卡吗？", times=2)
    office.miss("能用爱心卡吗")
    office.miss("能用爱心卡吗", "corrected", candidates=["faq/which_card"], answer="用社保卡。")
    ((group,), _) = office.inbox.groups()
    (item,) = group.items
    assert (item.count, item.kind, item.kinds) == (4, "corrected", (("corrected", 1), ("unsure", 3)))
    assert (item.about, item.answer) == (("faq/which_card",), "用社保卡。")


def test_the_trend_sets_this_week_beside_the_one_before(office: Office) -> None:
    office.miss("能用爱心卡吗", times=2)
    office.clock.goes(days=8)
    office.miss("能用爱心卡吗")
    assert office.inbox.groups()[0][0].trend == (1, 2)
    office.clock.goes(days=8)
    assert office.inbox.groups()[0][0].trend == (0, 1)


def test_filters_leave_the_wanted_items_and_the_id(office: Office) -> None:
    office.miss("能用爱心卡吗", times=3, place="nanjing")
    office.clock.goes(days=3)
    office.miss("爱心卡能用吗吗", "corrected", place="huaian")
    ((whole,), _) = office.inbox.groups()
    ((part,), total) = office.inbox.groups(Filters(kind="corrected"))
    assert (part.id, part.title, part.count, total) == (whole.id, "爱心卡能用吗吗", 1, 1)
    assert office.titles(Filters(place="nanjing")) == ["能用爱心卡吗"]
    assert office.titles(Filters(since=office.clock() - timedelta(days=1))) == ["爱心卡能用吗吗"]
    assert office.titles(Filters(text="停车")) == []
    assert office.inbox.counts() == {
        "reported": 0,
        "corrected": 1,
        "unhelpful": 0,
        "unsure": 1,
        "declined": 0,
    }


def test_pages_hold_what_was_asked_for(office: Office) -> None:
    for position, text in enumerate(("一二三", "四五六", "七八九")):
        office.miss(text, times=3 - position)
    assert [group.title for group in office.inbox.groups(limit=1, offset=1)[0]] == ["四五六"]
    assert office.inbox.groups(limit=1, offset=9) == ((), 3)


def test_the_id_of_a_moment_ago_finds_the_group_although_its_centre_has_changed(office: Office) -> None:
    office.miss("能用爱心卡吗", times=2)
    ((before,), _) = office.inbox.groups()
    office.miss("爱心卡能用吗吗", times=9)
    ((after,), _) = office.inbox.groups()
    assert after.id != before.id
    assert office.inbox.group(before.id) == office.inbox.group(after.id)
    assert office.inbox.group("no such group") is None


def test_the_same_inbox_is_grouped_the_same_way_each_time(database: Database) -> None:
    first = Office(database, Clock())
    for position in range(60):
        first.miss(f"{'甲乙丙丁'[position % 4]}{'戊己庚'[position % 3]}{position % 7}吗", place="nanjing")
    again = Office(database, Clock())
    assert first.inbox.groups(limit=100) == again.inbox.groups(limit=100)


def test_what_the_model_knows_well_is_pointed_out_and_anew_for_another_model(office: Office) -> None:
    office.miss("能用爱心卡吗")
    office.sure["能用爱心卡吗"] = 0.95
    assert office.inbox.groups()[0][0].items[0].known == "faq/which_card"
    office.sure.clear()
    office.model = "second"
    assert office.inbox.groups()[0][0].items[0].known is None


def test_a_report_lies_in_the_inbox_with_its_answer_and_what_is_wanted(office: Office) -> None:
    number = office.report("老人证行不行")
    ((group,), _) = office.inbox.groups()
    (item,) = group.items
    assert (item.kind, item.reports, item.about) == ("reported", (number,), ("faq/which_card",))
    assert (item.answer, item.wanted) == ("用社保卡。", "应该是身份证")


# ---- decisions


def only(office: Office) -> str:
    """The id of the one group."""
    ((group,), _) = office.inbox.groups()
    return group.id


def test_assigning_a_group_teaches_its_texts_and_takes_it_out(office: Office) -> None:
    office.miss("能用爱心卡吗", times=2)
    office.miss("爱心卡能用吗吗")
    done = office.inbox.assign(only(office), "faq/which_card", user=LI, why="常问")
    assert office.taught == [("faq/which_card", ("能用爱心卡吗", "爱心卡能用吗吗"), "常问")]
    assert done.added == ("能用爱心卡吗", "爱心卡能用吗吗")
    assert office.titles() == []
    (who, action, detail) = office.audited[0]
    assert (who, action, detail["label"], detail["texts"]) == ("li", "inbox_assign", "faq/which_card", "2")
    assert {(d.user, d.action, d.at) for d in office.inbox.decisions()} == {("li", "assign", office.clock())}


def test_what_the_model_knows_well_is_settled_without_becoming_an_example(office: Office) -> None:
    office.miss("能用爱心卡吗", times=2)
    office.miss("爱心卡能用吗吗")
    office.sure["能用爱心卡吗"] = 0.97
    done = office.inbox.assign(only(office), "faq/which_card", user=LI)
    assert office.taught == [("faq/which_card", ("爱心卡能用吗吗",), "")]
    assert set(done.texts) == {"能用爱心卡吗", "爱心卡能用吗吗"}
    assert office.titles() == []


def test_a_text_that_is_named_is_taught_even_so_and_the_rest_waits(office: Office) -> None:
    office.miss("能用爱心卡吗", times=2)
    office.miss("爱心卡能用吗吗")
    office.sure["能用爱心卡吗"] = 0.97
    office.inbox.assign(only(office), "faq/which_card", ["能用爱心卡吗"], LI)
    assert office.taught == [("faq/which_card", ("能用爱心卡吗",), "")]
    assert office.titles() == ["爱心卡能用吗吗"]


def test_a_group_becomes_a_topic(office: Office) -> None:
    office.miss("停车费报不报")
    office.inbox.new_topic(
        only(office), "parking_fee", user=LI, question="停车费能报吗？", about=("停车费",), answers=()
    )
    ((topic, draft),) = office.taught
    assert (topic, draft["examples"], draft["question"]) == (
        "parking_fee",
        ("停车费报不报",),
        "停车费能报吗？",
    )
    assert office.inbox.decisions()[0].label == "faq/parking_fee"


def test_out_of_scope_takes_a_label_of_what_is_declined(office: Office) -> None:
    office.miss("公积金怎么取")
    group = only(office)
    with pytest.raises(InboxError, match="不是不受理的类别"):
        office.inbox.out_of_scope(group, "faq/which_card", user=LI)
    office.inbox.out_of_scope(group, "decline/other_government", user=LI)
    assert office.taught == [("decline/other_government", ("公积金怎么取",), "")]
    assert office.inbox.declines() == ("decline/other_government",)


def refuse_unknown_label(office: Office, group: str) -> None:
    """A topic that is not there."""
    office.inbox.assign(group, "faq/nothing")


def refuse_silent_dismissal(office: Office, group: str) -> None:
    """No reason."""
    office.inbox.dismiss(group, "  ")


def refuse_endless_reason(office: Office, group: str) -> None:
    """More than a sentence."""
    office.inbox.dismiss(group, "因" * 501)


def refuse_nothing(office: Office, group: str) -> None:
    """No text chosen."""
    office.inbox.assign(group, "faq/which_card", [])


def refuse_what_is_gone(office: Office, group: str) -> None:
    """A text that is not there."""
    office.inbox.assign(group, "faq/which_card", ["没有这句"])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (refuse_unknown_label, "unknown_label"),
        (refuse_silent_dismissal, "no_why"),
        (refuse_endless_reason, "why_too_long"),
        (refuse_nothing, "no_texts"),
        (refuse_what_is_gone, "nothing_left"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    office: Office, wrong: Callable[[Office, str], None], code: str
) -> None:
    office.miss("能用爱心卡吗")
    with pytest.raises(InboxError) as refused:
        wrong(office, only(office))
    assert refused.value.code == code
    assert (office.taught, office.audited, office.titles()) == ([], [], ["能用爱心卡吗"])


def test_two_maintainers_do_not_decide_twice(office: Office) -> None:
    office.miss("能用爱心卡吗")
    group = only(office)
    office.inbox.assign(group, "faq/which_card", user=LI)
    with pytest.raises(InboxError, match="已经处理完"):
        office.inbox.assign(group, "faq/filing_time", user=LI)
    with pytest.raises(InboxError, match="已经有人处理"):
        office.inbox.assign(group, "faq/filing_time", ["能用爱心卡吗"], LI)


def test_nothing_is_decided_where_the_files_refuse_it(office: Office) -> None:
    office.miss("能用爱心卡吗")

    def refuse(*_: Any) -> Added:
        raise ValueError("the file has changed")

    office.inbox._teaching = Teaching(lambda: LABELS, refuse, refuse)
    with pytest.raises(ValueError, match="has changed"):
        office.inbox.assign(only(office), "faq/which_card", user=LI)
    assert office.titles() == ["能用爱心卡吗"]


# ---- what comes back


def test_a_settled_text_stays_away_until_a_publication_and_comes_back_marked_after_it(office: Office) -> None:
    office.miss("能用爱心卡吗")
    office.inbox.assign(only(office), "faq/which_card", user=LI)
    office.clock.goes(minutes=5)
    office.miss("能用爱心卡吗")
    assert office.titles() == [], "the model has not been trained with it yet"
    office.publish()
    assert office.titles() == [], "nobody has asked since"
    office.miss("能用爱心卡吗？")
    ((group,), _) = office.inbox.groups()
    assert group.again
    assert group.items[0].again
    office.inbox.assign(group.id, "faq/filing_time", user=LI)
    assert office.titles() == []


def test_what_is_out_of_scope_may_be_declined_as_often_as_it_likes(office: Office) -> None:
    office.miss("公积金怎么取")
    office.inbox.out_of_scope(only(office), "decline/other_government", user=LI)
    office.publish()
    office.miss("公积金怎么取", "decline/other_government")
    assert office.titles() == []
    office.miss("公积金怎么取")
    assert office.titles() == ["公积金怎么取"]


def test_what_was_dismissed_stays_away_whatever_is_published(office: Office) -> None:
    office.miss("呵呵呵")
    office.inbox.dismiss(only(office), "闲话", user=LI)
    office.publish()
    office.miss("呵呵呵")
    assert office.titles() == []


def test_a_decision_can_be_taken_back_once(office: Office) -> None:
    office.miss("呵呵呵")
    number = office.report("呵呵呵")
    done = office.inbox.dismiss(only(office), "闲话", user=LI)
    closed = office.reports.report(number)
    assert closed is not None
    assert (closed.state, closed.done_by) == ("done", "li")
    office.clock.goes(hours=2)
    assert office.inbox.reopen(done.batch, LI) == ("呵呵呵",)
    ((group,), _) = office.inbox.groups()
    assert group.items[0].reports == (number,)
    with pytest.raises(InboxError, match="可能已经撤销"):
        office.inbox.reopen(done.batch, LI)


def test_a_new_report_brings_a_text_back_at_once(office: Office) -> None:
    office.miss("能用爱心卡吗")
    office.inbox.dismiss(only(office), "闲话", user=LI)
    office.clock.goes(minutes=1)
    office.report("能用爱心卡吗")
    assert office.titles() == ["能用爱心卡吗"]
    assert office.inbox.groups()[0][0].again


# ---- how much it can hold


def test_the_newest_5_000_texts_are_shown(office: Office) -> None:
    rows = [f"{chr(0x4E00 + n % 300)}{chr(0x5E00 + n // 300)}问" for n in range(5_010)]
    for text in rows[:10]:
        office.miss(text)
    office.clock.goes(minutes=1)
    from sqlalchemy import insert

    from bot.storage.tables import MissRow

    with office.database.session() as session:
        session.execute(
            insert(MissRow),
            [
                {
                    "text": text,
                    "kind": "unsure",
                    "candidates": [],
                    "place": None,
                    "created_at": office.clock(),
                }
                for text in rows[10:]
            ],
        )
    assert sum(office.inbox.counts().values()) == 5_000
    assert rows[0] not in {item.text for group in office.inbox._groups.all() for item in group.items}


def test_the_encoder_reads_each_text_once_even_across_processes(database: Database) -> None:
    read: list[str] = []

    def encoder(texts: list[str]) -> np.ndarray:
        read.extend(texts)
        return letters(texts)

    for _ in range(2):
        meanings = Meanings(encoder, "letters", MeaningStore(database), Clock(), unchanged)
        first = meanings.of(["甲乙", "丙丁"])
        assert np.allclose(first, meanings.of(["甲乙", "丙丁"]))
    assert read == ["甲乙", "丙丁"]
    Meanings(encoder, "another encoder", MeaningStore(database), Clock(), unchanged).of(["甲乙"])
    assert read == ["甲乙", "丙丁", "甲乙"]
