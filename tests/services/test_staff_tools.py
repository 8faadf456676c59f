"""The two tools as forms: what is typed is read or refused clearly, the results are the chat's, what-ifs are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.policy.parameters import Dated, Number
from bot.services.asking import Asking
from bot.services.checking import Checking
from bot.services.estimating import Estimating
from bot.services.profile import FACT_SLOTS, UNKNOWN
from bot.services.staff_tools import CHANGES, FACTS, WHAT_IFS, BadFactError, Column, StaffTools
from tests.services.conftest import TODAY

RETIRED = {
    "insured_place": "huaian",
    "insurance": "employee",
    "status": "retired",
    "visit": "outpatient",
    "hospital_level": "tertiary",
    "category": "referral",
    "cost": "3000",
}
# One value of each fact that decides something, and none.
GRID = {
    "insured_place": (None, "huaian", "gaoyou", "wujiang", "nanjing", "xiamen", "yunnan", "江苏/无锡"),
    "insurance": (None, "employee", "resident"),
    "filed": (None, "no"),
    "category": (None, "temporary"),
    "cost": (None, "3000", "2000~3000"),
}
PAST, FUTURE = date(2024, 5, 6), date(2030, 1, 1)


@pytest.fixture(scope="session")
def tools(base: KnowledgeBase) -> StaffTools:
    """The tools as the console has them."""
    return StaffTools(lambda: base, lambda: TODAY, None)


def cases() -> list[dict[str, str]]:
    """Every combination of the grid."""
    drawn = (dict(zip(GRID, values, strict=True)) for values in product(*GRID.values()))
    return [{name: value for name, value in case.items() if value is not None} for case in drawn]


def as_slots(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as a conversation remembers them: an area that is not served has a slot of its own."""
    slots = dict(facts)
    if "/" in slots.get("insured_place", ""):
        slots["insured_area"] = slots.pop("insured_place")
    return slots


def bad(tools: StaffTools, **facts: str) -> BadFactError:
    """What is said of facts that cannot be used."""
    with pytest.raises(BadFactError) as caught:
        tools.estimate(facts, TODAY)
    assert caught.value.message == str(caught.value)
    assert caught.value.field == next(iter(facts))
    return caught.value


# The same words as the chat


def test_the_check_says_what_the_chat_says(tools: StaffTools, checking: Checking) -> None:
    for facts in cases():
        slots = as_slots(facts)
        result = tools.check(facts, TODAY)
        assert result.text == checking.verdict(slots, "zh").text
        assert result.missing_fact == checking.next_question(slots)


def test_the_estimate_says_what_the_chat_says(tools: StaffTools, estimating: Estimating) -> None:
    for facts in cases():
        slots = as_slots(facts)
        result = tools.estimate(facts, TODAY)
        assert result.text == estimating.result(slots, "zh").text
        assert result.missing_fact == estimating.next_question(slots)
        assert result.besides == estimating.topic_besides(slots)


@pytest.mark.parametrize(
    ("facts", "topic"),
    [
        ({"insured_place": "huaian", "pharmacy": "yes", "cost": "300"}, "pharmacy_purchase"),
        ({"insured_place": "nanjing", "designated": "no"}, "non_network_hospital"),
        ({"insured_place": "江苏/无锡", "designated": "no", "emergency": "yes"}, "emergency_care"),
    ],
)
def test_where_a_topic_answers_better_the_estimate_gives_it_as_the_chat_does(
    tools: StaffTools, base: KnowledgeBase, facts: dict[str, str], topic: str
) -> None:
    result = tools.estimate(facts, TODAY)
    told = Asking(lambda: base, lambda: TODAY).answer(topic, [], as_slots(facts), "zh", invite=False)
    assert (result.outcome, result.topic) == ("topic", topic)
    assert result.text == told.reply.text
    assert result.figures is None
    assert bool(result.clauses) == ("不能乱说" not in result.text)


def test_students_of_yunnan_are_told_the_rule_for_students(tools: StaffTools) -> None:
    result = tools.check({"insured_place": "yunnan", "status": "student"}, TODAY)
    assert result.topic == "student_care"
    assert "0871-63886166" in result.text


