"""The evaluation as one self-contained HTML page: tables, a confusion picture, calibration, the threshold curve."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure

from bot.training.compare import Comparison
from bot.training.evaluate import Outcome
from bot.training.measures import (
    Found,
    Scores,
    by_topic_f1,
    calibration,
    confusions,
    declining,
    grouped,
    sure_and_wrong,
    threshold_curve,
)

_BLUE, _GREY, _RED = "#2f6fb2", "#9aa5b1", "#c0392b"
# So many intents with the most confusions fit a picture that can be read.
_PICTURED = 24


@dataclass(frozen=True)
class Evaluation:
    """Everything the page shows; ``groups`` by evaluation set, ``crossed`` from cross-validation where it was asked for."""

    model: str
    outcomes: Sequence[Outcome]
    groups: Mapping[str, Scores]
    entities: Mapping[str, Found]
    crossed: Sequence[Outcome] = ()
    comparison: Comparison | None = None
    compared_with: str = ""


def html(evaluation: Evaluation) -> str:
    """The page."""
    outcomes = evaluation.outcomes
    error, _ = calibration(outcomes)
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_PAGE)
    return page.render(
        e=evaluation,
        styles=grouped(outcomes, lambda o: o.question.style),
        topics=_by_topic(outcomes),
        declining=declining(outcomes),
        error=error,
        confused=confusions(outcomes),
        sure=sure_and_wrong(outcomes),
        crossed=grouped(evaluation.crossed, lambda _: "four-fold" if evaluation.crossed else ""),
        pictures=[
            ("Confusions", "Rows: the right intent. Columns: what it was taken for.", _confusion_picture(outcomes)),
            ("Calibration", "How often a confidence is right; on the line it is as often as it says.", _calibration_picture(outcomes)),
            ("Declining", "What each threshold on the probability of “not ours” would decline.", _threshold_picture(outcomes)),
        ],
    )  # fmt: skip


def _by_topic(outcomes: Sequence[Outcome]) -> list[tuple[str, int, float]]:
    """(intent, questions, F1), the worst first."""
    f1 = by_topic_f1(outcomes)
    count = Counter(o.question.topic for o in outcomes)
    return sorted(((topic, count[topic], value) for topic, value in f1.items()), key=lambda row: row[2])


def _confusion_picture(outcomes: Sequence[Outcome]) -> Markup:
    wrong = [(right, taken, len(texts)) for right, taken, texts in confusions(outcomes)]
    involved = Counter[str]()
    for right, taken, count in wrong:
        involved[right] += count
        involved[taken] += count
    names = sorted(name for name, _ in involved.most_common(_PICTURED))
    counts = Counter((o.question.topic, o.best) for o in outcomes)
    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.subplots()
    grid = [[counts[row, column] if row != column else 0 for column in names] for row in names]
    axes.imshow(grid or [[0]], cmap="Blues", vmin=0)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    for y, line in enumerate(grid):
        for x, count in enumerate(line):
            if count:
                axes.text(x, y, str(count), ha="center", va="center", fontsize=8, color=_RED)
    return _svg(figure)


def _calibration_picture(outcomes: Sequence[Outcome]) -> Markup:
    _, bins = calibration(outcomes)
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--")
    axes.plot([b.confidence for b in bins], [b.accuracy for b in bins], color=_BLUE, marker="o")
    for b in bins:
        axes.annotate(str(b.count), (b.confidence, b.accuracy), textcoords="offset points", xytext=(6, -10))
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
    return _svg(figure)


def _threshold_picture(outcomes: Sequence[Outcome]) -> Markup:
    curve = threshold_curve(outcomes)
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(
        [t for t, _, _ in curve], [recall for _, recall, _ in curve], color=_BLUE, label="of what is not ours"
    )
    axes.plot([t for t, _, _ in curve], [wrong for _, _, wrong in curve], color=_RED, label="of what is ours")
    axes.set(xlabel="threshold", ylabel="share declined", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend()
    return _svg(figure)


def _svg(figure: Figure) -> Markup:
    """A figure as an SVG element."""
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    text = written.getvalue()
    return Markup(text[text.index("<svg") :])  # noqa: S704 - drawn here, from numbers and intent names


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of {{ e.model }}</title>
<style>
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: #1d2733; max-width: 64rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; display: block; overflow-x: auto } th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e3e8ee }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
svg { max-width: 100%; height: auto } code { font-size: .85em }
details summary { cursor: pointer }
</style>
{% macro share(x) %}{{ "–" if x is none else "%.3f"|format(x) }}{% endmacro %}
{% macro table(rows) %}
<table><tr><th><th class="n">questions<th class="n">top 1<th class="n">top 3<th class="n">macro F1</tr>
{% for name, s in rows.items() %}
<tr><td>{{ name }}<td class="n">{{ s.questions }}<td class="n">{{ share(s.top1) }}<td class="n">{{ share(s.top3) }}<td class="n">{{ share(s.macro_f1) }}</tr>
{% endfor %}
</table>
{% endmacro %}
<h1>Evaluation of {{ e.model }}</h1>
<p>Separate questions, never used in training.</p>
{{ table(e.groups) }}
<p>Declined: {{ "%.1f"|format(100 * declining.recall) }} % of what is not ours (precision {{ share(declining.precision) }},
AUROC {{ share(declining.auroc) }}), {{ "%.1f"|format(100 * declining.wrongly) }} % of what is.
Expected calibration error {{ share(error) }}.</p>
{% if e.crossed %}
<h2>Cross-validation on the training examples</h2>
<p>Reported apart: the examples hold many near-misses on purpose.</p>
{{ table(crossed) }}
{% endif %}
{% for title, caption, picture in pictures %}
<h2>{{ title }}</h2><p>{{ caption }}</p>
{{ picture }}
{% endfor %}
<h2>Styles</h2>
{{ table(styles) }}
{% if e.entities %}
<h2>Facts</h2>
<table><tr><th><th class="n">stated<th class="n">precision<th class="n">recall<th class="n">F1</tr>
{% for name, f in e.entities.items() %}
<tr><td>{{ name }}<td class="n">{{ f.stated }}<td class="n">{{ share(f.precision) }}<td class="n">{{ share(f.recall) }}<td class="n">{{ share(f.f1) }}</tr>
{% endfor %}
</table>
{% endif %}
<h2>Wrong without a doubt</h2>
<table><tr><th class="n">sure<th>message<th>right<th>taken for</tr>
{% for o in sure %}
<tr><td class="n">{{ "%.2f"|format(o.confidence) }}<td>{{ o.question.text }}<td><code>{{ o.question.topic }}</code><td><code>{{ o.best }}</code></tr>
{% endfor %}
</table>
<h2>All confusions</h2>
{% for right, taken, texts in confused %}
<details><summary>{{ texts|length }} × <code>{{ right }}</code> taken for <code>{{ taken }}</code></summary>
<ul>{% for text in texts %}<li>{{ text }}{% endfor %}</ul></details>
{% endfor %}
<h2>Intents, the worst first</h2>
<table><tr><th>intent<th class="n">questions<th class="n">F1</tr>
{% for topic, count, f1 in topics %}
<tr><td><code>{{ topic }}</code><td class="n">{{ count }}<td class="n">{{ share(f1) }}</tr>
{% endfor %}
</table>
{% if e.comparison %}
<h2>Against {{ e.compared_with }}</h2>
{% for name, changes in [("Better", e.comparison.better), ("Worse", e.comparison.worse), ("Wrong in another way", e.comparison.otherwise)] %}
<h3>{{ name }}: {{ changes|length }}</h3>
<table>{% for c in changes %}<tr><td>{{ c.text }}<td><code>{{ c.topic }}</code><td><code>{{ c.before }}</code> → <code>{{ c.after }}</code></tr>{% endfor %}</table>
{% endfor %}
{% endif %}
</html>
"""
