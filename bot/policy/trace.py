"""The trace: which rule led to which result, step by step, each with its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

Value = str | bool | Decimal | None


@dataclass(frozen=True)
class Step:
    """One step of a verdict or an estimate: its name, what went in, what came out, and the sections that say so."""

    name: str
    result: Value
    inputs: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    note: str | None = None


def sources_of(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """All section ids of the steps, each once, in order."""
    return tuple(dict.fromkeys(source for step in steps for source in step.sources))
