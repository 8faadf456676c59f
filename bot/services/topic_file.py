"""A topic as one text for an editor: its section as in faq.md, then its examples; and that text read back."""

from __future__ import annotations

import re

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.faq_text import parse_faq_text, topic_text
from bot.knowledge.trial import read_faq
from bot.services.drafts import EditError, TopicDraft, draft_of, topic_of
from bot.wording.editing import message

EXAMPLES = "# 例句"
_VERSION = re.compile(r"<!-- version: (?P<version>[\w=\-]*) -->")


def as_file(draft: TopicDraft) -> str:
    """The text; its first line tells what it was made from, so that nobody's edit is overwritten."""
    examples = "".join(f"- {text}\n" for text in draft.examples)
    section = topic_text(topic_of(draft), draft.about).rstrip()
    return f"<!-- version: {draft.version} -->\n\n{section}\n\n{EXAMPLES}\n\n{examples}"


def from_file(text: str) -> TopicDraft:
    """The topic of a text; EditError with what is wrong."""
    found = _VERSION.search(text)
    section, _, examples = _VERSION.sub("", text, count=1).partition(f"\n{EXAMPLES}\n")
    try:
        topics = read_faq(section)
    except KnowledgeError as error:
        raise EditError(message("bad_file", detail="；".join(error.problems))) from error
    if len(topics) > 1:
        raise EditError(message("one_topic"))
    (topic,) = topics.values()
    written = parse_faq_text(section).topic(topic.id)
    lines = [line for line in examples.splitlines() if line.strip()]
    odd = [line for line in lines if not line.startswith("- ")]
    if odd:
        raise EditError(message("bad_example_line", line=odd[0]))
    texts = tuple(line[2:].strip() for line in lines)
    draft = draft_of(topic, written.about if written else (), texts)
    return TopicDraft(**{**vars(draft), "version": found["version"] if found else ""})
