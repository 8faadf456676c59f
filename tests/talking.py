"""An assistant to talk to in a test: the model that is tried, over a fresh database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.channels.collecting import WholeTexts
from tests.models import tried_model

Send = Callable[[str, str], str]
_PARTS = (wiring.settings, wiring.database, wiring.knowledge, wiring.conversation)


@contextmanager
def talking(folder: Path, forget: Sequence[Any] = ()) -> Iterator[Send]:
    """``send(sender, text)``: one message; gives what the bot says. ``forget`` are further builders of a process."""
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415 - collecting the tests imports no Rasa

    model, loop = tried_model(), asyncio.new_event_loop()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", f"sqlite:///{folder / 'test.db'}")
        _forget((*_PARTS, *forget))
        assistant = wiring.assistant(model)

        def say(sender: str, written: str) -> str:
            output = WholeTexts()
            loop.run_until_complete(assistant.handle_message(UserMessage(written, output, sender)))
            return "\n".join(message["text"] for message in output.messages if message.get("text"))

        yield say
        wiring.database().close()
    _forget((*_PARTS, *forget))
    loop.close()


def _forget(parts: Sequence[Any]) -> None:
    for part in parts:
        part.cache_clear()
