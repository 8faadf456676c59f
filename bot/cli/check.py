"""``python -m bot check``: everything that can be wrong in the files maintainers edit, a line each."""

from __future__ import annotations

import argparse

from bot.cli.console import console, damage, report_problems
from bot.knowledge.base import load_knowledge
from bot.knowledge.checks import find_problems
from bot.knowledge.english import load_english
from bot.knowledge.errors import problem
from bot.knowledge.examples import load_examples
from bot.knowledge.menu import load_menu
from bot.settings import load_settings
from bot.training.release import model_to_serve
from bot.wiring import today


def run(options: argparse.Namespace) -> int:
    """Check the files and the model; returns 1 when something is wrong."""
    _, damaged = model_to_serve(load_settings().models)
    if damaged:
        report_problems(damage(damaged))
    return 1 if check_files() or damaged else 0


def check_files() -> int:
    """Check what maintainers edit; returns 1 when something is wrong."""
    settings = load_settings()
    base = load_knowledge(settings.knowledge)
    examples = load_examples(settings.root / "data" / "nlu.yml")
    english = load_english(settings.knowledge / "english.yml")
    load_menu(settings.knowledge / "menu.yml")
    found = list(find_problems(base, set(examples), settings.sources_dir, today()))
    found += [
        problem("nlu.yml", f"intent {intent}", "has no example", "write at least 5 below it")
        for intent, texts in examples.items()
        if not texts
    ]
    if found:
        report_problems(found)
        return 1
    originals = "with the original documents" if settings.sources_dir else "without the original documents"
    console.print(
        f"Knowledge: {len(base.faq)} topics, {len(base.places.by_id)} places, {len(base.sources.sections)} sections, "
        f"{sum(map(len, examples.values()))} examples, {len(english)} English terms; no problems ({originals})."
    )
    return 0