def test_nothing_at_all_is_still_an_answer(tools: StaffTools) -> None:
    check, estimate = tools.check({}, TODAY), tools.estimate({}, TODAY)
    assert check.missing_fact == estimate.missing_fact == "insured_place"
    assert check.missing == "参保地"
    assert "还不知道您在哪里参保" in check.text
    assert estimate.figures is None
    assert (check.place, check.place_id) == (None, None)


# What stands beside the text


def test_the_headline_the_steps_and_the_clauses_stand_beside_the_text(tools: StaffTools) -> None:
    result = tools.estimate(RETIRED, TODAY)
    assert result.outcome == "figures"
    assert result.figures is not None
    # (3,000 − 600) × 65 %
    assert (result.figures.fund_pays, result.figures.person_pays) == ("1,560 元", "1,440 元")
    assert result.figures.fund.low == result.figures.fund.high == Decimal(1560)
    assert [(step.name, step.text) for step in result.steps][:4] == [
        ("费用", "3,000 元"),
        ("扣起付线", "3,000 元 − 起付线 600 元 = 2,400 元"),
        ("乘报销比例", "2,400 元 × 报销比例 65% = 1,560 元"),
        ("看封顶线", "没超过一年最多 6,000 元"),
    ]
    assert [clause.id for clause in result.steps[1].clauses] == ["huaian-2.2.1"]
    assert "huaian-2.2.1" in {clause.id for clause in result.clauses}
    assert result.missing is None
    assert result.assumed == ("今年的起付线还没用过", "今年还没报销过")
    assert any("政策范围内" in caveat for caveat in result.caveats)


def test_a_range_of_costs_gives_a_range_of_amounts(tools: StaffTools) -> None:
    result = tools.estimate({**RETIRED, "cost": "2000~3000"}, TODAY)
    assert result.figures is not None
    assert result.figures.fund_pays == "910 元 到 1,560 元"
    assert result.figures.fund_pays in result.text


def test_open_facts_give_the_span_of_all_cases_and_name_the_one_to_ask(tools: StaffTools) -> None:
    facts = {k: v for k, v in RETIRED.items() if k not in ("hospital_level", "status")}
    result = tools.estimate(facts, TODAY)
    assert result.figures is not None
    # (3,000 − 600) × 60 % to 75 %
    assert result.figures.fund_pays == "1,440 元 到 1,800 元"
    assert result.missing == "身份"


def test_the_steps_of_a_check_name_papers_validity_and_channels_with_their_clauses(tools: StaffTools) -> None:
    result = tools.check({"insured_place": "wujiang", "category": "referral"}, TODAY)
    steps = {step.name: step for step in result.steps}
    assert steps["备案类型·异地转诊人员"].clauses
    assert "苏州市规定的定点医院开的转诊转院证明" in steps["材料"].text
    assert steps["有效期"].text == "1 年"
    assert [clause.id for clause in steps["有效期"].clauses] == ["wujiang-2.3"]
    assert "便民服务中心" in steps["在哪里办·窗口"].text
    shown = {clause.id for clause in result.clauses}
    assert all(clause.id in shown for step in result.steps for clause in step.clauses)


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"insured_place": "wujiang", "care_place": "上海"}, "免备案"),
        ({"insured_place": "wujiang", "care_place": "苏州姑苏"}, "本地就医"),
        ({"insured_place": "huaian", "lapsed": "yes"}, "断缴"),
        ({"insured_place": "huaian", "emergency": "yes"}, "急诊"),
        ({"insured_place": "wujiang", "care_place": "浙江嘉兴"}, "免备案·嘉善"),
    ],
)
def test_the_rule_that_settles_a_check_is_a_step(tools: StaffTools, facts: dict[str, str], step: str) -> None:
    steps = {found.name: found for found in tools.check(facts, TODAY).steps}
    assert steps[step].clauses
    assert "/" not in steps[step].text


