"""``python -m bot topic …``: the topics of the FAQ, their examples and their revisions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.table import Table

from bot.cli.console import console, report_problems
from bot.services.drafts import EditConflictError, EditRefusedError, Saved, TopicDraft
from bot.services.editing import Editing
from bot.services.topic_file import as_file, from_file


def run(options: argparse.Namespace) -> int:
    """Do what is asked; what the checks refuse comes a line each."""
    from bot.wiring import maintenance

    return guarded(lambda: _COMMANDS[options.what](maintenance.editing(), options))


def guarded(work: object) -> int:
    """Run some work on the files; findings a line each, of a conflict both versions."""
    try:
        work()  # type: ignore[operator]
    except EditRefusedError as error:
        report_problems([f"{found.where}: {found.message}" for found in error.findings])
        return 1
    except EditConflictError as error:
        report_problems([str(error)])
        if isinstance(error.theirs, TopicDraft):
            say("--- 现在的版本 ---")
            sys.stdout.write(as_file(error.theirs))
        return 1
    return 0


def say(line: str) -> None:
    """One line, as it is."""
    console.print(line, markup=False, soft_wrap=True)


def show_saved(saved: Saved) -> None:
    """The difference and the number under which it can be taken back."""
    if not saved.changed:
        say("Nothing is different.")
        return
    sys.stdout.write(saved.diff)
    say(f"Saved as revision {saved.revision}.")


def _list(editing: Editing, _: argparse.Namespace) -> None:
    table = Table("group", "topic", "question", "places", "examples", "problems", box=None)
    for entry in editing.topics():
        places = "、".join(entry.places)
        problems = str(entry.problems) if entry.problems else ""
        table.add_row(entry.group, entry.id, entry.question, places, str(entry.examples), problems)
    console.print(table)


def _show(editing: Editing, options: argparse.Namespace) -> None:
    """The topic's file alone goes to stdout."""
    sys.stdout.write(as_file(editing.topic(options.topic)))


def _check(editing: Editing, options: argparse.Namespace) -> None:
    findings = editing.check(_draft(editing, options))
    for found in findings:
        say(f"{found.level} {found.where}{f':{found.line}' if found.line else ''}: {found.message}")
    if not findings:
        say("No findings.")


def _edit(editing: Editing, options: argparse.Namespace) -> None:
    draft = _draft(editing, options)
    show_saved(editing.save(draft, None, options.why, draft.version))


def _new(editing: Editing, options: argparse.Namespace) -> None:
    draft = from_file(_text(options.file))
    parts = (draft.id, draft.question, draft.about, draft.examples, draft.answers)
    show_saved(editing.new_topic(*parts, None, options.why))


def _remove(editing: Editing, options: argparse.Namespace) -> None:
    show_saved(editing.remove_topic(options.topic, None, options.why))


def _add_example(editing: Editing, options: argparse.Namespace) -> None:
    label = _label(editing, options.topic)
    texts = options.text or _text(options.file or "-").splitlines()
    texts = [text for text in texts if text.strip()]
    added = editing.add_examples(label, texts, None, options.why, even_known=options.even_known)
    sys.stdout.write(added.diff)
    for text in added.known:
        say(f"Known well already, left out (--even-known adds it): {text}")
    for text in added.duplicates:
        say(f"There already: {text}")
    for text, near in added.near:
        say(f"Added, but near {near.label} ({near.similarity:.2f}): {text} / {near.text}")
    say(f"{len(added.added)} added.")
    if added.refused:
        report_problems([told for _, told in added.refused])


def _alike(editing: Editing, options: argparse.Namespace) -> None:
    from bot.wiring import maintenance

    label = _label(editing, options.topic) if options.topic else None
    found = maintenance.alike().pairs(label=label)
    for pair in found[: options.limit]:
        say(f"{pair.similarity:.2f} {pair.label}: {pair.text} / {pair.other_label}: {pair.other}")
    say(f"{len(found)} near duplicates in different topics.")


def _label(editing: Editing, topic: str) -> str:
    """The intent of a topic's id; another intent is one already."""
    return topic if topic in editing.examples() else f"faq/{topic}"


def _revisions(editing: Editing, options: argparse.Namespace) -> None:
    table = Table("number", "when (UTC)", "who", "what", "of", "why", box=None)
    for revision in editing.revisions(options.topic, options.limit):
        when = f"{revision.at:%Y-%m-%d %H:%M}"
        table.add_row(
            str(revision.id), when, revision.user or "–", revision.kind, revision.subject, revision.why
        )
    console.print(table)


def _diff(editing: Editing, options: argparse.Namespace) -> None:
    sys.stdout.write(editing.revision(options.number).diff)


def _revert(editing: Editing, options: argparse.Namespace) -> None:
    from bot.wiring import maintenance

    kept = editing.revision(options.number)
    of_policy = kept.subject.startswith("policy/")
    service = maintenance.policy_editing() if of_policy else editing
    show_saved(service.revert(options.number, None, options.why or ""))


_COMMANDS = {
    "list": _list,
    "show": _show,
    "check": _check,
    "edit": _edit,
    "new": _new,
    "remove": _remove,
    "add-example": _add_example,
    "alike": _alike,
    "revisions": _revisions,
    "diff": _diff,
    "revert": _revert,
}


def _draft(editing: Editing, options: argparse.Namespace) -> TopicDraft:
    """The draft of a file; one without a version line is meant for the topic as it is now."""
    draft = from_file(_text(options.file))
    if draft.version:
        return draft
    return TopicDraft(**{**vars(draft), "version": editing.topic(draft.id).version})


def _text(name: str) -> str:
    """A file's text; of stdin for a hyphen."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}, the file: {error}; name a text file in UTF-8, or - for stdin") from error
