"""The insured place of a person: its name and hotline, whether it is served, and what people call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.places import NATIONAL_HOTLINE, Place
from bot.policy.areas import Area
from bot.services.profile import UNKNOWN, Slots


@dataclass(frozen=True)
class InsuredPlace:
    """Where a person is insured: a served place, or only a name. Neither: not known."""

    place: Place | None = None
    area: Area | None = None

    @property
    def id(self) -> str | None:
        """The id of a served place."""
        return self.place.id if self.place is not None else None

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return self.place is not None or self.area is not None

    @property
    def name(self) -> str:
        """What people call it; 参保地 while it is not known."""
        if self.place is not None:
            return self.place.name
        return self.area.name if self.area is not None else "参保地"

    @property
    def hotline(self) -> str:
        """The place's own hotline, else the national one."""
        return self.place.hotline if self.place is not None else NATIONAL_HOTLINE

    @property
    def home(self) -> Area | None:
        """The area inside which care is not 异地."""
        return self.place.area if self.place is not None else self.area


def insured_place(slots: Slots, base: KnowledgeBase) -> InsuredPlace:
    """Read the slots; a place that is not served any more counts as not known."""
    place_id, area = slots.get("insured_place"), slots.get("insured_area")
    if place_id and place_id != UNKNOWN:
        return InsuredPlace(base.places.by_id.get(place_id))
    return InsuredPlace(area=Area.parse(area)) if area else InsuredPlace()


def served_names(base: KnowledgeBase) -> Sequence[str]:
    """The names of the served places, in the order of places.yml."""
    return [place.name for place in base.places.by_id.values()]


def scenes(base: KnowledgeBase) -> dict[str, str]:
    """What somebody says who scans the QR code of a served place: the code's scene id is the place's id."""
    return {place_id: f"我的参保地是{place.name}" for place_id, place in base.places.by_id.items()}
