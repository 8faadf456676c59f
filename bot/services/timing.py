"""How often and how far apart a channel delivers a message, and how long an answer may take."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timing"]


@dataclass(frozen=True)
class Timing:
    """How a channel delivers, and how patient we are; seconds."""

    # An answer is due so long after a delivery came.
    deadline: float
    # A message is delivered so often, and so far apart.
    deliveries: int
    apart: float
    # A message whose owner has not been heard of for so long is answered by whoever gets its next delivery.
    lease: float
    renewed_after: float
    # So often another process's answer is looked for.
    looked_after: float
    # A message waits for the one before it, but one that hangs must not silence its sender for good.
    longest_turn: float
    # Replies are kept so long.
    kept: float

    @property
    def over(self) -> float:
        """After so long, no delivery of a message is waiting any more."""
        return self.apart * self.deliveries
