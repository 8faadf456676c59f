"""Actions in the serving process: the call that would go to an action server over HTTP, without the HTTP."""

from __future__ import annotations

from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException


class InProcessActions(EndpointConfig):
    """Stands in for the action server's address; answers as `rasa run actions` would."""

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url="in-process:actions")
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action the call names."""
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except ActionExecutionRejection as error:
            raise ClientResponseError(400, error.message, {"action_name": error.action_name}) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, error.message, {"action_name": error.action_name}) from error