def test_what_a_check_shows_of_the_trace_leaves_no_section_of_the_core_out(
    tools: StaffTools, checking: Checking
) -> None:
    for facts in cases():
        if facts.get("insured_place") == "yunnan":
            continue
        shown = {clause.id for clause in tools.check(facts, TODAY).clauses}
        told = checking.judged(as_slots(facts))
        assert {source for step in told.steps for source in step.sources} <= shown


def test_the_age_of_gaoyous_letter_is_a_caveat(tools: StaffTools) -> None:
    result = tools.check({"insured_place": "gaoyou", "category": "referral"}, TODAY)
    assert any("2019 年 8 月的说法" in caveat for caveat in result.caveats)
    assert all(clause.aged for clause in result.clauses if clause.id.startswith("gaoyou"))


def test_national_rules_that_stand_in_are_a_caveat(tools: StaffTools) -> None:
    result = tools.check({"insured_place": "江苏/无锡", "category": "referral"}, TODAY)
    assert any("没有无锡自己的材料" in caveat for caveat in result.caveats)


# What is typed


@pytest.mark.parametrize(
    ("typed", "low", "high"),
    [
        ("3500", "3500", "3500"),
        ("3千5", "3500", "3500"),
        ("三千五", "3500", "3500"),
        ("3,500元", "3500", "3500"),
        ("３５００", "3500", "3500"),
        ("￥3500.50", "3500.50", "3500.50"),
        ("1.2万", "12000", "12000"),
        ("12345元", "12345", "12345"),
        ("12393", "12393", "12393"),
        ("大概3500块左右", "3500", "3500"),
        (" 3500 ", "3500", "3500"),
        ("2000~3000", "2000", "3000"),
        ("2000～3000", "2000", "3000"),
        ("2000-3000", "2000", "3000"),
        ("2000到3000元", "2000", "3000"),
        ("两三千", "2000", "3000"),
        ("2千多", "2000", "3000"),
    ],
)
def test_a_cost_is_read_as_people_type_it(tools: StaffTools, typed: str, low: str, high: str) -> None:
    facts = {**RETIRED, "cost": typed}
    plain = {**RETIRED, "cost": low if low == high else f"{low}~{high}"}
    assert tools.estimate(facts, TODAY).text == tools.estimate(plain, TODAY).text
    assert tools.estimate(facts, TODAY).outcome == "figures"


@pytest.mark.parametrize(
    "typed",
    [
        "abc",
        "三级",
        "12 34",
        "3500 和 200",
        "1e5",
        "很多",
        "3000-",
        "--",
        "NaN",
        "inf",
        "9" * 30,
        "9" * 500,
        "3.5.1",
    ],
)
def test_what_is_no_amount_is_refused(tools: StaffTools, typed: str) -> None:
    error = bad(tools, cost=typed)
    assert "金额" in error.message
    assert len(error.message) < 100


@pytest.mark.parametrize("typed", ["0", "-5", "负三百", "99999999", "3000~2000"])
def test_an_amount_no_bill_can_have_is_refused(tools: StaffTools, typed: str) -> None:
    assert typed in bad(tools, cost=typed).message


@pytest.mark.parametrize(
    ("field", "typed", "fund"),
    [
        # (3,000 − 600) × 65 %
        ("deductible_used", "0", "1,560 元"),
        # (3,000 − 400) × 65 %
        ("deductible_used", "200", "1,690 元"),
        # 3,000 × 65 %
        ("deductible_used", "满", "1,950 元"),
        ("deductible_used", "已付满", "1,950 元"),
        ("deductible_used", "full", "1,950 元"),
        # (3,000 − 150) × 65 %
        ("deductible_used", "还剩150", "1,852.50 元"),
        ("deductible_used", "剩 150 元", "1,852.50 元"),
        ("paid_this_year", "5千", "1,000 元"),
        ("paid_this_year", "0", "1,560 元"),
    ],
)
def test_what_was_paid_this_year_counts(tools: StaffTools, field: str, typed: str, fund: str) -> None:
    figures = tools.estimate({**RETIRED, field: typed}, TODAY).figures
    assert figures is not None
    assert figures.fund_pays == fund


