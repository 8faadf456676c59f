"""What stands after ``topic``, ``import`` and ``export``."""

from __future__ import annotations

import argparse
from typing import Any

from bot.services.exchange import KINDS


def add_to(commands: Any) -> None:
    """The three commands."""
    _add_topic(
        commands.add_parser("topic", help="the topics with their answers and examples, and what was changed")
    )
    export = commands.add_parser("export", help="answers, examples or topics as .csv or .xlsx")
    taken = commands.add_parser("import", help="show what a table would change, and change it")
    for command in (export, taken):
        command.add_argument("kind", choices=KINDS, help="what the table holds")
        command.add_argument("file", help="a .csv or .xlsx file")
    taken.add_argument("--apply", action="store_true", help="change it")
    taken.add_argument("--skip-errors", action="store_true", help="leave out the rows that are wrong")
    taken.add_argument("--why", default="", help="why, for the list of revisions")


def _add_topic(topic: argparse.ArgumentParser) -> None:
    whats = topic.add_subparsers(dest="what", required=True, metavar="what")
    whats.add_parser("list", help="show all topics")
    why = argparse.ArgumentParser(add_help=False)
    why.add_argument("--why", required=True, help="why, for the list of revisions")
    file = argparse.ArgumentParser(add_help=False)
    file.add_argument("file", help="a file as `topic show` prints it; - for stdin")
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("topic", help="the topic's id")
    whats.add_parser("show", parents=[named], help="print a topic with its examples, to be edited")
    whats.add_parser("check", parents=[file], help="what is wrong with an edited file; nothing is saved")
    whats.add_parser("edit", parents=[file, why], help="save an edited file")
    whats.add_parser("new", parents=[file, why], help="add the topic of a file")
    whats.add_parser("remove", parents=[named, why], help="take a topic and its examples out")
    added = whats.add_parser(
        "add-example", parents=[named, why], help="add examples to a topic or another intent"
    )
    added.add_argument("text", nargs="*", help="the examples; else a line each of --file, or of stdin")
    added.add_argument("--file", help="a file with an example on each line")
    added.add_argument(
        "--even-known", action="store_true", help="also those that the topic knows well already"
    )
    alike = whats.add_parser("alike", help="examples that say about the same as those of other topics")
    alike.add_argument("topic", nargs="?", help="a topic; all of them take some minutes")
    alike.add_argument("--limit", type=int, default=50, help="so many at most (50)")
    listed = whats.add_parser("revisions", help="what was changed, the newest first")
    listed.add_argument("topic", nargs="?", help="a topic, another intent, or policy/<place>")
    listed.add_argument("--limit", type=int, default=20, help="so many at most (20)")
    whats.add_parser("diff", help="what one revision changed").add_argument("number", type=int)
    revert = whats.add_parser("revert", help="take one revision back; what was changed since stays")
    revert.add_argument("number", type=int, help="the number of the revision")
    revert.add_argument("--why", default="", help="why, for the list of revisions")
