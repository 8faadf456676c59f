"""Editing the topics: small diffs, checks, merging of what several people do at once, revisions, and no personal data."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from bot.knowledge.base import LiveKnowledge
from bot.services.drafts import (
    AnswerDraft,
    EditConflictError,
    EditError,
    EditRefusedError,
    Finding,
    Near,
    TopicDraft,
    TopicNotFoundError,
)
from bot.services.editing import Editing
from bot.storage.database import Database
from tests.services.editing_desk import LI, ROOT, TODAY, WANG, Desk, changed_lines, desk, parking

TOPIC = "filing_destination"


@pytest.fixture
def office(tmp_path: Path, database: Database) -> Desk:
    """Editing of a copy, with revisions in both kinds of database."""
    return desk(tmp_path, database)


@pytest.fixture
def quick(tmp_path: Path) -> Desk:
    """The same for what has nothing to do with the kind of database."""
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()
    return desk(tmp_path, database)


def with_answer(draft: TopicDraft, place: str, change: Callable[[AnswerDraft], AnswerDraft]) -> TopicDraft:
    """The draft with one place's answer changed."""
    return replace(draft, answers=tuple(change(a) if a.place == place else a for a in draft.answers))


def saying(old: str, new: str) -> Callable[[AnswerDraft], AnswerDraft]:
    """Put other words into an answer."""

    def change(answer: AnswerDraft) -> AnswerDraft:
        assert old in answer.body
        return replace(answer, body=answer.body.replace(old, new))

    return change


def save(editing: Editing, draft: TopicDraft, user: object = WANG) -> str:
    """Save a draft; the diff."""
    return editing.save(draft, user, "改说法", draft.version).diff  # type: ignore[arg-type]


def found(office: Desk, draft: TopicDraft) -> dict[str, Finding]:
    """The findings by their word."""
    return {finding.code: finding for finding in office.editing.check(draft)}


# ---- reading


def test_the_tree_shows_every_topic_with_its_group(quick: Desk) -> None:
    entries = quick.editing.topics()
    assert len(entries) == quick.faq.read_text("utf-8").count("\n## ")
    entry = next(e for e in entries if e.id == TOPIC)
    assert (entry.group, entry.places[0], entry.problems) == ("备案", "通用", 0)
    assert entry.examples > 10


def test_a_topic_nobody_has_is_an_error_in_chinese(quick: Desk) -> None:
    with pytest.raises(TopicNotFoundError, match="没有主题 parking"):
        quick.editing.topic("parking")


