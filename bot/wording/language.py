"""The two languages of the conversation, and how official Chinese terms appear in English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Language = Literal["zh", "en"]
# Gives the English of an official Chinese text, or None where none is written down.
Gloss = Callable[[str], "str | None"]
# Gives a section of the source documents in a few words.
Cite = Callable[[str], str]


def say(language: Language, chinese: str, english: str) -> str:
    """The one of two sentences that the person reads."""
    return chinese if language == "zh" else english


def official(text: str, language: Language, gloss: Gloss) -> str:
    """An official term: as it is in Chinese; in English the translation with the Chinese in brackets."""
    if language == "zh":
        return text
    english = gloss(text)
    return f"{english} ({text})" if english else text


def sentence(text: str, language: Language, gloss: Gloss) -> str:
    """A rule in words: as it is in Chinese; in English its translation, or the Chinese where none is written down."""
    return text if language == "zh" else gloss(text) or text
