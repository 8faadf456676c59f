"""`make soak`: python -m tests.soak [--messages N] [--swaps N] [--bodies N]; a size of 0 leaves its part out."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from collections.abc import Awaitable, Iterator

from rich.table import Table

from bot.cli.console import console
from tests.soak.soak import Part, Run, fuzz, messages, swaps


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="messages of the long run")
    parser.add_argument("--people", type=int, default=500, help="who send them")
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--kills", nargs="*", default=["spare", "cold"], choices=["spare", "cold"])
    parser.add_argument(
        "--variants", type=int, default=1_000, help="messages of each shorter run: safe mode, workers"
    )
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0", help="for the run with two workers")
    parser.add_argument("--swaps", type=int, default=10, help="model swaps under load")
    parser.add_argument("--bodies", type=int, default=5_000, help="fuzzed bodies")
    return parser.parse_args()


def _parts(options: argparse.Namespace) -> Iterator[Awaitable[Part]]:
    """What is to run, one after the other."""
    people, rate = options.people, options.rate
    if options.messages:
        yield messages(Run("messages", options.messages, people, rate, options.kills))
    if options.variants:
        fewer = min(people, options.variants)
        yield messages(Run("safe mode, 客服", options.variants, fewer, rate, safe=True, push=True, seed=3))
        if _listens(options.redis):
            redis = {"workers": 2, "redis_url": options.redis}
            yield messages(
                Run("two workers", options.variants, fewer, rate, seed=4, kills=["worker"], **redis)
            )
    if options.swaps:
        yield swaps(options.swaps, min(rate, 20))
    if options.bodies:
        yield fuzz(options.bodies)


def _listens(redis_url: str) -> bool:
    host, _, port = redis_url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")
    try:
        socket.create_connection((host, int(port or 6379)), timeout=1).close()
    except OSError:
        console.print("No Redis: the run with two workers is left out.", style="yellow")
        return False
    return True


def _table(parts: list[Part]) -> Table:
    table = Table("part", "figure", "value", title="Soak")
    for part in parts:
        for figure, value in part.figures.items():
            table.add_row(part.name, figure, value)
        table.add_section()
    return table


async def _run(options: argparse.Namespace) -> list[Part]:
    done = []
    for part in _parts(options):
        done.append(await part)
        console.print(f"{done[-1].name}: {'wrong' if done[-1].wrong else 'good'}")
    return done


def main() -> int:
    """Run the parts; 1 where something went wrong."""
    parts = asyncio.run(_run(_options()))
    console.print(_table(parts))
    wrong = [f"{part.name}: {line}" for part in parts for line in part.wrong]
    for line in wrong:
        console.print(line, style="red", markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
