"""``knowledge/policy/*.yml`` into :class:`bot.policy.parameters.PlacePolicy`, strictly.

Unknown keys, wrong types, unsorted dates and values without a source are refused with file, line, what was found and
what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from cattrs import ClassValidationError, Converter, transform_error
from cattrs.gen import make_dict_structure_fn

from bot.knowledge.errors import KnowledgeError, problem
from bot.knowledge.yaml_files import line_of, read_yaml
from bot.policy.parameters import Dated, Parameter, PlacePolicy

_UNDATED = "undated"
_LISTS = ("source", "insurance", "visit")
_STEP = re.compile(r"\['?([^\]']+)'?\]|\.?([A-Za-z_]\w*)")


def load_policies(folder: Path) -> dict[str, PlacePolicy]:
    """Every policy file by its place id; raises :class:`KnowledgeError` with all findings of all files."""
    policies: dict[str, PlacePolicy] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            policies[path.stem] = load_policy(path)
        except KnowledgeError as error:
            problems += error.problems
    if "national" not in policies and not problems:
        problems.append(problem("national.yml", "the file", "is missing", "put it in knowledge/policy/"))
    if problems:
        raise KnowledgeError(problems)
    return policies


def load_policy(path: Path) -> PlacePolicy:
    """One policy file; raises :class:`KnowledgeError`."""
    document = read_yaml(path)
    unlisted = [_finding(path, f"found a text, write a list @ $.{trail}") for trail in _unlisted(document)]
    if unlisted:
        raise KnowledgeError(unlisted)
    try:
        policy = _converter().structure(document, PlacePolicy)
    except ClassValidationError as error:
        raise KnowledgeError([_finding(path, line) for line in transform_error(error)]) from error
    problems = list(_inconsistencies(path, policy))
    if problems:
        raise KnowledgeError(problems)
    return policy


def parameters_of(node: Any, trail: str = "") -> Iterator[tuple[str, Parameter[Any]]]:
    """Every parameter below a node of the policy tree, with its dotted path."""
    if isinstance(node, Parameter):
        yield trail, node
    elif is_dataclass(node):
        for item in fields(node):
            yield from parameters_of(getattr(node, item.name), f"{trail}.{item.name}".lstrip("."))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from parameters_of(value, f"{trail}.{key}".lstrip("."))
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from parameters_of(value, f"{trail}[{number}]")


@lru_cache(maxsize=1)
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook(date, _date)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _flag)
    converter.register_structure_hook_factory(
        is_dataclass, lambda cls: make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)
    )
    return converter


def _unlisted(node: Any, trail: str = "") -> Iterator[str]:
    """Where a text stands instead of a list: a text is a sequence of letters too, and would be read as such."""
    if isinstance(node, list):
        for number, part in enumerate(node):
            yield from _unlisted(part, f"{trail}[{number}]")
    elif isinstance(node, dict):
        of_lists = node.get("unit") in ("texts", "papers") and isinstance(node.get("values"), list)
        for number, dated in enumerate(node["values"] if of_lists else ()):
            if isinstance(dated, dict) and isinstance(dated.get("value"), str):
                yield f"{trail}.values[{number}].value".lstrip(".")
        for key, part in node.items():
            if key in _LISTS and isinstance(part, str):
                yield f"{trail}.{key}".lstrip(".")
            yield from _unlisted(part, f"{trail}.{key}".lstrip("."))


def _decimal(value: Any, _: type) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"found {value!r}, write a number")
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"found {value!r}, write a number") from error


def _date(value: Any, _: type) -> date:
    if value == _UNDATED:
        return date.min
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    raise ValueError(f"found {value!r}, write a day like 2026-01-31 or {_UNDATED}")


def _text(value: Any, _: type) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"found {value!r}, write a text")
    return str(value)


def _flag(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"found {value!r}, write true or false")
    return value


def _finding(path: Path, line: str) -> str:
    """One of cattrs' findings, ``what @ $.path``, as our one line."""
    what, _, trail = line.partition(" @ ")
    steps = [int(a or b) if (a or b).isdigit() else (a or b) for a, b in _STEP.findall(trail.lstrip("$"))]
    number = line_of(path, list(steps))
    place = f"line {number}" if number else "the file"
    return problem(
        path.name, f"{place} ({'.'.join(map(str, steps)) or 'top'})", what, "see README.md beside it"
    )


def _inconsistencies(path: Path, policy: PlacePolicy) -> Iterator[str]:
    """What the types cannot say: dates in order, a source on every value, the unit's own rules."""
    if policy.place != path.stem:
        yield problem(path.name, "place", f"{policy.place!r}", f"write {path.stem}, the name of the file")
    for trail, parameter in parameters_of(policy):
        days = [value.since for value in parameter.values]
        if not days:
            yield problem(path.name, trail, "no value", "give at least one dated value")
        if days != sorted(set(days)):
            yield problem(path.name, trail, "dates not in order", "write each day once, oldest first")
        for value in parameter.values:
            yield from _odd_value(path, trail, parameter, value)


def _odd_value(path: Path, trail: str, parameter: Parameter[Any], value: Dated[Any]) -> Iterator[str]:
    if not value.source:
        yield problem(path.name, trail, f"{value.value!r} has no source", "name the section of sources.yml")
    if parameter.unit == "/1" and value.value is not None and not 0 <= value.value <= 1:
        yield problem(path.name, trail, f"{value.value} as a share", "write a fraction of 1, like 0.85")
    if parameter.unit == "CNY" and value.value is not None and value.value < 0:
        yield problem(path.name, trail, f"{value.value} yuan", "write an amount of 0 or more")
