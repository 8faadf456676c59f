"""Actions in the serving process: the call that would go to an action server over HTTP, without the HTTP."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

# What Rasa checks of a response. Its own schema spells out every kind of event and is itself checked at each call, which
# took nine tenths of a turn; the events here come straight from rasa_sdk, which has made and checked them.
_RESPONSE = {
    "type": "object",
    "required": ["events", "responses"],
    "properties": {"events": {"type": "array"}, "responses": {"type": "array"}},
}


class InProcessActions(EndpointConfig):
    """Stands in for the action server's address; answers as `rasa run actions` would."""

    def __init__(self, package: str = "actions") -> None:
        # Our actions read no domain, so that none is written out for each call.
        super().__init__(url="in-process:actions", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        RemoteAction.action_response_format_spec = staticmethod(lambda: _RESPONSE)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action the call names."""
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except ActionExecutionRejection as error:
            raise ClientResponseError(400, error.message, {"action_name": error.action_name}) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, error.message, {"action_name": error.action_name}) from error