@pytest.mark.parametrize("field", ["deductible_used", "paid_this_year"])
def test_only_a_cost_may_be_a_range(tools: StaffTools, field: str) -> None:
    assert "一个金额" in bad(tools, **{field: "200~300"}).message


@pytest.mark.parametrize(("typed", "fund"), [("80%", "800 元"), ("八成", "800 元"), ("0.8", "800 元"), ("80", "800 元"), ("百分之八十", "800 元"), ("100%", "1,000 元")])  # fmt: skip
def test_a_home_share_is_read_as_people_type_it(tools: StaffTools, typed: str, fund: str) -> None:
    facts = {"insured_place": "wujiang", "category": "referral", "cost": "1000", "home_share": typed}
    figures = tools.estimate(facts, TODAY).figures
    assert figures is not None
    assert figures.fund_pays == fund


@pytest.mark.parametrize("typed", ["1", "0", "120%", "120", "-5", "很高", "50%到60%"])
def test_what_is_no_share_is_refused(tools: StaffTools, typed: str) -> None:
    assert "百分数" in bad(tools, home_share=typed).message


def test_a_choice_is_taken_by_its_word_or_by_what_stands_on_it(tools: StaffTools) -> None:
    words = {**RETIRED, "status": "退休", "hospital_level": "三级医院", "visit": "门诊", "filed": "是"}
    assert tools.estimate(words, TODAY).text == tools.estimate({**RETIRED, "filed": "yes"}, TODAY).text


@pytest.mark.parametrize(
    ("field", "typed"),
    [("status", "x"), ("visit", "门珍"), ("referral", "maybe"), ("hospital_level", "四级")],
)
def test_another_choice_is_refused_with_those_there_are(tools: StaffTools, field: str, typed: str) -> None:
    error = bad(tools, **{field: typed})
    assert f"“{typed}”" in error.message
    assert error.choices == next(fact.choices for fact in FACTS if fact.name == field)


def test_a_field_the_form_does_not_have_is_refused(tools: StaffTools) -> None:
    assert "没有“insurrance”这一项" in bad(tools, insurrance="employee").message
    assert "这一项" in bad(tools, insured_area="江苏/无锡").message


def test_an_empty_field_is_not_known_and_unknown_is_asked_for_no_more(tools: StaffTools) -> None:
    facts = {"insured_place": "huaian", "visit": "outpatient", "insurance": "employee", "cost": "3000"}
    assert tools.estimate({**facts, "status": " "}, TODAY).missing_fact == "status"
    assert tools.estimate({**facts, "status": UNKNOWN}, TODAY).missing_fact == "hospital_level"


@pytest.mark.parametrize(
    ("typed", "place_id"),
    [
        ("huaian", "huaian"),
        ("淮安", "huaian"),
        ("淮安市", "huaian"),
        ("准安", "huaian"),
        ("江苏/淮安/清江浦", "huaian"),
        ("吴江区", "wujiang"),
        ("苏州吴江", "wujiang"),
        ("昆明", "yunnan"),
        ("江苏/无锡", "江苏/无锡"),
        ("无锡", "江苏/无锡"),
        ("江苏/苏州", "江苏/苏州"),
        ("苏州姑苏", "江苏/苏州/姑苏"),
    ],
)
def test_an_insured_place_is_an_id_a_path_or_a_name(tools: StaffTools, typed: str, place_id: str) -> None:
    assert tools.check({"insured_place": typed}, TODAY).place_id == place_id


@pytest.mark.parametrize(("typed", "first"), [("苏州", "wujiang"), ("扬州", "gaoyou"), ("江苏", "huaian")])
def test_a_name_around_a_served_place_is_asked_about(tools: StaffTools, typed: str, first: str) -> None:
    error = bad(tools, insured_place=typed)
    assert "选" in error.message
    assert error.choices[0][0] == first
    path, label = error.choices[-1]
    assert label == f"{typed}其他地方"
    for value, _ in error.choices:
        assert tools.check({"insured_place": value}, TODAY).place_id == value.rstrip("/")
    assert path.rstrip("/").endswith(typed)


