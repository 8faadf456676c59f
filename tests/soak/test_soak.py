"""A bounded soak: 250 messages, a kill -9, slow turns, duplicates and two swaps against one spawned server."""

from __future__ import annotations

from tests.soak.soak import Run, messages


async def test_every_message_is_answered_once_through_a_kill_and_the_model_is_swapped_unnoticed() -> None:
    part = await messages(Run("bounded", messages=250, people=40, rate=10, swaps=2))
    assert not part.wrong, "\n".join(part.wrong)
    assert part.figures["messages"].startswith("25")
    assert part.figures["lost or twice"] == part.figures["failed"] == "0"
