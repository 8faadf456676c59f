"""Rasa's message processor with less around each turn: one read of the conversation, and a graph run without a scheduler."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar, runtime_checkable

from rasa.core.actions.action import Action, ActionListen
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata, ModelStorage
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, Event, SlotSet
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_log = logging.getLogger(__name__)
T = TypeVar("T")

# So many messages are remembered with their meaning, the newest ones; a few megabytes, masked like everything inside.
_PARSED = 2_000


class DirectRunner(GraphRunner):
    """Runs the nodes of a graph one after another; Rasa's own runner plans each run anew with Dask."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._orders: dict[tuple[str, ...], list[str]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> DirectRunner:
        """Make a runner with every node of the schema loaded."""
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The outputs of the targets, by name."""
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = self._order(wanted)
        known: dict[str, Any] = dict(inputs or {})
        for name in self._orders[wanted]:
            needed = dict.fromkeys(self._schema.nodes[name].needs.values())
            _, known[name] = self._nodes[name](*((parent, known[parent]) for parent in needed))
        return {name: known[name] for name in wanted}

    def component(self, kind: type[T]) -> T | None:
        """The component of a class; None where the graph has none."""
        found = (node._component for node in self._nodes.values())  # noqa: SLF001 - Rasa gives no other way to it
        return next((component for component in found if isinstance(component, kind)), None)

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        """The nodes that the targets need, each after those that it needs itself."""
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in order or name not in self._schema.nodes:
                return
            for parent in self._schema.nodes[name].needs.values():
                visit(parent)
            order[name] = None

        for target in targets:
            visit(target)
        return list(order)


# Rasa searches all classes of events for the name of each event that an action returns.
Event.resolve_by_type = staticmethod(cache(Event.resolve_by_type))


def _reader(domain: Domain) -> str | None:
    """The custom action that fills all slots; None where slots are filled by several, or otherwise."""
    mappings = [m for slot in domain.slots if slot.name not in DEFAULT_SLOT_NAMES for m in slot.mappings]
    # A mapping without an action leaves the slot to whatever action sets it.
    actions = {m["action"] for m in mappings if "action" in m}
    plain = all(m.get("type") == "custom" and m.keys() <= {"type", "action"} for m in mappings)
    return str(actions.pop()) if plain and len(actions) == 1 else None


def _copied(slot: Slot) -> Slot:
    """A slot with the same value; Python's own way takes it apart and puts it together again."""
    copied = slot.__class__.__new__(slot.__class__)
    copied.__dict__.update(slot.__dict__)
    return copied


# Every copy of a conversation copies every slot, several times in a turn.
Slot.__copy__ = _copied


@runtime_checkable
class AnswersOnce(Protocol):
    """An output channel whose message is answered in the transaction that stores the turn."""

    def settlement(self) -> Any:
        """What the tracker store stores along with the turn."""

    def settled(self, is_reply: bool | None) -> None:
        """It is stored; whether the answer is the reply, or came too late for it."""


class Turns(MessageProcessor):
    """Handles turns. ``prepare`` sees each message with the conversation before it, and may change the message."""

    def __init__(
        self, *args: Any, prepare: Callable[[UserMessage, DialogueStateTracker], None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._prepare = prepare
        self._parsed: dict[str, str] = {}
        self._reads_facts = _reader(self.domain)

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        with TemporaryDirectory(prefix="bot-model-") as unpacked:
            metadata, runner = load_predict_graph_runner(
                Path(unpacked), Path(model_path), LocalModelStorage, DirectRunner
            )
        return Path(model_path).name, metadata, runner

    def _parse_message_with_graph(
        self, message: UserMessage, tracker: DialogueStateTracker, only_output_properties: bool = True
    ) -> dict[str, Any]:
        """What a message means, remembered for the next person who taps the same option or types the same words."""
        key = json.dumps([message.text, (message.metadata or {}).get("context"), only_output_properties])
        known = self._parsed.get(key)
        if known is None:
            known = json.dumps(
                super()._parse_message_with_graph(message, tracker, only_output_properties),
                ensure_ascii=False,
            )
            self._parsed[key] = known
            while len(self._parsed) > _PARSED:
                del self._parsed[next(iter(self._parsed))]
        parsed: dict[str, Any] = json.loads(known)
        return parsed

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Nothing: Rasa would make an empty domain to compare ours with, only to warn of what training has checked."""

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """One turn. A channel that has to answer each message once has its answer stored together with the turn."""
        output = message.output_channel
        tracker = await self.log_message(message, should_save_tracker=False)
        tracker = await self.run_action_extract_slots(output, tracker)
        await self._run_prediction_loop(output, tracker)
        try:
            await self._store(tracker, output)
        except Exception as error:  # noqa: BLE001 - the answer is there, and of more use than an apology
            _log.error("A turn was answered, but could not be stored: %s", type(error).__name__)
        return output.messages if isinstance(output, CollectingOutputChannel) else None

    async def _store(self, tracker: DialogueStateTracker, output: OutputChannel) -> None:
        if isinstance(output, AnswersOnce):
            output.settled(await self.tracker_store.save(tracker, output.settlement()))
        else:
            await self.tracker_store.save(tracker)

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Let the one action that reads all facts read them; Rasa would ask each slot who fills it, and find it each time."""
        if self._reads_facts is None:
            found: DialogueStateTracker = await super().run_action_extract_slots(output_channel, tracker)
            return found
        told = await self._get_action(self._reads_facts).run(output_channel, self.nlg, tracker, self.domain)
        slots = [event for event in told if isinstance(event, SlotSet)]
        tracker.update_with_events(slots, self.domain)
        return tracker

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Run an action; one that only listens needs no copy of the conversation to run on."""
        if isinstance(action, ActionListen) and not prediction.events:
            tracker.update(action.event_for_successful_execution(prediction))
            return False
        goes_on: bool = await super()._run_action(action, tracker, output_channel, nlg, prediction)
        return goes_on

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: list[Event] | None,
        prediction: PolicyPrediction,
    ) -> None:
        """Put the action and its events into the conversation; Rasa also copies them for a log that is not written."""
        happened = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in happened):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(happened, self.domain)

    async def log_message(
        self, message: UserMessage, should_save_tracker: bool = True
    ) -> DialogueStateTracker:
        """Read the conversation once, let ``prepare`` see it, and put the message into it."""
        tracker = await self.fetch_tracker_and_update_session(message.sender_id, message.output_channel)
        self._prepare(message, tracker)
        await self._handle_message_with_tracker(message, tracker)
        if should_save_tracker:
            await self.save_tracker(tracker)
        return tracker
