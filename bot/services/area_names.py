"""Which administrative areas a typed name may mean: 上海, 上海青浦, 苏州姑苏区, 朝阳 (several)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.knowledge.places import Places
from bot.policy.areas import Area
from bot.text.places import Gazetteer

_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|地区|新区|省|市|区|县)$")
_SEPARATORS = re.compile(r"[\s,，、·/-]+")


class AreaNames:
    """Looks names up among all divisions and the served places' aliases."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._gazetteer: Gazetteer | None = None
        self._paths: dict[str, dict[str, None]] = {}
        for area in _areas(places.divisions):
            for name in _names(area):
                self._paths.setdefault(name, {})[area.path] = None

    def paths(self, written: str) -> tuple[str, ...]:
        """The paths of the areas meant: none where nothing is known by the name, several where it says too little."""
        if self._places.exists(Area.parse(written)) and written.count("/") <= 2:
            return (Area.parse(written).path,)
        name = _SEPARATORS.sub("", written)
        found = self._paths.get(name) or self._by_suffix(name)
        return _widest(found) if found else self._in_words(name)

    def _by_suffix(self, name: str) -> dict[str, None]:
        """上海市, 吴江区: the suffix tells which kind of area is meant where a name stands for several."""
        stem = _SUFFIX.sub("", name)
        found = self._paths.get(stem, {}) if stem != name else {}
        depths = {"省": (1,), "区": (1, 3), "县": (3,), "市": (1, 2)}.get(name[-1:], ())
        fitting = {path: None for path in found if _depth(path) in depths}
        return fitting or found

    def _in_words(self, name: str) -> tuple[str, ...]:
        """江苏省苏州市吴江区, 魔都: what the assistant itself would understand, if it is the whole of what was typed."""
        if self._gazetteer is None:
            self._gazetteer = self._places.gazetteer()
        found = self._gazetteer.find(name)
        whole = len(found) == 1 and found[0].start == 0 and found[0].end == len(name)
        return (found[0].path,) if whole else ()


def _areas(divisions: Mapping[str, Mapping[str, object]]) -> Iterator[Area]:
    for province, cities in divisions.items():
        yield Area(province)
        for city, districts in cities.items():
            yield Area(province, city)
            for district in districts if isinstance(districts, list) else ():
                yield Area(province, city, district)


def _names(area: Area) -> Iterator[str]:
    """The bare name and the name behind those of the areas around it, each of which may be left out."""
    *around, own = [part for part in (area.province, area.city, area.district) if part]
    yield own
    yield from (part + own for part in around)
    if len(around) > 1:
        yield "".join(around) + own


def _depth(path: str) -> int:
    """1 for a province, 2 for a city, 3 for a district; a municipality is a city as well."""
    return path.count("/") + 1


def _widest(paths: Mapping[str, None]) -> tuple[str, ...]:
    """Without the areas that lie in another of the same name: 上海 is the municipality, 吉林 the province."""
    areas = [Area.parse(path) for path in paths]
    return tuple(
        area.path for area in areas if not any(area.within(other) for other in areas if other != area)
    )
