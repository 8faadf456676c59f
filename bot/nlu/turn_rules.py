"""Rasa's rule policy for rules of single turns: it looks at the last turns alone, and never at the text itself."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

# So many kinds of turns are remembered with the rules that fit them.
_KINDS = 5_000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TurnRules(RulePolicy):
    """Predicts what the stock rule policy predicts, where no rule or story quotes a text and no rule names a slot.

    The stock policy puts the state before every action of the conversation together, twice for each prediction.
    """

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:
            return None, None, False
        found: Any = super()._find_action_from_rules(
            _recent(tracker, self._longest + 1), domain, use_text_for_last_user_input
        )
        return (*found,)

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        """The rules that fit; there are far fewer kinds of turns than turns."""
        kind = id(lookup), repr(states)
        if kind not in self._fitting:
            if len(self._fitting) >= _KINDS:
                self._fitting.clear()
            self._fitting[kind] = frozenset(super()._get_possible_keys(lookup, states))
        return set(self._fitting[kind])

    @cached_property
    def _fitting(self) -> dict[tuple[int, str], frozenset[str]]:
        return {}

    @cached_property
    def _longest(self) -> int:
        """How many states the longest rule has."""
        keys = [key for kind in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH) for key in self.lookup.get(kind, {})]
        return max((len(self._rule_key_to_state(key)) for key in keys), default=1)


def _recent(tracker: DialogueStateTracker, actions: int) -> DialogueStateTracker:
    """The conversation from the last so many actions on, with the form that ran before them, and without slots."""
    events = list(tracker.events)
    executed = [number for number, event in enumerate(events) if isinstance(event, ActionExecuted)]
    start = executed[-actions] if len(executed) > actions else 0
    recent = DialogueStateTracker(tracker.sender_id, slots=[])
    for event in reversed(events[:start]):
        if isinstance(event, ActiveLoop):
            recent.update(event)
            break
    for event in events[start:]:
        if not isinstance(event, (SlotSet, BotUttered)):
            recent.update(event)
    return recent
