"""An estimate in words: the sum first, each step with its figures, what is taken for granted, and no invented figure."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.channels.wechat.replies import TEXT_LIMIT
from bot.knowledge.base import KnowledgeBase
from bot.policy.facts import CATEGORIES, INSURANCES, VISITS, Money
from bot.wording.language import Language
from tests.wording.conftest import Tell
from tests.wording.test_filing import parts_of

RETIRED = {"status": "retired", "visit": "outpatient", "hospital_level": "tertiary"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_estimate_fits_one_message_or_is_cut_without_loss(
    tell_estimate: Tell, base: KnowledgeBase, language: Language
) -> None:
    for place in base.places.by_id:
        for insurance in INSURANCES:
            for visit in VISITS:
                for category in (None, *CATEGORIES):
                    known = {"insurance": insurance, "visit": visit, "category": category, "cost": 4321}
                    text = tell_estimate(place, language, home_share=Decimal("0.77"), **known)
                    parts = parts_of(text)
                    assert "".join("".join(parts).split()) == "".join(text.split())
                    if category is not None and language == "zh":
                        assert len(text.encode()) <= TEXT_LIMIT


def test_the_sum_comes_first_and_each_step_has_its_figures(tell_estimate: Tell) -> None:
    lines = tell_estimate("huaian", **RETIRED, category="long_term_resident", cost=3000).splitlines()
    assert lines[0] == "大约能报 1,560 元，自己付 1,440 元。"
    assert "1. 3,000 元 − 起付线 600 元 = 2,400 元" in lines
    assert "2. 2,400 元 × 报销比例 65% = 1,560 元" in lines
    assert "3. 没超过一年最多 6,000 元" in lines


def test_the_reduction_of_a_temporary_visit_is_a_step_with_its_reading(tell_estimate: Tell) -> None:
    known = {**RETIRED, "status": "employed", "category": "temporary", "cost": 3000}
    lines = [line.strip() for line in tell_estimate("huaian", **known).splitlines()]
    assert lines[0] == "大约能报 1,152 元，自己付 1,848 元。"
    assert "3. 1,440 元 × 80% = 1,152 元" in lines
    assert "“下降20%”按比例理解，即正常比例×0.8，不是减 20 个百分点" in lines


def test_the_person_always_reads_that_the_whole_sum_was_taken_as_covered(tell_estimate: Tell) -> None:
    assert "全部在医保政策范围内来算" in tell_estimate("huaian", **RETIRED, cost=3000)


def test_a_ceiling_that_is_reached_is_said(tell_estimate: Tell) -> None:
    said = tell_estimate("huaian", **RETIRED, cost=3000, paid_this_year=Decimal(5900))
    assert "一年最多报 6,000 元，还能报 100 元" in said


def test_a_deductible_that_is_partly_used_is_said(tell_estimate: Tell) -> None:
    said = tell_estimate("huaian", **RETIRED, cost=3000, deductible_used=Decimal(200))
    assert "3,000 元 − 起付线 400 元 = 2,600 元（起付线一年 600 元，已付一部分）" in said


def test_an_unknown_level_is_told_as_a_range_with_a_line_for_each(tell_estimate: Tell) -> None:
    said = tell_estimate("huaian", status="retired", visit="outpatient", category="referral", cost=3000)
    assert said.startswith("大约能报 1,560 元 到 1,800 元，要看具体情况：")
    for level in ("三级医院", "二级医院", "一级及以下医院"):
        assert f"退休，{level}" in said


def test_a_range_of_cost_is_a_range_of_the_sum(tell_estimate: Tell) -> None:
    cost = Money(Decimal(2000), Decimal(3000))
    said = tell_estimate("huaian", **RETIRED, category="referral", cost=cost)
    assert said.startswith("大约能报 910 元 到 1,560 元")
    assert "步骤按低的金额写" in said


def test_fen_are_written_only_where_there_are_some(tell_estimate: Tell) -> None:
    cost = Money.exactly("1000.10")
    said = tell_estimate("huaian", **RETIRED, category="referral", cost=cost)
    assert "1,000.10 元 − 起付线 600 元 = 400.10 元" in said
    assert "大约能报 260.07 元" in said


def test_a_place_that_states_only_a_factor_says_so(tell_estimate: Tell) -> None:
    said = tell_estimate("wujiang", visit="outpatient", cost=1000)
    assert "只写了按本地比例怎么打折" in said
    assert "本地比例的 80%" in said


def test_a_place_without_figures_says_so_with_its_hotline(tell_estimate: Tell) -> None:
    said = tell_estimate("gaoyou", **RETIRED, cost=3000)
    assert said.startswith("高邮的材料里没有这种费用的报销数字，我不能乱算。")
    assert "0514-84601050" in said


def test_somebody_who_has_not_filed_hears_what_the_material_does_not_say(tell_estimate: Tell) -> None:
    said = tell_estimate("huaian", **RETIRED, filed=False, cost=3000)
    assert "没备案怎么报，材料里没有写" in said


def test_english_says_the_same_with_the_terms_in_brackets(tell_estimate: Tell) -> None:
    said = tell_estimate("huaian", "en", **RETIRED, category="referral", cost=3000)
    assert said.startswith("The fund pays about 1,560 yuan; you pay 1,440 yuan.")
    assert "1. 3,000 yuan − deductible (起付线) 600 yuan = 2,400 yuan" in said
    assert "2. 2,400 yuan × share (报销比例) 65% = 1,560 yuan" in said
