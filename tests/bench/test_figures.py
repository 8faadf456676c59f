"""The arithmetic of the benchmark."""

from __future__ import annotations

import pytest

from bench.figures import GOALS, TRAINING, level, percentile, ratios, turn_costs


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([3, 1, 2], 0.5, 2),
        ([3, 1, 2], 0.99, 3),
        (list(range(1, 101)), 0.5, 50),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 201)), 0.99, 198),
        ([7], 0.5, 7),
    ],
)
def test_a_percentile_is_one_of_the_values(values: list[float], share: float, found: float) -> None:
    assert percentile(values, share) == found


def test_a_level_counts_answered_messages_alone() -> None:
    found = level(8, [0.1, 0.2, 0.3, 0.4], failed=2, seconds=2)
    assert (found["messages"], found["failed"], found["per_second"]) == (4, 2, 2)
    assert (found["p50_ms"], found["p99_ms"], found["mean_ms"]) == (200, 400, pytest.approx(250))


def test_a_level_without_an_answer_has_no_latency() -> None:
    assert "p99_ms" not in level(8, [], failed=5, seconds=2)


def test_the_cost_of_a_turn_is_the_median_of_the_turns_around_it() -> None:
    turns = [0.001 * number for number in range(1, 1_001)]
    assert turn_costs([turns]) == {
        "5": pytest.approx(5.5),
        "100": pytest.approx(100),
        "1000": pytest.approx(995),
    }


def test_a_conversation_that_ended_early_has_no_later_turns() -> None:
    assert list(turn_costs([[0.01] * 105])) == ["5", "100"]


def test_one_slow_turn_does_not_count_for_all() -> None:
    turns = [0.01] * 12
    turns[4] = 3.0
    assert turn_costs([turns]) == {"5": pytest.approx(10)}


MEASURED = {
    "ours": {
        "levels": {"8": {"per_second": 400, "p99_ms": 40}},
        "training_seconds": 10,
        "start_seconds": 6,
        "memory_mb": 300,
        "turns_ms": {"5": 4, "1000": 4.4},
    },
    "stock": {
        "levels": {"8": {"per_second": 16, "p99_ms": 1_000}},
        "training_seconds": 400,
        "start_seconds": 60,
        "memory_mb": 1_200,
    },
    "echo": {"levels": {"8": {"per_second": 1_600}}},
    "topics_ms": {"1": 4, "10": 4.2, "40": 5},
}


def test_the_ratios_are_ours_divided_by_theirs() -> None:
    assert ratios(MEASURED) == {
        "throughput_vs_stock_8": 25,
        "p99_vs_stock_8": 0.04,
        "train_vs_stock": 0.025,
        "start_vs_stock": 0.1,
        "memory_vs_stock": 0.25,
        "turn1000_vs_turn5": pytest.approx(1.1),
        "topics40_vs_1": 1.25,
        "time_vs_echo": 4,
    }
    assert all(goal.is_met(ratios(MEASURED)[goal.key] or 0) for goal in GOALS)


def test_what_was_not_measured_has_no_ratio() -> None:
    assert set(ratios({}).values()) == {None}
    assert set(ratios({})) == {goal.key for goal in GOALS} | {TRAINING[0]}
    assert ratios({**MEASURED, "stock": {}})["memory_vs_stock"] is None


def test_a_goal_that_is_missed_is_seen() -> None:
    throughput, p99 = GOALS[0], GOALS[1]
    assert not throughput.is_met(19.9)
    assert not p99.is_met(0.051)
