"""Conversations through the trained model: each file of this folder holds some, by theme, as turns with what must be said.

A turn is ``user`` (what the person writes; ``times`` repeats it) with any of: ``say`` (every text must appear), ``not``
(none may), ``options`` (titles that must be offered) and ``asks`` (the fact a form asks for next; null: no form is
asking). A turn ``restart: true`` goes on with a second assistant over the same database.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.channels.collecting import WholeTexts
from bot.knowledge.yaml_files import read_yaml
from bot.storage.database import Database
from tests.models import tried_model

# Rasa says so of every domain.
pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill:UserWarning")

_HERE = Path(__file__).parent
_KEYS = {"user", "times", "say", "not", "options", "asks", "restart"}
# A WeChat message has 2,048 bytes; a reply is cut into a few of them.
_LONGEST = 3_500
_TELEPHONES = {
    "0517-12393": ("huaian", "淮安"),
    "0514-84601050": ("gaoyou", "高邮"),
    "0871-63886166": ("yunnan", "云南"),
    "025-86590920": ("nanjing", "南京"),
}
# What a person must never read: Python's words, an empty place of a template, the reply to a failure inside.
_BROKEN = re.compile(r"Traceback|\w+Error\b|\bException\b|\bNone\b|[{}]|utter_|action_|系统忙")


@dataclass
class Said:
    """What the bot said to one message, and where it left the conversation."""

    text: str
    options: list[str]
    asks: str | None
    insured_place: str | None


@dataclass
class Talk:
    """One person's conversation, and its transcript for the failure message."""

    assistants: Callable[[bool], Any]
    run: Callable[[Awaitable[Any]], Any]
    sender: str
    transcript: list[str] = field(default_factory=list)
    restarted: bool = False

    def send(self, text: str) -> Said:
        """Send one message and note what came back."""
        assistant, output = self.assistants(self.restarted), WholeTexts()
        self.run(assistant.handle_message(_message(text, output, self.sender)))
        tracker = self.run(assistant.tracker_store.retrieve(self.sender))
        slots = tracker.current_slot_values() if tracker is not None else {}
        asking = tracker is not None and tracker.active_loop_name is not None
        said = Said(
            text="\n".join(message["text"] for message in output.messages if message.get("text")),
            options=[
                button["title"] for message in output.messages for button in message.get("buttons") or ()
            ],
            asks=slots.get("requested_slot") if asking else None,
            insured_place=slots.get("insured_place"),
        )
        shown = f"{text[:60]}…（{len(text)} 字）" if len(text) > 100 else text
        self.transcript += [f">>> {shown}", said.text, f"    {said.options} asks: {said.asks}"]
        return said


def _message(text: str, output: WholeTexts, sender: str) -> Any:
    from rasa.core.channels.channel import UserMessage

    return UserMessage(text, output, sender)


def _conversations() -> Iterator[Any]:
    for path in sorted(_HERE.glob("*.yml")):
        for name, turns in read_yaml(path).items():
            yield pytest.param(turns, id=f"{path.stem}: {name}")


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Talk]]:
    """Starts conversations with one assistant over a fresh database; a second one is loaded for a restart."""
    model = tried_model()
    loop = asyncio.new_event_loop()
    loaded: dict[bool, Any] = {}
    databases: list[Database] = []

    def assistant(second: bool) -> Any:
        if second not in loaded:
            _forget_wiring()
            databases.append(wiring.database())
            loaded[second] = wiring.assistant(model)
        return loaded[second]

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('conversations') / 'test.db'}")
        assistant(second=False)
        yield lambda sender: Talk(assistant, loop.run_until_complete, sender)
        for database in databases:
            database.close()
    _forget_wiring()
    loop.close()


def _forget_wiring() -> None:
    for part in (wiring.settings, wiring.database, wiring.knowledge, wiring.conversation):
        part.cache_clear()


@pytest.mark.parametrize("turns", _conversations())
def test_the_conversation_goes_as_written(
    turns: list[dict[str, Any]], talks: Callable[[str], Talk], request: pytest.FixtureRequest
) -> None:
    talk = talks(request.node.name)
    for turn in turns:
        unknown = set(turn) - _KEYS
        assert not unknown, f"A turn has the unknown keys {sorted(unknown)}; allowed are {sorted(_KEYS)}."
        if turn.get("restart"):
            talk.restarted = True
            continue
        said = talk.send(str(turn["user"]) * turn.get("times", 1))
        problems = [*_problems(turn, said), *_always(turn, said)]
        assert not problems, "\n".join([*problems, "", *talk.transcript])


def _problems(turn: dict[str, Any], said: Said) -> Iterator[str]:
    """What the reply lacks, or has too much, by what the turn expects of it."""
    for wanted in turn.get("say", ()):
        if wanted not in said.text:
            yield f"Not said: {wanted}"
    for unwanted in turn.get("not", ()):
        if unwanted in said.text:
            yield f"Said, and must not be: {unwanted}"
    for title in turn.get("options", ()):
        if title not in said.options:
            yield f"Not offered: {title}"
    if "asks" in turn and turn["asks"] != said.asks:
        yield f"Asked for {said.asks} instead of {turn['asks']}"


def _always(turn: dict[str, Any], said: Said) -> Iterator[str]:
    """What holds of every reply."""
    if not said.text.strip():
        yield "Nothing was said."
    if len(said.text) > _LONGEST:
        yield f"{len(said.text)} characters are too many; {_LONGEST} are allowed."
    broken = _BROKEN.search(said.text)
    if broken:
        yield f"Said, and no person should read it: {broken.group()}"
    for telephone, (place, name) in _TELEPHONES.items():
        if telephone in said.text and said.insured_place != place and name not in turn["user"]:
            yield f"The telephone of {name} was given to somebody insured elsewhere: {telephone}"
