"""What the fund pays of one cost: deductible, share, factor and ceiling, step by step."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.policy.facts import Facts
from bot.policy.parameters import Dated, Schedule
from bot.policy.trace import Step

_FEN = Decimal("0.01")
_ZERO = Decimal(0)


def round_to_fen(amount: Decimal) -> Decimal:
    """Round to 0.01 yuan, half up: no document states a rule, so the customary one is used."""
    return amount.quantize(_FEN, rounding=ROUND_HALF_UP)


def fund_pays(
    cost: Decimal,
    facts: Facts,
    schedule: Schedule,
    day: date,
    share: Dated[Decimal],
    factor: Dated[Decimal] | None,
) -> tuple[Decimal, tuple[Step, ...]]:
    """The fund's part of one cost in yuan, and the steps that lead there.

    ``min(ceiling − paid, max(0, cost − deductible left) × share × factor)`` (policy-notes, 淮安).
    """
    steps: list[Step] = [Step("cost", cost)]
    above = cost
    deductible = schedule.deductible.on(day) if schedule.deductible is not None else None
    if deductible is not None and deductible.value is not None:
        left = max(_ZERO, deductible.value - (facts.deductible_used or _ZERO))
        above = max(_ZERO, cost - left)
        inputs = {"cost": cost, "deductible": deductible.value, "left": left}
        steps.append(Step("above_deductible", above, inputs, deductible.source, deductible.note))
    if share.value is None:
        raise ValueError("a share that was abolished cannot be applied")
    paid = above * share.value
    steps.append(Step("share", paid, {"above": above, "share": share.value}, share.source, share.note))
    if factor is not None and factor.value is not None:
        reduced = paid * factor.value
        inputs = {"paid": paid, "factor": factor.value}
        steps.append(Step("factor", reduced, inputs, factor.source, factor.note))
        paid = reduced
    paid = round_to_fen(paid)
    ceiling = schedule.ceiling.on(day) if schedule.ceiling is not None else None
    if ceiling is not None and ceiling.value is not None:
        room = max(_ZERO, ceiling.value - (facts.paid_this_year or _ZERO))
        inputs = {"paid": paid, "ceiling": ceiling.value, "room": room}
        paid = min(paid, room)
        steps.append(Step("ceiling", paid, inputs, ceiling.source, ceiling.note))
    return paid, tuple(steps)
