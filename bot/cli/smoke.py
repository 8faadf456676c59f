"""A smoke conversation: a greeting, two topics and both tools through a model that is really loaded."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from bot.settings import one_thread_for_numbers

_FAQ = "faq/"
# Two of the first topics have to be answered; a single one may sound like its neighbour to a model.
_TOPICS_TRIED = 6
_TOPICS_ANSWERED = 2
# An answer is known by its beginning.
_BEGINNING = 12


def run(named: str) -> int:
    """Print what went wrong as one line of JSON; ``named`` is a model file, or ``current``."""
    one_thread_for_numbers()
    # The chat goes first.
    os.nice(10)
    problems = _problems(named)
    sys.stdout.write(f"{json.dumps(problems, ensure_ascii=False)}\n")
    return 1 if problems else 0


def _problems(named: str) -> list[str]:
    from bot import wiring
    from bot.cli.logs import configure_logs
    from bot.training.release import named_model
    from bot.without_tensorflow import load_rasa

    model = named_model(wiring.settings().models) if named == "current" else Path(named)
    if model is None:
        return ["models/current.json: names no model that is there"]
    load_rasa(wiring.settings().root / "config.yml")
    configure_logs(debug=False)
    try:
        talk = _Talk(wiring.assistant(model))
        return asyncio.run(_conversation(talk))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a model, it must not be published
        return [f"{model.name}: {type(error).__name__}: {error}".splitlines()[0]]


class _Talk:
    """One message after another to the assistant."""

    def __init__(self, assistant: Any) -> None:
        self._assistant = assistant
        self._sent = 0

    async def say(self, text: str) -> tuple[str, str | None]:
        """Send a message in a conversation of its own: the text of the reply, and the form that is asking."""
        from rasa.core.channels.channel import UserMessage

        from bot.channels.collecting import WholeTexts

        self._sent += 1
        sender, output = f"smoke-{self._sent}", WholeTexts()
        await self._assistant.handle_message(UserMessage(text, output, sender))
        tracker = await self._assistant.tracker_store.retrieve(sender)
        said = "\n".join(message["text"] for message in output.messages if message.get("text"))
        return said, tracker.active_loop_name if tracker is not None else None


async def _conversation(talk: _Talk) -> list[str]:
    """Everything that is not as it should be."""
    from bot import wiring
    from bot.channels.assistant import FAILURE
    from bot.knowledge.examples import load_examples

    examples = load_examples(wiring.settings().root / "data" / "nlu.yml")
    problems = []
    greeted, _ = await talk.say(examples["chat/greet"][0])
    if not greeted or greeted == FAILURE:
        problems.append(f"the greeting: was answered with {greeted[:40]!r}")
    answered = await _answered(talk)
    if answered < _TOPICS_ANSWERED:
        problems.append(f"the topics: {answered} of {_TOPICS_TRIED} were answered, wanted {_TOPICS_ANSWERED}")
    for tool, form in (("check_filing", "filing_form"), ("estimate", "estimate_form")):
        # Of the first examples one is enough: a model may take a single one for something else.
        forms = [(await talk.say(text))[1] for text in examples[tool][:3]]
        if form not in forms:
            problems.append(f"the tool {tool}: did not begin to ask")
    return problems


async def _answered(talk: _Talk) -> int:
    """How many of the first topics are answered with their own answer."""
    from bot import wiring
    from bot.services.asking import Asking

    asking = Asking(wiring.knowledge(), wiring.today)
    answered = 0
    for topic in list(wiring.knowledge()().faq.values())[:_TOPICS_TRIED]:
        said, _ = await talk.say(topic.question)
        answered += asking.answer(topic.id, [], {}, "zh").reply.text[:_BEGINNING] in said
    return answered
