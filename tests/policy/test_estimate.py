"""What a bill can be, and how fen are rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.policy.errors import UnreasonableAmountError
from bot.policy.estimate import reasonable
from bot.policy.formula import round_to_fen


@pytest.mark.parametrize("amount", ["0.01", "600", "9999999.99", "10000000"])
def test_an_amount_that_a_bill_can_have_is_taken(amount: str) -> None:
    assert reasonable(Decimal(amount)) == Decimal(amount)


@pytest.mark.parametrize("amount", ["0", "-0.01", "-3000", "10000000.01"])
def test_zero_a_negative_or_an_absurd_amount_is_refused(amount: str) -> None:
    with pytest.raises(UnreasonableAmountError):
        reasonable(Decimal(amount))


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.0649", "0.06"), ("0.065", "0.07"), ("0.0651", "0.07"), ("0.075", "0.08")]
)
def test_half_a_fen_is_rounded_up(amount: str, rounded: str) -> None:
    assert round_to_fen(Decimal(amount)) == Decimal(rounded)
