"""The checks find nothing in the real files, and find each kind of mistake in a copy, with one line that says what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.checks import MAX_ANSWER_BYTES, find_problems
from tests.knowledge.conftest import TODAY, Copy

EMPLOYEES = "employee_outpatient_benefit (淮安)"
FIGURE = "write the document's figure, or cite the section that states it"
SCHEDULE = "say it as policy/huaian.yml, 职工普通门诊"


def test_the_real_files_pass_every_check(base: KnowledgeBase) -> None:
    assert find_problems(base, intents={f"faq/{topic}" for topic in base.faq}, today=TODAY) == []


def test_the_real_files_agree_with_the_original_documents(base: KnowledgeBase, sources_dir: Path) -> None:
    assert find_problems(base, sources_dir=sources_dir) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        pytest.param(
            "faq.md", "依据：huaian-1.1；", "依据：huaian-1.9；",
            "faq.md, filing_channels (淮安): cites 'huaian-1.9'; write a section id of sources.yml",
            id="an-answer-cites-a-section-that-is-not-there",
        ),
        pytest.param(
            "policy/huaian.yml", "source: [huaian-1.2]", "source: [huaian-1.9]",
            "policy/huaian.yml, filing.categories.retired_resettled.definition: cites 'huaian-1.9'; "
            "write a section id of sources.yml",
            id="a-policy-value-cites-a-section-that-is-not-there",
        ),
        pytest.param(
            "places.yml", "hotline_source: huaian-1.5", "hotline_source: huaian-1.9",
            "places.yml, huaian: cites 'huaian-1.9'; write a section id of sources.yml",
            id="a-hotline-cites-a-section-that-is-not-there",
        ),
        pytest.param(
            "faq.md", "依据：xiamen-4；", "依据：xiamen-4、wujiang-4.1；",
            "faq.md, inpatient_outpatient_same_time (厦门): cites wujiang-4.1 of 吴江; "
            "cite a document of 厦门, or drop what it says",
            id="an-answer-cites-another-place",
        ),
        pytest.param(
            "faq.md", "依据：yunnan-11；", "依据：yunnan-11、yunnan-14；",
            "faq.md, local_care_after_filing (通用): cites yunnan-14 of 云南; "
            "cite a document of 通用, or drop what it says",
            id="a-general-answer-cites-what-holds-in-yunnan-alone",
        ),
        pytest.param(
            "policy/xiamen.yml", "source: [xiamen-2]", "source: [yunnan-6]",
            "cites yunnan-6 of 云南、通用; cite a document of 厦门, or drop what it says",
            id="a-policy-value-cites-another-place",
        ),
        pytest.param(
            "sources.yml", "    huaian-4:\n", "    huaian-5:\n      heading: 五\n      lines: 207-210\n"
            "      precis: 解释权。\n      figures: []\n    huaian-4:\n",
            "sources.yml, huaian-5: no answer cites it; say in faq.md what the section states",
            id="a-section-is-left-out",
        ),
        pytest.param(
            "faq.md", "\n### 厦门\n", "\n### 福州\n",
            "faq.md, settlement_methods (福州): 福州 is no place served; write one of 云南、南京、厦门、吴江、淮安、通用、高邮",
            id="an-answer-for-a-place-not-served",
        ),
        pytest.param(
            "places.yml", "name: 高邮", "name: 淮安",
            "places.yml, gaoyou: name 淮安; write a name no other place has",
            id="two-places-of-one-name",
        ),
        pytest.param(
            "faq.md", "超过 600 元的部分，按医院级别报", "超过 800 元的部分，按医院级别报",
            f"faq.md, {EMPLOYEES}: 800元 does not stand in huaian-2.2.1; {FIGURE}",
            id="a-wrong-amount",
        ),
        pytest.param(
            "faq.md", "转诊备案管 1 年，这 1 年里", "转诊备案管两个月，这段时间里",
            f"faq.md, filing_validity (南京): 2个月 does not stand in nanjing-9、nanjing-17; {FIGURE}",
            id="a-wrong-figure-spelled-out",
        ),
        pytest.param(
            "faq.md", "承诺书备案只有 15 日有效", "承诺书备案只有 15 个月有效",
            f"faq.md, filing_promise (吴江): 15个月 does not stand in wujiang-2.2.1、wujiang-2.2.2、wujiang-2.2.3、"
            f"wujiang-2.3; {FIGURE}",
            id="a-right-number-with-a-wrong-unit",
        ),
        pytest.param(
            "places.yml", "hotline: 0517-12393", "hotline: 0517-12394",
            f"places.yml, huaian: 0517-12394 does not stand in huaian-1.5; {FIGURE}",
            id="a-wrong-hotline",
        ),
        pytest.param(
            "policy/huaian.yml", "value: 6000", "value: 7000",
            f"policy/huaian.yml, schedules[0].ceiling: 7000元 does not stand in huaian-2.2.1; {FIGURE}",
            id="a-wrong-amount-in-the-policy",
        ),
        pytest.param(
            "policy/huaian.yml", "value: 0.8", "value: 0.85",
            f"policy/huaian.yml, schedules[0].factors.temporary: 85% does not stand in huaian-2.2.1; {FIGURE}",
            id="a-wrong-factor-in-the-policy",
        ),
        pytest.param(
            "policy/huaian.yml", "退休，一级及以下：在职加 5 个百分点", "退休，一级及以下",
            f"policy/huaian.yml, schedules[0].share.retired.primary: 75% does not stand in huaian-2.2.1; {FIGURE}",
            id="a-computed-share-that-does-not-say-how",
        ),
        pytest.param(
            "policy/xiamen.yml", "提交后至少等 2 小时", "提交后至少等 3 小时",
            f"policy/xiamen.yml, filing.channels[0].time: 3小时 does not stand in xiamen-6; {FIGURE}",
            id="a-wrong-figure-in-a-policy-text",
        ),
        pytest.param(
            "faq.md", "- 二级：在职 65%，退休 70%\n- 三级：在职 60%，退休 65%\n\n退休的比例，是在职的再加 5 个百分点。\n一个自然年度最多报 6000 元",
            "- 二级：在职 65%，退休 70%\n\n一个自然年度最多报 6000 元",
            f"faq.md, {EMPLOYEES}: 60% is missing; {SCHEDULE}",
            id="an-answer-leaves-out-a-share-of-the-estimate",
        ),
        pytest.param(
            "faq.md", "临时外出备案的人，比例下降 20%。我们理解是按原来比例的八成报。转诊和长期在外的不降。",
            "临时外出备案的人，比例会下降。",
            f"faq.md, {EMPLOYEES}: 20% or 80% is missing; {SCHEDULE}",
            id="an-answer-leaves-out-the-factor-of-the-estimate",
        ),
        pytest.param(
            "faq.md", "居民医保看门诊，合规的费用报 50%，一年最多报 300 元。\n",
            "居民医保看门诊，合规的费用报 50%，一年最多报 300 元，职工一年 6000 元。\n",
            "faq.md, resident_outpatient_benefit (淮安): 6000元 is no figure of the estimate; "
            "say it as policy/huaian.yml, 居民普通门诊",
            id="an-answer-has-a-figure-the-estimate-has-not",
        ),
        pytest.param(
            "faq.md", "住院期间，请不要同时去看门诊，看了也报不了。", "不能。" + "住院期间，请不要同时去看门诊。" * 45,
            f"bytes; write at most {MAX_ANSWER_BYTES}, about {MAX_ANSWER_BYTES // 3} characters",
            id="an-answer-too-long-for-one-message",
        ),
        pytest.param(
            "faq.md", "依据：xiamen-4；核对：2026-11-22", "依据：xiamen-4；核对：2026-11-22；自：2026-05-01；至：2026-01-01",
            "faq.md, inpatient_outpatient_same_time (厦门): ends 2026-01-01, before it begins; mend 自 or 至",
            id="an-answer-that-is-never-in-force",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(copy: Copy, file: str, old: str, new: str, line: str) -> None:
    copy.edit(file, old, new)
    problems = copy.problems()
    assert [found for found in problems if line in found], problems
    assert all("\n" not in found for found in problems)


def test_an_answer_that_denies_a_figure_does_not_state_it(copy: Copy) -> None:
    copy.edit("faq.md", "不是减去 20 个百分点", "不是减去 35 个百分点")
    assert copy.problems() == []


@pytest.mark.parametrize(
    ("intents", "line"),
    [
        ((), "faq.md, hotline: has no examples; add intent faq/hotline to data/nlu.yml"),
        (("faq/new_topic",), "data/nlu.yml, faq/new_topic: has no answer; add ## new_topic to faq.md"),
    ],
)
def test_a_topic_and_its_examples_come_together(
    base: KnowledgeBase, intents: tuple[str, ...], line: str
) -> None:
    others = {f"faq/{topic}" for topic in base.faq if intents or topic != "hotline"}
    assert find_problems(base, intents={*others, *intents, "greet"}) == [line]


def test_a_day_in_the_future_is_found_in_answers_and_policies(copy: Copy) -> None:
    copy.edit("faq.md", "依据：xiamen-4；核对：2026-11-22", "依据：xiamen-4；核对：2026-12-01")
    copy.edit("policy/xiamen.yml", "verified_on: 2026-11-22", "verified_on: 2026-12-01")
    assert copy.problems(today=date(2026, 11, 22)) == [
        "faq.md, inpatient_outpatient_same_time (厦门): 核对 2026-12-01; write a day up to 2026-11-22",
        "policy/xiamen.yml, verified_on: 2026-12-01; write a day up to 2026-11-22",
    ]
    assert copy.problems(today=date(2026, 12, 1)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        pytest.param(
            "sources.yml", 'figures: ["50%", "300 元"]', 'figures: ["50%", "300 元", "900 元"]',
            "sources.yml, huaian-2.2.2: '900 元' is not in its lines; write the document's figure",
            id="a-figure-the-document-does-not-state",
        ),
        pytest.param(
            "sources.yml", 'figures: ["127", "0514-84601050"]', 'figures: ["128", "0514-84601051"]',
            "sources.yml, gaoyou-contact: '0514-84601051' is not in its lines; write the document's figure",
            id="a-telephone-that-the-doubled-lines-do-not-state",
        ),
        pytest.param(
            "sources.yml", "lines: 206\n", "lines: 906\n",
            "sources.yml, xiamen-1: lines 906-906; write first-last between 1 and 337",
            id="lines-beyond-the-end",
        ),
        pytest.param(
            "sources.yml", "lines: 206\n", "lines: 205\n",
            "sources.yml, xiamen-1: its lines are empty; write where the section stands",
            id="lines-that-are-empty",
        ),
        pytest.param(
            "sources.yml", "heading: 第1条 转外就医手续", "heading: 第2条 目录、待遇和补差",
            "sources.yml, xiamen-1: heading '第2条 目录、待遇和补差' stands twice; give each its own",
            id="one-heading-for-two-sections",
        ),
        pytest.param(
            "sources.yml", "file: huaian-outpatient-notice.txt", "file: huaian.txt",
            "sources.yml, huaian: huaian.txt is not in SOURCES_DIR; put it there",
            id="a-document-that-is-not-there",
        ),
        pytest.param(
            "faq.md", "要是去了，那份门诊费报不了，得全部自己付。",
            "参保人在异地定点医疗机构 持社保卡直接结算医疗费用的，无法因待遇差异等原因予以补差报销。",
            "faq.md, inpatient_outpatient_same_time (厦门): copies '参保人在异地定点医疗机构持社保卡直接结算医疗费用的'; "
            "say it in your own short words",
            id="a-copied-sentence",
        ),
        pytest.param(
            "policy/xiamen.yml", "value: 需要转到外地就医的人",
            "value: 参保人在异地定点医疗机构持社保卡直接结算医疗费用的，无法因待遇差异等原因予以补差报销",
            "policy/xiamen.yml, filing.categories.referral.definition: copies ",
            id="a-copied-sentence-in-the-policy",
        ),
        pytest.param(
            "sources.yml", "precis: 住院时另看门诊，门诊费不报。",
            "precis: 参保人在异地定点医疗机构持社保卡直接结算医疗费用的，无法因待遇差异等原因予以补差报销。",
            "sources.yml, xiamen-4: copies ",
            id="a-copied-sentence-as-precis",
        ),
    ],
)  # fmt: skip
def test_a_mistake_that_the_originals_show_is_one_line(
    copy: Copy, sources_dir: Path, file: str, old: str, new: str, line: str
) -> None:
    copy.edit(file, old, new)
    problems = copy.problems(sources_dir=sources_dir)
    assert [found for found in problems if line in found], problems


def test_the_name_of_a_menu_may_be_long(copy: Copy, sources_dir: Path) -> None:
    name = "参保人在异地定点医疗机构持社保卡直接结算医疗费用的"
    copy.edit("faq.md", "要是去了，那份门诊费报不了", f"请点“{name}”。要是去了，那份门诊费报不了")
    assert copy.problems(sources_dir=sources_dir) == []
    copy.edit("faq.md", f"“{name}”", name)
    assert len(copy.problems(sources_dir=sources_dir)) == 1
