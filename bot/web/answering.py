"""How a call of a program is answered: work that may wait runs in a thread, and what services refuse becomes a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from sanic.response import HTTPResponse

from bot.services.calls import CallError
from bot.services.codes import CodeLockedError
from bot.services.reference import PlaceNotFoundError, TopicNotFoundError
from bot.services.staff_tools import BadFactError
from bot.web.refusals import Refused, json_answer

__all__ = ["answered", "worked"]

T = TypeVar("T")

# The field of a call that an error of its service is about.
_FIELDS: Mapping[str, str] = {
    "bad_outcome": "outcome",
    "bad_kind": "kind",
    "note_too_long": "note",
    "empty_report": "text",
}


async def answered(work: Callable[..., Any], *given: Any) -> HTTPResponse:
    """What the work gives, as JSON."""
    return json_answer(await worked(work, *given))


async def worked(work: Callable[..., T], *given: Any) -> T:
    """What the work gives; raises Refused."""
    with _refusing():
        return await asyncio.to_thread(work, *given)


@contextmanager
def _refusing() -> Iterator[None]:
    """Each error of a service with its status. What stands in an address, and is not there, is for the handler to say."""
    try:
        yield
    except TopicNotFoundError as error:
        raise Refused(422, "unknown_topic", str(error), field="topic") from error
    except PlaceNotFoundError as error:
        raise Refused(422, "unknown_place", str(error), field="place") from error
    except BadFactError as error:
        field = "what_if" if error.field == "changed" else f"facts.{error.field}"
        raise Refused(422, "bad_fact", error.message, field=field, choices=error.choices) from error
    except CallError as error:
        status = 409 if error.code == "no_call" else 422
        raise Refused(status, error.code, str(error), field=_FIELDS.get(error.code)) from error
    except CodeLockedError as error:
        wait = {"Retry-After": str(error.wait_s)}
        raise Refused(429, "code_locked", str(error), field="code", headers=wait) from error
