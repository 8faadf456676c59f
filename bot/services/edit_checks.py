"""What is wrong with a topic as it is being written: the checks of `python -m bot check` and a few of its own, by part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.checks import MAX_ANSWER_BYTES
from bot.knowledge.examples_text import LONGEST_EXAMPLE, BadExampleError, clean_example
from bot.knowledge.figure_checks import section_figures
from bot.services.drafts import AnswerDraft, Finding, Level, Near, TopicDraft
from bot.text.figures import figures_at
from bot.text.masking import mask
from bot.wording.editing import figure_hint, finding, message

# Fewer examples than these are mostly too few for the model; so many days before its end an answer has to be replaced.
FEW_EXAMPLES = 10
SOON_DAYS = 31
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_HEADING = re.compile(r"#{2,3} ")
_LISTING = re.compile(r"[\s、，,；;]")
# An opening that answers 要不要 and 能不能 with one word is understood the wrong way round by one of the two.
_OPENING = re.compile(r"(?:可以|是的|能|不能|不可以|对|需要|不需要)[。，！]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
NearOf = Callable[[str, str], Sequence[Near]]


def written_findings(draft: TopicDraft, today: date) -> Iterator[Finding]:
    """What can be told from the draft by itself."""
    if not _ID.fullmatch(draft.id):
        yield _error("id", "bad_id")
    if not draft.question.strip() or len(draft.question.splitlines()) > 1:
        yield _error("question", "no_question")
    if any(not word.strip() or re.search(r"[\r\n、，,]", word) for word in draft.about):
        yield _error("about", "bad_about")
    if not draft.answers:
        yield _error("answers", "no_answers")
    keys = [answer.key for answer in draft.answers]
    for number, answer in enumerate(draft.answers):
        where = f"answers/{number}"
        if keys.index(answer.key) < number:
            yield _error(where, "two_answers", place=answer.place)
        yield from _answer_findings(answer, where, today)
    yield from _example_findings(draft)


def file_findings(
    problems: Iterable[str], draft: TopicDraft, base: KnowledgeBase, new: frozenset[str]
) -> Iterator[Finding]:
    """What `python -m bot check` finds, where it is about this topic or would be ``new``."""
    for line in problems:
        where, found, write = _parts(line)
        topic, _, place = where.partition(" (")
        if topic in (draft.id, draft.label):
            yield from _about_topic(draft, place.rstrip(")"), found, write, base)
        elif line in new:
            code, text = finding(found, write, where=where, **_KNOWN)
            yield Finding("error", "elsewhere", message("elsewhere", detail=text), code=code)


def near_findings(
    draft: TopicDraft, changed: Iterable[str], near: NearOf, elsewhere: dict[str, str]
) -> Iterator[Finding]:
    """Examples that stand in other topics too, word by word or nearly; ``changed`` are those that are looked at."""
    for text in changed:
        where = f"examples/{draft.examples.index(text)}"
        if text in elsewhere:
            yield _error(where, "same_elsewhere", text=text, label=elsewhere[text])
            continue
        for found in near(text, draft.label):
            values = {"text": text, "label": found.label, "other": found.text}
            yield Finding("warning", where, message("near", **values), code="near")
            break


def _answer_findings(answer: AnswerDraft, where: str, today: date) -> Iterator[Finding]:
    if not answer.place or _LISTING.search(answer.place):
        yield _error(where, "bad_place", place=answer.place)
    if not answer.body.strip():
        yield _error(where, "empty_body")
    for number, line in enumerate(answer.body.strip().splitlines(), start=1):
        if _HEADING.match(line):
            yield _error(where, "heading_in_body", number, line=number)
    opening = _OPENING.match(answer.body.strip())
    if opening:
        yield _warning(where, "opening", 1, found=opening[0])
    if mask(answer.body) != answer.body:
        yield _warning(where, "masked")
    yield from _source_findings(answer, where)
    if answer.checked_on is None:
        yield _error(where, "no_checked_on")
    yield from _day_findings(answer, where, today)


def _source_findings(answer: AnswerDraft, where: str) -> Iterator[Finding]:
    if not answer.sources:
        yield _error(where, "no_source")
    for source in answer.sources:
        if not source or _LISTING.search(source):
            yield _error(where, "bad_source", source=source)


def _day_findings(answer: AnswerDraft, where: str, today: date) -> Iterator[Finding]:
    if answer.since is not None and answer.since > today:
        yield _warning(where, "future", day=answer.since)
    if answer.until is None:
        return
    days = (answer.until - today).days
    if days < 0:
        yield _warning(where, "ended", day=answer.until)
    elif days <= SOON_DAYS:
        yield _warning(where, "ends_soon", day=answer.until, days=days, place=answer.place)


def _example_findings(draft: TopicDraft) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, text in enumerate(draft.examples):
        where = f"examples/{number}"
        try:
            clean = clean_example(text)
        except BadExampleError as error:
            yield _error(where, f"example_{error}", number=number + 1, most=LONGEST_EXAMPLE)
            continue
        if clean in seen:
            yield _warning(where, "example_twice", text=text)
        elif clean != text.strip():
            yield _warning(where, "example_changed", text=text, clean=clean)
        if mask(text) != text:
            yield _warning(where, "masked")
        seen.add(clean)
    if not draft.examples:
        yield _error("examples", "no_examples")
    elif len(seen) < FEW_EXAMPLES:
        yield _warning("examples", "few_examples", count=len(seen), least=FEW_EXAMPLES)


def _about_topic(
    draft: TopicDraft, place: str, found: str, write: str, base: KnowledgeBase
) -> Iterator[Finding]:
    """A finding beside the answers of its place."""
    figure = found.partition(" does not stand in ")[0]
    hint = figure_hint(_other_places(figure, place, base)) if figure != found else ""
    code, text = finding(found, write, where=draft.id, place=place, hint=hint, **_KNOWN)
    numbers = [n for n, answer in enumerate(draft.answers) if answer.place == place]
    lines = {n: _line_of(draft.answers[n].body, code, found, figure) for n in numbers}
    # Of two answers of a place (one from a later day on), the one in which it stands.
    hit = [n for n in numbers if lines[n] is not None] or numbers
    for number in hit:
        yield Finding("error", f"answers/{number}", text, lines[number], code)
    if not hit:
        yield Finding("error", "examples" if code == "no_examples" else "answers", text, code=code)


def _other_places(figure: str, place: str, base: KnowledgeBase) -> list[str]:
    """The places in whose documents a figure stands, where this place is none of them."""
    places = [
        base.sources.document_of(section.id).places
        for section in base.sources.sections.values()
        if figure in section_figures(section)
    ]
    found = dict.fromkeys(name for names in places for name in names)
    return [] if place in found else list(found)


def _line_of(body: str, code: str, found: str, figure: str) -> int | None:
    if code in ("figure", "figure_other"):
        wanted = figure.removesuffix(" is no figure of the estimate")
        starts = [at.start for at in figures_at(body) if at.value == wanted]
    elif code == "copied":
        han = list(_HAN.finditer(body))
        start = "".join(match.group() for match in han).find(found[len("copies '") : -1])
        starts = [han[start].start()] if start >= 0 else []
    else:
        return None
    return body.count("\n", 0, starts[0]) + 1 if starts else None


def _parts(line: str) -> tuple[str, str, str]:
    """A problem's place, what was found, and what to write."""
    _, _, rest = line.partition(", ")
    where, _, rest = rest.partition(": ")
    found, _, write = rest.partition("; ")
    return where, found, write


_KNOWN = {"most": MAX_ANSWER_BYTES, "characters": MAX_ANSWER_BYTES // 3}


def _error(where: str, code: str, at: int | None = None, **values: object) -> Finding:
    return _found("error", where, code, at, values)


def _warning(where: str, code: str, at: int | None = None, **values: object) -> Finding:
    return _found("warning", where, code, at, values)


def _found(level: Level, where: str, code: str, at: int | None, values: dict[str, object]) -> Finding:
    return Finding(level, where, message(code, **values), at, code)
