"""The maintainers' inbox: what got no good answer, in groups that mean the same, and what is decided about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.services.inbox_groups import Filters, Group, Groups
from bot.services.inbox_items import KINDS, Item
from bot.storage.decisions import Decision, Decisions, Verdict
from bot.storage.reports import ReportStore
from bot.text.sameness import key_of
from bot.wording.inbox import problem

__all__ = ["KINDS", "Assigned", "Filters", "Group", "Inbox", "InboxError", "Item", "Person", "Teaching"]

LONGEST_WHY = 500


class Person(Protocol):
    """Whoever decides: an account of staff."""

    @property
    def name(self) -> str:
        """The name of the account."""


class InboxError(ValueError):
    """What was asked for cannot be done; `code` is for programs, the message for people."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(problem(code, **values))
        self.code = code


@dataclass(frozen=True)
class Assigned:
    """What was decided: the batch by which it can be taken back, the texts, and what became of them as examples."""

    batch: str
    texts: tuple[str, ...]
    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Teaching:
    """How decisions reach the files: ``labels`` there are, ``add_examples`` and ``new_topic`` of the editing."""

    labels: Callable[[], Collection[str]]
    add_examples: Callable[..., Any]
    new_topic: Callable[..., Any]


class Inbox:
    """The inbox of one assistant."""

    def __init__(
        self,
        groups: Groups,
        decisions: Decisions,
        reports: ReportStore,
        teaching: Teaching,
        audit: Callable[[Any, str, Mapping[str, str]], None],
        now: Callable[[], datetime],
    ) -> None:
        self._groups = groups
        self._decisions = decisions
        self._reports = reports
        self._teaching = teaching
        self._audit = audit
        self._now = now

    # ---- what there is

    def groups(
        self, filters: Filters | None = None, limit: int = 20, offset: int = 0
    ) -> tuple[tuple[Group, ...], int]:
        """A page of groups, the largest first, with the model's suggestions; and how many groups there are in all."""
        return self._groups.page(filters or Filters(), limit, offset)

    def group(self, group_id: str) -> Group | None:
        """One group, by the id it has or had a moment ago, with what the model knows of each text."""
        return self._groups.one(group_id)

    def counts(self) -> dict[str, int]:
        """How many texts wait, by kind, the gravest first."""
        items = [item for group in self._groups.all() for item in group.items]
        return {kind: sum(kind in dict(item.kinds) for item in items) for kind in KINDS}

    def decisions(self, limit: int = 50, offset: int = 0) -> list[Decision]:
        """What was decided lately, the newest first."""
        return self._decisions.newest(limit, offset)

    def declines(self) -> tuple[str, ...]:
        """The labels of what is out of scope."""
        return tuple(sorted(label for label in self._teaching.labels() if label.startswith("decline/")))

    def prepare(self) -> None:
        """Put the inbox together, so that the first page need not wait for it."""
        self._groups.all()

    # ---- what is decided

    def assign(
        self,
        group_id: str,
        label: str,
        texts: Sequence[str] | None = None,
        user: Person | None = None,
        why: str = "",
    ) -> Assigned:
        """Make texts of a group examples of a label; without ``texts`` all that the model does not know well already.

        Those it knows are settled with the others.
        """
        self._check_label(label)
        return self._teach(group_id, label, texts, user, why, "assign")

    def out_of_scope(
        self,
        group_id: str,
        label: str,
        texts: Sequence[str] | None = None,
        user: Person | None = None,
        why: str = "",
    ) -> Assigned:
        """Make texts of a group examples of what is declined."""
        if not label.startswith("decline/"):
            raise InboxError("no_decline", found=label)
        self._check_label(label)
        return self._teach(group_id, label, texts, user, why, "out_of_scope")

    def new_topic(
        self,
        group_id: str,
        topic: str,
        texts: Sequence[str] | None = None,
        user: Person | None = None,
        why: str = "",
        **draft: Any,
    ) -> Assigned:
        """Make a topic of a group; ``draft`` is handed on to the editing: question, about, answers."""
        items = self._chosen(group_id, texts)
        written = tuple(item.text for item in items)
        self._teaching.new_topic(topic, examples=written, user=user, why=_limited(why), **draft)
        batch = self._decide(items, "new_topic", f"faq/{topic}", user, why)
        return Assigned(batch, written, added=written)

    def dismiss(
        self, group_id: str, why: str, texts: Sequence[str] | None = None, user: Person | None = None
    ) -> Assigned:
        """Let texts of a group rest for good; the reason is kept."""
        if not why.strip():
            raise InboxError("no_why")
        items = self._chosen(group_id, texts)
        batch = self._decide(items, "dismiss", None, user, why)
        return Assigned(batch, tuple(item.text for item in items))

    def reopen(self, batch: str, user: Person | None = None) -> tuple[str, ...]:
        """Take a decision back: its texts wait again. What it has changed in the files stays; gives the texts."""
        undone = self._decisions.take_back(batch, _name(user), self._now())
        if not undone:
            raise InboxError("unknown_batch")
        self._reports.open_again(undone[0].user, undone[0].at)
        self._audit(user, "inbox_reopened", {"batch": batch, "texts": str(len(undone))})
        return tuple(decision.text for decision in undone)

    def _teach(
        self,
        group_id: str,
        label: str,
        texts: Sequence[str] | None,
        user: Person | None,
        why: str,
        action: str,
    ) -> Assigned:
        items = self._chosen(group_id, texts)
        # Who names texts wants them; who takes the whole group does not want what would teach nothing.
        written = tuple(item.text for item in items if texts is not None or item.known != label)
        made = self._teaching.add_examples(label, written, user, _limited(why)) if written else None
        batch = self._decide(items, action, label, user, why)
        parts = (tuple(map(str, getattr(made, name, ()))) for name in ("added", "known", "duplicates"))
        return Assigned(batch, tuple(item.text for item in items), *parts)

    def _decide(
        self, items: Sequence[Item], action: str, label: str | None, user: Person | None, why: str
    ) -> str:
        """Store a decision about items, close their reports, note it; gives its batch."""
        now, name = self._now(), _name(user)
        batch = key_of(f"{now.isoformat()} {name} {items[0].key}")
        verdict = Verdict(action, label, _limited(why), name, now)
        self._decisions.add(batch, {item.key: item.text for item in items}, verdict)
        for report in (report for item in items for report in item.reports):
            self._reports.close(report, name, now)
        detail = {"label": label or "", "texts": str(len(items)), "why": verdict.why, "batch": batch}
        self._audit(user, f"inbox_{action}", detail)
        return batch

    def _chosen(self, group_id: str, texts: Sequence[str] | None) -> list[Item]:
        """The items of a group that are meant; those that somebody else has dealt with meanwhile are left out."""
        if texts is None:
            group = self.group(group_id)
            if group is None:
                raise InboxError("unknown_group")
            return list(group.items)
        if not texts:
            raise InboxError("no_texts")
        # Looked for everywhere: a text of a minute ago may stand in the group beside it by now.
        waiting = {item.key: item for group in self._groups.all() for item in group.items}
        chosen = [waiting[key] for key in dict.fromkeys(map(key_of, texts)) if key in waiting]
        if not chosen:
            raise InboxError("nothing_left")
        return chosen

    def _check_label(self, label: str) -> None:
        if label not in self._teaching.labels():
            raise InboxError("unknown_label", found=label)


def _limited(why: str) -> str:
    written = why.strip()
    if len(written) > LONGEST_WHY:
        raise InboxError("why_too_long", found=len(written), limit=LONGEST_WHY)
    return written


def _name(user: Person | None) -> str:
    return user.name if user is not None else ""