def test_a_hand_edit_is_seen_at_once(quick: Desk) -> None:
    before = quick.editing.topic(TOPIC)
    stamp = quick.faq.stat()
    text = quick.faq.read_text("utf-8").replace("备案时要在 APP 里选好", "备案时得在 APP 里选好", 1)
    quick.faq.write_text(text, "utf-8")
    # Not even the time of the file needs to tell it.
    import os

    os.utime(quick.faq, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert quick.editing.topic(TOPIC) != before
    assert "得在 APP 里选好" in quick.editing.topic(TOPIC).answers[0].body


def test_a_file_broken_by_hand_says_so_instead_of_being_overwritten(quick: Desk) -> None:
    draft = quick.editing.topic(TOPIC)
    quick.faq.write_text(quick.faq.read_text("utf-8").replace("依据：", "根据：", 1), "utf-8")
    with pytest.raises(EditError, match="先改好"):
        save(quick.editing, replace(draft, question="备案选市还是选省？"))
    assert "根据：" in quick.faq.read_text("utf-8")


# ---- saving


def test_one_word_is_one_line_of_difference(office: Desk) -> None:
    before = office.texts()
    draft = with_answer(office.editing.topic(TOPIC), "通用", saying("不用再报医院名字", "不必再报医院名字"))
    diff = save(office.editing, draft)
    assert len(changed_lines(diff)) == 2
    faq, nlu = office.texts()
    assert nlu == before[1]
    differing = [(a, b) for a, b in zip(before[0].split("\n"), faq.split("\n"), strict=True) if a != b]
    assert differing == [(differing[0][0], differing[0][0].replace("不用", "不必"))]


def test_what_is_saved_unchanged_touches_nothing(quick: Desk) -> None:
    stamps = quick.faq.stat().st_mtime_ns, quick.nlu.stat().st_mtime_ns
    for entry in quick.editing.topics():
        draft = quick.editing.topic(entry.id)
        assert not quick.editing.save(draft, WANG, "没改", draft.version).changed
    assert (quick.faq.stat().st_mtime_ns, quick.nlu.stat().st_mtime_ns) == stamps
    assert quick.editing.revisions() == ()
    assert quick.audited == []


def test_every_part_can_be_changed_and_comes_back_as_written(quick: Desk) -> None:
    draft = quick.editing.topic(TOPIC)
    answers = [replace(draft.answers[0], until=date(2026, 12, 31))]
    answers += [replace(draft.answers[0], since=date(2027, 1, 1), body="以后先选市。\n\n- 再选医院")]
    answers += [*reversed(draft.answers[1:])]
    wanted = replace(draft, question="选市还是选省？", about=("备案", "选地方"), answers=tuple(answers))
    wanted = replace(wanted, examples=(*draft.examples[3:], "到底选到哪一级"))
    save(quick.editing, wanted)
    assert replace(quick.editing.topic(TOPIC), version="") == replace(wanted, version="")
    save(quick.editing, replace(draft, version=quick.editing.topic(TOPIC).version))
    assert quick.texts() == tuple(
        (ROOT / name).read_text("utf-8") for name in ("knowledge/faq.md", "data/nlu.yml")
    )


def test_a_wording_fix_is_live_without_training(quick: Desk) -> None:
    live = LiveKnowledge(quick.root / "knowledge")
    save(quick.editing, with_answer(quick.editing.topic(TOPIC), "通用", saying("不用再报", "不必再报")))
    assert live.refresh()
    answer = live.base.faq[TOPIC].answer("通用", TODAY)
    assert answer is not None
    assert "不必再报" in answer.body


def test_who_saves_says_why(quick: Desk) -> None:
    draft = with_answer(quick.editing.topic(TOPIC), "通用", saying("不用再报", "不必再报"))
    before = quick.texts()
    with pytest.raises(EditError, match="为什么"):
        quick.editing.save(draft, WANG, "  ", draft.version)
    assert quick.texts() == before


# ---- a new topic, and one that goes


def test_a_new_topic_is_a_section_and_its_examples_and_nothing_else(office: Desk) -> None:
    others = {p: p.read_bytes() for p in office.root.rglob("*.yml") if p != office.nlu}
    faq, nlu = office.texts()
    office.editing.new_topic(**parking(), user=WANG, why="常有人问")  # type: ignore[arg-type]
    assert office.editing.topic("parking_fee").examples == tuple(parking()["examples"])  # type: ignore[arg-type]
    assert office.texts()[0].startswith(faq)
    added = set(office.texts()[1].splitlines()) - set(nlu.splitlines())
    assert added == {"- intent: faq/parking_fee", *(f"    - {t}" for t in parking()["examples"])}  # type: ignore[attr-defined]
    assert {p: p.read_bytes() for p in others} == others
    office.editing.remove_topic("parking_fee", WANG, "没人问了")
    assert office.texts() == (faq, nlu)


@pytest.mark.parametrize(
    ("changed", "where", "message"),
    [
        ({"topic_id": "Parking Fee"}, "id", "小写英文字母"),
        ({"question": " "}, "question", "标准问法"),
        ({"about": ["停车、费"]}, "about", "顿号"),
        ({"answers": []}, "answers", "至少要有一个答案"),
        ({"examples": []}, "examples", "还没有例句"),
        ({"examples": ["停车费" * 200]}, "examples/0", "太长"),
        ({"examples": ["什么是异地就医？", "停车费"]}, "examples/0", "在“faq/remote_care_meaning”里已经有了"),
        ({"answers": [AnswerDraft("上海", "不能报停车费。", ("yunnan-6",), TODAY)]}, "answers/0", "不是服务的参保地"),
        ({"answers": [AnswerDraft("通用", "停车费报 37 元。", ("yunnan-6",), TODAY)]}, "answers/0", "里没有“37元”"),
        ({"answers": [AnswerDraft("通用", "停" * 700, ("yunnan-6",), TODAY)]}, "answers/0", "放不下"),
        ({"answers": [AnswerDraft("通用", "停车费自己付。", (), TODAY)]}, "answers/0", "没有依据"),
        ({"answers": [AnswerDraft("通用", "停车费自己付。", ("yunnan-99",), TODAY)]}, "answers/0", "没有“yunnan-99”这个条目"),
        ({"answers": [AnswerDraft("南京", "停车费自己付。", ("huaian-1.3",), TODAY)]}, "answers/0", "不能引用"),
        ({"answers": [AnswerDraft("通用", "停车费自己付。", ("yunnan-6",))]}, "answers/0", "没有核对日期"),
        ({"answers": [AnswerDraft("通用", "自己付。", ("yunnan-6",), date(2026, 11, 23))]}, "answers/0", "还没有到"),
        ({"answers": [AnswerDraft("通用", "自己付。\n## 别的", ("yunnan-6",), TODAY)]}, "answers/0", "当成新的主题"),
        ({"answers": [AnswerDraft("通用", "自己付。", ("yunnan-6",), TODAY)] * 2}, "answers/1", "日期相同"),
    ],
)  # fmt: skip
def test_what_the_checks_refuse_is_not_saved(
    quick: Desk, changed: dict[str, object], where: str, message: str
) -> None:
    before = quick.texts()
    with pytest.raises(EditRefusedError) as refused:
        quick.editing.new_topic(**parking(**changed), user=WANG, why="试试")  # type: ignore[arg-type]
    assert [f.where for f in refused.value.findings if message in f.message] == [where]
    assert quick.texts() == before
    made = parking(**changed)
    draft = TopicDraft(
        str(made["topic_id"]), str(made["question"]), tuple(made["about"]), tuple(made["answers"]), tuple(made["examples"])  # type: ignore[arg-type]
    )  # fmt: skip
    assert (where, "error") in {
        (f.where, f.level) for f in quick.editing.check(draft) if message in f.message
    }


def test_a_topic_is_not_made_twice(quick: Desk) -> None:
    with pytest.raises(EditError, match="已经有了"):
        quick.editing.new_topic(**parking(topic_id=TOPIC), user=WANG, why="再来")  # type: ignore[arg-type]


def test_a_topic_that_alone_tells_of_a_clause_stays(quick: Desk) -> None:
    citing: dict[str, set[str]] = {}
    for entry in quick.editing.topics():
        for answer in quick.editing.topic(entry.id).answers:
            for source in answer.sources:
                citing.setdefault(source, set()).add(entry.id)
    section, (topic,) = next((s, topics) for s, topics in citing.items() if len(topics) == 1)
    with pytest.raises(EditRefusedError, match="没有任何答案引用") as refused:
        quick.editing.remove_topic(topic, WANG, "不要了")
    assert section in str(refused.value)


# ---- checks as one types


def test_the_real_topics_have_no_errors(quick: Desk) -> None:
    for entry in quick.editing.topics()[::8]:
        assert not [f for f in quick.editing.check(quick.editing.topic(entry.id)) if f.level == "error"]


def test_a_finding_names_its_line_and_whose_figure_it_is(quick: Desk) -> None:
    draft = quick.editing.topic("employee_outpatient_benefit")
    place, *_ = [a for a in draft.answers if a.place != "通用"]
    finding = found(
        quick, with_answer(draft, place.place, lambda a: replace(a, body=f"{a.body}\n另外收 37 元"))
    )["figure"]
    assert finding.line == len(place.body.splitlines()) + 1
    assert "37元" in finding.message
    foreign = with_answer(draft, "厦门", lambda a: replace(a, body=f"{a.body}\n打 0514-84601050 问。"))
    findings = quick.editing.check(foreign)
    assert any("高邮材料里的数字，不能搬到这里" in f.message for f in findings)


def test_one_faulty_answer_does_not_hide_what_is_wrong_with_another(quick: Desk) -> None:
    draft = quick.editing.topic(TOPIC)
    half_written = replace(draft.answers[0], sources=())
    wrong = replace(draft.answers[1], body=f"{draft.answers[1].body}\n另外收 37 元")
    findings = quick.editing.check(replace(draft, answers=(half_written, wrong, *draft.answers[2:])))
    assert [(f.where, f.code) for f in findings] == [("answers/0", "no_source"), ("answers/1", "figure")]
    findings = quick.editing.check(replace(draft, answers=(draft.answers[0], wrong), examples=()))
    assert ("examples", "no_examples") in {(f.where, f.code) for f in findings}
    assert ("answers/1", "figure") in {(f.where, f.code) for f in findings}


def test_few_and_near_examples_and_ends_of_answers_are_warnings(quick: Desk) -> None:
    quick.near["停车贵", "faq/parking_fee"] = [Near("医院停车贵", "faq/hotline", 0.9)]
    made = parking(examples=["停车贵", "停车贵"], answers=[])
    answers = [
        AnswerDraft("通用", "可以。停车费自己付。", ("yunnan-6",), TODAY, until=date(2026, 12, 1)),
        AnswerDraft("南京", "停车费自己付。", ("nanjing-3",), TODAY, since=date(2027, 1, 1)),
    ]
    draft = TopicDraft("parking_fee", str(made["question"]), (), tuple(answers), ("停车贵", "停车贵"))
    findings = found(quick, draft)
    assert {f.level for f in findings.values()} == {"warning"}
    assert {"few_examples", "example_twice", "near", "ends_soon", "future", "opening"} == set(findings)
    assert "还有 9 天" in findings["ends_soon"].message
    assert "医院停车贵" in findings["near"].message


# ---- several people at once


def test_edits_of_different_answers_of_a_topic_are_both_kept(office: Desk) -> None:
    theirs = mine = office.editing.topic(TOPIC)
    save(office.another(), with_answer(theirs, "高邮", saying("备案时填的", "备案时写的")), LI)
    saved = office.editing.save(
        with_answer(mine, "通用", saying("不用再报", "不必再报")), WANG, "改说法", mine.version
    )
    assert saved.merged
    bodies = {a.place: a.body for a in office.editing.topic(TOPIC).answers}
    assert "备案时写的" in bodies["高邮"]
    assert "不必再报" in bodies["通用"]
    assert len(changed_lines(saved.diff)) == 2


def test_edits_of_the_same_answer_are_refused_with_both_versions(office: Desk) -> None:
    draft = office.editing.topic(TOPIC)
    mine, theirs = (with_answer(draft, "通用", saying("不用再报", w)) for w in ("不必再报", "无需再报"))
    save(office.another(), theirs, LI)
    before = office.texts()
    with pytest.raises(EditConflictError, match="通用的答案") as conflict:
        save(office.editing, mine)
    assert conflict.value.parts == ("通用//",)
    assert "不必再报" in conflict.value.mine.answers[0].body
    assert "无需再报" in conflict.value.theirs.answers[0].body
    assert office.texts() == before
    # Whoever has seen the other version may save over it.
    assert save(office.editing, replace(mine, version=conflict.value.theirs.version))


def test_the_same_edit_by_two_people_is_no_conflict(quick: Desk) -> None:
    draft = with_answer(quick.editing.topic(TOPIC), "通用", saying("不用再报", "不必再报"))
    assert save(quick.editing, draft)
    assert save(quick.editing, draft, LI) == ""


def test_examples_and_answers_of_different_people_do_not_conflict(office: Desk) -> None:
    draft = office.editing.topic(TOPIC)
    save(office.another(), replace(draft, examples=(*draft.examples[1:], "选到市还是省哟")), LI)
    save(office.editing, with_answer(draft, "通用", saying("不用再报", "不必再报")))
    now = office.editing.topic(TOPIC)
    assert now.examples[-1] == "选到市还是省哟"
    assert draft.examples[0] not in now.examples
    assert "不必再报" in now.answers[0].body


def test_examples_that_two_people_add_are_all_kept(quick: Desk) -> None:
    draft = quick.editing.topic(TOPIC)
    save(quick.another(), replace(draft, examples=(*draft.examples, "选哪一级呀")), LI)
    save(quick.editing, replace(draft, examples=("选到哪里才对哟", *draft.examples[1:])))
    now = quick.editing.topic(TOPIC).examples
    assert {"选哪一级呀", "选到哪里才对哟"} <= set(now)
    assert draft.examples[0] not in now


def test_a_topic_that_somebody_took_out_is_not_brought_back_by_a_save(quick: Desk) -> None:
    quick.editing.new_topic(**parking(), user=WANG, why="常有人问")  # type: ignore[arg-type]
    draft = quick.editing.topic("parking_fee")
    quick.another().remove_topic("parking_fee", LI, "不要了")
    with pytest.raises(EditError, match="已经被删除"):
        save(quick.editing, replace(draft, question="停车费呢？"))


def test_without_a_version_nothing_is_overwritten(quick: Desk) -> None:
    draft = replace(quick.editing.topic(TOPIC), question="别的问法？", version="")
    with pytest.raises(EditError, match="重新打开"):
        save(quick.editing, draft)


def test_a_hand_edit_between_reading_and_saving_counts_as_somebody_elses(quick: Desk) -> None:
    draft = quick.editing.topic(TOPIC)
    text = quick.faq.read_text("utf-8").replace("备案时填的看病地区", "备案时写的看病地区", 1)
    quick.faq.write_text(text, "utf-8")
    save(quick.editing, with_answer(draft, "通用", saying("不用再报", "不必再报")))
    assert "备案时写的看病地区" in quick.faq.read_text("utf-8")


# ---- examples


def test_examples_are_added_but_for_those_there_known_or_elsewhere(office: Desk) -> None:
    office.known.add("就医地到底选啥")
    there = office.editing.topic(TOPIC).examples[0]
    office.near["选市吗选省吗", f"faq/{TOPIC}"] = [Near("选省", "faq/hotline", 0.8)]
    texts = ["选市吗选省吗", there, "就医地到底选啥", "什么是异地就医？", "  ", "选市吗选省吗"]
    added = office.editing.add_examples(f"faq/{TOPIC}", texts, WANG, "没听懂的问题")
    assert added.added == ("选市吗选省吗",)
    assert added.known == ("就医地到底选啥",)
    assert added.duplicates == (there, "选市吗选省吗")
    assert [text for text, _ in added.refused] == ["什么是异地就医？", "  "]
    assert [(text, near.label) for text, near in added.near] == [("选市吗选省吗", "faq/hotline")]
    assert changed_lines(added.diff) == ["+    - 选市吗选省吗"]
    assert office.editing.topic(TOPIC).examples[-1] == "选市吗选省吗"


def test_other_intents_than_topics_take_examples_too_and_give_them_back(office: Desk) -> None:
    before = office.texts()
    office.editing.add_examples("decline/general_chat", ["今天股市涨了没哟"], WANG, "不归我们管")
    (revision,) = office.editing.revisions("decline/general_chat")
    assert revision.kind == "examples_added"
    assert office.editing.examples()["decline/general_chat"][-1] == "今天股市涨了没哟"
    office.editing.revert(revision.id, LI)
    assert office.texts() == before


def test_an_intent_nobody_has_takes_no_examples(quick: Desk) -> None:
    with pytest.raises(TopicNotFoundError):
        quick.editing.add_examples("faq/nothing", ["停车"], WANG, "试试")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  停车\n要钱吗\t呢 ", "停车 要钱吗 呢"),
        ("停车[费](fee)要吗", "停车［费］(fee)要吗"),
        ('停车[费]{"entity": "x"}要吗', '停车［费］{"entity": "x"}要吗'),
        ("停车[费]要“吗” 'x' \"y\" # : {} %", "停车[费]要“吗” 'x' \"y\" # : {} %"),
        ("- 停车😀👨‍👩‍👧要吗", "- 停车😀👨‍👩‍👧要吗"),
        ("停车\x00费\ufeff\ud800用", "停车费用"),
        ("停车\u2028费\x85用", "停车 费 用"),
        ("|停车>-&*!费", "|停车>-&*!费"),
    ],
)
def test_odd_characters_are_escaped_so_that_rasa_reads_the_same_text(
    quick: Desk, typed: str, kept: str
) -> None:
    added = quick.editing.add_examples(f"faq/{TOPIC}", [typed], WANG, "试试")
    assert added.added == (kept,)
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    messages = RasaYAMLReader().reads(quick.nlu.read_text("utf-8")).training_examples
    (read,) = [m for m in messages if m.get("text") == kept]
    assert (read.get("intent"), read.get("intent_response_key")) == ("faq", f"faq/{TOPIC}")
    assert not read.get("entities")


