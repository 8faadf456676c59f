"""``python -m bot user …``: who of the staff may log in, with which role."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from rich.table import Table

from bot.cli.console import console, errors
from bot.services.accounts import Accounts, User


def run(options: argparse.Namespace) -> int:
    """Do what is asked; what is wrong comes as an error of one line."""
    from bot.wiring import consoles

    accounts = consoles.accounts()
    _COMMANDS[options.what](accounts, options)
    return 0


def _add(accounts: Accounts, options: argparse.Namespace) -> None:
    added = accounts.add(options.name, _password(), options.role)
    _say(f"{added.name} may log in as {added.role}.")


def _list(accounts: Accounts, _: argparse.Namespace) -> None:
    users = accounts.users()
    if not users:
        _say("There is no user yet. Make the first admin: python -m bot user add NAME --role admin")
        return
    table = Table("name", "role", "state", "token", "last log-in (UTC)", box=None)
    for user in users:
        seen = user.logged_in_at.strftime("%Y-%m-%d %H:%M") if user.logged_in_at else "never"
        table.add_row(user.name, user.role, _state(user), "yes" if user.has_token else "no", seen)
    console.print(table)


def _set_password(accounts: Accounts, options: argparse.Namespace) -> None:
    accounts.set_password(options.name, _password())
    _say(f"{options.name} has another password and is logged out everywhere.")


def _set_role(accounts: Accounts, options: argparse.Namespace) -> None:
    accounts.set_role(options.name, options.role)
    _say(f"{options.name} is {options.role} now.")


def _disable(accounts: Accounts, options: argparse.Namespace) -> None:
    accounts.set_active(options.name, active=False)
    _say(f"{options.name} may log in no longer.")


def _enable(accounts: Accounts, options: argparse.Namespace) -> None:
    accounts.set_active(options.name, active=True)
    _say(f"{options.name} may log in.")


def _token(accounts: Accounts, options: argparse.Namespace) -> None:
    """The token alone goes to stdout, so that it can be sent on to where secrets are kept."""
    if options.revoke:
        had_one = accounts.revoke_token(options.name)
        _say(f"{options.name}: {'the token is worth nothing now' if had_one else 'there was no token'}.")
        return
    token = accounts.token_for(options.name)
    errors.print("It is shown this once; an older token is worth nothing now.", style="yellow")
    sys.stdout.write(f"{token}\n")


_COMMANDS = {
    "add": _add,
    "list": _list,
    "password": _set_password,
    "role": _set_role,
    "disable": _disable,
    "enable": _enable,
    "token": _token,
}


def _password() -> str:
    """The password: typed twice without being shown, or one line of stdin where that is no terminal."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise ValueError("stdin, the password: is empty; write it as one line")
        return line
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise ValueError("the password: the two differ; start again")
    return password


def _state(user: User) -> str:
    if not user.active:
        return "disabled"
    return "has to change the password" if user.must_change else "active"


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
