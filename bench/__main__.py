"""`make bench` and `make bench-quick`: this assistant, stock Rasa and an echo, asked the same in one run."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bench.measuring import QUESTIONS, Plan, Run, console, measure
from bench.messages import Messages, real_questions
from bench.report import draw, print_report, write_json
from bench.servers import ROOT

RESULTS = ROOT / "bench" / "results"


def main() -> int:
    """Run what the options say; returns 1 when nothing could be measured."""
    plan = _plan(_options())
    # Whoever ends the benchmark by a signal gets the same tidying up as with Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    measured: dict[str, Any] = {"date": _now(), "quick": plan.quick, "machine": machine(), "notes": []}
    console.print(f"{measured['machine']}", markup=False)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        run = Run(plan, Path(folder), Messages(real_questions(QUESTIONS)), measured)
        try:
            measure(run)
        except KeyboardInterrupt:
            console.print("Stopped; the servers are ended and nothing was written.")
            return 130
    write_json(RESULTS / "latest.json", measured)
    draw(RESULTS / "latest.png", measured)
    console.print()
    print_report(console, measured)
    console.print("Written: bench/results/latest.json and bench/results/latest.png")
    return 0 if measured.get("ours", {}).get("levels") else 1


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    processor = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text("utf-8"), re.MULTILINE)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": processor[1] if processor else "unknown",
        "memory_gb": round(int(memory[1]) / 1024**2) if memory else 0,
        "load_before": os.getloadavg()[0],
        "python": sys.version.split()[0],
    }


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="minutes")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="train nothing, ask less, leave out the topics")
    parser.add_argument("--workers", type=int, default=1, help="serving processes of this assistant")
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of this assistant",
    )
    parser.add_argument(
        "--reuse-stock", action="store_true", help="take the stock model that an earlier run trained"
    )
    # For trying out a part of the benchmark on its own.
    parser.add_argument("--parts", default="", help=argparse.SUPPRESS)
    hidden: dict[str, Callable[[str], Any]] = {
        "--levels": _numbers,
        "--seconds": float,
        "--messages": int,
        "--stock-messages": int,
        "--turns": int,
        "--stock-turns": int,
        "--conversations": int,
        "--factors": _numbers,
        "--examples": int,
        "--epochs": int,
        "--topic-messages": int,
    }
    for name, kind in hidden.items():
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    return parser.parse_args()


def _setting(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{written!r} is no setting; write NAME=VALUE")
    return name, value


def _numbers(written: str) -> tuple[int, ...]:
    return tuple(int(number) for number in written.split(","))


def _plan(options: argparse.Namespace) -> Plan:
    quick = options.quick
    parts = {"ours", "stock", "echo"} if quick else {"ours", "stock", "echo", "training", "topics"}
    usual: dict[str, Any] = {
        "levels": (1, 8, 32),
        "seconds": 6 if quick else 20,
        "messages": 150 if quick else 300,
        "stock_messages": 60 if quick else 200,
        "turns": 1_000,
        "stock_turns": 0 if quick else 105,
        "conversations": 1 if quick else 3,
        "factors": (1, 10, 40),
        "examples": 540,
        "epochs": 100,
        "topic_messages": 60,
    }
    chosen = {name: getattr(options, name) for name in usual if getattr(options, name) is not None}
    return Plan(
        quick=quick,
        parts=set(options.parts.split(",")) if options.parts else parts,
        workers=options.workers,
        settings=dict(options.set),
        reuse_stock=options.reuse_stock,
        **{**usual, **chosen},
    )


if __name__ == "__main__":
    sys.exit(main())
