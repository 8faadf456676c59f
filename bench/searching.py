"""How well and how fast the hotline console finds topics: `make bench-search`.

Quality on the evaluation questions of tests/nlu, which nobody has trained on, and by the pinyin initials of the topics'
own questions; the time of every keystroke while such questions are typed, with the topics there are and with many
times as many. Prints two tables and writes bench/results/searching.json.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pypinyin import lazy_pinyin
from rich.console import Console
from rich.table import Table

from bench.__main__ import machine
from bench.projects import multiply_topics
from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.english import load_english
from bot.knowledge.examples import load_examples
from bot.knowledge.faq import Faq
from bot.services.search_evidence import Ranking
from bot.services.searching import Hit, Searching
from bot.settings import load_settings
from bot.training.questions import Question, load_questions
from bot.training.release import current_model
from bot.wiring import today
from tests.copies import copy_repository

Search = Callable[[str], Sequence[Hit]]
Rank = Callable[[str], Ranking]

RESULTS = Path("bench/results/searching.json")
TOOLS = ("check_filing", "estimate")
# A list shows so many hits, and the right one shall be among the first of them.
FIRST = (1, 3, 5)
SHOWN = 8
# The beginnings of a question's initials that are tried, and all of them.
LENGTHS = (4, 5, 6, None)
_PARTS = {
    "with_model": "all of it",
    "processor": "all of it, processor time",
    "model_alone": "the model, where it is asked",
    "index_alone": "the index",
}
_WORD = re.compile(r"\w")
_PLACE = "huaian"
_PAGE = 4096

console = Console()


@dataclass(frozen=True)
class Asked:
    """A question and where the right topic was found among the hits, from 0; None where it was not."""

    text: str
    topic: str
    place: int | None
    found: tuple[str, ...]

    def among(self, first: int) -> bool:
        """Whether the right topic is among the first so many."""
        return self.place is not None and self.place < first


def questions_of(folder: Path) -> list[Question]:
    """The evaluation questions that stand alone and ask for a topic or a tool."""
    return [
        question
        for question in load_questions(folder)
        if not question.subject and (question.topic.startswith("faq/") or question.topic in TOOLS)
    ]


def ask(search: Search, questions: Sequence[Question]) -> list[Asked]:
    """Search for whole questions."""
    return [_asked(question, search(question.text)) for question in questions]


def ask_initials(search: Search, faq: Faq, length: int | None) -> list[Asked]:
    """Search for the first initials of the topics' own questions, or for all of them."""
    return [
        _asked(
            Question(initials(topic.question)[:length], f"faq/{topic.id}"),
            search(initials(topic.question)[:length]),
        )
        for topic in faq.values()
    ]


def initials(question: str) -> str:
    """What somebody types who types the first letter of every character."""
    plain = "".join(_WORD.findall(question)).lower()
    return "".join(reading[0] for reading in lazy_pinyin(plain, errors=list))  # type: ignore[arg-type]


def share(asked: Sequence[Asked], first: int) -> float:
    """In which share the right topic is among the first so many."""
    return sum(one.among(first) for one in asked) / len(asked)


def keystrokes(text: str) -> Iterator[str]:
    """A text as it is typed."""
    return (text[:length] for length in range(1, len(text) + 1))


def _asked(question: Question, hits: Sequence[Hit]) -> Asked:
    labels = [hit.topic if hit.topic in TOOLS else f"faq/{hit.topic}" for hit in hits]
    place = next((n for n, label in enumerate(labels) if question.accepts(label)), None)
    return Asked(question.text, question.topic, place, tuple(labels))


# ---- time ----


@dataclass(frozen=True)
class Typed:
    """Every keystroke of some questions: the milliseconds each took, and how much had to be typed, as a share of 1.

    ``processor``: the milliseconds this thread worked, whatever else the machine was busy with.
    """

    milliseconds: list[float]
    processor: list[float]
    needed: list[float]


