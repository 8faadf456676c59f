"""Facts: what a sentence states about a person, what it denies, and what it does not say."""

from __future__ import annotations

import pytest

from bot.text.reading import read


def facts(text: str, *, expecting: str | None = None) -> dict[str, str]:
    """The facts of a text; of two readings of one fact the later."""
    return {reading.fact: reading.value for reading in read(text, expecting=expecting)}


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("我是退休的", "status", "retired"),
        ("退了休的老人", "status", "retired"),
        ("离休干部", "status", "retired"),
        ("退休金不高", "status", "retired"),
        ("I'm a retiree", "status", "retired"),
        ("我还在职", "status", "employed"),
        ("在职职工", "status", "employed"),
        ("我还在上班", "status", "employed"),
        ("我是大学生", "status", "student"),
        ("职工医保", "insurance", "employee"),
        ("城镇职工基本医疗保险", "insurance", "employee"),
        ("单位交的医保", "insurance", "employee"),
        ("employee insurance", "insurance", "employee"),
        ("居民医保", "insurance", "resident"),
        ("城乡居民医保", "insurance", "resident"),
        ("新农合", "insurance", "resident"),
        ("我是交农村合作医疗的", "insurance", "resident"),
        ("那居民呢", "insurance", "resident"),
        ("三级医院", "hospital_level", "tertiary"),
        ("三甲", "hospital_level", "tertiary"),
        ("三级甲等医院", "hospital_level", "tertiary"),
        ("二级医院", "hospital_level", "secondary"),
        ("二甲", "hospital_level", "secondary"),
        ("一级医院", "hospital_level", "primary"),
        ("社区医院", "hospital_level", "primary"),
        ("乡镇卫生院", "hospital_level", "primary"),
        ("a tertiary hospital", "hospital_level", "tertiary"),
        ("看门诊", "visit", "outpatient"),
        ("住院了", "visit", "inpatient"),
        ("住了7天院", "visit", "inpatient"),
        ("住了院", "visit", "inpatient"),
        ("出院了", "visit", "inpatient"),
        ("做手术", "visit", "inpatient"),
        ("长期住在上海", "purpose", "living"),
        ("跟女儿住在上海", "purpose", "living"),
        ("来上海带孙子", "purpose", "living"),
        ("I live in Shanghai", "purpose", "living"),
        ("单位派我去上海", "purpose", "posted"),
        ("在上海打工", "purpose", "posted"),
        ("公司外派的", "purpose", "posted"),
        ("在南京上大学", "purpose", "studying"),
        ("去北京旅游", "purpose", "visiting"),
        ("出差的时候病了", "purpose", "visiting"),
        ("去上海看病", "purpose", "visiting"),
        ("临时外出就医", "category", "temporary"),
        ("异地安置退休人员", "category", "retired_resettled"),
        ("异地长期居住人员", "category", "long_term_resident"),
        ("常驻异地工作人员", "category", "posted_worker"),
    ],
)
def test_a_choice_is_read_from_the_words_people_use(text: str, fact: str, value: str) -> None:
    assert facts(text).get(fact) == value


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("有转诊", "referral", "yes"),
        ("医院给我开了转诊单", "referral", "yes"),
        ("转院过来的", "referral", "yes"),
        ("没转诊", "referral", "no"),
        ("没有转诊", "referral", "no"),
        ("没有办转诊", "referral", "no"),
        ("转诊没办", "referral", "no"),
        ("自己去的", "referral", "no"),
        ("no referral", "referral", "no"),
        ("户口迁过去了", "household_moved", "yes"),
        ("户口已经迁到上海", "household_moved", "yes"),
        ("落户上海", "household_moved", "yes"),
        ("户籍没迁", "household_moved", "no"),
        ("户口没迁", "household_moved", "no"),
        ("户口还没迁过去", "household_moved", "no"),
        ("没迁户口", "household_moved", "no"),
        ("户口还在老家", "household_moved", "no"),
        ("hukou not moved", "household_moved", "no"),
        ("备过案了", "filed", "yes"),
        ("已经备案了", "filed", "yes"),
        ("备案好了", "filed", "yes"),
        ("没备案", "filed", "no"),
        ("没有备案", "filed", "no"),
        ("还没办备案", "filed", "no"),
        ("忘了备案", "filed", "no"),
        ("没来得及备案", "filed", "no"),
        ("急诊", "emergency", "yes"),
        ("突发急病抢救", "emergency", "yes"),
        ("医保断缴了", "lapsed", "yes"),
        ("社保停了", "lapsed", "yes"),
        ("没断缴", "lapsed", "no"),
        ("帮我妈办", "agent", "yes"),
        ("替老人申请", "agent", "yes"),
    ],
)
def test_a_yes_or_no_is_read_with_its_negation(text: str, fact: str, value: str) -> None:
    assert facts(text).get(fact) == value


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("我不是退休的", "status", "employed"),
        ("不是职工医保", "insurance", None),
        ("不是居民医保，是职工医保", "insurance", "employee"),
        ("不是三级医院，是二级医院", "hospital_level", "secondary"),
        ("没有住院", "visit", None),
        ("没住院，看的门诊", "visit", "outpatient"),
        ("不是急诊", "emergency", "no"),
        ("不是抢救，就是普通门诊", "emergency", "no"),
        ("I'm not retired", "status", "employed"),
    ],
)
def test_a_denied_choice_is_not_taken_for_a_stated_one(text: str, fact: str, value: str | None) -> None:
    assert facts(text).get(fact) == value


