"""``python -m bot evaluate``: the model on the separate questions, as a table and as results/evaluation.json."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.table import Table

from bot.cli.console import console, report_problems
from bot.settings import load_settings
from bot.training.evaluate import (
    Outcome,
    Scores,
    by_style,
    confusions,
    declined,
    evaluate,
    load_questions,
    scores,
)
from bot.training.release import current_model

_GROUPS = {"FAQ topics": "faq/", "Not ours (decline)": "decline/"}


def run(options: argparse.Namespace) -> int:
    """Measure the current model."""
    settings = load_settings()
    model = current_model(settings.models)
    if model is None:
        report_problems(["models/, the folder: holds no trained model; run python -m bot train"])
        return 1
    questions = load_questions(settings.root / options.questions)
    with console.status("Loading the model (about 20 seconds)…"):
        classifier = _classifier(model)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Asking", total=len(questions))
        outcomes = evaluate(questions, classifier.rank, lambda: bar.advance(task))
    _print(outcomes)
    path = settings.root / "results" / "evaluation.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(_as_json(outcomes), ensure_ascii=False, indent=1), encoding="utf-8")
    console.print(f"Every question with its ranking: {path.relative_to(settings.root)}")
    return 0


def _classifier(model: Path) -> Any:
    """The topic classifier of a packed model, without the rest of it."""
    from bot.cli.logs import configure_logs

    configure_logs(debug=False)
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    from bot.nlu.classifier import TopicClassifier

    folder = Path(tempfile.mkdtemp(prefix="bot-evaluate-"))
    storage, metadata = LocalModelStorage.from_model_archive(folder, model)
    node = next(n for n in metadata.predict_schema.nodes.values() if n.uses is TopicClassifier)
    return TopicClassifier.load(
        {**TopicClassifier.get_default_config(), **node.config}, storage, node.resource, None
    )


def _print(outcomes: list[Outcome]) -> None:
    table = Table("questions", "count", "top 1", "top 3", title="Separate questions (never used in training)")
    for name, prefix in _GROUPS.items():
        _row(table, name, scores([o for o in outcomes if o.question.topic.startswith(prefix)]))
    rest = [o for o in outcomes if not o.question.topic.startswith(tuple(_GROUPS.values()))]
    _row(table, "Conversation", scores(rest))
    table.add_section()
    for style, found in by_style(outcomes).items():
        _row(table, f"style: {style}", found)
    console.print(table)
    recall, mistaken = declined(outcomes)
    console.print(f"Declined: {recall:.1%} of what is not ours, {mistaken:.1%} of what is.")
    times = sorted(o.seconds * 1000 for o in outcomes)
    console.print(f"Classifying one message: median {statistics.median(times):.1f} ms.")
    for right, taken, count in confusions(outcomes)[:10]:
        console.print(f"  {count} × {right} taken for {taken}", markup=False)


def _row(table: Table, name: str, found: Scores) -> None:
    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    table.add_row(name, str(found.questions), shown(found.top1), shown(found.top3))


def _as_json(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    return [
        {
            "text": o.question.text,
            "topic": o.question.topic,
            "style": o.question.style,
            "right": o.right,
            "ranking": [{"topic": name, "confidence": round(value, 4)} for name, value in o.ranking[:5]],
        }
        for o in outcomes
    ]
