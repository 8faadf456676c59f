"""Run as a process of its own: loads a Rasa model, parses questions, prints what came out and how long it took as JSON.

python -m bench.parsing MODEL QUESTIONS.json
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


async def parse(model: str, texts: list[str]) -> dict[str, Any]:
    """The ranked intents of each text, the seconds each took, and the memory of the process in MB."""
    from rasa.core.agent import Agent

    started = time.perf_counter()
    agent = Agent.load(model)
    loaded = time.perf_counter() - started
    await agent.parse_message("预热")
    rankings, seconds = [], []
    for text in texts:
        started = time.perf_counter()
        found = await agent.parse_message(text)
        seconds.append(time.perf_counter() - started)
        rankings.append([[entry["name"], entry["confidence"]] for entry in found["intent_ranking"]])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rankings": rankings, "seconds": seconds, "load_seconds": loaded, "memory_mb": memory}


def main() -> None:
    """Parse and print."""
    from bot.cli.logs import configure_logs

    configure_logs(debug=False)
    model, questions = sys.argv[1:]
    result = asyncio.run(parse(model, json.loads(Path(questions).read_text(encoding="utf-8"))))
    sys.stdout.write("\n" + json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
