"""A message taken apart into sentences and lists, which is what can be read out or left out as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ITEM = re.compile(r"^(?P<mark>[-·*•]|\d{1,2}[.、)）](?!\d))\s*(?P<text>\S.*)$")
# A full stop inside quotes or brackets ends no sentence of ours.
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?][”』）》]*|[^。！？!?\n]+")
_LEADS_ON = ("：", ":")


@dataclass
class Item:
    """One entry of a list, what belongs to it on lines of its own, and the entries of a list inside it."""

    text: str
    notes: list[str] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        """Everything it says."""
        return "\n".join([self.text, *self.notes, *self.inner])


@dataclass
class Block:
    """One sentence, or a list with the sentence that leads on to it; a list is never torn."""

    text: str = ""
    items: list[Item] = field(default_factory=list)
    numbered: bool = False

    @property
    def whole(self) -> str:
        """Everything it says."""
        return "\n".join([self.text, *(item.whole for item in self.items)])


def blocks_of(message: str) -> list[Block]:
    """The blocks of a message in order."""
    blocks: list[Block] = []
    for line in message.splitlines():
        item = _ITEM.match(line.strip())
        if item is not None:
            _add_item(blocks, item["text"], numbered=item["mark"][0].isdigit())
        elif line.startswith("  ") and blocks and blocks[-1].items:
            blocks[-1].items[-1].notes.append(line.strip())
        else:
            blocks += (Block(sentence) for sentence in sentences_of(line))
    return blocks


def sentences_of(line: str) -> Iterator[str]:
    """The sentences of a line, with their full stops."""
    for found in _SENTENCE.findall(line):
        if found.strip():
            yield found.strip()


def _add_item(blocks: list[Block], text: str, *, numbered: bool) -> None:
    """Put an item into the list it goes on with or lies in, or begin one, below the sentence that leads on to it."""
    last = blocks[-1] if blocks else Block("。")
    if last.items and last.numbered == numbered:
        last.items.append(Item(text))
    elif last.items and last.items[-1].text.endswith(_LEADS_ON):
        last.items[-1].inner.append(text)
    elif not last.items and last.text.endswith(_LEADS_ON):
        last.items.append(Item(text))
        last.numbered = numbered
    else:
        blocks.append(Block(items=[Item(text)], numbered=numbered))
