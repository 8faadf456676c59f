"""The estimate in dialogue: what it asks for, the sums with their steps, and no sum where there is no figure."""

from __future__ import annotations

import pytest

from bot.services.estimating import Estimating
from bot.services.profile import UNKNOWN

RETIRED = {
    "insured_place": "huaian",
    "status": "retired",
    "visit": "outpatient",
    "hospital_level": "tertiary",
}


def test_a_whole_sentence_needs_no_question(estimating: Estimating) -> None:
    assert estimating.next_question({**RETIRED, "cost": "3500"}) is None


def test_it_asks_one_fact_after_another_and_not_again_what_the_person_cannot_tell(
    estimating: Estimating,
) -> None:
    slots: dict[str, str] = {}
    asked = []
    while (fact := estimating.next_question(slots)) is not None:
        asked.append(fact)
        slots[fact] = "huaian" if fact == "insured_place" else UNKNOWN
    assert asked[0] == "insured_place"
    assert len(asked) == len(set(asked))
    assert estimating.result(slots, "zh").text


def test_only_where_no_share_is_written_the_person_is_asked_for_theirs(estimating: Estimating) -> None:
    known = {
        "insurance": "employee",
        "status": "retired",
        "visit": "outpatient",
        "hospital_level": "tertiary",
    }
    known |= {"cost": "1000", "category": "temporary"}
    assert (
        estimating.next_question({**known, "insured_place": "wujiang", "care_place": "江苏/南京"})
        == "home_share"
    )
    assert estimating.next_question({**known, "insured_place": "huaian"}) is None


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        # (3,000 − 600) × 65 %
        ({**RETIRED, "cost": "3000"}, "大约能报 1,560 元，自己付 1,440 元。"),
        # (3,000 − 600) × 60 % × 80 %
        ({**RETIRED, "status": "employed", "category": "temporary", "cost": "3000"}, "大约能报 1,152 元"),
        # 3,000 × 65 %
        ({**RETIRED, "cost": "3000", "deductible_used": "full"}, "大约能报 1,950 元"),
        # (3,000 − 400) × 65 %
        ({**RETIRED, "cost": "3000", "deductible_used": "200"}, "大约能报 1,690 元"),
        # 6,000 − 5,900
        ({**RETIRED, "cost": "3000", "paid_this_year": "5900"}, "大约能报 100 元"),
        # (2,000 − 600) × 65 % to (3,000 − 600) × 65 %
        ({**RETIRED, "cost": "2000~3000"}, "大约能报 910 元 到 1,560 元"),
        ({**RETIRED, "cost": "600"}, "大约能报 0 元，自己付 600 元"),
        # 1,000 × 70 % × 80 %
        (
            {"insured_place": "wujiang", "visit": "outpatient", "cost": "1000", "home_share": "0.7", "category": "temporary"},
            "大约能报 560 元",
        ),
    ],
)  # fmt: skip
def test_the_sum_is_what_the_documents_say(estimating: Estimating, slots: dict[str, str], says: str) -> None:
    assert says in estimating.result(slots, "zh").text


def test_the_steps_are_shown_with_what_is_taken_for_granted(estimating: Estimating) -> None:
    said = estimating.result({**RETIRED, "cost": "3000"}, "zh").text
    assert "3,000 元 − 起付线 600 元 = 2,400 元" in said
    assert "2,400 元 × 报销比例 65% = 1,560 元" in said
    assert "今年的起付线还没用过" in said
    assert "依据：淮安告知书" in said


def test_an_unknown_level_gives_a_range_and_not_a_refusal(estimating: Estimating) -> None:
    said = estimating.result({**RETIRED, "hospital_level": UNKNOWN, "cost": "3000"}, "zh").text
    for part in ("三级医院", "1,560 元", "二级医院", "1,680 元", "一级及以下", "1,800 元"):
        assert part in said


def test_a_factor_is_told_where_the_share_is_unknown_and_no_sum_is_invented(estimating: Estimating) -> None:
    slots = {"insured_place": "wujiang", "visit": "outpatient", "cost": "1000", "home_share": UNKNOWN}
    said = estimating.result(slots, "zh").text
    assert "按临时外出就医备案：本地比例的 80%" in said
    assert "大约能报" not in said


@pytest.mark.parametrize(
    ("slots", "hotline"),
    [
        ({"insured_place": "nanjing"}, "12393"),
        ({"insured_place": "gaoyou"}, "0514-84601050"),
        ({"insured_place": "xiamen"}, "12393"),
        ({"insured_place": "yunnan"}, "12393"),
        ({"insured_place": "huaian", "visit": "inpatient"}, "0517-12393"),
        ({"insured_area": "四川/成都"}, "12393"),
    ],
)
def test_where_the_material_has_no_figure_that_is_said_and_none_invented(
    estimating: Estimating, slots: dict[str, str], hotline: str
) -> None:
    known = {"insurance": "employee", "status": "retired", "visit": "outpatient", "cost": "4321"}
    said = estimating.result({**known, **slots}, "zh").text
    assert "大约能报" not in said
    assert "元" not in said
    assert hotline in said


def test_english_says_the_same_sums(estimating: Estimating) -> None:
    said = estimating.result({**RETIRED, "cost": "3000"}, "en").text
    assert "The fund pays about 1,560 yuan; you pay 1,440 yuan." in said
