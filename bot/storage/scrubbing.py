"""What an event may take with it into the database: no personal data, and none of the bulk nobody reads again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Mask = Callable[[str], str]

# A second and third guess are enough to offer "did you mean"; the rest of a ranking is never read again.
_RANKS_KEPT = 3

# Ten digits and fewer are amounts and moments in seconds; from eleven on a whole number may be a telephone or a card.
_LONG_NUMBER = 10**10

# Made by machines to find things again, never by people; WeChat's message ids look like card numbers.
_MACHINE_MADE = ("message_id", "model_id", "assistant_id")


def scrub(value: Any, mask: Mask) -> Any:
    """A copy of `value` as plain JSON, in which every text, also a key, has passed `mask`.

    Long whole numbers are masked as if they were text; NaN and infinity, which JSON does not know, become None.
    """
    if isinstance(value, str):
        return mask(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return _scrub_number(value, mask)
    if isinstance(value, Mapping):
        return {mask(str(key)): scrub(inner, mask) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [scrub(inner, mask) for inner in value]
    # What numpy computes (confidences) unpacks itself; anything else is kept as people would read it.
    return scrub(value.item() if hasattr(value, "item") else str(value), mask)


def scrub_event(event: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """A Rasa event as it is stored: masked, and a user's message with only the understanding that is used again."""
    kept = dict(event)
    if isinstance(kept.get("parse_data"), Mapping):
        kept["parse_data"] = slim_parse_data(kept["parse_data"])
    clean: dict[str, Any] = scrub(kept, mask)
    for original, copy in ((event, clean), (event.get("metadata"), clean.get("metadata"))):
        if isinstance(original, Mapping) and isinstance(copy, dict):
            copy.update({key: str(original[key]) for key in _MACHINE_MADE if original.get(key)})
    return clean


def slim_parse_data(parse_data: Mapping[str, Any]) -> dict[str, Any]:
    """The text, the intent with its first rivals, the entities and the chosen response; Rasa adds the rest on load."""
    kept = {key: parse_data[key] for key in ("text", "intent", "entities") if key in parse_data}
    if parse_data.get("intent_ranking"):
        kept["intent_ranking"] = list(parse_data["intent_ranking"])[:_RANKS_KEPT]
    if isinstance(parse_data.get("response_selector"), Mapping):
        kept["response_selector"] = {
            name: {key: value for key, value in chosen.items() if key != "ranking"}
            for name, chosen in parse_data["response_selector"].items()
            if isinstance(chosen, Mapping)
        }
    return kept


def _scrub_number(value: float, mask: Mask) -> int | float | str | None:
    # An exact type, because numpy's float64 is a float that JSON writers spell their own way.
    plain = int(value) if isinstance(value, int) else float(value)
    if not math.isfinite(plain):
        return None
    if abs(plain) < _LONG_NUMBER or plain != int(plain):
        return plain
    written = str(int(plain))
    masked = mask(written)
    return plain if masked == written else masked
