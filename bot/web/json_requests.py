"""What another program sends: a JSON body or arguments in the address, read by a list of fields, or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from sanic.request import Request

from bot.web.refusals import Refused

__all__ = ["Field", "arguments_of", "body_of", "day", "facts", "text", "whole"]

Reader = Callable[[str, Any], Any]

# Far more than any call has.
_MOST_ARGUMENTS = 50
_QUOTED = 60
_PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad_json": (400, "请求体不是 UTF-8 的 JSON，请检查后重发。"),
    "not_an_object": (400, "请求体要写成一个 JSON 对象，例如 {{}}。"),
    "bad_arguments": (400, "地址里的参数读不出来，请按 UTF-8 做百分号编码。"),
    "not_json": (415, "请求体请用 JSON，并带上 Content-Type: application/json。"),
    "unknown_field": (422, "没有“{name}”这一项，可以写：{known}。"),
    "repeated_field": (422, "“{name}”写了不止一次，请只写一次。"),
    "missing_field": (422, "请写上“{name}”。"),
    "wrong_type": (422, "“{name}”要写成{wanted}。"),
    "bad_text": (422, "“{name}”里有不能保存的字符，请去掉后重发。"),
    "too_long": (422, "“{name}”有 {found:,} 个字，最多 {longest:,} 个字，请删减一些。"),
    "bad_choice": (422, "“{name}”只能写：{known}。"),
    "bad_day": (422, "“{name}”要写成 2026-01-31 这样的日期。"),
    "bad_number": (422, "“{name}”要写成 {low} 到 {high:,} 的整数。"),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True)
class Field:
    """One field of a body, or one argument: how it is read, and whether it has to be there."""

    read: Reader
    required: bool = False


class _Number(str):
    """A number of a body as it was written, so that none is too large and 0.10 stays what it is."""

    __slots__ = ()


def body_of(request: Request, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The fields of a JSON object that were filled in; no body at all is an empty object."""
    return _read(_object_of(request).items(), fields)


def arguments_of(request: Request, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The arguments in the address that were filled in."""
    try:
        pairs = parse_qsl(
            request.query_string, keep_blank_values=True, errors="strict", max_num_fields=_MOST_ARGUMENTS
        )
    except ValueError:
        raise _refused("bad_arguments") from None
    return _read(_once(pairs).items(), fields)


def text(longest: int, choices: Iterable[str] = ()) -> Reader:
    """A text of at most so many characters, spaces around it left out; with ``choices`` one of them."""
    known = tuple(choices)

    def read(name: str, value: Any) -> str:
        written = _plain(name, value).strip()
        if len(written) > longest:
            raise _refused("too_long", name, found=len(written), longest=longest)
        if written and known and written not in known:
            raise _refused("bad_choice", name, known="、".join(known))
        return written

    return read


def whole(low: int, high: int) -> Reader:
    """A whole number of an address."""

    def read(name: str, value: Any) -> int | None:
        written = value.strip()
        if not written:
            return None
        if not _WHOLE.fullmatch(written) or not low <= int(written) <= high:
            raise _refused("bad_number", name, low=low, high=high)
        return int(written)

    return read


def day(name: str, value: Any) -> date | None:
    """A day: 2026-01-31."""
    written = _plain(name, value).strip()
    if not written:
        return None
    try:
        found = date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None:
        raise _refused("bad_day", name)
    return found


def facts(longest: int, known: Iterable[str]) -> Reader:
    """The facts of a case by name: texts as a clerk would type them, numbers and yes or no as JSON has them."""
    names = tuple(known)
    read_text = text(longest)

    def read(name: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise _refused("wrong_type", name, wanted="JSON 对象")
        found = {}
        for fact, stated in value.items():
            if fact not in names:
                raise _refused("unknown_field", f"{name}.{fact}", known="、".join(names))
            if stated is not None:
                found[fact] = read_text(f"{name}.{fact}", _typed(stated))
        return found

    return read


def _typed(stated: Any) -> Any:
    """A fact as it would be typed: yes for true, 3500 for a number."""
    if isinstance(stated, bool):
        return "yes" if stated else "no"
    return str(stated) if isinstance(stated, _Number) else stated


def _read(given: Iterable[tuple[str, Any]], fields: Mapping[str, Field]) -> dict[str, Any]:
    """What was filled in: null and nothing but spaces are as good as left out."""
    found = {}
    for name, value in given:
        if name not in fields:
            raise _refused("unknown_field", name, known="、".join(fields) or "（什么都不用写）")
        read = fields[name].read(name, value) if value is not None else None
        if read is not None and read != "":
            found[name] = read
    missing = next((name for name, field in fields.items() if field.required and name not in found), None)
    if missing is not None:
        raise _refused("missing_field", missing)
    return found


def _object_of(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _refused("not_json")
    try:
        found = json.loads(
            request.body.decode("utf-8"),
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_no_constant,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError):
        raise _refused("bad_json") from None
    if not isinstance(found, dict):
        raise _refused("not_an_object")
    return found


def _no_constant(written: str) -> Any:
    raise ValueError(f"{written} is no JSON")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a mapping; of two under one name nobody can tell which is meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _refused("repeated_field", name)
        found[name] = value
    return found


def _plain(name: str, value: Any) -> str:
    """A text that every database and every reader takes: no NUL, no half emoji."""
    if not isinstance(value, str) or isinstance(value, _Number):
        raise _refused("wrong_type", name, wanted="文本")
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise _refused("bad_text", name)
    return value


def _refused(code: str, name: str | None = None, **values: Any) -> Refused:
    status, words = _PROBLEMS[code]
    shown = name[:_QUOTED] if name is not None else None
    return Refused(status, code, words.format(name=shown, **values), field=shown)
