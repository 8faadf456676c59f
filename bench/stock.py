"""A stock Rasa assistant on our examples: what `rasa init` gives a Chinese project, one rule and one answer per intent.

Rasa's own retrieval intents need a response selector per group; here every topic is a plain intent (``faq/x`` becomes
``faq_x``), which is easier for DIET.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml


def _config(epochs: int) -> dict[str, object]:
    return {
        "recipe": "default.v1",
        "language": "zh",
        "pipeline": [
            {"name": "JiebaTokenizer"},
            {"name": "RegexFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
        ],
        "policies": [
            {"name": "MemoizationPolicy"},
            {"name": "RulePolicy"},
            {"name": "TEDPolicy", "max_history": 5, "epochs": epochs, "constrain_similarities": True},
        ],
    }


def plain(label: str) -> str:
    """The name of a topic as a plain intent."""
    return label.replace("/", "_")


def write_project(folder: Path, examples: Mapping[str, Sequence[str]], epochs: int = 100) -> None:
    """Write config, domain and data of the stock assistant; Rasa's own number of ``epochs`` is 100."""
    names = {label: plain(label) for label in examples}
    nlu = [
        {"intent": name, "examples": "".join(f"- {text}\n" for text in examples[label])}
        for label, name in names.items()
    ]
    rules = [
        {"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in names.values()
    ]
    stories = [
        {
            "story": f"{one}, then {two}",
            "steps": [
                step for name in (one, two) for step in ({"intent": name}, {"action": f"utter_{name}"})
            ],
        }
        for one, two in zip(list(names.values())[::2], list(names.values())[1::2], strict=False)
    ]
    domain = {
        "version": "3.1",
        "intents": list(names.values()),
        "responses": {f"utter_{name}": [{"text": name}] for name in names.values()},
    }
    _write(folder / "config.yml", _config(epochs))
    _write(folder / "domain.yml", domain)
    _write(folder / "data" / "nlu.yml", {"version": "3.1", "nlu": nlu})
    _write(folder / "data" / "rules.yml", {"version": "3.1", "rules": rules, "stories": stories})


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
