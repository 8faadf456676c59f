"""A value of the wrong type in a knowledge file is a line that names it, never a traceback."""

from __future__ import annotations

import pytest

from bot.knowledge.base import load_knowledge
from bot.knowledge.errors import KnowledgeError
from tests.knowledge.conftest import Copy


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (
            "sources.yml",
            "places: [淮安]",
            "places: 淮安",
            "document huaian: no list of places; write places: [<place>]",
        ),
        ("sources.yml", "figures: []", "figures: 3", "section huaian-1.2: figures is no list; write "),
        ("places.yml", "area: 江苏/淮安", "area: 3", "place huaian: area 3; write a text"),
        (
            "places.yml",
            "aliases: [准安, 怀安, 淮按]",
            "aliases: 准安",
            "place huaian: aliases '准安'; write a list: [准安]",
        ),
        ("policy/huaian.yml", "source: [huaian-1.2]", "source: huaian-1.2", "found a text, write a list; "),
        (
            "policy/xiamen.yml",
            "value:\n              - 厦门市",
            "value: 厦门市",
            "(filing.channels.1.names.values.0.value): found a text, write a list; see README.md beside it",
        ),
    ],
)
def test_a_wrong_type_is_one_line(copy: Copy, file: str, old: str, new: str, line: str) -> None:
    copy.edit(file, old, new)
    with pytest.raises(KnowledgeError) as raised:
        load_knowledge(copy.folder)
    assert [found for found in raised.value.problems if line in found], raised.value.problems
