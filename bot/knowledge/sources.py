"""``knowledge/sources.yml``: every section of the source documents, with our précis and the figures it states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.knowledge.errors import KnowledgeError, problem
from bot.knowledge.yaml_files import read_yaml

_DOCUMENT_KEYS = {"title", "short", "issuer", "published", "note", "file", "places", "sections"}
# Rules on care elsewhere change every few years: of what can be settled directly, the letter of 2019 and the FAQ of 2022
# already say different things. Whoever reads out a document older than this has to say from when it is.
AGED_AFTER_YEARS = 3
_YEAR = re.compile(r"(20\d{2})\s*年")
_DECEMBER = 12
_SECTION_KEYS = {"heading", "lines", "precis", "figures"}


@dataclass(frozen=True)
class Section:
    """One section of a document. ``lines`` are the (first, last) line numbers in the original file, 1-based."""

    id: str
    document: str
    heading: str
    precis: str
    figures: tuple[str, ...]
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Document:
    """A source document; ``note`` is what a reader must know about it (a letter of 2019)."""

    id: str
    title: str
    short: str
    issuer: str | None
    published: str | None
    note: str | None
    file: str
    places: tuple[str, ...]

    @property
    def dated(self) -> str | None:
        """The month or year it is from: as published, else the latest year that its note names (文中最晚提到 2021 年)."""
        return self.published or max(_YEAR.findall(self.note or ""), default=None)

    def aged(self, day: date) -> bool:
        """Whether the document is so old on ``day`` that people have to be told; not known without any date."""
        if self.dated is None:
            return False
        year, _, month = self.dated.partition("-")
        # A year or a month counts from its last day on, so that nothing is called old too early.
        latest = (int(year) + AGED_AFTER_YEARS, int(month[:2] or _DECEMBER))
        return (day.year, day.month) > latest


@dataclass(frozen=True)
class Sources:
    """All documents and all their sections, by id."""

    documents: Mapping[str, Document]
    sections: Mapping[str, Section]

    def document_of(self, section_id: str) -> Document:
        """The document a section belongs to."""
        return self.documents[self.sections[section_id].document]

    def citation(self, section_id: str) -> str:
        """A section in a few words: the document's short title and the heading."""
        section = self.sections[section_id]
        return f"{self.documents[section.document].short} {section.heading}"

    def original(self, section_id: str, folder: Path) -> str | None:
        """The section's original text from ``folder``; None where the document is not there."""
        path = folder / self.document_of(section_id).file
        if not path.is_file():
            return None
        lines = path.read_text(encoding="utf-8").splitlines()
        return "\n".join(
            line for first, last in self.sections[section_id].lines for line in lines[first - 1 : last]
        )


def load_sources(path: Path) -> Sources:
    """Read the file; raises :class:`KnowledgeError`."""
    document = read_yaml(path)
    problems = list(_problems(path.name, document))
    if problems:
        raise KnowledgeError(problems)
    documents = {key: _document(key, entry) for key, entry in document.items()}
    sections = {
        section_id: _section(section_id, key, entry)
        for key, found in document.items()
        for section_id, entry in found["sections"].items()
    }
    return Sources(documents, sections)


def _document(key: str, entry: Mapping[str, Any]) -> Document:
    fields = {name: entry[name] for name in _DOCUMENT_KEYS - {"sections", "places"}}
    return Document(id=key, places=tuple(entry["places"]), **fields)


def _section(section_id: str, document: str, entry: Mapping[str, Any]) -> Section:
    return Section(
        id=section_id,
        document=document,
        heading=entry["heading"],
        precis=entry["precis"],
        figures=tuple(str(figure) for figure in entry["figures"]),
        lines=tuple(_ranges(str(entry["lines"]))),
    )


def _ranges(written: str) -> Iterator[tuple[int, int]]:
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", written):
        yield int(first), int(last or first)


def _problems(name: str, document: Any) -> Iterator[str]:
    seen: set[str] = set()
    for key, entry in document.items():
        yield from _key_problems(name, f"document {key}", entry, _DOCUMENT_KEYS)
        if not isinstance(entry, dict) or not isinstance(entry.get("places"), list):
            yield problem(name, f"document {key}", "no list of places", "write places: [<place>]")
            continue
        if not isinstance(entry.get("sections"), dict):
            yield problem(name, f"document {key}", "no sections", "write sections: with an id for each")
            continue
        for section_id, section in entry["sections"].items():
            yield from _key_problems(name, f"section {section_id}", section, _SECTION_KEYS)
            if isinstance(section, dict) and not isinstance(section.get("figures"), list):
                yield problem(
                    name, f"section {section_id}", "figures is no list", 'write figures: ["600 元"] or []'
                )
            if section_id in seen:
                yield problem(name, f"section {section_id}", "stands twice", "give each section one id")
            seen.add(section_id)


def _key_problems(name: str, place: str, entry: Any, allowed: set[str]) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield problem(name, place, f"found {entry!r}", f"write {', '.join(sorted(allowed))}")
        return
    for key in sorted(set(entry) - allowed):
        yield problem(name, place, f"unknown key {key!r}", f"use {', '.join(sorted(allowed))}")
    for key in sorted(allowed - set(entry)):
        yield problem(name, place, f"no {key!r}", f"add {key}")
