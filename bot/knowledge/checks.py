"""The checks on the knowledge base: what its files say must stand in the documents and belong to its place.

Pure functions over a :class:`KnowledgeBase`; every finding is one line (:func:`bot.knowledge.errors.problem`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.claims import Claim, claims_of
from bot.knowledge.errors import problem
from bot.knowledge.figure_checks import figure_problems
from bot.knowledge.original_checks import original_problems
from bot.knowledge.places import GENERAL

# A WeChat text message holds 2,048 bytes; the source line and the caveat of an answer need the rest.
MAX_ANSWER_BYTES = 1_800
_INTENT_PREFIX = "faq/"


def find_problems(
    base: KnowledgeBase,
    intents: Collection[str] | None = None,
    sources_dir: Path | None = None,
    today: date | None = None,
) -> list[str]:
    """Every finding, one line each; empty when all is well.

    ``intents`` are the intents of the training examples (``faq/<topic>``), ``sources_dir`` the folder with the original
    documents, ``today`` the day after which nothing can have been checked; what is not given is not checked.
    """
    claims = list(claims_of(base))
    findings = [*_citation_problems(base, claims), *_coverage_problems(base)]
    findings += [*_place_problems(base), *_answer_problems(base)]
    # A figure can only be compared with sections that exist.
    known = [claim for claim in claims if all(source in base.sources.sections for source in claim.sources)]
    findings += figure_problems(base, known)
    if intents is not None:
        findings += _intent_problems(base, intents)
    if today is not None:
        findings += _day_problems(base, today)
    if sources_dir is not None:
        findings += original_problems(base.sources, known, sources_dir)
    return list(dict.fromkeys(findings))


def _citation_problems(base: KnowledgeBase, claims: Sequence[Claim]) -> Iterator[str]:
    """Every cited section exists and belongs to the place."""
    for claim in claims:
        for source in claim.sources:
            if source not in base.sources.sections:
                found, write = f"cites {source!r}", "write a section id of sources.yml"
                yield problem(claim.file, claim.where, found, write)
                continue
            places = base.sources.document_of(source).places
            if claim.place not in places:
                found = f"cites {source} of {'、'.join(places)}"
                write = f"cite a document of {claim.place}, or drop what it says"
                yield problem(claim.file, claim.where, found, write)


def _coverage_problems(base: KnowledgeBase) -> Iterator[str]:
    """Every section is cited by an answer, so that nothing of the documents is left out."""
    cited = {source for topic in base.faq.values() for answer in topic.answers for source in answer.sources}
    for section in base.sources.sections.values():
        if section.id not in cited:
            found, write = "no answer cites it", "say in faq.md what the section states"
            yield problem("sources.yml", section.id, found, write)


def _place_problems(base: KnowledgeBase) -> Iterator[str]:
    """A name means one place."""
    names = [place.name for place in base.places.by_id.values()]
    for place in base.places.by_id.values():
        if names.count(place.name) > 1 or place.name == GENERAL:
            yield problem("places.yml", place.id, f"name {place.name}", "write a name no other place has")


def _answer_problems(base: KnowledgeBase) -> Iterator[str]:
    """An answer is for a place served, fits one message and is in force at some time."""
    served = {place.name for place in base.places.by_id.values()} | {GENERAL}
    for topic in base.faq.values():
        for answer in topic.answers:
            where = f"{topic.id} ({answer.place})"
            if answer.place not in served:
                write = f"write one of {'、'.join(sorted(served))}"
                yield problem("faq.md", where, f"{answer.place} is no place served", write)
            size = len(answer.body.encode())
            if size > MAX_ANSWER_BYTES:
                write = f"write at most {MAX_ANSWER_BYTES}, about {MAX_ANSWER_BYTES // 3} characters"
                yield problem("faq.md", where, f"{size} bytes", write)
            if answer.since and answer.until and answer.until < answer.since:
                yield problem("faq.md", where, f"ends {answer.until}, before it begins", "mend 自 or 至")


def _intent_problems(base: KnowledgeBase, intents: Collection[str]) -> Iterator[str]:
    """Every topic has training examples, and every intent of the FAQ a topic."""
    trained = {intent[len(_INTENT_PREFIX) :] for intent in intents if intent.startswith(_INTENT_PREFIX)}
    for topic_id in base.faq:
        if topic_id not in trained:
            yield problem("faq.md", topic_id, "has no examples", f"add intent faq/{topic_id} to data/nlu.yml")
    for topic_id in sorted(trained - set(base.faq)):
        yield problem("data/nlu.yml", f"faq/{topic_id}", "has no answer", f"add ## {topic_id} to faq.md")


def _day_problems(base: KnowledgeBase, today: date) -> Iterator[str]:
    """Nothing was checked in the future."""
    for topic in base.faq.values():
        for answer in topic.answers:
            if answer.checked_on > today:
                where = f"{topic.id} ({answer.place})"
                yield problem("faq.md", where, f"核对 {answer.checked_on}", f"write a day up to {today}")
    for policy_id, policy in base.policies.items():
        if policy.verified_on > today:
            found = f"{policy.verified_on}"
            yield problem(f"policy/{policy_id}.yml", "verified_on", found, f"write a day up to {today}")
