"""Areas: what lies inside what, and what is one city."""

from __future__ import annotations

import pytest

from bot.policy.areas import Area


@pytest.mark.parametrize("path", ["云南", "江苏/苏州", "江苏/苏州/吴江"])
def test_an_area_is_written_as_it_is_read(path: str) -> None:
    assert Area.parse(path).path == path
    assert Area.parse(path).name == path.rsplit("/", maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("inner", "outer", "inside"),
    [
        ("江苏/苏州/吴江", "江苏/苏州", True),
        ("江苏/苏州/吴江", "江苏", True),
        ("江苏/苏州", "江苏/苏州", True),
        ("江苏/苏州", "江苏/苏州/吴江", False),
        ("江苏/无锡", "江苏/苏州", False),
        ("吉林/吉林", "江苏", False),
    ],
)
def test_an_area_lies_within_itself_and_what_is_wider(inner: str, outer: str, inside: bool) -> None:
    assert Area.parse(inner).within(Area.parse(outer)) is inside
    assert Area.parse(outer).overlaps(Area.parse(inner)) is (
        inside or Area.parse(outer).within(Area.parse(inner))
    )


@pytest.mark.parametrize(
    ("path", "one_city"),
    [("上海", True), ("重庆", True), ("云南/昆明", True), ("云南", False), ("江苏", False)],
)
def test_a_municipality_is_one_city_and_a_province_is_not(path: str, one_city: bool) -> None:
    assert Area.parse(path).in_one_city is one_city
