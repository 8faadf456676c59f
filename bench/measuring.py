"""What is measured of each system, and in which order.

Each part stands alone: where one fails, the others are still measured, and a note says what is missing and why.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import figures, projects, servers
from bench.load import REST, WECHAT, Job, Load, run_load
from bench.messages import (
    Conversation,
    Messages,
    long_conversation,
    repeated_share,
    short_questions,
)
from bench.servers import ROOT, Broken, Server, tail
from bot.knowledge.examples import load_examples

# Wide enough for the table where the output goes to a file.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
QUESTIONS = ROOT / "tests" / "nlu"
# Ours is asked for so long at each level, stock for the first of the same messages until one of its two bounds is reached.
_LONGEST_STOCK_LEVEL = 60
_LONGEST_TRAINING = {"stock": 900, "ours": 240, "topics": 420}
# A level draws so many messages in the questions' own words before it goes on with openings.
_OWN_WORDS = 420
_MOST_MESSAGES = 6_000
_WARM_UP = {WECHAT: 60, REST: 24}
_ROUNDS = 3
# Above it the load generator may be what limits the figures.
_TOO_BUSY = 0.9


@dataclass
class Plan:
    """What a run does; ``parts`` of ours, echo, stock, training and topics."""

    quick: bool
    parts: set[str]
    workers: int
    settings: dict[str, str]
    levels: tuple[int, ...]
    seconds: float
    messages: int
    stock_messages: int
    turns: int
    stock_turns: int
    conversations: int
    factors: tuple[int, ...]
    examples: int
    epochs: int
    topic_messages: int
    reuse_stock: bool


@dataclass
class Run:
    """One run: the plan, the messages, a folder for copies, and what was measured so far."""

    plan: Plan
    folder: Path
    messages: Messages
    measured: dict[str, Any]
    levels: dict[int, list[Conversation]] = field(default_factory=dict)
    warm_up: list[Conversation] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep something the reader has to know; say it at once as well."""
        self.measured["notes"].append(text)
        console.print(f"· {text}", markup=False, style="yellow")

    @contextlib.contextmanager
    def part(self, says: str) -> Iterator[None]:
        """Do a part; where it cannot be done, say why and go on with the next."""
        started = time.perf_counter()
        console.print(f"{says} …")
        try:
            yield
        except (Broken, subprocess.CalledProcessError) as broken:
            self.note(f"{says}: not done. {broken}")
        console.print(f"  {time.perf_counter() - started:.0f} s")


def measure(run: Run) -> None:
    """Everything the plan asks for; what was found is in ``run.measured``."""
    plan = run.plan
    _draw_messages(run)
    root, examples = _own_project(run)
    if "echo" in plan.parts:
        with run.part("The echo, the limit of the webhook"):
            _ask_levels(run, "echo", WECHAT, *servers.echo(), turns=0)
    if "ours" in plan.parts and root is not None:
        with run.part("This assistant over its signed webhook in safe mode"):
            address, commands = servers.assistant(root, run.folder, plan.workers, plan.settings)
            _ask_levels(run, "ours", WECHAT, address, commands, turns=plan.turns)
    if "stock" in plan.parts:
        _stock(run, examples)
    if "training" in plan.parts:
        with run.part(f"This assistant learns the same {_count(examples)} examples"):
            copied = projects.copy_project(run.folder, "same-examples", examples)
            seconds = projects.train(["bot", "train"], copied, _LONGEST_TRAINING["ours"])
            run.measured.setdefault("ours", {})["training_seconds"] = seconds
    if "topics" in plan.parts:
        _topics(run, root)


def _own_project(run: Run) -> tuple[Path | None, dict[str, list[str]]]:
    """A copy of this project with a trained model, and the examples on which stock and we are compared."""
    every = load_examples(ROOT / "data" / "nlu.yml")
    examples = projects.draw_examples(every, run.plan.examples)
    run.measured["examples"] = {"compared": _count(examples), "all": _count(every), "topics": len(every)}
    root: Path | None = None
    if not run.plan.parts & {"ours", "training", "topics"}:
        return root, examples
    with run.part("A copy of this project, its model trained on all examples"):
        copied = projects.copy_project(run.folder, "ours")
        if "training" in run.plan.parts:
            seconds = projects.train(["bot", "train"], copied, _LONGEST_TRAINING["ours"])
            run.measured.setdefault("ours", {})["training_all_seconds"] = seconds
        else:
            try:
                projects.copy_model(ROOT / "models", copied)
            except OSError as error:
                raise Broken("there is no trained model; run make train") from error
        root = copied
    return root, examples


def _count(examples: Any) -> int:
    return sum(map(len, examples.values()))


def _draw_messages(run: Run) -> None:
    """The messages of every level, drawn for all levels before the questions in their own words are used up."""
    run.warm_up = run.messages.conversations(_WARM_UP[WECHAT])
    for users in run.plan.levels:
        run.levels[users] = run.messages.conversations(_OWN_WORDS)
    for users in run.plan.levels:
        run.levels[users] += run.messages.conversations(_MOST_MESSAGES - _OWN_WORDS)
    texts = [text for level in run.levels.values() for talk in level for text in talk]
    run.measured["messages"] = {
        "questions": len(run.messages.questions),
        "distinct": len(set(texts)),
        "repeated_share": repeated_share(texts),
    }


