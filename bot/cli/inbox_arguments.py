"""What stands after ``python -m bot inbox``; apart from the command, so that no other command loads it."""

from __future__ import annotations

import argparse

from bot.wording.inbox import KIND_NAMES


def add_to(inbox: argparse.ArgumentParser) -> None:
    """What stands after ``inbox``."""
    whats = inbox.add_subparsers(dest="what", required=True, metavar="what")
    listed = whats.add_parser("list", help="the groups that wait for a decision, the largest first")
    listed.add_argument("--kind", choices=list(KIND_NAMES), help="only what was missed in this way")
    listed.add_argument("--place", help="only people of this place: an id of knowledge/places.yml")
    listed.add_argument("--days", type=int, help="only what came in so many days")
    listed.add_argument("--limit", type=int, default=20, help="so many groups (20)")
    group = argparse.ArgumentParser(add_help=False)
    group.add_argument("group", help="the id that the list shows")
    whats.add_parser("show", parents=[group], help="every text of a group, with what the model makes of it")
    texts = argparse.ArgumentParser(add_help=False, parents=[group])
    texts.add_argument(
        "--text", action="append", metavar="TEXT", help="only this text of it; may be given several times"
    )
    texts.add_argument("--why", default="", help="why, for whoever asks later")
    assign = whats.add_parser("assign", parents=[texts], help="make the texts examples of a topic")
    assign.add_argument("label", help="faq/<topic>, or another intent of data/nlu.yml")
    scope = whats.add_parser(
        "out-of-scope", parents=[texts], help="make the texts examples of what is declined"
    )
    scope.add_argument("label", help="decline/<kind>")
    whats.add_parser("dismiss", parents=[texts], help="let the texts rest; --why is wanted")
    whats.add_parser("decisions", help="what was decided lately")
    reopen = whats.add_parser("reopen", help="take a decision back; the files stay as they are")
    reopen.add_argument("batch", help="the id that `inbox decisions` shows")
