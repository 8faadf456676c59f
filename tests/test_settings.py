"""Settings: what cannot be used is refused at the start with one line that says what to write."""

from __future__ import annotations

import pytest

from bot.settings import load_settings


def test_calls_are_kept_for_two_years_where_nothing_else_is_set() -> None:
    assert load_settings({}).calls_kept_days == 730


def test_how_long_calls_are_kept_can_be_set() -> None:
    assert load_settings({"CALLS_KEPT_DAYS": "90"}).calls_kept_days == 90


@pytest.mark.parametrize("written", ["0", "-1", "two years", "1.5", "100000"])
def test_a_number_of_days_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=f"CALLS_KEPT_DAYS={written} is no number of days"):
        load_settings({"CALLS_KEPT_DAYS": written})
