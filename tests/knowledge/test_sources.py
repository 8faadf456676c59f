"""sources.yml: documents and sections, their citations and their original lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.base import KnowledgeBase
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.sources import load_sources
from tests.knowledge.conftest import Copy


def test_a_section_is_cited_by_the_short_title_and_its_heading(base: KnowledgeBase) -> None:
    assert base.sources.citation("huaian-1.1") == "淮安告知书 一（一）办理备案平台"
    assert base.sources.document_of("yunnan-14").places == ("云南",)


def test_a_section_may_stand_in_two_spots(base: KnowledgeBase) -> None:
    assert base.sources.sections["huaian-2.1"].lines == ((8, 12), (88, 96))


def test_the_original_of_a_section_is_its_lines(base: KnowledgeBase, tmp_path: Path) -> None:
    text = "\n".join(f"第{number}行" for number in range(1, 300))
    (tmp_path / "huaian-outpatient-notice.txt").write_text(text, encoding="utf-8")
    assert base.sources.original("huaian-1.5", tmp_path) == "第82行\n第83行\n第84行"
    assert base.sources.original("nanjing-1", tmp_path) is None


def test_the_original_of_a_real_section_is_the_passage(base: KnowledgeBase, sources_dir: Path) -> None:
    original = base.sources.original("huaian-1.5", sources_dir)
    assert original is not None
    assert "0517-12393" in original


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "      precis: 备案有三条路",
            "      summary: 备案有三条路",
            "section huaian-1.1: unknown key 'summary'; use ",
        ),
        (
            "      precis: 备案有三条路",
            "      summary: 备案有三条路",
            "section huaian-1.1: no 'precis'; add precis",
        ),
        ("  short: 淮安告知书\n", "", "document huaian: no 'short'; add short"),
        ("    gaoyou-q1:", "    huaian-1.1:", "section huaian-1.1: stands twice; give each section one id"),
        ("    huaian-1.2:", "    huaian-1.1:", 'found duplicate key "huaian-1.1"'),
    ],
)
def test_a_mistake_is_one_line(copy: Copy, old: str, new: str, line: str) -> None:
    copy.edit("sources.yml", old, new)
    with pytest.raises(KnowledgeError) as raised:
        load_sources(copy.folder / "sources.yml")
    assert [found for found in raised.value.problems if line in found], raised.value.problems
