"""The files that maintainers edit, as they are this moment, and as they would be after an edit."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.knowledge.base import KnowledgeBase, LiveKnowledge
from bot.knowledge.checks import find_problems
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.examples_text import ExamplesText, parse_examples_text
from bot.knowledge.faq import Faq
from bot.knowledge.faq_text import FaqText, parse_faq_text
from bot.knowledge.trial import read_examples, read_faq
from bot.knowledge.writing import Change
from bot.services.drafts import EditError, TopicDraft, draft_of, topic_of
from bot.wording.editing import message

FAQ_FILE, EXAMPLES_FILE = "knowledge/faq.md", "data/nlu.yml"


@dataclass(frozen=True)
class State:
    """Both files with what is read from them, and the rest of the knowledge."""

    faq_text: FaqText
    examples_text: ExamplesText
    base: KnowledgeBase
    examples: Mapping[str, list[str]]

    def draft(self, topic_id: str) -> TopicDraft | None:
        """A topic as it is now."""
        topic, text = self.base.faq.get(topic_id), self.faq_text.topic(topic_id)
        if topic is None or text is None:
            return None
        return draft_of(topic, text.about, tuple(self.examples.get(f"faq/{topic_id}", ())))

    def with_topic(self, draft: TopicDraft) -> State:
        """The state with a topic in another wording; EditError where it cannot be written."""
        topic = topic_of(draft)
        faq = self.faq_text.with_topic(topic, draft.about, self.base.faq.get(draft.id))
        known = draft.label in self.examples or draft.examples
        examples = self._examples_with(draft.label, draft.examples) if known else self.examples_text
        after = self._read_anew(faq, examples)
        if after.base.faq.get(draft.id) != topic or after.examples.get(draft.label, []) != [*draft.examples]:
            raise EditError(message("unreadable", detail=draft.id))
        return after

    def without_topic(self, topic_id: str) -> State:
        """The state without a topic and its examples."""
        return self._read_anew(self.faq_text.without(topic_id), self.examples_text.without(f"faq/{topic_id}"))

    def with_examples(self, label: str, texts: Iterable[str]) -> State:
        """The state with other examples for an intent."""
        wanted = list(texts)
        after = self._read_anew(self.faq_text, self._examples_with(label, wanted))
        if after.examples.get(label) != wanted:
            raise EditError(message("unreadable", detail=label))
        return after

    def changes_from(self, before: State) -> list[Change]:
        """What has to be written."""
        sides = [
            (FAQ_FILE, before.faq_text.raw, self.faq_text.raw),
            (EXAMPLES_FILE, before.examples_text.raw, self.examples_text.raw),
        ]
        return [Change(path, old.encode(), new.encode()) for path, old, new in sides if old != new]

    def _examples_with(self, label: str, texts: Sequence[str]) -> ExamplesText:
        try:
            return self.examples_text.with_examples(label, texts)
        except KnowledgeError as error:
            raise EditError(message("file_broken", detail="；".join(error.problems))) from error

    def _read_anew(self, faq: FaqText, examples: ExamplesText) -> State:
        try:
            base = self.base if faq.raw == self.faq_text.raw else replace(self.base, faq=read_faq(faq.raw))
            unchanged = examples.raw == self.examples_text.raw
            read = self.examples if unchanged else read_examples(examples.raw)
        except KnowledgeError as error:
            raise EditError(message("unreadable", detail="；".join(error.problems))) from error
        return State(faq, examples, base, read)


class Workspace:
    """Reads the files whenever it is asked; what was read from the very same text is not read again."""

    def __init__(
        self,
        root: Path,
        read: Callable[[str], bytes | None],
        sources_dir: Path | None,
        today: Callable[[], date],
    ) -> None:
        self._root = root
        self._read = read
        self._sources_dir = sources_dir
        self._today = today
        self._live: LiveKnowledge | None = None
        self._last: State | None = None
        self._parsed = lru_cache(maxsize=2)(_parsed)
        self._found: tuple[State, date, list[str]] | None = None

    def now(self) -> State:
        """The state of the files; EditError with the findings where they cannot be read."""
        faq, examples = (self._text(path) for path in (FAQ_FILE, EXAMPLES_FILE))
        try:
            read = self._parsed(faq, examples)
            rest = self._rest()
        except KnowledgeError as error:
            raise EditError(message("file_broken", detail="；".join(error.problems))) from error
        faq_text, examples_text, topics, labels = read
        last = self._last
        if (
            last is None
            or last.base.faq is not topics
            or last.examples is not labels
            or not _same(last, rest)
        ):
            last = self._last = State(faq_text, examples_text, replace(rest, faq=topics), labels)
        return last

    def problems(self, state: State) -> list[str]:
        """What `python -m bot check` finds in a state."""
        today = self._today()
        if self._found is None or self._found[0] is not state or self._found[1] != today:
            found = find_problems(state.base, set(state.examples), self._sources_dir, today)
            if state is not self._last:
                return found
            self._found = (state, today, found)
        return self._found[2]

    def _text(self, path: str) -> str:
        content = self._read(path)
        if content is None:
            raise EditError(message("file_broken", detail=path))
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise EditError(message("file_broken", detail=f"{path}: UTF-8")) from error

    def _rest(self) -> KnowledgeBase:
        """Places, sources and policies; the topics in it may be older."""
        if self._live is None:
            self._live = LiveKnowledge(self._root / "knowledge")
        self._live.refresh()
        return self._live.base


def difference(before: str, after: str, name: str) -> str:
    """What `diff -u` shows."""
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return "".join(difflib.unified_diff(*lines, f"a/{name}", f"b/{name}", n=2))


def _same(state: State, rest: KnowledgeBase) -> bool:
    parts = ("places", "sources", "policies")
    return all(getattr(state.base, name) is getattr(rest, name) for name in parts)


def _parsed(faq: str, examples: str) -> tuple[FaqText, ExamplesText, Faq, Mapping[str, list[str]]]:
    return parse_faq_text(faq), parse_examples_text(examples), read_faq(faq), read_examples(examples)