@pytest.mark.parametrize(
    ("typed", "area"),
    [
        ("上海", "上海"),
        ("上海市", "上海"),
        ("魔都", None),
        ("上海青浦", "上海/上海/青浦"),
        ("上海市青浦区", "上海/上海/青浦"),
        ("青浦", "上海/上海/青浦"),
        ("上海 青浦", "上海/上海/青浦"),
        ("苏州姑苏", "江苏/苏州/姑苏"),
        ("江苏省苏州市姑苏区", "江苏/苏州/姑苏"),
        ("嘉善", "浙江/嘉兴/嘉善"),
        ("嘉善县", "浙江/嘉兴/嘉善"),
        ("北京朝阳", "北京/北京/朝阳"),
        ("朝阳市", "辽宁/朝阳"),
        ("吉林省", "吉林"),
        ("浙江/嘉兴/嘉善", "浙江/嘉兴/嘉善"),
    ],
)
def test_a_place_of_care_is_what_a_clerk_types(tools: StaffTools, typed: str, area: str | None) -> None:
    if area is None:
        with pytest.raises(BadFactError, match="没有找到"):
            tools.check({"insured_place": "wujiang", "care_place": typed}, TODAY)
        return
    by_path = tools.check({"insured_place": "wujiang", "care_place": area}, TODAY)
    assert tools.check({"insured_place": "wujiang", "care_place": typed}, TODAY).text == by_path.text


def test_every_area_of_the_country_is_found_by_its_path_and_by_its_full_name(
    tools: StaffTools, base: KnowledgeBase
) -> None:
    from bot.services.area_names import AreaNames

    names = AreaNames(base.places)
    for province, cities in base.places.divisions.items():
        for city, districts in cities.items():
            for district in districts:
                path = f"{province}/{city}/{district}"
                assert names.paths(path) == (path,)
                assert path in names.paths(f"{province}{'' if city == province else city}{district}")


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("朝阳", {"北京/北京/朝阳", "辽宁/朝阳", "吉林/长春/朝阳"}),
        ("鼓楼", {"江苏/南京/鼓楼", "江苏/徐州/鼓楼", "福建/福州/鼓楼"}),
        ("朝阳区", {"北京/北京/朝阳", "吉林/长春/朝阳"}),
    ],
)
def test_a_name_of_several_areas_is_refused_with_them_to_choose_from(
    tools: StaffTools, typed: str, choices: set[str]
) -> None:
    error = bad(tools, care_place=typed)
    assert choices <= {value for value, _ in error.choices}
    assert f"“{typed}”的地方不止一个" in error.message
    assert ("北京/北京/朝阳", "北京 朝阳") in error.choices or typed == "鼓楼"
    for value, _ in error.choices:
        assert tools.estimate({"care_place": value}, TODAY)


@pytest.mark.parametrize("typed", ["火星", "上海火星", "去上海看病", "a/b", "/", "上" * 300])
def test_a_name_of_no_area_is_refused(tools: StaffTools, typed: str) -> None:
    error = bad(tools, care_place=typed)
    assert "没有找到" in error.message
    assert len(error.message) < 100


def test_the_form_has_a_field_with_a_label_for_every_fact() -> None:
    names = [fact.name for fact in FACTS]
    assert set(names) == set(FACT_SLOTS) - {"insured_area"}
    assert len(names) == len(set(names))
    for fact in FACTS:
        assert fact.tools
        assert fact.label != fact.name
        assert bool(fact.choices) == (fact.kind in ("choice", "yes_no"))
        assert all(value != label for value, label in fact.choices)


def test_a_fact_changes_only_the_tools_it_is_a_field_of(tools: StaffTools) -> None:
    for fact in FACTS:
        if fact.kind not in ("choice", "yes_no"):
            continue
        start = {**RETIRED, "insured_place": "gaoyou"}
        start.pop(fact.name, None)
        for value, _ in fact.choices:
            changed = {**start, fact.name: value}
            if "check_filing" not in fact.tools:
                assert tools.check(changed, TODAY).text == tools.check(start, TODAY).text
            if "estimate" not in fact.tools:
                assert tools.estimate(changed, TODAY).text == tools.estimate(start, TODAY).text