def _ask_levels(
    run: Run, name: str, channel: str, address: str, commands: list[servers.Command], turns: int
) -> None:
    """Start a server, ask it at every level and through long conversations, weigh it."""
    plan, kept = run.plan, run.measured.setdefault(name, {})
    is_stock = channel == REST
    with servers.running(name, channel, address, commands) as server:
        kept["start_seconds"] = server.start_seconds
        warm = run_load(Job(channel, address, run.warm_up, users=4, messages=_WARM_UP[channel]))
        _warn(run, server, "warm-up", warm)
        kept["levels"], sent = {}, list(warm.sent)
        for users in plan.levels:
            load = run_load(
                Job(
                    channel,
                    address,
                    run.levels[users],
                    users,
                    seconds=0 if is_stock else plan.seconds,
                    messages=plan.stock_messages if is_stock else plan.messages,
                    longest=_LONGEST_STOCK_LEVEL if is_stock else 3 * plan.seconds + 30,
                )
            )
            level = figures.level(users, load.latencies, load.failed, load.seconds)
            kept["levels"][str(users)] = {
                **level,
                "generator_busy": load.busy,
                "commonest_reply_share": load.commonest,
            }
            _warn(run, server, f"{users} users", load)
            sent += load.sent
        kept["repeated_share"] = repeated_share(sent)
        if turns:
            _ask_turns(run, server, kept, turns)
        kept["memory_mb"] = server.memory_mb()


def _ask_turns(run: Run, server: Server, kept: dict[str, Any], turns: int) -> None:
    """Long conversations of one person, one after the other."""
    short = short_questions(QUESTIONS, turns)
    talks = []
    for number in range(1 if server.channel == REST else run.plan.conversations):
        load = run_load(Job(server.channel, server.address, [long_conversation(short, turns, number)]))
        _warn(run, server, f"{turns} turns", load)
        # A failed turn has no time of its own; the turns after it would stand in the wrong place.
        if not load.failed:
            talks.append(load.latencies)
    kept["turns_ms"] = figures.turn_costs(talks)
    together = [talk[:turns] for talk in talks]
    kept["each_turn_ms"] = [round(1000 * statistics.median(turn), 3) for turn in zip(*together, strict=False)]


def _warn(run: Run, server: Server, says: str, load: Load) -> None:
    """Say what makes figures doubtful."""
    name = server.name
    if load.failed:
        run.note(
            f"{name}, {says}: {load.failed} messages failed, the first: {'; '.join(load.failures)}. {tail(server.log)}"
        )
    if load.busy > _TOO_BUSY:
        run.note(f"{name}, {says}: the load generator itself was busy for {load.busy:.0%} of the time")
    if load.commonest > 1 / 2 and len(load.latencies) > 10:
        run.note(f"{name}, {says}: {load.commonest:.0%} of the replies are one and the same sentence")


def _stock(run: Run, examples: dict[str, list[str]]) -> None:
    plan, kept = run.plan, run.measured.setdefault("stock", {})
    project = projects.StockProject(examples, plan.epochs)
    with run.part(f"Stock Rasa on {_count(examples)} examples, {plan.epochs} epochs"):
        trains = "training" in plan.parts and not (plan.reuse_stock and project.is_trained)
        if trains:
            project.train(_LONGEST_TRAINING["stock"])
        elif not project.is_trained:
            raise Broken("there is no trained stock model of these examples; make bench trains it")
        if "training" in plan.parts:
            kept["training_seconds"] = project.training_seconds
        address, commands = servers.stock(project.folder, project.prepare())
        _ask_levels(run, "stock", REST, address, commands, turns=plan.stock_turns)
        if plan.stock_turns < plan.turns:
            run.note(
                f"stock: its long conversation ends at turn {plan.stock_turns}, since its turns get slower and slower; "
                f"ours goes on to turn {plan.turns:,}"
            )


def _topics(run: Run, trained: Path | None) -> None:
    """One message of one user with more and more topics; ``trained`` is the project with the topics as they are."""
    with contextlib.ExitStack() as all_up:
        up: dict[int, Server] = {}
        for factor in run.plan.factors:
            with run.part(f"This assistant with ×{factor} topics"):
                copied, kept = _with_topics(run, trained, factor)
                run.measured.setdefault("topics", {})[str(factor)] = kept
                address, commands = servers.assistant(copied, run.folder, 1, run.plan.settings)
                up[factor] = all_up.enter_context(
                    servers.running(f"ours with ×{factor} topics", WECHAT, address, commands)
                )
        with run.part("A message with each of them"):
            _ask_in_turns(run, up)


def _with_topics(run: Run, trained: Path | None, factor: int) -> tuple[Path, dict[str, Any]]:
    """A trained project with so many times the topics, and what it was trained from."""
    kept: dict[str, Any] = {}
    if factor == 1 and trained is not None:
        copied = trained
    else:
        copied = projects.copy_project(run.folder, f"topics-{factor}")
        projects.multiply_topics(copied, factor)
        kept["training_seconds"] = projects.train(["bot", "train"], copied, _LONGEST_TRAINING["topics"])
    learnt = load_examples(copied / "data" / "nlu.yml")
    return copied, {**kept, "examples": _count(learnt), "intents": len(learnt)}


def _ask_in_turns(run: Run, up: dict[int, Server]) -> None:
    """The median time of a message of one user, the servers asked in turns so that each meets the same machine."""
    costs: dict[int, list[float]] = {factor: [] for factor in up}
    for number in range(_ROUNDS + 1):
        talks = run.messages.conversations(run.plan.topic_messages)
        for factor, server in up.items():
            load = run_load(Job(WECHAT, server.address, talks))
            _warn(run, server, "one user", load)
            # The first round warms up.
            costs[factor] += load.latencies if number else []
    run.measured["topics_ms"] = {
        str(factor): 1000 * statistics.median(found) for factor, found in costs.items() if found
    }
    for factor, server in up.items():
        run.measured["topics"][str(factor)]["memory_mb"] = server.memory_mb()
