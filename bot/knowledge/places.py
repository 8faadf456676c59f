"""``knowledge/places.yml`` and ``divisions.yml``: the places served, and which of them an area means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.errors import KnowledgeError, problem
from bot.knowledge.yaml_files import read_yaml
from bot.policy.areas import Area
from bot.text.places import Gazetteer

GENERAL = "通用"
NATIONAL_HOTLINE = "12393"
_KEYS = {
    "name",
    "official_name",
    "area",
    "policy",
    "hotline",
    "hotline_source",
    "aliases",
    "general_rules_are_own",
}


@dataclass(frozen=True)
class Place:
    """A served insured place. ``policy`` names its file in ``knowledge/policy/``."""

    id: str
    name: str
    official_name: str
    area: Area
    policy: str
    hotline: str = NATIONAL_HOTLINE
    hotline_source: str | None = None
    aliases: tuple[str, ...] = ()
    # Whether the 通用 answers come from this place's own document, so that they need no caveat here.
    general_rules_are_own: bool = False


@dataclass(frozen=True)
class Resolution:
    """What an area means as an insured place: one served place, or several candidates, or none of them."""

    area: Area
    place: Place | None = None
    candidates: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Places:
    """The places served, by id, and the gazetteer that finds places in a text."""

    by_id: Mapping[str, Place]
    divisions: Mapping[str, Mapping[str, Sequence[str]]]

    def named(self, name: str) -> Place | None:
        """The served place of a name as faq.md writes it."""
        return next((place for place in self.by_id.values() if place.name == name), None)

    def resolve(self, area: Area) -> Resolution:
        """A district of a served city is that city; a city around a served district could be it or not."""
        for place in self.by_id.values():
            if area.within(place.area):
                return Resolution(area, place)
        inside = tuple(place for place in self.by_id.values() if place.area.within(area))
        return Resolution(area, candidates=inside)

    def exists(self, area: Area) -> bool:
        """Whether the country has such an area."""
        return bool(area.city or not area.district) and _exists(area, self.divisions)

    def gazetteer(self, more_aliases: Mapping[str, str] | None = None) -> Gazetteer:
        """A gazetteer over all divisions, the places' aliases and ``more_aliases`` (name → area path)."""
        aliases = {alias: place.area.path for place in self.by_id.values() for alias in place.aliases}
        return Gazetteer(self.divisions, {**(more_aliases or {}), **aliases})


def load_places(folder: Path) -> Places:
    """Read both files; raises :class:`KnowledgeError`."""
    document = read_yaml(folder / "places.yml")
    divisions = read_yaml(folder / "divisions.yml")
    problems: list[str] = []
    places: dict[str, Place] = {}
    for place_id, entry in document.items():
        problems += _problems(place_id, entry, divisions, folder)
        if not problems:
            places[place_id] = Place(
                id=place_id,
                area=Area.parse(entry["area"]),
                aliases=tuple(entry.get("aliases", ())),
                **{key: entry[key] for key in sorted(_KEYS - {"area", "aliases"}) if key in entry},
            )
    if problems:
        raise KnowledgeError(problems)
    return Places(places, divisions)


def _problems(
    place_id: str, entry: object, divisions: Mapping[str, Mapping[str, Sequence[str]]], folder: Path
) -> list[str]:
    where = f"place {place_id}"
    if not isinstance(entry, dict):
        return [problem("places.yml", where, f"found {entry!r}", "write its name, area and policy")]
    found = [
        problem("places.yml", where, f"unknown key {key!r}", f"use one of {', '.join(sorted(_KEYS))}")
        for key in sorted(set(entry) - _KEYS)
    ]
    found += [
        problem("places.yml", where, f"no {key}", f"add {key}")
        for key in ("name", "official_name", "area", "policy")
        if key not in entry
    ]
    found += [
        problem("places.yml", where, f"{key} {entry[key]!r}", "write a text")
        for key in sorted(_KEYS - {"aliases", "general_rules_are_own"})
        if key in entry and not isinstance(entry[key], str)
    ]
    if not isinstance(entry.get("aliases", []), list):
        found.append(problem("places.yml", where, f"aliases {entry['aliases']!r}", "write a list: [准安]"))
    if not found and not _exists(Area.parse(entry["area"]), divisions):
        found.append(problem("places.yml", where, f"area {entry['area']}", "write one of divisions.yml"))
    if not found and not (folder / "policy" / f"{entry['policy']}.yml").exists():
        found.append(problem("places.yml", where, f"policy {entry['policy']}", "write that policy file"))
    return found


def _exists(area: Area, divisions: Mapping[str, Mapping[str, Sequence[str]]]) -> bool:
    cities = divisions.get(area.province)
    if cities is None or (area.city and area.city not in cities):
        return False
    return not area.district or area.district in cities[area.city]
