"""Administrative areas of China: a province, a city in it, a district in that."""

from __future__ import annotations

from dataclasses import dataclass

# The municipalities (直辖市): provinces that are one city.
MUNICIPALITIES = frozenset({"北京", "天津", "上海", "重庆"})


@dataclass(frozen=True)
class Area:
    """A province (省级), optionally narrowed to a city (地级) and a district or county (县级).

    Names are short forms without 省/市/区/县, e.g. ``Area("江苏", "苏州", "吴江")``. In a municipality (直辖市) the city
    repeats the province: ``Area("上海", "上海", "青浦")``.
    """

    province: str
    city: str = ""
    district: str = ""

    @classmethod
    def parse(cls, path: str) -> Area:
        """Read ``"江苏/苏州/吴江"``; the city and the district may be missing."""
        province, city, district = (*path.split("/"), "", "")[:3]
        return cls(province, city, district)

    @property
    def path(self) -> str:
        """The form that :meth:`parse` reads."""
        return "/".join(part for part in (self.province, self.city, self.district) if part)

    @property
    def name(self) -> str:
        """What people call it: the narrowest part."""
        return self.district or self.city or self.province

    @property
    def in_one_city(self) -> bool:
        """Whether it is a city, a part of one or a municipality, and not a province of many cities."""
        return bool(self.city) or self.province in MUNICIPALITIES

    def within(self, other: Area) -> bool:
        """Whether this area is ``other`` or lies inside it."""
        pairs = (
            (self.province, other.province),
            (self.city, other.city),
            (self.district, other.district),
        )
        return all(not theirs or ours == theirs for ours, theirs in pairs)

    def overlaps(self, other: Area) -> bool:
        """Whether one of the two lies inside the other."""
        return self.within(other) or other.within(self)
