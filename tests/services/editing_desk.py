"""A copy of the real files with the editing of it, for the tests of everything that changes them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path

from bot.services.drafts import AnswerDraft, Near
from bot.services.editing import Editing
from bot.services.users import User
from bot.storage.database import Database
from bot.storage.revisions import RevisionStore

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=timezone.utc)
WANG = User(1, "小王", "maintainer", active=True)
LI = User(2, "小李", "maintainer", active=True)


@dataclass
class Desk:
    """The editing of a copy, and what it told the audit log."""

    root: Path
    database: Database
    near: dict[tuple[str, str], Sequence[Near]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    audited: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the first editing."""
        self.tokens = map("token {}".format, itertools.count())
        self.editing = self.another()

    def another(self, step: Callable[[str], None] = lambda point: None) -> Editing:
        """One more editing of the same files, as another process has it."""
        return Editing(
            self.root,
            self.root / "var" / "editing",
            RevisionStore(self.database),
            lambda user, action, detail: self.audited.append((user.name if user else "", action, detail)),
            lambda: TODAY,
            lambda: NOON,
            lambda: next(self.tokens),
            near=lambda text, label: self.near.get((text, label), ()),
            same=lambda text, label: (Near(text, label, 1.0),) if text in self.known else (),
            step=step,
        )

    @property
    def faq(self) -> Path:
        """The file of answers."""
        return self.root / "knowledge" / "faq.md"

    @property
    def nlu(self) -> Path:
        """The file of examples."""
        return self.root / "data" / "nlu.yml"

    def texts(self) -> tuple[str, str]:
        """Both files."""
        return self.faq.read_text("utf-8"), self.nlu.read_text("utf-8")


def desk(folder: Path, database: Database) -> Desk:
    """A desk over a copy of the real files."""
    for name in ("knowledge", "data"):
        shutil.copytree(ROOT / name, folder / "copy" / name)
    return Desk(folder / "copy", database)


def changed_lines(diff: str) -> list[str]:
    """The lines that a diff takes out and puts in."""
    return [
        line
        for line in diff.splitlines()
        if line[:1] in "+-" and line[:1] and not line.startswith(("+++", "---"))
    ]


def parking(**changed: object) -> dict[str, object]:
    """A new topic."""
    answer = AnswerDraft("通用", "停车费能不能报，材料里没有写，请打 12393 问清。", ("yunnan-6",), TODAY)
    examples = ["停车费能报吗", "医院停车要钱的 给不给报", "来看病停车费谁出", "停车票能拿去报吗"]
    made = {
        "topic_id": "parking_fee",
        "question": "停车费能报吗？",
        "about": ["停车费"],
        "examples": examples,
    }
    return {**made, "answers": [answer], **changed}