# ---- revisions


def test_a_revision_says_who_when_why_and_what(office: Desk) -> None:
    draft = with_answer(office.editing.topic(TOPIC), "通用", saying("不用再报", "不必再报"))
    saved = office.editing.save(draft, WANG, "口语一些", draft.version)
    (revision,) = office.editing.revisions(TOPIC)
    assert (revision.id, revision.user, revision.why) == (saved.revision, "小王", "口语一些")
    assert (revision.kind, revision.subject) == ("topic_saved", f"faq/{TOPIC}")
    assert len(changed_lines(revision.diff)) == 2
    assert office.audited == [
        ("小王", "topic_saved", {"topic": f"faq/{TOPIC}", "revision": str(revision.id)})
    ]


def test_what_is_taken_back_leaves_what_others_did_since(office: Desk) -> None:
    draft = office.editing.topic(TOPIC)
    save(office.editing, with_answer(draft, "通用", saying("不用再报", "不必再报")))
    after_mine = office.editing.topic(TOPIC)
    save(office.editing, with_answer(after_mine, "高邮", saying("备案时填的", "备案时写的")), LI)
    mine = office.editing.revisions(TOPIC)[-1]
    office.editing.revert(mine.id, LI, "说法不好")
    bodies = {a.place: a.body for a in office.editing.topic(TOPIC).answers}
    assert "不用再报" in bodies["通用"]
    assert "备案时写的" in bodies["高邮"]
    with pytest.raises(EditConflictError):
        save(
            office.editing,
            with_answer(office.editing.topic(TOPIC), "高邮", saying("备案时写的", "备案时记的")),
        )
        office.editing.revert(office.editing.revisions(TOPIC)[2].id, LI)


