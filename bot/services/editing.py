"""Editing the topics: read from the files each time, checked, merged with what others did, written as one, kept as revisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.knowledge.writing import Change, FileChangedError, Files
from bot.services.drafts import (
    FAQ,
    Added,
    AnswerDraft,
    EditConflictError,
    EditError,
    EditRefusedError,
    Finding,
    Near,
    Revision,
    Saved,
    TopicDraft,
    TopicEntry,
    TopicNotFoundError,
    as_json,
    from_json,
)
from bot.services.edit_checks import NearOf, file_findings, near_findings, written_findings
from bot.services.edit_merge import merge_examples
from bot.services.edit_parts import (
    cleaned,
    conflict,
    diff_of,
    elsewhere,
    example_marks,
    merged,
    new_examples,
    revision_of,
    row_of,
    sorted_out,
    sound_part,
    topic_of_line,
)
from bot.services.edit_state import State, Workspace
from bot.services.users import User
from bot.storage.revisions import RevisionStore, StoredRevision
from bot.text.masking import mask
from bot.wording.editing import message

__all__ = [
    "Added", "AnswerDraft", "EditConflictError", "EditError", "EditRefusedError", "Editing", "Finding", "Near",
    "Revision", "Saved", "TopicDraft", "TopicEntry", "TopicNotFoundError",
]  # fmt: skip

Audit = Callable[[User | None, str, Mapping[str, str]], None]
Topics = Mapping[str, TopicDraft | None]


class Editing:
    """The topics and examples of the files below ``root``; ``folder`` holds the lock and the journal.

    ``near`` gives the nearest examples of other intents than the one named, ``step`` is for tests (see Files). Messages of
    EditError and of findings are Chinese.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        store: RevisionStore,
        audit: Audit,
        today: Callable[[], date],
        now: Callable[[], datetime],
        new_token: Callable[[], str],
        near: NearOf = lambda text, label: (),
        same: NearOf = lambda text, label: (),
        sources_dir: Path | None = None,
        step: Callable[[str], None] = lambda point: None,
    ) -> None:
        self.files = Files(root, folder, self._note, step)
        self._workspace = Workspace(root, self.files.read, sources_dir, today)
        self._store = store
        self._audit = audit
        self._today = today
        self._now = now
        self._new_token = new_token
        self._near = near
        self._same = same

    # ---- reading

    def topics(self) -> tuple[TopicEntry, ...]:
        """All topics in the order of the file."""
        state = self._state()
        problems = Counter(topic_of_line(line) for line in self._workspace.problems(state))
        return tuple(
            TopicEntry(
                topic.id,
                topic.question,
                topic.places,
                len(state.examples.get(FAQ + topic.id, ())),
                problems[topic.id],
                topic.about[0],
            )
            for topic in state.base.faq.values()
        )

    def topic(self, topic_id: str) -> TopicDraft:
        """One topic with its examples; TopicNotFoundError."""
        return _found(self._state(), topic_id)

    def examples(self) -> Mapping[str, Sequence[str]]:
        """All examples by intent."""
        return self._state().examples

    def sections(self) -> Mapping[str, str]:
        """What can be cited: the id of every section, and how people read it."""
        sources = self._state().base.sources
        return {section: sources.citation(section) for section in sources.sections}

    # ---- checking

    def check(self, draft: TopicDraft) -> tuple[Finding, ...]:
        """What is wrong with a draft as it stands."""
        return tuple(self._check(self._state(), draft))

    # ---- changing

    def save(self, draft: TopicDraft, user: User | None, why: str, base_version: str) -> Saved:
        """Save a topic that was read as ``base_version``; EditConflictError, EditRefusedError."""
        return self.save_all({draft.id: replace(draft, version=base_version)}, user, why)

    def save_all(
        self, drafts: Mapping[str, TopicDraft], user: User | None, why: str, kind: str = "topic_saved"
    ) -> Saved:
        """Save several topics at once or none; each draft's ``version`` is what it began from, empty for a new one."""
        with self.files.turn():
            state = self._state()
            wanted: dict[str, TopicDraft] = {}
            others = masked = False
            for draft in drafts.values():
                theirs = state.draft(draft.id)
                clean = cleaned(draft, theirs)
                masked |= clean != cleaned(draft, theirs, lambda text: text)
                wanted[draft.id] = merged(clean, theirs, draft.version)
                others |= theirs is not None and theirs.version != draft.version
            return replace(self._commit(state, wanted, kind, user, why), merged=others, masked=masked)

    def new_topic(
        self,
        topic_id: str,
        question: str,
        about: Sequence[str],
        examples: Sequence[str],
        answers: Sequence[AnswerDraft],
        user: User | None,
        why: str,
    ) -> Saved:
        """A new topic: a section of faq.md and its examples, and nothing else."""
        draft = TopicDraft(topic_id, question, tuple(about), tuple(answers), tuple(examples))
        with self.files.turn():
            if self._state().draft(topic_id) is not None:
                raise EditError(message("topic_taken", topic=topic_id))
            return self.save_all({topic_id: draft}, user, why, "topic_added")

    def remove_topic(self, topic_id: str, user: User | None, why: str) -> Saved:
        """Take a topic and its examples out."""
        with self.files.turn():
            state = self._state()
            _found(state, topic_id)
            return self._commit(state, {topic_id: None}, "topic_removed", user, why)

    def add_examples(
        self, label: str, texts: Sequence[str], user: User | None, why: str, *, even_known: bool = False
    ) -> Added:
        """Add examples to an intent (``faq/<topic>`` or another one), but for those that are there or known well."""
        # Looking for what is near takes a while; nobody else has to wait for it.
        found = self.sort_out(label, texts, even_known=even_known)
        if not found.added:
            return found
        saved = self.add_all({label: found.added}, user, why)
        return replace(found, diff=saved.diff)

    def sort_out(self, label: str, texts: Sequence[str], *, even_known: bool = False) -> Added:
        """What :meth:`add_examples` would do with texts, without doing it."""
        state = self._state()
        _check_label(state, label)
        near = self._near
        same = (lambda text, label: ()) if even_known else self._same
        return sorted_out(state, label, texts, near, same)

    def add_all(
        self, texts: Mapping[str, Sequence[str]], user: User | None, why: str, kind: str = "examples_added"
    ) -> Saved:
        """Add examples to several intents at once, each as it can stand in the file."""
        with self.files.turn():
            state = self._state()
            wanted = {}
            for label, new in texts.items():
                _check_label(state, label)
                found = sorted_out(state, label, new, lambda text, label: (), lambda text, label: ())
                wanted[label] = (*state.examples[label], *found.added)
            return self._commit_examples(state, wanted, kind, user, why)

    # ---- revisions

    def revisions(self, topic: str | None = None, limit: int = 50, offset: int = 0) -> tuple[Revision, ...]:
        """The saved changes of a topic (its id, another intent, or ``policy/<place>``), or all; the newest first."""
        subject = self._subject(topic) if topic is not None else None
        return tuple(revision_of(kept) for kept in self._store.revisions(subject, limit, offset))

    def revision(self, revision_id: int) -> Revision:
        """One saved change."""
        return revision_of(self.stored(revision_id))

    def stored(self, revision_id: int) -> StoredRevision:
        """One saved change with what was before and after; EditError where there is none."""
        kept = self._store.revision(revision_id)
        if kept is None:
            raise EditError(message("no_revision", number=revision_id))
        return kept

    def revert(self, revision_id: int, user: User | None, why: str = "") -> Saved:
        """Take back what one change changed; what others changed since stays, EditConflictError where that is the same."""
        kept = self.stored(revision_id)
        why = why or message("why_revert", number=revision_id)
        with self.files.turn():
            state = self._state()
            if not kept.subject.startswith(FAQ) or "question" not in (kept.before or kept.after or {}):
                before, after = ((side or {}).get("examples", []) for side in (kept.before, kept.after))
                now = state.examples.get(kept.subject, [])
                wanted = merge_examples(before, now, example_marks(after))
                return self._commit_examples(state, {kept.subject: wanted}, "reverted", user, why)
            return self._revert_topic(state, kept, user, why)

    # ---- drafts

    def keep_draft(self, draft: TopicDraft, user: User) -> None:
        """Keep what a maintainer has begun, masked; ``draft.version`` is what it began from."""
        self._store.keep_draft(draft.label, user.name, as_json(draft), draft.version, self._now())

    def kept_draft(self, topic_id: str, user: User) -> TopicDraft | None:
        """What a maintainer has begun, with the version that it began from."""
        kept = next(iter(self._store.drafts(FAQ + topic_id, user.name)), None)
        return replace(from_json(kept.content), version=kept.version) if kept is not None else None

    def drop_draft(self, topic_id: str, user: User) -> None:
        """Forget what a maintainer has begun."""
        self._store.drop_draft(FAQ + topic_id, user.name)

    # ---- inside, and for the editing of policies

    def commit(
        self,
        changes: Sequence[Change],
        user: User | None,
        kind: str,
        why: str,
        rows: Sequence[Mapping[str, Any]],
    ) -> int:
        """Write files with their revisions and the entry of the audit log; gives the first revision's id."""
        if not why.strip():
            raise EditError(message("no_why"))
        token, name = self._new_token(), user.name if user else ""
        noted = [{"kind": kind, "why": mask(why.strip()), **row} for row in rows]
        about = {"token": token, "at": self._now().isoformat(), "user": name, "revisions": noted}
        try:
            self.files.write(changes, about)
        except FileChangedError as error:
            raise EditError(message("file_changed")) from error
        ids = self._store.add(token, self._now(), name, noted)
        for number, row in zip(ids, noted, strict=True):
            self._audit(user, kind, {"topic": row["subject"], "revision": str(number)})
        return ids[0]

    def _note(self, about: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(about["at"])
        self._store.add(about["token"], at, about["user"], about["revisions"])

    def _state(self) -> State:
        self.files.recover()
        return self._workspace.now()

    def _check(self, state: State, draft: TopicDraft) -> list[Finding]:
        found = list(written_findings(draft, self._today()))
        theirs = state.draft(draft.id)
        sound = sound_part(draft, theirs, found)
        if sound is not None:
            clean = cleaned(sound.draft, theirs)
            try:
                after = state.with_topic(clean)
            except EditError as error:
                return [*found, Finding("error", "answers", str(error), code="unreadable")]
            found += map(sound.as_written, filter(sound.tells, self._file_findings(state, after, clean)))
        changed = new_examples(state, draft)
        return [*found, *near_findings(draft, changed, self._near, elsewhere(state, draft.label))]

    def _file_findings(self, state: State, after: State, draft: TopicDraft) -> list[Finding]:
        problems = self._workspace.problems(after)
        new = frozenset(problems) - frozenset(self._workspace.problems(state))
        return list(file_findings(problems, draft, after.base, new))

    def _commit(self, state: State, wanted: Topics, kind: str, user: User | None, why: str) -> Saved:
        """Check and write the topics wanted; None takes one out."""
        after = state
        for topic_id, draft in wanted.items():
            if draft is None:
                after = after.without_topic(topic_id)
                continue
            _refuse(written_findings(draft, self._today()))
            after = after.with_topic(draft)
        for topic_id, draft in wanted.items():
            if draft is not None:
                others = elsewhere(after, draft.label)
                _refuse(near_findings(draft, new_examples(state, draft), lambda text, label: (), others))
            _refuse(self._file_findings(state, after, draft or TopicDraft(topic_id, "")))
        return self._written(state, after, [FAQ + topic_id for topic_id in wanted], kind, user, why)

    def _commit_examples(
        self, state: State, wanted: Mapping[str, Sequence[str]], kind: str, user: User | None, why: str
    ) -> Saved:
        after = state
        for label, texts in wanted.items():
            after = after.with_examples(label, texts)
        for label, texts in wanted.items():
            twice = [text for text in texts if text not in state.examples[label]]
            draft = TopicDraft(label.removeprefix(FAQ), "", examples=tuple(twice))
            _refuse(near_findings(draft, twice, lambda text, label: (), elsewhere(after, label)))
        return self._written(state, after, list(wanted), kind, user, why)

    def _written(
        self, state: State, after: State, subjects: Sequence[str], kind: str, user: User | None, why: str
    ) -> Saved:
        changes = after.changes_from(state)
        rows = [row for subject in subjects if (row := row_of(subject, state, after))]
        diff = "".join(diff_of(change) for change in changes)
        revision = self.commit(changes, user, kind, why, rows) if changes and rows else None
        only = after.draft(subjects[0].removeprefix(FAQ)) if len(subjects) == 1 else None
        return Saved(only.version if only else "", diff, revision)

    def _revert_topic(self, state: State, kept: StoredRevision, user: User | None, why: str) -> Saved:
        topic_id = kept.subject.removeprefix(FAQ)
        theirs = state.draft(topic_id)
        if kept.after is None:
            if theirs is not None or kept.before is None:
                raise EditError(message("topic_taken", topic=topic_id))
            return self._commit(state, {topic_id: from_json(kept.before)}, "reverted", user, why)
        if theirs is None:
            raise EditError(message("removed_already", topic=topic_id))
        after = from_json(kept.after)
        if kept.before is None:
            if theirs.version != after.version:
                raise conflict(("topic",), after, theirs)
            return self._commit(state, {topic_id: None}, "reverted", user, why)
        wanted = merged(from_json(kept.before), theirs, after.version)
        return self._commit(state, {topic_id: wanted}, "reverted", user, why)

    def _subject(self, topic: str) -> str:
        return topic if "/" in topic or topic in self._state().examples else FAQ + topic


def _refuse(found: Iterable[Finding]) -> None:
    """Stop where one of the findings is an error."""
    wrong = tuple(dict.fromkeys(finding for finding in found if finding.level == "error"))
    if wrong:
        raise EditRefusedError(wrong)


def _check_label(state: State, label: str) -> None:
    if label not in state.examples:
        raise TopicNotFoundError(message("no_intent", label=label))


def _found(state: State, topic_id: str) -> TopicDraft:
    draft = state.draft(topic_id)
    if draft is None:
        raise TopicNotFoundError(message("no_topic", topic=topic_id))
    return draft
