"""Text in the cells of a spreadsheet: what could act as a formula is known, what no cell can hold is taken out."""

from __future__ import annotations

import re

__all__ = ["acts_as_formula", "clean"]

# What a spreadsheet may take for the beginning of a formula; the wide ones count in Chinese and Japanese settings.
_FORMULA = re.compile(r"^[\s\x00]*[=+\-@＝＋－＠]")
# What XML, and with it .xlsx, does not know: control characters and half emoji.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_000  # Excel takes 32,767.


def acts_as_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula."""
    return bool(_FORMULA.match(text))


def clean(text: str) -> str:
    """The text as a cell can hold it."""
    return _CONTROL.sub("", text)[:_LONGEST]
