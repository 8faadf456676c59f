"""The checks that need the original documents: the lines and figures of sources.yml, and that no sentence is copied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.knowledge.claims import Claim
from bot.knowledge.errors import problem
from bot.knowledge.sources import Document, Section, Sources
from bot.text.figures import counts_in, figures_in

# From this many equal characters in a row on, a sentence counts as copied.
COPIED_RUN = 25
# Names have to be given as they are: those of menus, papers and buttons, and the items of a list (the five diseases of
# 云南 17 alone are 25 characters), which are names and no sentence.
_NAMES = re.compile(r"“[^”]*”|《[^》]*》|、|\n")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def original_problems(sources: Sources, claims: Sequence[Claim], folder: Path) -> list[str]:
    """Findings on sources.yml and on copied sentences, by the documents in ``folder``."""
    texts = {document.id: _read(document, folder) for document in sources.documents.values()}
    absent = [sources.documents[document_id] for document_id, text in texts.items() if text is None]
    findings = [
        problem("sources.yml", a.id, f"{a.file} is not in SOURCES_DIR", "put it there") for a in absent
    ]
    for section in sources.sections.values():
        text = texts[section.document]
        if text is not None:
            findings += _section_problems(section, text.splitlines())
    findings += _heading_problems(sources)
    findings += _copied(sources, claims, [text for text in texts.values() if text is not None])
    return findings


def _read(document: Document, folder: Path) -> str | None:
    path = folder / document.file
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _section_problems(section: Section, lines: Sequence[str]) -> Iterator[str]:
    for first, last in section.lines or ((0, 0),):
        if not 1 <= first <= last <= len(lines):
            write = f"write first-last between 1 and {len(lines)}"
            yield problem("sources.yml", section.id, f"lines {first}-{last}", write)
            return
    text = "\n".join(line for first, last in section.lines for line in lines[first - 1 : last])
    if not text.strip():
        yield problem("sources.yml", section.id, "its lines are empty", "write where the section stands")
        return
    plain = re.sub(r"\s", "", text)
    stated = {*figures_in(plain), *counts_in(plain)}
    for written in section.figures:
        for figure in figures_in(written):
            if figure not in stated and not _doubled(figure, plain):
                found = f"{written!r} is not in its lines"
                yield problem("sources.yml", section.id, found, "write the document's figure")


def _doubled(figure: str, plain: str) -> bool:
    """Whether a long figure stands twice over, as in the scanned letter of 高邮: 127127, 05140514--8460105084601050."""
    parts = re.findall(r"\d+|\D+", figure)
    return len(figure) >= 3 and "".join(part * 2 for part in parts) in plain


def _heading_problems(sources: Sources) -> Iterator[str]:
    """People find a section by its heading, so a document has each one once."""
    seen = Counter((section.document, section.heading) for section in sources.sections.values())
    for section in sources.sections.values():
        if seen[section.document, section.heading] > 1:
            found = f"heading {section.heading!r} stands twice"
            yield problem("sources.yml", section.id, found, "give each its own")


def _copied(sources: Sources, claims: Sequence[Claim], texts: Sequence[str]) -> Iterator[str]:
    """Our sentences are our own: no long run of characters of a document, its punctuation and spacing aside."""
    originals = {run for text in texts for run in _runs("".join(_HAN.findall(text)))}
    ours = [(claim.file, claim.where, text) for claim in claims for text in claim.texts]
    ours += [("sources.yml", section.id, section.precis) for section in sources.sections.values()]
    for file, where, text in ours:
        pieces = ("".join(_HAN.findall(piece)) for piece in _NAMES.split(text))
        copied = next((run for piece in pieces for run in _runs(piece) if run in originals), None)
        if copied is not None:
            yield problem(file, where, f"copies {copied!r}", "say it in your own short words")


def _runs(text: str) -> Iterator[str]:
    for start in range(len(text) - COPIED_RUN + 1):
        yield text[start : start + COPIED_RUN]