def type_in(searching: Searching, questions: Sequence[Question]) -> Typed:
    """Search after every keystroke of the questions, for a caller of a place."""
    milliseconds, processor, needed = [], [], []
    for question in questions:
        enough = 1
        for text in keystrokes(question.text):
            started, worked = time.perf_counter(), time.thread_time()
            hits = searching.search(text, _PLACE)
            milliseconds.append(1000 * (time.perf_counter() - started))
            processor.append(1000 * (time.thread_time() - worked))
            if not _asked(question, hits).among(3):
                enough = len(text) + 1
        if enough <= len(question.text):
            needed.append(enough / len(question.text))
    return Typed(milliseconds, processor, needed)


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """What half, 95 % and 99 % of them do not exceed, and the longest."""
    ordered = sorted(milliseconds)
    return {
        **{f"p{p}": ordered[min(len(ordered) - 1, len(ordered) * p // 100)] for p in (50, 95, 99)},
        "max": ordered[-1],
    }


def _memory() -> float:
    """The memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE / 1e6


def _built(root: Path, rank: Rank) -> tuple[Searching, KnowledgeBase, dict[str, Any]]:
    """The search over the knowledge of a folder, with the time and the memory its index took."""
    base, examples = load_knowledge(root / "knowledge"), load_examples(root / "data" / "nlu.yml")
    gloss = load_english(root / "knowledge" / "english.yml").get
    searching = Searching(lambda: base, lambda: examples, rank, today, gloss)
    before, started = _memory(), time.perf_counter()
    searching.prepare()
    taken = {"seconds": time.perf_counter() - started, "memory_mb": _memory() - before}
    return searching, base, {"topics": len(base.faq), "examples": sum(map(len, examples.values())), **taken}


def _timed(root: Path, rank: Rank, questions: Sequence[Question]) -> dict[str, Any]:
    """The figures of one size: with the model, and the index alone."""
    asked: list[float] = []

    def clocked(text: str) -> Ranking:
        started = time.perf_counter()
        ranking = rank(text)
        asked.append(1000 * (time.perf_counter() - started))
        return ranking

    searching, _, built = _built(root, clocked)
    typed = type_in(searching, questions)
    alone, _, _ = _built(root, lambda _: ())
    return {
        "index": built,
        "keystrokes": len(typed.milliseconds),
        "with_model": percentiles(typed.milliseconds),
        "processor": percentiles(typed.processor),
        "model_alone": percentiles(asked),
        "index_alone": percentiles(type_in(alone, questions).milliseconds),
        "needed": statistics.median(typed.needed),
        "found_at_the_end": len(typed.needed) / len(questions),
    }


# ---- the command ----


def main() -> None:
    """Measure and print."""
    options = _options()
    root = load_settings().root
    rank = _model(root)
    questions = questions_of(root / "tests" / "nlu")
    typed = random.Random(5).sample(questions, min(options.questions, len(questions)))  # noqa: S311
    # What is made when it is first needed, such as the inventory of readings, is made before anything is measured.
    _built(root, rank)
    searching, base, _ = _built(root, rank)
    quality = _quality(lambda text: searching.search(text, limit=SHOWN), questions, base.faq)
    _print_quality(quality)
    measured: dict[str, Any] = {"machine": machine(), "quality": _shares(quality), "missed": _missed(quality)}
    for factor in options.factors:
        console.print(f"Typing {len(typed)} questions with {factor} times the topics …")
        with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
            copy = copy_repository(Path(folder))
            multiply_topics(copy, factor)
            measured[f"x{factor}"] = _timed(copy, rank, typed)
    _print_times({f"×{factor}": measured[f"x{factor}"] for factor in options.factors})
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(measured, ensure_ascii=False, indent=1), encoding="utf-8")
    console.print(f"{measured['machine']}; the questions that were missed stand in {RESULTS}", markup=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.searching")
    parser.add_argument("--questions", type=int, default=200, help="so many questions are typed")
    parser.add_argument(
        "--factors",
        type=lambda written: [int(number) for number in written.split(",")],
        default=[1, 40],
        help="times as many topics, such as 1,40",
    )
    return parser.parse_args()


def _model(root: Path) -> Rank:
    """What the current model makes of a text standing alone. At every size it is the one of the real topics."""
    from bot.cli.logs import configure_logs
    from bot.without_tensorflow import load_rasa

    configure_logs(debug=False)
    load_rasa(root / "config.yml")
    from bot.training.trained import load

    model = current_model(load_settings().models)
    if model is None:
        raise SystemExit("There is no trained model; run python -m bot train.")
    # What the console asks in the serving process, without the extraction of facts.
    return load(model).understanding.rank


def _quality(search: Search, questions: Sequence[Question], faq: Faq) -> dict[str, list[Asked]]:
    groups = sorted({question.group for question in questions})
    found = {group: ask(search, [q for q in questions if q.group == group]) for group in groups}
    found["all questions"] = [one for asked in found.values() for one in asked]
    for length in LENGTHS:
        name = "all initials" if length is None else f"first {length} initials"
        found[name] = ask_initials(search, faq, length)
    return found


def _shares(quality: Mapping[str, Sequence[Asked]]) -> dict[str, Any]:
    return {
        name: {"asked": len(asked), **{f"first_{n}": share(asked, n) for n in FIRST}}
        for name, asked in quality.items()
    }


def _missed(quality: Mapping[str, Sequence[Asked]]) -> list[dict[str, Any]]:
    """The questions whose topic is not among the first three, the initials whose topic is not among the first five."""
    found = [one for one in quality["all questions"] if not one.among(3)]
    found += [
        one for name, asked in quality.items() if "initials" in name for one in asked if not one.among(5)
    ]
    return [{"text": one.text, "topic": one.topic, "found": one.found[:5]} for one in found]


def _print_quality(quality: Mapping[str, Sequence[Asked]]) -> None:
    table = Table(
        "searched for", "how many", *(f"first {n}" for n in FIRST), title="The right topic among the first"
    )
    for name, asked in quality.items():
        table.add_row(name, str(len(asked)), *(f"{share(asked, n):.4f}" for n in FIRST))
    console.print(table)


def _print_times(rows: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table("", *rows, title="One keystroke, ms")
    for kind, name in _PARTS.items():
        for percentile in ("p50", "p95", "p99", "max"):
            table.add_row(f"{name}, {percentile}", *(f"{row[kind][percentile]:.1f}" for row in rows.values()))
    table.add_row("keystrokes", *(str(row["keystrokes"]) for row in rows.values()))
    table.add_row("topics", *(str(row["index"]["topics"]) for row in rows.values()))
    table.add_row("examples", *(str(row["index"]["examples"]) for row in rows.values()))
    table.add_row("making the index, s", *(f"{row['index']['seconds']:.2f}" for row in rows.values()))
    table.add_row("memory of the index, MB", *(f"{row['index']['memory_mb']:.0f}" for row in rows.values()))
    table.add_row("of a question typed until found", *(f"{row['needed']:.2f}" for row in rows.values()))
    console.print(table)


if __name__ == "__main__":
    main()
