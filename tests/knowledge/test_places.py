"""The places served: which of them an area means, and what their file must hold."""

from __future__ import annotations

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.places import load_places
from bot.policy.areas import Area
from tests.knowledge.conftest import Copy


@pytest.mark.parametrize(
    ("area", "place"),
    [
        ("江苏/淮安", "huaian"),
        ("江苏/淮安/清江浦", "huaian"),
        ("江苏/扬州/高邮", "gaoyou"),
        ("云南/昆明", "yunnan"),
        ("江苏/扬州", None),
        ("江苏/苏州/昆山", None),
        ("四川/成都", None),
    ],
)
def test_an_area_inside_a_served_place_is_that_place(
    base: KnowledgeBase, area: str, place: str | None
) -> None:
    resolved = base.places.resolve(Area.parse(area)).place
    assert (resolved.id if resolved else None) == place


@pytest.mark.parametrize(
    ("area", "candidates"),
    [
        ("江苏/苏州", ["wujiang"]),
        ("江苏/扬州", ["gaoyou"]),
        ("江苏", ["huaian", "gaoyou", "wujiang", "nanjing"]),
        ("四川", []),
    ],
)
def test_an_area_around_served_places_could_be_each_of_them(
    base: KnowledgeBase, area: str, candidates: list[str]
) -> None:
    resolution = base.places.resolve(Area.parse(area))
    assert (resolution.place, [place.id for place in resolution.candidates]) == (None, candidates)


def test_the_gazetteer_finds_places_by_their_aliases(base: KnowledgeBase) -> None:
    assert base.places.gazetteer().find("我是准安的")[0].path == "江苏/淮安"


def test_a_place_is_known_by_its_name(base: KnowledgeBase) -> None:
    place = base.places.named("吴江")
    assert place is not None
    assert (place.id, place.hotline) == ("wujiang", "12393")
    assert base.places.named("苏州") is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  policy: huaian\n", "", "places.yml, place huaian: no policy; add policy"),
        (
            "  policy: huaian\n",
            "  policy: huaan\n",
            "places.yml, place huaian: policy huaan; write that policy file",
        ),
        (
            "area: 江苏/淮安",
            "area: 江苏/淮南",
            "places.yml, place huaian: area 江苏/淮南; write one of divisions.yml",
        ),
        (
            "area: 福建/厦门",
            "area: 福健/厦门",
            "places.yml, place xiamen: area 福健/厦门; write one of divisions.yml",
        ),
        ("  hotline: 0517", "  phone: 0517", "places.yml, place huaian: unknown key 'phone'; use one of "),
    ],
)
def test_a_mistake_is_one_line(copy: Copy, old: str, new: str, line: str) -> None:
    copy.edit("places.yml", old, new)
    with pytest.raises(KnowledgeError) as raised:
        load_places(copy.folder)
    assert [found for found in raised.value.problems if found.startswith(line)], raised.value.problems