# The date of care


def test_a_day_before_the_rules_is_said_to_be_so_and_no_rule_is_shown(tools: StaffTools) -> None:
    eve, first = date(2019, 7, 31), date(2019, 8, 1)
    facts = {"insured_place": "gaoyou", "category": "referral", "cost": "3000"}
    for run in (tools.check, tools.estimate):
        result = run(facts, eve)
        assert result.outcome == "not_in_force"
        assert result.text.startswith("高邮的材料从 2019-08-01 起才有，2019-07-31 那天的规定材料里没有写")
        assert (result.figures, result.steps, result.clauses) == (None, (), ())
        assert run(facts, first).outcome != "not_in_force"
    assert "转外就医证明" in tools.check(facts, first).text


def with_deductible(base: KnowledgeBase, *values: tuple[date, str | None]) -> KnowledgeBase:
    """The knowledge with other dated deductibles for the employees of 淮安."""
    policy = base.policies["huaian"]
    schedules = list(policy.schedules)
    at = next(i for i, s in enumerate(schedules) if "employee" in s.insurance)
    old = schedules[at].deductible
    assert old is not None
    dated = tuple(
        Dated(since, Decimal(value) if value is not None else None, ("huaian-2.2.1",))
        for since, value in values
    )
    deductible: Number = replace(old, values=dated)
    schedules[at] = replace(schedules[at], deductible=deductible)
    changed = replace(policy, schedules=tuple(schedules))
    return replace(base, policies={**base.policies, "huaian": changed})


def fund_on(base: KnowledgeBase, day: date, **facts: str) -> str | None:
    """What the fund pays for care on a day; None where no figure is shown."""
    result = StaffTools(lambda: base, lambda: TODAY, None).estimate({**RETIRED, **facts}, day)
    return result.figures.fund_pays if result.figures is not None else None


def test_a_date_of_care_picks_the_figures_in_force_on_it(base: KnowledgeBase) -> None:
    turn = date(2026, 7, 1)
    changed = with_deductible(base, (date.min, "600"), (turn, "1000"))
    # (3,000 − 600) × 65 % and (3,000 − 1,000) × 65 %
    assert fund_on(changed, date(2026, 6, 30)) == "1,560 元"
    assert fund_on(changed, turn) == "1,300 元"
    assert fund_on(changed, TODAY) == "1,300 元"
    coming = with_deductible(base, (date.min, "600"), (date(2027, 1, 1), "1000"))
    assert fund_on(coming, TODAY) == "1,560 元"
    assert fund_on(coming, date(2027, 1, 1)) == "1,300 元"


def test_before_the_first_deductible_no_sum_is_shown_rather_than_one_without_it(base: KnowledgeBase) -> None:
    turn = date(2026, 7, 1)
    changed = with_deductible(base, (turn, "600"))
    tools = StaffTools(lambda: changed, lambda: TODAY, None)
    result = tools.estimate(RETIRED, date(2026, 6, 30))
    assert result.outcome == "not_in_force"
    assert "从 2026-07-01 起才有" in result.text
    assert result.figures is None
    assert fund_on(changed, turn) == "1,560 元"
    # The residents' rules are not touched.
    assert fund_on(changed, date(2026, 6, 30), insurance="resident") == "300 元"


def test_an_abolished_deductible_is_none(base: KnowledgeBase) -> None:
    changed = with_deductible(base, (date.min, "600"), (date(2026, 7, 1), None))
    # 3,000 × 65 %
    assert fund_on(changed, TODAY) == "1,950 元"
    assert fund_on(changed, date(2026, 6, 30)) == "1,560 元"


