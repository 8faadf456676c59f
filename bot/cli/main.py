"""The commands and their options. Each lives in a module of its own, imported only when it runs."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from bot.cli import inbox_arguments, topic_arguments
from bot.cli.console import report_problems
from bot.knowledge.errors import KnowledgeError
from bot.services.users import ROLES
from bot.storage.errors import StorageError


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    # `import` is a word of the language, which no module can be called.
    name = "import_" if options.command == "import" else options.command
    command = importlib.import_module(f"bot.cli.{name}")
    try:
        return int(command.run(options))
    except KnowledgeError as error:
        report_problems(error.problems)
        return 1
    except (StorageError, ValueError) as error:
        report_problems([str(error)])
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="异地就医小助手")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="start the assistant on HOST:PORT (127.0.0.1:5005)")
    # How the process that holds the socket starts its workers.
    serve.add_argument("--socket", type=int, help=argparse.SUPPRESS)
    train = commands.add_parser("train", help="train a model from data/, domain.yml and knowledge/")
    train.add_argument("--if-changed", action="store_true", help="do nothing when nothing has changed")
    train.add_argument(
        "--candidate",
        nargs="?",
        const="",
        metavar="RUN",
        help="train a version that is judged and not served yet; a run that the console began has a number",
    )
    train.add_argument("--why", default="", help="why, for the list of versions")
    _add_versions(commands)
    commands.add_parser("check", help="check the knowledge files and the training data")
    menu = commands.add_parser("menu", help="publish the menu of the WeChat account, or show the one it has")
    menu.add_argument("what", choices=["push", "show"], help="publish knowledge/menu.yml; show and compare")
    inbox_arguments.add_to(
        commands.add_parser("inbox", help="what got no good answer, in groups, and decisions about it")
    )
    topic_arguments.add_to(commands)
    _add_user(commands.add_parser("user", help="accounts of staff; the first admin is made here"))
    evaluate = commands.add_parser("evaluate", help="measure the model on the separate questions")
    evaluate.add_argument("--questions", default="tests/nlu", help="folder (or file) with the questions")
    evaluate.add_argument("--model", help="a model file other than the current one")
    evaluate.add_argument(
        "--compare", metavar="MODEL", help="set another model beside it: what got better, what worse"
    )
    evaluate.add_argument(
        "--cross-validate",
        action="store_true",
        help="also hold out the training examples in turn (some minutes)",
    )
    return parser


def _add_versions(commands: Any) -> None:
    """Publishing, going back, and what there is."""
    publish = commands.add_parser("publish", help="make a candidate the live version")
    publish.add_argument("version", nargs="?", help="the newest candidate where none is named")
    publish.add_argument(
        "--approve",
        action="append",
        default=[],
        metavar="ID",
        help="find a changed answer, a group of them or all right",
    )
    publish.add_argument(
        "--override", default="", metavar="REASON", help="publish against the gate; it is noted"
    )
    # The conversation through a model, in a process of its own.
    publish.add_argument("--smoke", metavar="MODEL", help=argparse.SUPPRESS)
    rollback = commands.add_parser(
        "rollback", help="go back to an earlier version, model and knowledge together"
    )
    rollback.add_argument("version", nargs="?", help="the one before the live one where none is named")
    rollback.add_argument("--why", default="", help="why, for the list of versions")
    versions = commands.add_parser("versions", help="list the versions, or show one with its report")
    versions.add_argument("version", nargs="?", help="a version to be shown")
    versions.add_argument("--prune", action="store_true", help="remove the oldest beyond VERSIONS_KEPT")


def _add_user(user: argparse.ArgumentParser) -> None:
    """What stands after ``user``."""
    whats = user.add_subparsers(dest="what", required=True, metavar="what")
    whats.add_parser("list", help="show all users")
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("name", help="the name that is typed at the log-in")
    asks = "asks for the password, or reads a line of stdin"
    added = whats.add_parser("add", parents=[named], help=f"add a user; {asks}")
    added.add_argument("--role", choices=ROLES, default="staff", help="what the user may do (staff)")
    whats.add_parser("password", parents=[named], help=f"another password; {asks}")
    whats.add_parser("role", parents=[named], help="another role").add_argument("role", choices=ROLES)
    whats.add_parser("disable", parents=[named], help="let a user in no longer")
    whats.add_parser("enable", parents=[named], help="let a user in again")
    token = whats.add_parser("token", parents=[named], help="make a bearer token for a call-centre system")
    token.add_argument("--revoke", action="store_true", help="take the token back instead")
