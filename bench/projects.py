"""The projects that are trained and served: copies of ours with fewer examples or more topics, and the stock one."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.servers import ROOT, Broken, environment, free_port, tail
from bench.stock import write_project, write_serving
from bot.knowledge.examples import load_examples
from bot.knowledge.faq import Topic, load_faq
from tests.copies import copy_repository

Examples = Mapping[str, Sequence[str]]

# Trained stock models; `make bench-quick` asks the one whose project has not changed.
STOCK = ROOT / "build" / "bench-stock"
FAQ = "faq/"
# A copied topic has so many examples: what a maintainer begins a new topic with.
_COPIED_EXAMPLES = 2
_FEWEST = 2
# A copied topic is about the people of another line of work.
_TRADES = (
    "养蜂 采茶 织布 造船 采石 伐木 放牧 种棉 榨油 酿酒 制陶 烧砖 打铁 木雕 刺绣 印刷 装订 修表 磨刀 制伞 "
    "造纸 晒盐 捕鱼 养蚕 种桑 摘果 育苗 护林 巡河 守库 测绘 勘探 钻井 架线 铺轨 驾船 引水 吊装 焊接 油漆"
).split()


def draw_examples(examples: Examples, total: int) -> dict[str, list[str]]:
    """About so many examples in all, the same number of each intent, with a fixed seed."""
    each = max(_FEWEST, round(total / len(examples)))
    draw = random.Random(1)  # noqa: S311
    return {
        label: draw.sample(list(texts), min(each, len(texts))) for label, texts in sorted(examples.items())
    }


def write_examples(path: Path, examples: Examples) -> None:
    """Write a data/nlu.yml."""
    lines = ['version: "3.1"', "", "nlu:"]
    for label, texts in examples.items():
        lines += [f"- intent: {label}", "  examples: |", *(f"    - {text}" for text in texts)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def copy_project(folder: Path, name: str, examples: Examples | None = None) -> Path:
    """A copy of our project to train and serve, with the given examples in place of its own."""
    (folder / name).mkdir()
    root = copy_repository(folder / name)
    if examples is not None:
        write_examples(root / "data" / "nlu.yml", examples)
    _compile(root)
    return root


def _compile(root: Path) -> None:
    # As in a checkout that has been used: the first start is not to pay for compiling.
    command = [sys.executable, "-m", "compileall", "-q", "bot", "actions"]
    subprocess.run(command, cwd=root, env=environment(), check=True)  # noqa: S603


def copy_model(models: Path, root: Path) -> None:
    """Take the model that is there along into a copy."""
    pointer = json.loads((models / "current.json").read_text(encoding="utf-8"))
    (root / "models").mkdir()
    shutil.copy(models / "current.json", root / "models")
    shutil.copy(models / pointer["model"], root / "models")


def multiply_topics(root: Path, factor: int) -> int:
    """Give a copy ``factor`` times as many topics of about as many examples; the number of topics.

    Each copied topic has its own id, question and examples. The examples together stay as many as they were, or what is
    measured would be the number of examples; the first topics give up some of theirs for it.
    """
    faq, data = root / "knowledge" / "faq.md", root / "data" / "nlu.yml"
    text, examples = faq.read_text(encoding="utf-8"), load_examples(data)
    faq.write_text(
        text + "".join(_copied_sections(text, trade) for trade in _copies(factor)), encoding="utf-8"
    )
    write_examples(data, multiplied(examples, factor))
    return sum(label.startswith(FAQ) for label in examples) * factor


def _copies(factor: int) -> list[str]:
    if factor - 1 > len(_TRADES):
        raise ValueError(f"there are words for {len(_TRADES)} copies of a topic, not for {factor - 1}")
    return _TRADES[: factor - 1]


def _copied_sections(faq: str, trade: str) -> str:
    """Every topic of faq.md once more, for the people of a trade."""
    first = re.search(r"^## ", faq, re.MULTILINE)
    sections = faq[first.start() if first else 0 :]
    number = _TRADES.index(trade)
    renamed = re.sub(r"^## (\w+) ", rf"## \g<1>_c{number} {trade}人员：", sections, flags=re.MULTILINE)
    return "\n" + re.sub(r"^话题：", f"话题：{trade}人员", renamed, flags=re.MULTILINE)


def multiplied(examples: Examples, factor: int) -> dict[str, list[str]]:
    """The examples with those of the copied topics, about as many in all as before."""
    topics = [label for label in examples if label.startswith(FAQ)]
    if factor == 1:
        return {label: list(texts) for label, texts in examples.items()}
    given_up = len(topics) * (factor - 1) * _COPIED_EXAMPLES
    of_topics = sum(len(examples[label]) for label in topics)
    share = max(0.0, 1 - given_up / of_topics)
    found = {
        label: list(texts) if label not in topics else list(texts)[: max(_FEWEST, round(share * len(texts)))]
        for label, texts in examples.items()
    }
    for number, trade in enumerate(_copies(factor)):
        for label in topics:
            texts = [f"{trade}人员，{text}" for text in examples[label][-_COPIED_EXAMPLES:]]
            found[f"{label}_c{number}"] = texts
    return found


def train(arguments: Sequence[str], folder: Path, longest: float) -> float:
    """Run ``python -m`` with the arguments; the seconds it took. Raises :class:`Broken`."""
    with tempfile.TemporaryDirectory(prefix="bench-train-") as kept:
        log = Path(kept) / "log"
        started = time.perf_counter()
        with log.open("wb") as output:
            try:
                done = subprocess.run(  # noqa: S603
                    [sys.executable, "-m", *arguments],
                    cwd=folder, env=environment(), stdout=output, stderr=output, timeout=longest, check=False,
                    start_new_session=True,
                )  # fmt: skip
            except subprocess.TimeoutExpired as error:
                raise Broken(f"{' '.join(arguments)} was not done after {longest:.0f} s.") from error
        if done.returncode:
            raise Broken(f"{' '.join(arguments)} failed. {tail(log)}")
        return time.perf_counter() - started


class StockProject:
    """The stock assistant on given examples, in a folder named by what it is trained from."""

    def __init__(self, examples: Examples, epochs: int) -> None:
        self._examples = examples
        self._epochs = epochs
        with tempfile.TemporaryDirectory(prefix="bench-stock-") as fresh:
            self._write(Path(fresh))
            self.folder = STOCK / _digest(Path(fresh))

    @property
    def is_trained(self) -> bool:
        """Whether its model is there from an earlier run."""
        return self._record.exists()

    @property
    def training_seconds(self) -> float:
        """How long its training took, now or earlier."""
        return float(json.loads(self._record.read_text(encoding="utf-8"))["seconds"])

    @property
    def _record(self) -> Path:
        return self.folder / "training.json"

    def train(self, longest: float) -> None:
        """Train anew, with nothing kept from an earlier training. Raises :class:`Broken`."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._write(self.folder)
        command = ["rasa", "train", "--quiet", "--out", "models"]
        seconds = train(command, self.folder, longest)
        # Written last: a training that was interrupted leaves none.
        self._record.write_text(json.dumps({"seconds": seconds, "epochs": self._epochs}), encoding="utf-8")

    def prepare(self) -> int:
        """Write what it is served with, over an empty database; the port of its actions."""
        for database in self.folder.glob("tracker.db*"):
            database.unlink()
        port = free_port()
        faq = load_faq(ROOT / "knowledge" / "faq.md")
        answers = {FAQ + topic.id: _general(topic) for topic in faq.values()}
        write_serving(self.folder, answers, port)
        return port

    def _write(self, folder: Path) -> None:
        write_project(folder, self._examples, self._epochs, with_action=True)


def _general(topic: Topic) -> str:
    """One answer of a topic: the stock assistant knows no places."""
    return next((answer.body for answer in topic.answers if answer.place == "通用"), topic.answers[0].body)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
