"""``python -m bot evaluate``: the model on the separate questions, as a table, JSON and an HTML page in results/."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import Progress
from rich.table import Table

from bot.cli.console import console, report_problems
from bot.settings import Settings, load_settings
from bot.training.evaluate import DECLINE, FAQ, Outcome, evaluate
from bot.training.measures import (
    Scores,
    by_topic_f1,
    calibration,
    confusions,
    declining,
    entity_scores,
    grouped,
    scores,
    sure_and_wrong,
)
from bot.training.questions import Question, load_questions, load_told
from bot.training.release import current_model

if TYPE_CHECKING:
    from bot.training.compare import Comparison
    from bot.training.report import Evaluation
    from bot.training.trained import TrainedModel

_FOLDS = 4


def run(options: argparse.Namespace) -> int:
    """Measure the current model, or the one named."""
    settings = load_settings()
    model = _model(settings, options.model)
    other = _model(settings, options.compare) if options.compare else None
    if model is None or (options.compare and other is None):
        missing = "no such trained model" if options.model or options.compare else "no trained model"
        report_problems([f"models/, the folder: holds {missing}; run python -m bot train"])
        return 1
    folder = settings.root / options.questions
    questions, told = load_questions(folder), load_told(folder)
    trained = _load(model)
    outcomes = _ask(trained, questions, "Asking")
    comparison = None
    if other is not None:
        from bot.training.compare import compare

        comparison = compare(_ask(_load(other), questions, f"Asking {other.name}"), outcomes)
    from bot.training.report import Evaluation, html

    found = Evaluation(
        model=model.name,
        outcomes=outcomes,
        groups=_groups(outcomes),
        entities=entity_scores(told, trained.facts),
        crossed=_cross_validate(settings) if options.cross_validate else (),
        comparison=comparison,
        compared_with=other.name if other is not None else "",
    )
    _print(found)
    results = settings.root / "results"
    results.mkdir(exist_ok=True)
    written = json.dumps(_as_json(found), ensure_ascii=False, indent=1)
    (results / "evaluation.json").write_text(written, encoding="utf-8")
    (results / "evaluation.html").write_text(html(found), encoding="utf-8")
    console.print("The whole report: results/evaluation.html, and every question in results/evaluation.json")
    return 0


def _model(settings: Settings, name: str | None) -> Path | None:
    if name is None:
        return current_model(settings.models)
    return next((p for p in (Path(name), settings.models / name) if p.is_file()), None)


def _load(model: Path) -> TrainedModel:
    from bot.cli.logs import configure_logs

    configure_logs(debug=False)
    with console.status("Loading the model (about 10 seconds)…"):
        from bot.without_tensorflow import load_rasa

        load_rasa(load_settings().root / "config.yml")
        from bot.training.trained import load

        return load(model)


def _ask(trained: TrainedModel, questions: Sequence[Question], title: str) -> list[Outcome]:
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(title, total=len(questions))
        return evaluate(questions, trained.understand, lambda: bar.advance(task))


def _cross_validate(settings: Settings) -> list[Outcome]:
    from bot.knowledge.examples import load_examples
    from bot.training.trained import cross_validate

    examples = load_examples(settings.root / "data" / "nlu.yml")
    dictionary = (settings.knowledge / "dictionary.txt").read_text(encoding="utf-8")
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(f"Cross-validating in {_FOLDS} parts (some minutes)", total=_FOLDS)
        return cross_validate(examples, dictionary, _FOLDS, lambda: bar.advance(task))


def _groups(outcomes: Sequence[Outcome]) -> dict[str, Scores]:
    """The kinds of questions, then each evaluation set by itself."""
    alone = [o for o in outcomes if not o.question.subject]
    kinds = {
        "FAQ topics": [o for o in alone if o.question.topic.startswith(FAQ)],
        "Not ours": [o for o in alone if o.foreign],
        "Conversation": [o for o in alone if not o.question.topic.startswith((FAQ, DECLINE))],
        "All but follow-ups": alone,
        "Follow-ups": [o for o in outcomes if o.question.subject],
    }
    sets = grouped(outcomes, lambda o: f"set: {o.question.group}")
    return {name: scores(found) for name, found in kinds.items()} | sets


def _print(found: Evaluation) -> None:
    alone = [o for o in found.outcomes if not o.question.subject]
    table = Table(
        "questions", "count", "top 1", "top 3", "macro F1", title=f"{found.model}: separate questions"
    )
    _rows(table, found.groups)
    table.add_section()
    _rows(table, {f"style: {n}": s for n, s in grouped(found.outcomes, lambda o: o.question.style).items()})
    if found.crossed:
        table.add_section()
        _rows(table, {f"cross-validation, {_FOLDS} parts": scores(found.crossed)})
    console.print(table)
    declined, (error, _) = declining(alone), calibration(alone)
    console.print(
        f"Declined: {declined.recall:.1%} of what is not ours, {declined.wrongly:.1%} of what is "
        f"(precision {declined.precision:.3f}, AUROC {_shown(declined.auroc)})."
    )
    asked = sum(o.asks_back for o in alone) / max(1, len(alone))
    console.print(f"Expected calibration error {error:.3f}; asks back in {asked:.1%}.")
    if found.entities:
        total = found.entities["all"]
        console.print(
            f"Facts: precision {total.precision:.3f}, recall {total.recall:.3f}, F1 {total.f1:.3f}."
        )
    times = sorted(o.seconds * 1000 for o in found.outcomes)
    p95 = times[int(0.95 * (len(times) - 1))]
    console.print(f"Understanding one message: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms.")
    for right, taken, texts in confusions(found.outcomes)[:8]:
        console.print(f"  {len(texts)} × {right} taken for {taken}: {texts[0]}", markup=False)
    if found.comparison is not None:
        _print_comparison(found.comparison, found.compared_with)


def _print_comparison(comparison: Comparison, name: str) -> None:
    console.print(f"Against {name}: {len(comparison.better)} better, {len(comparison.worse)} worse.")
    for mark, changes in (("+", comparison.better), ("-", comparison.worse)):
        for change in changes:
            console.print(f"  {mark} {change.text}  {change.before} → {change.after}", markup=False)


def _rows(table: Table, groups: Mapping[str, Scores]) -> None:
    for name, found in groups.items():
        if found.questions:
            figures = (_shown(found.top1), _shown(found.top3), _shown(found.macro_f1))
            table.add_row(name, str(found.questions), *figures)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _as_json(found: Evaluation) -> dict[str, Any]:
    alone = [o for o in found.outcomes if not o.question.subject]
    error, bins = calibration(alone)
    return {
        "model": found.model,
        "groups": {name: asdict(row) for name, row in found.groups.items()},
        "styles": {n: asdict(s) for n, s in grouped(found.outcomes, lambda o: o.question.style).items()},
        "topics": by_topic_f1(found.outcomes),
        "declining": asdict(declining(alone)),
        "calibration": {"expected_error": error, "bins": [asdict(b) for b in bins]},
        "entities": {name: asdict(row) for name, row in found.entities.items()},
        "cross_validation": asdict(scores(found.crossed)) if found.crossed else None,
        "sure_and_wrong": [_question(o) for o in sure_and_wrong(found.outcomes)],
        "comparison": asdict(found.comparison) if found.comparison is not None else None,
        "questions": [_question(o) for o in found.outcomes],
    }


def _question(outcome: Outcome) -> dict[str, Any]:
    return {
        "text": outcome.question.text,
        "topic": outcome.question.topic,
        "style": outcome.question.style,
        "right": outcome.right,
        "asks_back": outcome.asks_back,
        "ranking": [{"topic": name, "confidence": round(value, 4)} for name, value in outcome.ranking[:5]],
    }
