"""The facts of the two tools as a form: which fields there are, and what a clerk typed as the slots of a conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.knowledge.base import KnowledgeBase
from bot.policy.areas import Area
from bot.policy.errors import UnreasonableAmountError
from bot.policy.estimate import reasonable
from bot.policy.facts import CATEGORIES, INSURANCES, LEVELS, PURPOSES, STATUSES, VISITS
from bot.services.area_names import AreaNames
from bot.services.profile import UNKNOWN
from bot.text.amounts import find_amounts, find_percentages, parse_number
from bot.wording import staff
from bot.wording.answers import odd_amount
from bot.wording.terms import fact_name, term

Kind = Literal["place", "choice", "yes_no", "amount", "share"]
# The tools by the names of their intents.
FILING, ESTIMATE = "check_filing", "estimate"
_BOTH = (FILING, ESTIMATE)
_YES_NO = ("yes", "no")


class BadFactError(ValueError):
    """A fact that cannot be used. ``message`` is a Chinese sentence; ``choices`` are (value, label) to choose from."""

    def __init__(self, field: str, message: str, choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.choices = choices


@dataclass(frozen=True)
class FactField:
    """One field of the form: its name (a slot), what stands beside it, what it takes and which tools use it."""

    name: str
    label: str
    kind: Kind
    choices: tuple[tuple[str, str], ...]
    tools: tuple[str, ...]
    # How to fill it in, for a text field.
    hint: str = ""


def _field(name: str, kind: Kind, tools: tuple[str, ...], values: tuple[str, ...] = ()) -> FactField:
    choices = tuple((value, term(name, value, "zh")) for value in values)
    return FactField(name, fact_name(name, "zh"), kind, choices, tools, staff.hint(name))


FACTS: tuple[FactField, ...] = (
    _field("insured_place", "place", _BOTH),
    _field("care_place", "place", _BOTH),
    _field("insurance", "choice", (ESTIMATE,), INSURANCES),
    _field("status", "choice", _BOTH, STATUSES),
    _field("purpose", "choice", _BOTH, PURPOSES),
    _field("household_moved", "yes_no", (FILING,), _YES_NO),
    _field("referral", "yes_no", _BOTH, _YES_NO),
    _field("category", "choice", _BOTH, CATEGORIES),
    _field("filed", "yes_no", _BOTH, _YES_NO),
    _field("emergency", "yes_no", _BOTH, _YES_NO),
    _field("lapsed", "yes_no", (FILING,), _YES_NO),
    _field("agent", "yes_no", (FILING,), _YES_NO),
    _field("visit", "choice", (ESTIMATE,), VISITS),
    _field("hospital_level", "choice", (ESTIMATE,), LEVELS),
    _field("cost", "amount", (ESTIMATE,)),
    _field("deductible_used", "amount", (ESTIMATE,)),
    _field("paid_this_year", "amount", (ESTIMATE,)),
    _field("home_share", "share", (ESTIMATE,)),
    _field("designated", "yes_no", (ESTIMATE,), _YES_NO),
    _field("pharmacy", "yes_no", (ESTIMATE,), _YES_NO),
)
_FIELDS = {field.name: field for field in FACTS}

_MET = re.compile(r"^(?:full|(?:已经?)?(?:付|用|交|扣)?(?:满|完|够)了?)$")
_LEFT = re.compile(r"^(?:left:|(?:还|只)?(?:剩|差)下?了?)\s*(?P<amount>.+)$")
_AROUND = re.compile(r"大概|大约|约|差不多|左右|上下|一共|总共|花了?|[多钱了。，\s]")
_DIGITS = re.compile(r"^[¥￥]?\s*(?P<number>\d[\d,，]*(?:[.．]\d+)?)\s*(?:元|块钱?|圆)?$")
# More characters than any amount or name has; a message quotes no more of it.
_QUOTED = 20


class FactForm:
    """Reads the form by the places of one state of the knowledge."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._places = base.places
        self._names = AreaNames(base.places)

    def slots(self, facts: Mapping[str, str]) -> dict[str, str]:
        """The slots of what was filled in; raises :class:`BadFactError` for the first field that cannot be used.

        An empty field is not known; ``unknown`` says that the caller cannot tell.
        """
        slots: dict[str, str] = {}
        for name, written in facts.items():
            if name not in _FIELDS:
                raise BadFactError(name[:_QUOTED], staff.no_such_field(name[:_QUOTED]))
            if written.strip():
                slots |= self._read(_FIELDS[name], written.strip())
        return slots

    def _read(self, field: FactField, written: str) -> dict[str, str]:
        if written == UNKNOWN:
            return {field.name: UNKNOWN}
        if field.name == "insured_place":
            return self._insured(written)
        readers = {"place": self._area, "amount": _amount, "share": _share}
        return {field.name: readers.get(field.kind, _choice)(field, written)}

    def _insured(self, written: str) -> dict[str, str]:
        """A served place by its id, or what lies in one; any other area by its path."""
        field = _FIELDS["insured_place"]
        if written in self._places.by_id:
            return {"insured_place": written}
        named = self._places.named(written)
        if named is not None:
            return {"insured_place": named.id}
        path = self._area(field, written)
        resolved = self._places.resolve(Area.parse(path))
        if resolved.place is not None:
            return {"insured_place": resolved.place.id}
        if resolved.candidates and "/" not in written:
            # 苏州 as typed may be 吴江; 江苏/苏州 as chosen is the rest of it, and 江苏/ the rest of the province.
            choices = [(place.id, place.name) for place in resolved.candidates]
            rest = path if "/" in path else f"{path}/"
            choices.append((rest, staff.elsewhere_in(resolved.area.name)))
            raise BadFactError(field.name, staff.which_part(resolved.area.name), tuple(choices))
        return {"insured_area": path}

    def _area(self, field: FactField, written: str) -> str:
        paths = self._names.paths(written) if len(written) <= _QUOTED else ()
        if not paths:
            raise BadFactError(field.name, staff.unknown_area(field.label, written[:_QUOTED]))
        if len(paths) > 1:
            choices = tuple((path, staff.area_label(path)) for path in paths)
            raise BadFactError(field.name, staff.which_area(written), choices)
        return paths[0]


