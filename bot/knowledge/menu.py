"""``knowledge/menu.yml``: the menu of the public account, whose buttons speak for the user or open a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.errors import KnowledgeError, problem
from bot.knowledge.yaml_files import read_yaml

# The official page 创建自定义菜单 (createCustomMenu): 1 to 3 buttons, 1 to 5 below one of them; of a label 4 Chinese
# characters are shown, below a button 8 (older phones: 7), the rest as "…"; a label has at most 16 bytes, below a
# button 60; a key 128, an address 1,024 (菜单标题，不超过16个字节，子菜单不超过60个字节).
_MOST = (3, 5)
_CHARACTERS = (4, 7)
_LABEL_BYTES = (16, 60)
_SAYS_BYTES = 128
_OPENS_BYTES = 1024
_DOES = ("says", "opens", "buttons")


@dataclass(frozen=True)
class Button:
    """A label with what a tap does: it says a text as the user's, opens an address, or shows further buttons.

    ``other`` stands for a kind that only the console of WeChat can make.
    """

    label: str
    says: str = ""
    opens: str = ""
    buttons: tuple[Button, ...] = ()
    other: str = ""


@dataclass(frozen=True)
class Menu:
    """The buttons, from left to right."""

    buttons: tuple[Button, ...]

    def for_wechat(self) -> dict[str, Any]:
        """The menu in the form that WeChat's API takes."""
        return {"button": [_for_wechat(button) for button in self.buttons]}

    def lines(self) -> Iterator[str]:
        """The menu as people read it, a line for each button."""
        for button in self.buttons:
            yield _line(button)
            yield from (f"  {_line(below)}" for below in button.buttons)


def load_menu(path: Path) -> Menu:
    """Read the menu; raises :class:`KnowledgeError` with all that WeChat would refuse or not show whole."""
    document = read_yaml(path)
    problems = [
        problem(path.name, str(key), "unknown key", "write buttons alone at the left")
        for key in document
        if key != "buttons"
    ]
    buttons = _buttons(path.name, "the menu", document.get("buttons"), 0, problems)
    if problems:
        raise KnowledgeError(problems)
    return Menu(buttons)


def published(answer: Mapping[str, Any]) -> Menu | None:
    """The menu in an answer of WeChat's get_current_selfmenu_info; None where users see none."""
    shown = (answer.get("selfmenu_info") or {}).get("button") or []
    return Menu(tuple(map(_from_wechat, shown))) if answer.get("is_menu_open") and shown else None


def _buttons(file: str, place: str, entries: Any, level: int, problems: list[str]) -> tuple[Button, ...]:
    most = _MOST[level]
    if not isinstance(entries, list) or not 1 <= len(entries) <= most:
        count = len(entries) if isinstance(entries, list) else "no list of"
        problems.append(problem(file, place, f"has {count} buttons", f"write 1 to {most}"))
        return ()
    return tuple(
        _button(file, f"{place}, button {number}", entry, level, problems)
        for number, entry in enumerate(entries, start=1)
    )


def _button(file: str, place: str, entry: Any, level: int, problems: list[str]) -> Button:
    """One button; what is wrong with it goes into ``problems``."""
    does = _DOES[: 3 - level]
    fields = entry if isinstance(entry, dict) else {}
    unknown = sorted(str(key) for key in fields if key not in ("label", *does))
    if unknown:
        allowed = ", ".join(("label", *does))
        problems.append(problem(file, place, f"unknown key {', '.join(unknown)}", f"write one of {allowed}"))
    label = _text(file, place, fields, "label", _LABEL_BYTES[level], problems)
    if _width(label) > 2 * _CHARACTERS[level]:
        write = f"shorten it to {_CHARACTERS[level]} Chinese characters"
        problems.append(problem(file, place, f"{label} would not be shown whole", write))
    given = [key for key in does if key in fields]
    if len(given) != 1:
        found = f"has {' and '.join(given)}" if given else "does nothing"
        problems.append(problem(file, place, found, f"write one of {', '.join(does)}"))
        return Button(label)
    return _doing(file, place, fields, label, given[0], problems)


def _doing(
    file: str, place: str, fields: Mapping[str, Any], label: str, does: str, problems: list[str]
) -> Button:
    if does == "buttons":
        return Button(label, buttons=_buttons(file, place, fields["buttons"], 1, problems))
    if does == "says":
        return Button(label, says=_text(file, place, fields, "says", _SAYS_BYTES, problems))
    opens = _text(file, place, fields, "opens", _OPENS_BYTES, problems)
    if opens and not opens.startswith(("https://", "http://")):
        problems.append(problem(file, place, f"opens {opens}", "write the whole address, with https://"))
    return Button(label, opens=opens)


def _text(file: str, place: str, fields: Mapping[str, Any], key: str, most: int, problems: list[str]) -> str:
    """The text under a key; empty when it is none."""
    text = fields.get(key)
    if not isinstance(text, str) or not text.strip():
        found = "is missing" if text is None else f"is {text!r}"
        problems.append(problem(file, place, f"{key} {found}", "write a text"))
        return ""
    if len(text.encode()) > most:
        found = f"{key} has {len(text.encode())} bytes"
        problems.append(problem(file, place, found, f"shorten it to {most} (a Chinese character has 3)"))
    return text.strip()


def _width(label: str) -> int:
    """The width on a screen: 2 for a Chinese character, 1 for a Latin letter."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in label)


def _for_wechat(button: Button) -> dict[str, Any]:
    if button.buttons:
        return {"name": button.label, "sub_button": [_for_wechat(below) for below in button.buttons]}
    if button.opens:
        return {"type": "view", "name": button.label, "url": button.opens}
    return {"type": "click", "name": button.label, "key": button.says}


def _from_wechat(found: Mapping[str, Any]) -> Button:
    below = tuple(map(_from_wechat, (found.get("sub_button") or {}).get("list") or ()))
    label = str(found.get("name", ""))
    match found.get("type"):
        case "click":
            return Button(label, says=str(found.get("key", "")))
        case "view":
            return Button(label, opens=str(found.get("url", "")))
        case kind:
            return Button(label, buttons=below, other="" if below else str(kind))


def _line(button: Button) -> str:
    if button.says:
        return f"{button.label} → “{button.says}”"
    if button.opens:
        return f"{button.label} → {button.opens}"
    return f"{button.label} ({button.other})" if button.other else button.label
