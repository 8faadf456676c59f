"""The knowledge base as a whole, and how it follows the files without ever serving a broken state."""

from __future__ import annotations

import logging

import pytest

from bot.knowledge.base import KnowledgeBase, LiveKnowledge, load_knowledge
from bot.knowledge.errors import KnowledgeError
from bot.policy.areas import Area
from tests.knowledge.conftest import Copy

NEW_TOPIC = "\n## parking 医院好停车吗？\n\n### 淮安\n\n请打 0517-12393 问清。\n\n依据：huaian-1.5；核对：2026-11-22\n"


def test_a_served_place_has_its_own_rules_and_every_other_the_national_ones(base: KnowledgeBase) -> None:
    assert [base.policy_of(place).place for place in ("huaian", "yunnan", "chengdu", None)] == [
        "huaian", "national", "national", "national",
    ]  # fmt: skip


def test_the_findings_of_all_files_are_told_at_once(copy: Copy) -> None:
    copy.edit("faq.md", "## hotline 医保", "## Hotline 医保")
    copy.edit("sources.yml", "  short: 淮安告知书\n", "")
    copy.edit("policy/huaian.yml", "place: huaian", "place: x")
    with pytest.raises(KnowledgeError) as raised:
        load_knowledge(copy.folder)
    assert {line.split(",")[0] for line in raised.value.problems} == {"faq.md", "sources.yml", "huaian.yml"}
    assert str(raised.value) == "\n".join(raised.value.problems)


def test_a_changed_answer_is_in_force_after_a_refresh(copy: Copy) -> None:
    live = LiveKnowledge(copy.folder)
    assert live.refresh() is False
    copy.add("faq.md", NEW_TOPIC)
    assert live.refresh() is True
    assert live.base.faq["parking"].places == ("淮安",)
    assert live.refresh() is False


def test_a_changed_policy_is_in_force_after_a_refresh(copy: Copy) -> None:
    live = LiveKnowledge(copy.folder)
    copy.edit("policy/huaian.yml", "value: 600\n", "value: 650.5\n")
    assert live.refresh() is True
    deductible = live.base.policies["huaian"].schedules[0].deductible
    assert deductible is not None
    assert str(deductible.values[0].value) == "650.5"


def test_a_broken_file_leaves_the_last_good_state_serving_until_it_is_mended(
    copy: Copy, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveKnowledge(copy.folder)
    good = live.base
    copy.add("faq.md", "\n## parking 医院好停车吗？\n")
    with caplog.at_level(logging.ERROR):
        assert live.refresh() is False
    assert live.base is good
    assert "the last good state keeps serving: faq.md, topic parking: has no answer" in caplog.text
    copy.add("faq.md", NEW_TOPIC.removeprefix("\n## parking 医院好停车吗？\n"))
    assert live.refresh() is True
    assert "parking" in live.base.faq


def test_a_missing_file_at_the_start_is_one_line(copy: Copy) -> None:
    (copy.folder / "sources.yml").unlink()
    with pytest.raises(
        KnowledgeError, match=r"^sources\.yml, the file: No such file or directory; put the file in place$"
    ):
        LiveKnowledge(copy.folder)


def test_a_new_place_is_a_policy_file_an_entry_its_sources_and_its_answers(copy: Copy) -> None:
    (copy.folder / "policy/kunshan.yml").write_text(
        "place: kunshan\nverified_on: 2026-11-22\nfiling:\n  categories: {}\n  channels:\n    - kind: counter\n"
        "      names:\n        description: 办理渠道\n        unit: texts\n        values:\n"
        "          - {since: undated, value: [市民之家], source: [kunshan-1]}\n",
        encoding="utf-8",
    )
    copy.add(
        "places.yml",
        "kunshan: {name: 昆山, official_name: 江苏省昆山市, area: 江苏/苏州/昆山, policy: kunshan}\n",
    )
    copy.add(
        "sources.yml",
        "kunshan:\n  {title: 通知, short: 昆山通知, issuer: null, published: null, note: null, file: k.txt, places: [昆山],\n"
        "   sections: {kunshan-1: {heading: 一, lines: 1-2, precis: 窗口 3 天办好。, figures: [3 天]}}}\n",
    )
    copy.edit(
        "faq.md",
        "### 淮安\n",
        "### 昆山\n\n去窗口，3 天办好。\n\n依据：kunshan-1；核对：2026-11-22\n\n### 淮安\n",
    )
    base = load_knowledge(copy.folder)
    assert copy.problems() == []
    assert base.policy_of("kunshan").place == "kunshan"
    assert base.places.resolve(Area.parse("江苏/苏州/昆山")).place == base.places.named("昆山")
