"""Everything the knowledge base tells people, in one form: what is said, for which place, on which sections' word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.places import GENERAL
from bot.knowledge.policy_files import parameters_of
from bot.policy.parameters import Dated, Parameter
from bot.text.figures import Figure, figures_at, figures_in, percent, yuan

# "80% 是用原来的比例乘以 80%，不是减去 20 个百分点": a figure that is denied is not stated.
_DENIED = re.compile(r"不是[^，。；\n]*")


@dataclass(frozen=True)
class Claim:
    """One answer, one policy value or one telephone, and the sections it cites. ``place``: its place's name or 通用."""

    file: str
    where: str
    place: str
    texts: tuple[str, ...]
    figures: tuple[str, ...]
    sources: tuple[str, ...]
    # How a computed figure comes about: the parameter's description and note.
    hint: str = ""


def claims_of(base: KnowledgeBase) -> Iterator[Claim]:
    """All claims: the answers, the policy values, the hotlines."""
    for topic in base.faq.values():
        for answer in topic.answers:
            figures = figures_stated(answer.body)
            where = f"{topic.id} ({answer.place})"
            yield Claim("faq.md", where, answer.place, (answer.body,), figures, answer.sources)
    for place in base.places.by_id.values():
        if place.hotline_source is not None:
            hotline = tuple(figures_in(place.hotline))
            yield Claim("places.yml", place.id, place.name, (), hotline, (place.hotline_source,))
    for policy_id in base.policies:
        yield from _policy_claims(base, policy_id)


def figures_stated(text: str) -> tuple[str, ...]:
    """The figures that a text states rather than denies."""
    return tuple(figure.value for figure in figures_stated_at(text))


def figures_stated_at(text: str) -> list[Figure]:
    """The figures that a text states rather than denies, with their places in the text."""
    return figures_at(_DENIED.sub(lambda found: "，" * len(found.group()), text))


def number_as_figure(unit: str, number: Decimal) -> str:
    """A number of a policy file as people read it: 0.65 is ``65%``, 600 is ``600元``."""
    return percent(number) if unit == "/1" else yuan(number)


def _policy_claims(base: KnowledgeBase, policy_id: str) -> Iterator[Claim]:
    served = [place.name for place in base.places.by_id.values() if place.policy == policy_id]
    owner = GENERAL if policy_id == "national" or not served else served[0]
    for trail, parameter in parameters_of(base.policies[policy_id]):
        for value in parameter.values:
            texts, figures = _stated(parameter, value)
            hint = f"{parameter.description}\n{value.note or ''}"
            yield Claim(f"policy/{policy_id}.yml", trail, owner, texts, figures, value.source, hint)


def _stated(parameter: Parameter[Any], value: Dated[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of a value with its note, which people see beside it, and the figures of both."""
    texts = tuple(_texts((value.value, value.note)))
    figures = tuple(figure for text in texts for figure in figures_stated(text))
    if isinstance(value.value, Decimal):
        figures = (number_as_figure(parameter.unit, value.value), *figures)
    return texts, figures


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