def test_a_topic_made_and_a_topic_gone_are_taken_back(office: Desk) -> None:
    before = office.texts()
    made = office.editing.new_topic(**parking(), user=WANG, why="常有人问").revision  # type: ignore[arg-type]
    with_topic = office.texts()
    gone = office.editing.remove_topic("parking_fee", WANG, "不要了").revision
    assert made is not None
    assert gone is not None
    office.editing.revert(gone, LI)
    assert office.texts() == with_topic
    office.editing.revert(made, LI)
    assert office.texts() == before
    with pytest.raises(EditError, match="没有第 999 号"):
        office.editing.revert(999, LI)


def test_a_draft_is_kept_for_each_maintainer(office: Desk) -> None:
    draft = replace(office.editing.topic(TOPIC), question="手机 13812345678 的草稿？")
    office.editing.keep_draft(draft, WANG)
    kept = office.editing.kept_draft(TOPIC, WANG)
    assert kept == replace(draft, question="手机 [手机号] 的草稿？")
    assert office.editing.kept_draft(TOPIC, LI) is None
    office.editing.drop_draft(TOPIC, WANG)
    assert office.editing.kept_draft(TOPIC, WANG) is None


# ---- personal data


def test_no_personal_data_reaches_a_file_or_a_table(office: Desk) -> None:
    phone, card = "13812345678", "320102199001011237"
    draft = office.editing.topic(TOPIC)
    wanted = with_answer(draft, "通用", lambda a: replace(a, body=f"{a.body}\n\n有事打 {phone}。"))
    wanted = replace(
        wanted, question=f"选哪里？{phone}", examples=(*draft.examples, f"我叫赵铁柱，身份证{card}")
    )
    assert found(office, wanted)["masked"].level == "warning"
    saved = office.editing.save(wanted, WANG, f"{phone} 来电说的", draft.version)
    assert saved.masked
    office.editing.add_examples(f"faq/{TOPIC}", [f"打{phone}(微信)找谁"], WANG, "收件箱")
    with office.database.reading() as session:
        rows = [
            str(row)
            for table in ("SELECT * FROM revisions", "SELECT * FROM drafts")
            for row in session.execute(sql(table))
        ]
    everything = "".join([*office.texts(), *rows, json.dumps(office.audited, ensure_ascii=False)])
    for planted in (phone, card, "赵铁柱"):
        assert planted not in everything
    assert "［手机号］(微信)" in office.texts()[1]


def test_the_checks_of_the_command_agree_after_many_edits(quick: Desk) -> None:
    for entry in quick.editing.topics()[:6]:
        draft = quick.editing.topic(entry.id)
        save(quick.editing, replace(draft, examples=(*draft.examples, f"测试 {entry.id} 的说法")))
    from bot.knowledge.base import load_knowledge
    from bot.knowledge.checks import find_problems
    from bot.knowledge.examples import load_examples

    examples = load_examples(quick.nlu)
    assert find_problems(load_knowledge(quick.root / "knowledge"), set(examples), None, TODAY) == []
    assert subprocess.run(["diff", "-q", ROOT / "knowledge/faq.md", quick.faq], check=False).returncode == 0
