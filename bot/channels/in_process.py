"""Actions in the serving process: the call that would go to an action server over HTTP, without the HTTP."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException


class InProcessActions(EndpointConfig):
    """Stands in for the action server's address; answers as `rasa run actions` would."""

    def __init__(self, package: str = "actions") -> None:
        # Our actions read no domain, so that none is written out for each call.
        super().__init__(url="in-process:actions", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        # Rasa would check each response against a schema, and that schema against the schema of schemas: nine tenths of a
        # turn. The events here come straight from rasa_sdk, which has made and checked them.
        RemoteAction._validate_action_result = _is_response  # noqa: SLF001
        RemoteAction._action_call_format = _call  # noqa: SLF001

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action the call names."""
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except ActionExecutionRejection as error:
            raise ClientResponseError(400, error.message, {"action_name": error.action_name}) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, error.message, {"action_name": error.action_name}) from error


_call_over_http = RemoteAction._action_call_format  # noqa: SLF001


def _call(action: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """What an action in this process is told: the state, and the events since the person wrote.

    Over HTTP it would be all events of the conversation, and the whole of the message that started a running form.
    """
    if not isinstance(action.action_endpoint, InProcessActions):
        told: dict[str, Any] = _call_over_http(action, tracker, domain)
        return told
    latest = tracker.latest_message
    state = {
        "sender_id": tracker.sender_id,
        "slots": tracker.current_slot_values(),
        "latest_message": {**latest.parse_data, "entities": latest.entities} if latest else None,
        "paused": tracker.is_paused(),
        "followup_action": tracker.followup_action,
        "events": [event.as_dict() for event in _since_the_message(tracker)],
        "active_loop": {"name": tracker.active_loop_name} if tracker.active_loop_name else {},
        "latest_action_name": tracker.latest_action_name,
    }
    return {"next_action": action.name(), "sender_id": tracker.sender_id, "tracker": state}


def _since_the_message(tracker: DialogueStateTracker) -> list[Event]:
    """The events from the person's last message on."""
    since: list[Event] = []
    for event in reversed(tracker.events):
        since.append(event)
        if isinstance(event, UserUttered):
            break
    return since[::-1]


def _is_response(_: RemoteAction, response: Any) -> bool:
    """Whether it has the two lists that Rasa reads; raises ValueError where it has not."""
    if not (isinstance(response, dict) and {"events", "responses"} <= response.keys()):
        raise ValueError("an action gave no events and responses")
    return True
