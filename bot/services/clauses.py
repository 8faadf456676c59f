"""Clauses (条款) of the source documents as the console shows them, and an answer cut where it states a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.claims import figures_stated_at
from bot.knowledge.figure_checks import policy_numbers, section_figures


@dataclass(frozen=True)
class Clause:
    """One section of a document. ``original`` is its own text, where the documents are at hand.

    ``aged``: the document is so old that the caller has to be told (:meth:`Document.aged`); ``dated`` is the month or
    year that says so.
    """

    id: str
    document: str
    short: str
    heading: str
    precis: str
    original: str | None
    published: str | None
    note: str | None
    aged: bool
    figures: tuple[str, ...]
    issuer: str | None = None
    dated: str | None = None


@dataclass(frozen=True)
class Piece:
    """A run of an answer; a figure is a piece of its own, with the id of the clause that states it."""

    text: str
    clause: str | None = None
    figure: bool = False


class Clauses:
    """Gives the clauses of section ids. ``sources_dir`` holds the original documents, where they are at hand."""

    def __init__(self, sources_dir: Path | None) -> None:
        self._folder = sources_dir
        # The originals never change while one state of the knowledge is in force; each is read once.
        self._read: tuple[KnowledgeBase, dict[str, str | None]] | None = None

    def of(self, base: KnowledgeBase, section_ids: Iterable[str], day: date) -> tuple[Clause, ...]:
        """The clauses of the sections, each once, in order; unknown ids are left out."""
        known = (i for i in dict.fromkeys(section_ids) if i in base.sources.sections)
        return tuple(self._clause(base, section_id, day) for section_id in known)

    def _clause(self, base: KnowledgeBase, section_id: str, day: date) -> Clause:
        section, document = base.sources.sections[section_id], base.sources.document_of(section_id)
        return Clause(
            id=section_id,
            document=document.title,
            short=document.short,
            heading=section.heading,
            precis=section.precis,
            original=self._original(base, section_id),
            published=document.published,
            note=document.note,
            aged=document.aged(day),
            figures=section.figures,
            issuer=document.issuer,
            dated=document.dated,
        )

    def _original(self, base: KnowledgeBase, section_id: str) -> str | None:
        if self._folder is None:
            return None
        if self._read is None or self._read[0] is not base:
            self._read = (base, {})
        texts = self._read[1]
        if section_id not in texts:
            texts[section_id] = base.sources.original(section_id, self._folder)
        return texts[section_id]


def pieces_of(
    body: str, sources: Sequence[str], base: KnowledgeBase, numbers: Mapping[str, set[str]] | None = None
) -> tuple[Piece, ...]:
    """The body in pieces, joined they are the body; a figure that is denied (不是减去…) is no figure of its own.

    ``numbers`` are the policy files' figures by section, where they are known already.
    """
    stated = dict(_stated(sources, base, policy_numbers(base) if numbers is None else numbers))
    return tuple(_cut(body, stated))


def _stated(
    sources: Sequence[str], base: KnowledgeBase, numbers: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """Each figure with the first of the cited sections that states it, as check-knowledge matches them.

    A section's own words go before what a policy file works out from them (70% + 5 个百分点).
    """
    known = [base.sources.sections[source] for source in sources if source in base.sources.sections]
    for section in reversed(known):
        yield from ((figure, section.id) for figure in numbers.get(section.id, set()))
    for section in reversed(known):
        yield from ((figure, section.id) for figure in section_figures(section))


def _cut(body: str, stated: Mapping[str, str]) -> Iterator[Piece]:
    end = 0
    for figure in figures_stated_at(body):
        if body[end : figure.start]:
            yield Piece(body[end : figure.start])
        yield Piece(body[figure.start : figure.end], stated.get(figure.value), figure=True)
        end = figure.end
    if body[end:]:
        yield Piece(body[end:])
