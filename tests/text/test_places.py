"""Places: which areas a sentence names, and which of them is the insured place and which the place of care."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.places import load_places
from bot.nlu.place_ruler import PlaceRuler
from bot.text.places import Gazetteer

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
PLACES = load_places(KNOWLEDGE)
GAZETTEER = PLACES.gazetteer()
ALIASES = {alias: place.area.path for place in PLACES.by_id.values() for alias in place.aliases}
RULER = PlaceRuler(PLACES.divisions, ALIASES)
"""The gazetteer as the assistant uses it, with the names in pinyin."""


def named(text: str) -> list[tuple[str, str | None]]:
    """The areas of a text with their roles."""
    return [(mention.path, mention.role) for mention in RULER.find(text)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("淮安", "江苏/淮安"),
        ("淮安市", "江苏/淮安"),
        ("江苏省淮安市", "江苏/淮安"),
        ("江苏淮安清江浦区", "江苏/淮安/清江浦"),
        ("吴江", "江苏/苏州/吴江"),
        ("吴江区", "江苏/苏州/吴江"),
        ("苏州吴江", "江苏/苏州/吴江"),
        ("苏州市吴江区", "江苏/苏州/吴江"),
        ("苏州", "江苏/苏州"),
        ("高邮", "江苏/扬州/高邮"),
        ("扬州高邮市", "江苏/扬州/高邮"),
        ("上海", "上海"),
        ("上海青浦", "上海/上海/青浦"),
        ("上海市青浦区", "上海/上海/青浦"),
        ("浙江嘉善", "浙江/嘉兴/嘉善"),
        ("嘉善县", "浙江/嘉兴/嘉善"),
        ("云南", "云南"),
        ("昆明", "云南/昆明"),
        ("厦门", "福建/厦门"),
        ("香港", "香港"),
        ("准安", "江苏/淮安"),
        ("shanghai", "上海"),
        ("Huaian", "江苏/淮安"),
        ("wujiang", "江苏/苏州/吴江"),
        ("Nanjing", "江苏/南京"),
    ],
)
def test_a_name_is_the_area_it_stands_for(text: str, path: str) -> None:
    assert [mention.path for mention in RULER.find(text)] == [path]


@pytest.mark.parametrize(
    "text",
    [
        "备案要和平时一样吗",
        "平安保险",
        "长寿的人",
        "光明正大",
        "新华书店",
        "什么是异地就医",
        "",
        "😀",
        "I am fine",
    ],
)
def test_an_everyday_word_is_no_place(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "我的参保地是南京",
        "参保地：南京",
        "参保地改成南京",
        "我是南京的",
        "我南京的医保",
        "我医保在南京",
        "我的社保交在南京",
        "南京职工医保",
        "南京参保的",
        "我在南京交的医保",
        "我在南京参保",
        "南京退休的",
        "我是南京人",
        "I'm insured in Nanjing",
        "my insurance is in Nanjing",
        "Nanjing insurance",
    ],
)
def test_the_insured_place_is_known_by_its_surroundings(text: str) -> None:
    assert named(text) == [("江苏/南京", "insured")]


@pytest.mark.parametrize(
    "text",
    [
        "我住在南京",
        "我现在住南京",
        "去南京看病",
        "到南京住院",
        "人在南京",
        "在南京工作",
        "在南京的医院看门诊",
        "搬到南京了",
        "派到南京",
        "转到南京",
        "跟女儿在南京生活",
        "就医地是南京",
        "I live in Nanjing",
        "going to Nanjing for treatment",
        "living in Nanjing",
    ],
)
def test_the_place_of_care_is_known_by_its_surroundings(text: str) -> None:
    assert named(text) == [("江苏/南京", "care")]


@pytest.mark.parametrize(
    ("text", "insured", "care"),
    [
        ("我南京的医保，人在上海", "江苏/南京", "上海"),
        ("我南京的医保，人在上海，要备案吗", "江苏/南京", "上海"),
        ("人在上海，医保在南京", "江苏/南京", "上海"),
        ("我是淮安退休的，住在上海", "江苏/淮安", "上海"),
        ("吴江参保去上海看病", "江苏/苏州/吴江", "上海"),
        ("吴江到上海看病要备案吗", "江苏/苏州/吴江", "上海"),
        ("吴江去浙江嘉善看病", "江苏/苏州/吴江", "浙江/嘉兴/嘉善"),
        ("我在南京参保，现在厦门带孙子", "江苏/南京", "福建/厦门"),
        ("在淮安交的医保，去南京住院", "江苏/淮安", "江苏/南京"),
        ("高邮的居民医保，想去上海大医院看", "江苏/扬州/高邮", "上海"),
        ("I'm insured in Nanjing and live in Shanghai", "江苏/南京", "上海"),
        ("I live in Shanghai and I'm insured in Huaian", "江苏/淮安", "上海"),
        ("my insurance is in Nanjing but I work in Xiamen", "江苏/南京", "福建/厦门"),
    ],
)
def test_of_two_places_each_gets_its_role(text: str, insured: str, care: str) -> None:
    assert {role: path for path, role in named(text)} == {"insured": insured, "care": care}


def test_a_place_alone_has_no_role() -> None:
    assert named("淮安") == [("江苏/淮安", None)]


def test_a_place_tells_where_it_stands() -> None:
    [mention] = RULER.find("我的参保地是江苏省淮安市")
    assert "我的参保地是江苏省淮安市"[mention.start : mention.end] == "江苏省淮安市"


def test_a_district_that_many_cities_have_counts_behind_its_city_only() -> None:
    assert named("鼓楼区") == []
    assert named("南京鼓楼区") == [("江苏/南京/鼓楼", None)]


def test_a_gazetteer_of_few_names_finds_those_alone() -> None:
    gazetteer = Gazetteer({"江苏": {"淮安": ["涟水"]}}, {"huaian": "江苏/淮安"})
    assert [mention.path for mention in gazetteer.find("涟水县的，在 Huaian 看病，不去上海")] == [
        "江苏/淮安/涟水",
        "江苏/淮安",
    ]
