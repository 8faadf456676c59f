"""How long a keystroke in the hotline console takes, measured in a real browser: `make bench-console`.

A copy of the project is served with the topics there are, and with forty times as many; headless Chromium logs in and
types questions of the evaluation set, a character at a time. What is measured is the time from the key event to the
frame in which list, answer and clauses have been replaced. Prints a table and writes bench/results/console.json.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from bench.__main__ import machine
from bench.load import REST
from bench.projects import copy_model, copy_project, multiply_topics
from bench.searching import percentiles, questions_of
from bench.servers import Command, environment, free_port, running

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "console.json"
CHROMIUM = "/usr/bin/chromium"
_NAME, _PASSWORD = "bench-clerk", "measuring-keys-2026"
_BETWEEN_KEYS_MS = 120
_WAIT_MS = 30_000

console = Console()


def main() -> None:
    """Measure each size and print the table."""
    options = _options()
    texts = [question.text for question in questions_of(ROOT / "tests" / "nlu")]
    asked = random.Random(5).sample(texts, options.questions)  # noqa: S311 - a fixed draw
    rows = {factor: _measured(factor, asked) for factor in options.factors}
    table = Table("topics", "keystrokes", "p50 ms", "p95 ms", "p99 ms", title="A keystroke in the browser")
    for factor, row in rows.items():
        figures = [f"{row[name]:.0f}" for name in ("p50", "p95", "p99")]
        table.add_row(f"×{factor} ({row['topics']})", str(row["keystrokes"]), *figures)
    console.print(table)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    written = {"machine": machine(), "sizes": {str(factor): row for factor, row in rows.items()}}
    RESULTS.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--factors", type=int, nargs="*", default=[1, 40], help="times as many topics")
    parser.add_argument("--questions", type=int, default=40, help="questions typed for each size")
    return parser.parse_args()


def _measured(factor: int, asked: list[str]) -> dict[str, Any]:
    """The times of every keystroke with so many times the topics, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="bench-console-") as made:
        folder = Path(made)
        project = copy_project(folder, "project")
        copy_model(ROOT / "models", project)
        topics = multiply_topics(project, factor)
        port = free_port()
        given = environment(
            PORT=str(port),
            DATABASE_URL=f"sqlite:///{folder}/bench.db",
            SECRET_KEY="bench",  # noqa: S106 - of a database that lives for minutes
            WECHAT_TOKEN="",
        )
        add = [sys.executable, "-m", "bot", "user", "add", _NAME]
        subprocess.run(  # noqa: S603 - our own command
            add,
            cwd=project,
            env=given,
            input=f"{_PASSWORD}\n".encode(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}"
        commands = [Command(("bot", "serve"), project, given)]
        with running("console", REST, address, commands):
            return {"topics": topics, **_typed(address, asked)}


def _typed(address: str, asked: list[str]) -> dict[str, Any]:
    """Type the questions into the console of a server."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(_WAIT_MS)
        page.goto(f"{address}/staff")
        page.fill("[name=name]", _NAME)
        page.fill("[name=password]", _PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#q")
        _type(page, "备案材料")
        page.evaluate("performance.clearMeasures()")
        for text in asked:
            page.fill("#q", "")
            _type(page, text[:30])
        times = page.evaluate("performance.getEntriesByName('keystroke').map(entry => entry.duration)")
        browser.close()
    return {"keystrokes": len(times), **percentiles(times)}


def _type(page: Page, text: str) -> None:
    page.focus("#q")
    for character in text:
        page.keyboard.insert_text(character)
        page.wait_for_timeout(_BETWEEN_KEYS_MS)


if __name__ == "__main__":
    main()
