"""``python -m bot inbox …``: what got no good answer, in groups, and what is decided about them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cli.console import console
from bot.wording.inbox import AGAIN, KIND_NAMES

if TYPE_CHECKING:
    from bot.services.inbox import Assigned, Group, Inbox


def run(options: argparse.Namespace) -> int:
    """Do what is asked; what is wrong comes as an error of one line."""
    from bot.cli.logs import configure_logs
    from bot.wiring import inbox, settings
    from bot.without_tensorflow import load_rasa

    box = inbox.inbox(inbox.trained_model())
    if options.what not in _WITHOUT_MODEL:
        configure_logs(debug=False)
        with console.status("Loading the model (about 10 seconds)…"):
            load_rasa(settings().root / "config.yml")
            box.prepare()
    _COMMANDS[options.what](box, options)
    return 0


def _list(box: Inbox, options: argparse.Namespace) -> None:
    from bot import wiring
    from bot.services.inbox import Filters

    since = wiring.now() - timedelta(days=options.days) if options.days is not None else None
    groups, total = box.groups(Filters(options.kind, options.place, since), limit=options.limit)
    for group in groups:
        kinds = "、".join(f"{KIND_NAMES[kind]} {count}" for kind, count in group.kinds)
        this_week, before = group.trend
        _say(f"{group.id}  {group.count} ({this_week} in 7 days, {before} before)  {kinds}")
        _say(f"    {_title(group)}  → {_guess(group)}")
    _say(f"{len(groups)} of {total} groups.")


def _show(box: Inbox, options: argparse.Namespace) -> None:
    group = box.group(options.group)
    if group is None:
        raise ValueError(
            f"group {options.group}: is not in the inbox; python -m bot inbox list shows the groups"
        )
    for item in group.items:
        again, about = (
            f"（{AGAIN}）" if item.again else "",
            f"  about {', '.join(item.about)}" if item.about else "",
        )
        known = f"  known as {item.known}" if item.known else ""
        _say(f"{item.count}  {KIND_NAMES[item.kind]}  {item.text}{again}{about}{known}")
    for label, confidence in group.suggestions:
        _say(f"→ {label} {confidence:.0%}")


def _assign(box: Inbox, options: argparse.Namespace) -> None:
    _told(box.assign(options.group, options.label, options.text, why=options.why), options.label)


def _out_of_scope(box: Inbox, options: argparse.Namespace) -> None:
    _told(box.out_of_scope(options.group, options.label, options.text, why=options.why), options.label)


def _dismiss(box: Inbox, options: argparse.Namespace) -> None:
    done = box.dismiss(options.group, options.why, options.text)
    _say(f"{len(done.texts)} text(s) dismissed. To take it back: python -m bot inbox reopen {done.batch}")


def _decisions(box: Inbox, _: argparse.Namespace) -> None:
    for one in box.decisions():
        label = f" {one.label}" if one.label else ""
        who = one.user or "the command line"
        _say(f"{one.batch}  {one.at:%Y-%m-%d %H:%M} UTC  {who}  {one.action}{label}  {one.text}")


def _reopen(box: Inbox, options: argparse.Namespace) -> None:
    texts: Sequence[str] = box.reopen(options.batch)
    _say(f"{len(texts)} text(s) wait again.")


def _told(done: Assigned, label: str) -> None:
    _say(f"{len(done.texts)} text(s) settled as {label}; {len(done.added)} example(s) added.")
    if done.known:
        _say(f"{len(done.known)} not added: the model knows them well.")
    if done.duplicates:
        _say(f"{len(done.duplicates)} not added: they are there.")
    _say(f"To take the decision back: python -m bot inbox reopen {done.batch}")


def _title(group: Group) -> str:
    return group.title + (f"（{AGAIN}）" if group.again else "")


def _guess(group: Group) -> str:
    return next((f"{label} {confidence:.0%}" for label, confidence in group.suggestions), "")


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)


# What looks at no group.
_WITHOUT_MODEL = ("decisions", "reopen")
_COMMANDS = {
    "list": _list,
    "show": _show,
    "assign": _assign,
    "out-of-scope": _out_of_scope,
    "dismiss": _dismiss,
    "decisions": _decisions,
    "reopen": _reopen,
}