@pytest.mark.parametrize("tool", ["check", "estimate"])
def test_another_day_than_today_is_spoken_of(tools: StaffTools, tool: str) -> None:
    run = getattr(tools, tool)
    past, today, future = (run(RETIRED, day) for day in (PAST, TODAY, FUTURE))
    said = "材料没有写从哪天起执行，2024-05-06 的费用适不适用，请打 0517-12393 核实。"
    assert said in past.text
    assert said in past.caveats
    assert said in past.renderings.wechat
    assert "2030-01-01 可能会有变化" in future.text
    assert not any("从哪天起执行" in text or "可能会有变化" in text for text in (today.text, *today.caveats))
    # The source line stays the last one.
    assert past.text.splitlines()[-1].startswith("依据：")
    assert (past.day, future.day) == (PAST, FUTURE)


def test_rules_with_a_day_of_their_own_need_no_word_about_it(tools: StaffTools) -> None:
    result = tools.check({"insured_place": "gaoyou", "category": "referral"}, PAST)
    assert "从哪天起执行" not in result.text


# What-if columns


def columns(tools: StaffTools, changed: str, **facts: str) -> dict[str, Column]:
    """The columns by what stands above them."""
    return {column.label: column for column in tools.what_if({**RETIRED, **facts}, TODAY, changed)}


@pytest.mark.parametrize(
    ("changed", "funds", "current"),
    [
        # (3,000 − 600) × 65, 70, 75 %
        ("hospital_level", {"三级": "1,560 元", "二级": "1,680 元", "一级及以下": "1,800 元"}, "三级"),
        # × 80 % for 临时外出
        ("treatment", {"转诊": "1,560 元", "临时外出": "1,248 元", "长期备案": "1,560 元"}, "转诊"),
        ("referral", {"转诊": "1,560 元", "临时外出": "1,248 元", "长期备案": "1,560 元"}, "转诊"),
        # min(300, 3,000 × 50 %)
        ("insurance", {"职工": "1,560 元", "居民": "300 元"}, "职工"),
        # (3,000 − 600) × 60 %
        ("status", {"在职": "1,440 元", "退休": "1,560 元"}, "退休"),
        ("visit", {"门诊": "1,560 元", "住院": None}, "门诊"),
    ],
)
def test_the_columns_differ_in_one_fact_and_the_one_entered_is_marked(
    tools: StaffTools, changed: str, funds: dict[str, str | None], current: str
) -> None:
    found = columns(tools, changed)
    shown = {label: c.result.figures.fund_pays if c.result.figures else None for label, c in found.items()}
    assert shown == funds
    assert [label for label, column in found.items() if column.current] == [current]
    entered = tools.estimate(RETIRED, TODAY)
    assert found[current].result.figures == entered.figures
    assert found[current].difference is None


def test_the_differences_are_in_yuan_to_the_column_entered(tools: StaffTools) -> None:
    levels = columns(tools, "hospital_level")
    assert [column.difference for column in levels.values()] == [None, "多报 120 元", "多报 240 元"]
    kinds = columns(tools, "treatment")
    assert kinds["临时外出"].difference == "少报 312 元"
    assert kinds["长期备案"].difference == "一样多"
    # A hospital stay has no figure, so there is nothing to compare.
    assert columns(tools, "visit")["住院"].difference is None


def test_ranges_are_compared_end_by_end(tools: StaffTools) -> None:
    kinds = columns(tools, "treatment", cost="2000~3000")
    # 910 to 1,560 against 728 to 1,248
    assert kinds["临时外出"].difference == "少报 182 元 到 312 元"
    # A cap turns an exact amount and a range into two things that cannot be compared end by end.
    assert columns(tools, "insurance", cost="2000~3000")["居民"].difference is None


def test_while_the_fact_is_open_no_column_is_the_one_entered(tools: StaffTools) -> None:
    open_level = {k: v for k, v in RETIRED.items() if k != "hospital_level"}
    found = tools.what_if(open_level, TODAY, "hospital_level")
    assert not any(column.current or column.difference for column in found)
    assert all(column.result.figures for column in found)