@pytest.mark.parametrize(
    "text",
    [
        "什么是异地就医",
        "电子凭证行不行",
        "附近有医院吗",
        "需要什么材料",
        "转诊怎么办",
        "要不要备案",
        "",
        "😀",
        "hello",
    ],
)
def test_a_question_states_no_fact(text: str) -> None:
    assert facts(text) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("花了3500", {"cost": "3500"}),
        ("门诊费用三千五", {"visit": "outpatient", "cost": "3500"}),
        ("大概两三千", {"cost": "2000~3000"}),
        ("2千多", {"cost": "2000~3000"}),
        ("起付线付了200元", {"deductible_used": "200"}),
        ("起付线已经用完了", {"deductible_used": "full"}),
        ("起付线满了，花了3000", {"deductible_used": "full", "cost": "3000"}),
        ("起付线用完了花了3000", {"deductible_used": "full", "cost": "3000"}),
        ("resident insurance, 3000 yuan", {"insurance": "resident", "cost": "3000"}),
        ("今年第一次看病", {"deductible_used": "0"}),
        ("今年已经报了2000元，这次花了3000元", {"paid_this_year": "2000", "cost": "3000"}),
        ("本地能报80%", {"home_share": "0.8"}),
        ("八成", {"home_share": "0.8"}),
    ],
)
def test_a_sum_is_read_as_what_it_is(text: str, found: dict[str, str]) -> None:
    assert facts(text) == found


@pytest.mark.parametrize(
    ("text", "expecting", "found"),
    [
        ("500", "cost", {"cost": "500"}),
        ("八百", "cost", {"cost": "800"}),
        ("-5", "cost", {"cost": "-5"}),
        ("0", "cost", {"cost": "0"}),
        ("80", "home_share", {"home_share": "0.8"}),
        ("大概75吧", "home_share", {"home_share": "0.75"}),
        ("80%", "home_share", {"home_share": "0.8"}),
        ("80", None, {}),
    ],
)
def test_a_bare_number_is_read_as_what_was_asked_for(
    text: str, expecting: str | None, found: dict[str, str]
) -> None:
    assert facts(text, expecting=expecting) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "我淮安退休，三甲看门诊花了三千五能报多少",
            {"status": "retired", "hospital_level": "tertiary", "visit": "outpatient", "cost": "3500"},
        ),
        ("我是退休的，住在上海，要准备什么？", {"status": "retired", "purpose": "living"}),
        ("I'm a retiree living in Shanghai; what do I need?", {"status": "retired", "purpose": "living"}),
        (
            "居民医保，去北京看病，没转诊，没备案，住院花了1.2万",
            {
                "insurance": "resident",
                "purpose": "visiting",
                "referral": "no",
                "filed": "no",
                "visit": "inpatient",
                "cost": "12000",
            },
        ),
    ],
)
def test_a_whole_sentence_gives_all_its_facts(text: str, found: dict[str, str]) -> None:
    assert facts(text) == found


def test_of_two_purposes_the_more_lasting_one_counts() -> None:
    assert facts("住在上海，去上海的医院看病")["purpose"] == "living"


def test_a_named_category_stands_alone() -> None:
    assert facts("我是异地安置退休人员") == {"category": "retired_resettled"}


def test_a_fact_tells_where_it_stands() -> None:
    text = "我在职，在三甲看门诊"
    assert [text[reading.start : reading.end] for reading in read(text)] == ["在职", "三甲", "门诊"]
