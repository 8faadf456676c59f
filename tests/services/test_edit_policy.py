"""The rules of a place as YAML: shown, checked beside the line, tried on the worked cases, saved as one, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.services.drafts import EditConflictError, EditError, EditRefusedError
from bot.services.edit_policy import PolicyEditing
from bot.services.worked_cases import WorkedCases
from bot.storage.database import Database
from tests.services.editing_desk import LI, ROOT, TODAY, WANG, Desk, changed_lines, desk


@dataclass
class Rules:
    """The editing of the policies of a copy; ``failing`` are the lines that the worked cases give."""

    office: Desk
    failing: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the editing."""
        self.editing = PolicyEditing(self.office.editing, self.office.root, lambda: TODAY, None, self.cases)

    def cases(self, place: str, text: str) -> Sequence[str]:
        """The worked cases."""
        self.tried.append(place)
        return self.failing

    def text(self) -> str:
        """A file."""
        return (self.office.root / "knowledge/policy/xiamen.yml").read_text("utf-8")

    def save(self, old: str, new: str) -> object:
        """Save it with other words."""
        assert old in self.text()
        version = self.editing.version("xiamen")
        return self.editing.save_policy("xiamen", self.text().replace(old, new, 1), WANG, "新文件", version)


@pytest.fixture
def rules(tmp_path: Path, database: Database) -> Rules:
    return Rules(desk(tmp_path, database))


def test_the_files_are_listed_and_shown_as_they_are(rules: Rules) -> None:
    assert {"xiamen", "national"} <= set(rules.editing.places())
    assert rules.editing.policy("xiamen") == rules.text()
    assert rules.editing.check_policy("xiamen", rules.text()) == ()
    assert rules.tried == ["xiamen"]
    for place in ("shanghai", "../sources", ""):
        with pytest.raises(EditError, match="没有参保地"):
            rules.editing.policy(place)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("since: undated", "sinse: undated", "不认识的键：sinse"),
        ("since: undated", "since: soon", "要写成 date"),
        ("source: [", "source: [nothing-1, ", "没有“nothing-1”这个条目"),
        ("place: xiamen", "place: nanjing", "和文件名不一致"),
    ],
)
def test_what_is_wrong_stands_beside_its_line_and_is_not_saved(
    rules: Rules, old: str, new: str, told: str
) -> None:
    before = rules.text()
    assert old in before
    findings = rules.editing.check_policy("xiamen", before.replace(old, new, 1))
    assert any(told in finding.message for finding in findings), findings
    assert all(finding.where == "policy" for finding in findings)
    with pytest.raises(EditRefusedError):
        rules.save(old, new)
    assert rules.text() == before
    assert rules.tried == []


def test_a_line_is_named(rules: Rules) -> None:
    text = rules.text().replace("since: undated", "sinse: undated", 1)
    line = next(n for n, written in enumerate(text.splitlines(), start=1) if "sinse" in written)
    assert line in {finding.line for finding in rules.editing.check_policy("xiamen", text)}


def test_a_save_is_one_line_of_difference_and_is_taken_back(rules: Rules) -> None:
    before = rules.text()
    saved = rules.save("# 厦门。", "# 厦门市。")
    assert len(changed_lines(saved.diff)) == 2  # type: ignore[attr-defined]
    (revision,) = rules.office.editing.revisions("policy/xiamen")
    assert (revision.kind, revision.user, revision.why) == ("policy_saved", "小王", "新文件")
    rules.editing.revert(revision.id, LI)
    assert rules.text() == before


def test_a_file_that_somebody_else_changed_is_not_overwritten(rules: Rules) -> None:
    version, mine = rules.editing.version("xiamen"), rules.text().replace("# 厦门。", "# 厦门市。")
    rules.save("格式见 README.md", "写法见 README.md")
    with pytest.raises(EditConflictError) as conflict:
        rules.editing.save_policy("xiamen", mine, LI, "也改", version)
    assert conflict.value.mine == mine
    assert conflict.value.theirs == rules.text()
    saved = rules.office.editing.revisions("policy/xiamen")[0]
    (rules.office.root / "knowledge/policy/xiamen.yml").write_text(mine, "utf-8")
    with pytest.raises(EditConflictError):
        rules.editing.revert(saved.id, LI)


def test_a_failing_worked_case_stops_a_save(rules: Rules) -> None:
    rules.failing = ["厦门转诊：expected file"]
    before = rules.text()
    with pytest.raises(EditRefusedError, match="厦门转诊"):
        rules.save("# 厦门。", "# 厦门市。")
    assert rules.text() == before


def test_line_ends_of_a_form_and_a_missing_last_one_change_nothing(rules: Rules) -> None:
    form = rules.text().rstrip("\n").replace("\n", "\r\n")
    saved = rules.editing.save_policy("xiamen", form, WANG, "没改", rules.editing.version("xiamen"))
    assert not saved.changed


def test_personal_data_in_a_comment_is_masked(rules: Rules) -> None:
    rules.save("# 厦门。", "# 厦门，13812345678 说的。")
    assert "13812345678" not in rules.text() + str(rules.office.editing.revisions())


def test_the_real_worked_cases_pass_and_notice_another_figure() -> None:
    cases = WorkedCases(ROOT)
    text = (ROOT / "knowledge/policy/huaian.yml").read_text("utf-8")
    assert not cases("huaian", text)
    old = next(line for line in text.splitlines() if line.strip().startswith("value: 0."))
    failed = cases("huaian", text.replace(old, old.split("value:")[0] + "value: 0.01"))
    assert any("Huaian" in line for line in failed)


def test_an_installation_without_tests_has_no_worked_cases(tmp_path: Path) -> None:
    assert WorkedCases(tmp_path)("xiamen", "") == ()
