"""What a use-case gives back to a channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.knowledge.sources import Sources
from bot.wording.questions import Option


@dataclass(frozen=True)
class SourceNote:
    """A source as a page shows it when it is unfolded."""

    document: str
    section: str
    precis: str
    checked_on: str
    note: str | None

    def as_dict(self) -> dict[str, str | None]:
        """For JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Reply:
    """One message: its text, tappable options, the sources it rests on, and whether it sends the person to a human."""

    text: str
    options: tuple[Option, ...] = ()
    sources: tuple[SourceNote, ...] = ()
    human: bool = False


def source_notes(sources: Sources, section_ids: Iterable[str], checked_on: str) -> tuple[SourceNote, ...]:
    """The notes of the sections, each once, in order."""
    return tuple(
        SourceNote(
            document=sources.document_of(section_id).title,
            section=sources.sections[section_id].heading,
            precis=sources.sections[section_id].precis,
            checked_on=checked_on,
            note=sources.document_of(section_id).note,
        )
        for section_id in dict.fromkeys(section_ids)
        if section_id in sources.sections
    )
