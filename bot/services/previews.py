"""How a topic that is being written will look: what the bot sends, and what the hotline reads out and sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.places import GENERAL, NATIONAL_HOTLINE
from bot.services.drafts import TopicDraft, topic_of
from bot.services.standing import source_line_of
from bot.wording.renderings import Message, render


@dataclass(frozen=True)
class Look:
    """One answer as people will meet it; ``parts`` counts the short messages."""

    place: str
    wechat: str
    spoken: str
    sms: str
    parts: int


def previews(draft: TopicDraft, knowledge: Callable[[], KnowledgeBase]) -> tuple[Look, ...]:
    """Every answer of a draft that has a place and a text; made by what the channels use."""
    base = knowledge()
    looks = []
    for answer in topic_of(draft).answers:
        if not answer.place or not answer.body.strip():
            continue
        place = base.places.named(answer.place)
        found = render(
            Message(
                question=draft.question,
                body=answer.body,
                place=answer.place if answer.place != GENERAL else "",
                hotline=place.hotline if place is not None else NATIONAL_HOTLINE,
                documents=tuple(
                    dict.fromkeys(
                        base.sources.document_of(section).short
                        for section in answer.sources
                        if section in base.sources.sections
                    )
                ),
                checked_on=answer.checked_on,
                source_line=source_line_of(answer, base, "zh"),
            )
        )
        looks.append(Look(answer.place, found.wechat, found.spoken, found.sms.text, found.sms.parts))
    return tuple(looks)