def _choice(field: FactField, written: str) -> str:
    """A value by its word or by what stands on it; 是 and 否 as well where it is a yes or no."""
    words = {label: value for value, label in field.choices} | {value: value for value, _ in field.choices}
    if field.kind == "yes_no":
        words |= {"是": "yes", "否": "no"}
    if written not in words:
        raise BadFactError(field.name, staff.bad_choice(field.label, written[:_QUOTED]), field.choices)
    return words[written]


def _amount(field: FactField, written: str) -> str:
    if field.name == "deductible_used":
        if _MET.match(written):
            return "full"
        left = _LEFT.match(written)
        if left is not None:
            return f"left:{_plain_amount(field, left['amount'])}"
    return _plain_amount(field, written)


def _plain_amount(field: FactField, written: str) -> str:
    """``3500`` or ``2000~3000``; only a cost may be a range, and only a cost must be more than nothing."""
    found = amount_in(written) if len(written) <= 2 * _QUOTED else None
    if found is None:
        raise BadFactError(field.name, staff.bad_amount(field.label, written[:_QUOTED]))
    low, high = found
    may_be_nothing = field.name != "cost" and high == low == 0
    try:
        if not may_be_nothing:
            reasonable(low)
            reasonable(high)
    except UnreasonableAmountError as error:
        raise BadFactError(field.name, odd_amount(written[:_QUOTED], "zh")) from error
    if low > high or (low != high and field.name != "cost"):
        raise BadFactError(field.name, staff.one_amount(field.label, written[:_QUOTED]))
    return f"{low:f}" if low == high else f"{low:f}~{high:f}"


def amount_in(written: str) -> tuple[Decimal, Decimal] | None:
    """The amount that is the whole of what was typed, as a range; None where it is none or more than one."""
    digits = _DIGITS.match(written)
    number = parse_number(digits["number"]) if digits is not None else None
    if number is not None:
        # 12393 in this field is a sum and no telephone.
        return number, number
    found = find_amounts(written, bare=True)
    if len(found) != 1:
        return None
    rest = written[: found[0].start] + written[found[0].end :]
    return None if _AROUND.sub("", rest) else (found[0].low, found[0].high)


def _share(field: FactField, written: str) -> str:
    """``0.8`` for 80%, 八成, 0.8 or 80; a bare 1 may be either end and is refused."""
    found = find_percentages(written)
    number = found[0].value if len(found) == 1 else None
    if not found:
        bare = parse_number(written)
        number = bare / 100 if bare is not None and bare > 1 else bare if bare != 1 else None
    if number is None or not 0 < number <= 1:
        raise BadFactError(field.name, staff.bad_share(field.label, written[:_QUOTED]))
    return f"{number.normalize():f}"
