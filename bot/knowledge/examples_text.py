"""``data/nlu.yml`` as text: every intent's block with its exact characters, so that an edit changes its own lines alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.knowledge.errors import KnowledgeError, problem

LONGEST_EXAMPLE = 300
"""Characters of an example at most; nobody asks in more, and WeChat's own messages are mostly far shorter."""

_INTENT = re.compile(r"- intent: *(?P<intent>[^\s#'\"]+)\s*")
_EXAMPLES = re.compile(r"  examples: \|\s*")
_EXAMPLE = re.compile(r"(?P<indent> +)- (?P<text>.*)")
_INDENT = "    "
# What Rasa takes for an annotated entity: [text](entity), [text]{"entity": ...}, [text][...].
_ANNOTATED = re.compile(r"\[[^\]]+?\](?:\([^:)]+?(?::[^)]+)?\)|\{[^}]+?\}|\[.*?\])")
# The wide brackets are the same to the model, which reads everything in half width.
_WIDE = str.maketrans("[]", "［］")
# Characters that no YAML file holds, and the mark of byte order.
_IMPOSSIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]+")


class BadExampleError(ValueError):
    """A text that cannot be an example; the message is one word for why: ``empty`` or ``long``."""


@dataclass(frozen=True)
class Block:
    """An intent with its examples, or (``intent`` is empty) whatever else stands in the file."""

    intent: str
    lines: tuple[str, ...]

    @property
    def editable(self) -> bool:
        """Whether it is written in the style that is edited here."""
        return bool(self.intent) and len(self.lines) > 1 and bool(_EXAMPLES.fullmatch(self.lines[1]))

    @property
    def examples(self) -> tuple[str, ...]:
        """The examples."""
        return tuple(text for text in map(_text, self.lines[2:]) if text is not None)


@dataclass(frozen=True)
class ExamplesText:
    """The whole file."""

    blocks: tuple[Block, ...]

    @property
    def raw(self) -> str:
        """The file's exact text."""
        return "".join(line for block in self.blocks for line in block.lines)

    @property
    def newline(self) -> str:
        """How lines end in this file."""
        return "\r\n" if "\r\n" in self.raw else "\n"

    def examples(self, intent: str) -> tuple[str, ...]:
        """The examples of an intent; none where it is not there."""
        block = self._block(intent)
        return block.examples if block is not None else ()

    def with_examples(self, intent: str, texts: Sequence[str]) -> ExamplesText:
        """The file with these examples for an intent, each a clean one; an intent that is not there is added."""
        block = self._block(intent)
        if block is None:
            return self._with_new(intent, texts)
        if block.examples == tuple(texts):
            return self
        if not block.editable:
            found, write = "is not written as `examples: |`", "write it like the intents around it"
            raise KnowledgeError([problem("nlu.yml", f"intent {intent}", found, write)])
        written = replace(block, lines=_rewritten(block, texts, self.newline))
        return ExamplesText(tuple(written if b is block else b for b in self.blocks))

    def without(self, intent: str) -> ExamplesText:
        """The file without an intent."""
        kept = tuple(block for block in self.blocks if block.intent != intent)
        was_last = bool(self.blocks) and self.blocks[-1].intent == intent
        return _trimmed(kept, self.newline) if was_last and kept else ExamplesText(kept)

    def _block(self, intent: str) -> Block | None:
        return next((block for block in self.blocks if block.intent == intent), None)

    def _with_new(self, intent: str, texts: Sequence[str]) -> ExamplesText:
        """A new intent stands behind the last one of its kind (``faq/…``), else at the end."""
        newline = self.newline
        head = [f"- intent: {intent}{newline}", f"  examples: |{newline}"]
        lines = [*head, *(f"{_INDENT}- {text}{newline}" for text in texts)]
        kind = intent.partition("/")[0] + "/"
        alike = [n for n, block in enumerate(self.blocks) if block.intent.startswith(kind)]
        place = alike[-1] + 1 if alike else len(self.blocks)
        if place == len(self.blocks):
            before = _ended(self.blocks, newline)
            return ExamplesText((*before, Block(intent, tuple(lines))))
        before = _ended(self.blocks[:place], newline)
        return ExamplesText((*before, Block(intent, (*lines, newline)), *self.blocks[place:]))


def parse_examples_text(text: str) -> ExamplesText:
    """Cut the file into its blocks; joined again they are the file."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.startswith("- "):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return ExamplesText(tuple(_block(lines) for lines in blocks if lines))


def clean_example(text: str) -> str:
    """A text as it can stand in the file: one line, no brackets that Rasa would read; raises BadExampleError.

    What cannot stand there in any way is left out; breaks between lines become spaces.
    """
    one_line = _IMPOSSIBLE.sub("", _BREAKS.sub(" ", text)).strip()
    if not one_line:
        raise BadExampleError("empty")
    if len(one_line) > LONGEST_EXAMPLE:
        raise BadExampleError("long")
    return one_line.translate(_WIDE) if _ANNOTATED.search(one_line) else one_line


def _block(lines: list[str]) -> Block:
    found = _INTENT.fullmatch(lines[0])
    return Block(found["intent"] if found else "", tuple(lines))


def _text(line: str) -> str | None:
    found = _EXAMPLE.match(line)
    text = found["text"].strip() if found else ""
    return text or None


def _rewritten(block: Block, texts: Sequence[str], newline: str) -> tuple[str, ...]:
    """The block's lines: those of examples that stay are what they were, and so is everything that is no example."""
    known: dict[str, list[str]] = {}
    for line in block.lines[2:]:
        text = _text(line)
        if text is not None:
            known.setdefault(text, []).append(line)
    first = next((_EXAMPLE.match(line) for line in block.lines[2:] if _EXAMPLE.match(line)), None)
    indent = first["indent"] if first else _INDENT
    written = [_line(known, text, f"{indent}- {text}{newline}") for text in texts]
    return (*block.lines[:2], *_in_place(block.lines[2:], written, newline))


def _line(known: dict[str, list[str]], text: str, new: str) -> str:
    lines = known.get(text)
    return lines.pop(0) if lines else new


def _in_place(lines: Sequence[str], written: list[str], newline: str) -> Iterator[str]:
    """The written examples where examples stood; the lines around them (blank ones, most of all) stay where they are."""
    last = max((n for n, line in enumerate(lines) if _text(line) is not None), default=-1)
    left = list(written)
    for number, line in enumerate(lines[: last + 1]):
        if _text(line) is None:
            yield line
        elif left and (left[0] == line or number < last):
            yield _whole(left.pop(0), newline)
    yield from (_whole(line, newline) for line in left)
    yield from lines[last + 1 :]


def _whole(line: str, newline: str) -> str:
    return line if line.endswith(("\n", "\r")) else line + newline


def _ended(blocks: Sequence[Block], newline: str) -> tuple[Block, ...]:
    """Blocks of which the last ends in a blank line."""
    if not blocks or not blocks[-1].lines or not blocks[-1].lines[-1].strip():
        return tuple(blocks)
    last = blocks[-1]
    lines = (*last.lines[:-1], _whole(last.lines[-1], newline), newline)
    return (*blocks[:-1], replace(last, lines=lines))


def _trimmed(blocks: Sequence[Block], newline: str) -> ExamplesText:
    """The file ends with its last line."""
    lines = list(blocks[-1].lines)
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    lines[-1] = _whole(lines[-1], newline)
    return ExamplesText((*blocks[:-1], replace(blocks[-1], lines=tuple(lines))))