@pytest.mark.parametrize(
    ("facts", "current"),
    [
        ({"category": "", "purpose": "living"}, "长期备案"),
        ({"category": "posted_worker"}, "长期备案"),
        ({"category": "", "purpose": "visiting", "referral": "no"}, "临时外出"),
        ({"category": "", "referral": "yes"}, "转诊"),
        ({"category": "", "purpose": "visiting"}, None),
        ({"category": ""}, None),
    ],
)
def test_the_kind_of_filing_follows_from_the_facts_that_decide_it(
    tools: StaffTools, facts: dict[str, str], current: str | None
) -> None:
    found = columns(tools, "treatment", **facts)
    assert next((label for label, column in found.items() if column.current), None) == current
    if current is not None:
        entered = tools.estimate({**RETIRED, **facts}, TODAY)
        assert found[current].result.figures == entered.figures


def test_whoever_has_not_filed_is_compared_with_the_filings(tools: StaffTools) -> None:
    facts = {"insured_place": "wujiang", "filed": "no", "cost": "1000", "home_share": "80%"}
    found = {column.label: column for column in tools.what_if(facts, TODAY, "treatment")}
    assert found["没备案"].current
    assert found["没备案"].result.figures == tools.estimate(facts, TODAY).figures
    # 1,000 × 80 % against × 80 % again
    assert found["转诊"].difference == "多报 160 元"
    assert found["临时外出"].difference == "一样多"
    assert "没备案" not in columns(tools, "treatment")


def test_what_filing_would_bring_is_no_headline_for_somebody_who_has_not_filed(tools: StaffTools) -> None:
    facts = {**RETIRED, "category": "", "filed": "no"}
    result = tools.estimate(facts, TODAY)
    assert result.figures is None
    assert "没备案怎么报，材料里没有写" in result.caveats[0]
    assert "大约能报 1,560 元" in result.text
    found = {column.label: column for column in tools.what_if(facts, TODAY, "treatment")}
    assert found["没备案"].current
    assert found["没备案"].result.figures is None
    assert found["转诊"].result.figures is not None
    assert found["转诊"].difference is None


def test_the_current_column_is_what_was_entered_in_every_case(tools: StaffTools) -> None:
    for facts in cases():
        entered = tools.estimate(facts, TODAY)
        for varied in WHAT_IFS:
            for column in tools.what_if(facts, TODAY, varied.name):
                if column.current:
                    assert column.result.figures == entered.figures, (facts, varied.name)


def test_the_filing_check_can_be_compared_by_the_kind_of_filing(tools: StaffTools) -> None:
    facts = {"insured_place": "wujiang", "category": "referral"}
    found = {column.label: column for column in tools.what_if(facts, TODAY, "treatment", "check_filing")}
    assert found["转诊"].result.text == tools.check(facts, TODAY).text
    assert found["转诊"].current
    assert "居住证" in found["长期备案"].result.text


@pytest.mark.parametrize(
    ("changed", "tool"), [("cost", "estimate"), ("", "estimate"), ("visit", "check_filing")]
)
def test_what_cannot_be_compared_is_refused(tools: StaffTools, changed: str, tool: str) -> None:
    with pytest.raises(BadFactError, match="不能这样对比") as caught:
        tools.what_if(RETIRED, TODAY, changed, tool)
    assert caught.value.field == "changed"
    assert all(label in caught.value.message for label in CHANGES[tool].values())


def test_a_wrong_fact_is_refused_in_a_comparison_too(tools: StaffTools) -> None:
    with pytest.raises(BadFactError):
        tools.what_if({**RETIRED, "cost": "x"}, TODAY, "visit")


def test_the_columns_are_worked_out_for_the_date_of_care(tools: StaffTools) -> None:
    for column in tools.what_if({**RETIRED, "insured_place": "gaoyou"}, date(2019, 7, 31), "visit"):
        assert column.result.outcome == "not_in_force"


def test_the_tools_follow_the_knowledge(base: KnowledgeBase) -> None:
    current = base
    tools = StaffTools(lambda: current, lambda: TODAY, Path("/nonexistent"))
    assert tools.estimate(RETIRED, TODAY).figures is not None
    current = with_deductible(base, (date.min, "1000"))
    figures = tools.estimate(RETIRED, TODAY).figures
    assert figures is not None
    assert figures.fund_pays == "1,300 元"
