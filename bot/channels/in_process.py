"""Actions in the serving process: the call that would go to an action server over HTTP, without the HTTP."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction
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

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action the call names."""
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except ActionExecutionRejection as error:
            raise ClientResponseError(400, error.message, {"action_name": error.action_name}) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, error.message, {"action_name": error.action_name}) from error


def _is_response(_: RemoteAction, response: Any) -> bool:
    """Whether it has the two lists that Rasa reads; raises ValueError where it has not."""
    if not (isinstance(response, dict) and {"events", "responses"} <= response.keys()):
        raise ValueError("an action gave no events and responses")
    return True
