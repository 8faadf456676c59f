"""The arithmetic of the benchmark, pure: percentiles, the cost of turns, the ratios and what is wanted of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The turns, counted from 1 and both included, whose median stands for a turn: one alone may meet a pause of the machine.
WINDOWS = {5: (3, 8), 100: (95, 105), 1_000: (990, 1_000)}


@dataclass(frozen=True)
class Goal:
    """A ratio, ours divided by theirs, and what issue 4 wants of it."""

    key: str
    says: str
    bound: float
    at_least: bool = False

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio keeps to the bound."""
        return ratio >= self.bound if self.at_least else ratio <= self.bound

    @property
    def wanted(self) -> str:
        """The bound as it is read."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


GOALS = (
    Goal("throughput_vs_stock_8", "messages/s at 8 users, ours ÷ stock", 20, at_least=True),
    Goal("p99_vs_stock_8", "p99 at 8 users, ours ÷ stock", 1 / 20),
    Goal("start_vs_stock", "start to first answer, ours ÷ stock", 1 / 4),
    Goal("memory_vs_stock", "peak memory, ours ÷ stock", 1 / 2),
    Goal("turn1000_vs_turn5", "turn 1,000 ÷ turn 5, ours", 1.2),
    Goal("topics40_vs_1", "a message at ×40 topics ÷ at ×1, ours", 1.5),
    Goal("time_vs_echo", "messages/s of the echo ÷ ours, at 8 users", 6),
)
# No bound was set for it; it is printed beside the others.
TRAINING = ("train_vs_stock", "training on the same examples, ours ÷ stock")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them (a fraction of 1) does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def level(users: int, latencies: Sequence[float], failed: int, seconds: float) -> dict[str, Any]:
    """The figures of one load level. Latencies in seconds, of answered messages alone; they come out in ms."""
    if not latencies:
        return {"users": users, "messages": 0, "failed": failed, "seconds": seconds}
    return {
        "users": users,
        "messages": len(latencies),
        "failed": failed,
        "seconds": seconds,
        "per_second": len(latencies) / seconds,
        "mean_ms": 1000 * statistics.fmean(latencies),
        "p50_ms": 1000 * percentile(latencies, 0.5),
        "p99_ms": 1000 * percentile(latencies, 0.99),
    }


def turn_costs(conversations: Sequence[Sequence[float]]) -> dict[str, float]:
    """The median in ms around turn 5, 100 and 1,000 of all conversations that got so far; latencies in seconds."""
    costs = {}
    for turn, (first, last) in WINDOWS.items():
        around = [value for turns in conversations if len(turns) >= last for value in turns[first - 1 : last]]
        if around:
            costs[str(turn)] = 1000 * statistics.median(around)
    return costs


def quotient(ours: Any, theirs: Any) -> float | None:
    """Ours divided by theirs; None where one of the two was not measured."""
    return ours / theirs if ours is not None and theirs else None


def ratios(measured: Mapping[str, Any]) -> dict[str, float | None]:
    """Every ratio under its key, None where it was not measured; ``measured`` as it is written to latest.json."""

    def at(*path: str) -> Any:
        found: Any = measured
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    return {
        "throughput_vs_stock_8": quotient(
            at("ours", "levels", "8", "per_second"), at("stock", "levels", "8", "per_second")
        ),
        "p99_vs_stock_8": quotient(at("ours", "levels", "8", "p99_ms"), at("stock", "levels", "8", "p99_ms")),
        "train_vs_stock": quotient(at("ours", "training_seconds"), at("stock", "training_seconds")),
        "start_vs_stock": quotient(at("ours", "start_seconds"), at("stock", "start_seconds")),
        "memory_vs_stock": quotient(at("ours", "memory_mb"), at("stock", "memory_mb")),
        "turn1000_vs_turn5": quotient(at("ours", "turns_ms", "1000"), at("ours", "turns_ms", "5")),
        "topics40_vs_1": quotient(at("topics_ms", "40"), at("topics_ms", "1")),
        "time_vs_echo": quotient(
            at("echo", "levels", "8", "per_second"), at("ours", "levels", "8", "per_second")
        ),
    }
