"""faq.md is read into topics and answers, and each odd line in it is one finding."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.faq import Faq, load_faq

SOURCE = "依据：huaian-1.1、huaian-1.2；核对：2026-11-22"
FORM = "write 依据：<条目>、<条目>；核对：2026-01-31（可加 ；自：2026-01-01；至：2026-12-31）"


def read(tmp_path: Path, text: str) -> Faq:
    path = tmp_path / "faq.md"
    path.write_text(text, encoding="utf-8")
    return load_faq(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(KnowledgeError) as raised:
        read(tmp_path, text)
    return raised.value.problems


def test_a_topic_has_a_question_and_one_answer_per_place(tmp_path: Path) -> None:
    text = f"# 常见问题\n\n说明\n\n## filing 怎么备案？\n\n### 通用\n\n用 APP。\n\n1. 打开\n\n{SOURCE}\n\n### 淮安\n去窗口。\n{SOURCE}\n"
    topic = read(tmp_path, text)["filing"]
    assert (topic.id, topic.question, topic.places) == ("filing", "怎么备案？", ("通用", "淮安"))
    general, own = topic.answers
    assert general.body == "用 APP。\n\n1. 打开"
    assert (own.body, own.sources, own.checked_on) == (
        "去窗口。",
        ("huaian-1.1", "huaian-1.2"),
        date(2026, 11, 22),
    )


def test_an_answer_is_in_force_between_its_days_and_the_newest_wins(tmp_path: Path) -> None:
    first = f"### 淮安\n旧。\n{SOURCE}；至：2026-12-31\n"
    second = f"### 淮安\n新。\n{SOURCE}；自：2026-12-31\n"
    topic = read(tmp_path, f"## filing 怎么备案？\n{first}{second}")["filing"]
    given = [topic.answer("淮安", date(2026, 12, day)) for day in (30, 31)]
    assert [answer.body for answer in given if answer] == ["旧。", "新。"]
    after = topic.answer("淮安", date(2027, 1, 1))
    assert after is not None
    assert after.body == "新。"
    assert topic.answer("高邮", date(2026, 12, 31)) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "faq.md, the file: has no topic; write ## <id> <question>"),
        ("## 备案\n", "faq.md, line 1: found '## 备案'; write ## <id in small letters> <question>"),
        (
            "## filing 怎么备案？\n",
            "faq.md, topic filing: has no answer; write ### 通用 or ### <place> below it",
        ),
        ("### 淮安\n", "faq.md, line 1: found '### 淮安'; write ### <place> below a ## topic"),
        (
            f"## filing 怎么备案？\n### 淮安\n去窗口。\n{SOURCE}\n## filing 再问？\n",
            "faq.md, line 5: topic filing stands twice; keep one of the two",
        ),
        (
            "## filing 怎么备案？\n### 淮安\n去窗口。\n",
            f"faq.md, line 2 (filing, 淮安): the answer has no source line at its end; {FORM}",
        ),
        (
            "## filing 怎么备案？\n### 淮安\n去窗口。\n依据：huaian-1.1；核对：11月22日\n",
            f"faq.md, line 2 (filing, 淮安): the answer has no source line at its end; {FORM}",
        ),
        (
            f"## filing 怎么备案？\n### 淮安\n{SOURCE}\n",
            "faq.md, line 2 (filing, 淮安): the answer is empty; write the answer above its source line",
        ),
        (
            "## filing 怎么备案？\n### 淮安\n去窗口。\n依据：huaian-1.1；核对：2026-11-31\n",
            f"faq.md, line 2 (filing, 淮安): day is out of range for month; {FORM}",
        ),
        (
            f"## filing 怎么备案？\n### 淮安\n去窗口。\n{SOURCE}\n### 淮安\n上网。\n{SOURCE}\n",
            "faq.md, line 5 (filing, 淮安): the place has two answers for the same days; keep one of the two",
        ),
    ],
)
def test_an_odd_line_is_one_finding(tmp_path: Path, text: str, line: str) -> None:
    assert line in problems(tmp_path, text)


def test_every_finding_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "## 备案\n## filing 怎么备案？\n### 淮安\n去窗口。\n")) == 3


def test_a_file_that_is_missing_or_no_text_is_one_finding(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"^faq\.md, the file: .*; restore it as UTF-8$"):
        load_faq(tmp_path / "faq.md")
    (tmp_path / "faq.md").write_bytes("备案".encode("gbk"))
    with pytest.raises(KnowledgeError, match=r"^faq\.md, the file: .*; restore it as UTF-8$"):
        load_faq(tmp_path / "faq.md")
