"""A stock Rasa assistant on our examples: what `rasa init` gives a Chinese project, one rule and one answer per intent.

Rasa's own retrieval intents need a response selector per group; here every topic is a plain intent (``faq/x`` becomes
``faq_x``), which is easier for DIET.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

_ACTION = "action_answer"
_FALLBACK = "nlu_fallback"

_ACTIONS = '''\
"""The custom action of the stock assistant: it answers from a dictionary."""

import json
from pathlib import Path

from rasa_sdk import Action

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))
NOT_UNDERSTOOD = "请换个说法再问一次。"


class ActionAnswer(Action):
    def name(self):
        return "action_answer"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=ANSWERS.get(tracker.latest_message["intent"]["name"], NOT_UNDERSTOOD))
        return []
'''


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


def write_project(
    folder: Path, examples: Mapping[str, Sequence[str]], epochs: int = 100, *, with_action: bool = False
) -> None:
    """Write config, domain and data of the stock assistant; Rasa's own number of ``epochs`` is 100.

    ``with_action``: the questions of the FAQ are answered by one custom action, and what was not understood by a
    sentence, as an assistant that serves people has it; :func:`write_serving` writes what belongs to it.
    """
    names = {label: plain(label) for label in examples}
    answers = {
        name: _ACTION if with_action and label.startswith("faq/") else f"utter_{name}"
        for label, name in names.items()
    }
    nlu = [
        {"intent": name, "examples": "".join(f"- {text}\n" for text in examples[label])}
        for label, name in names.items()
    ]
    rules = [
        {"rule": name, "steps": [{"intent": name}, {"action": answer}]} for name, answer in answers.items()
    ]
    stories = [
        {
            "story": f"{one}, then {two}",
            "steps": [step for name in (one, two) for step in ({"intent": name}, {"action": answers[name]})],
        }
        for one, two in zip(list(names.values())[::2], list(names.values())[1::2], strict=False)
    ]
    responses = {answer: [{"text": name}] for name, answer in answers.items() if answer != _ACTION}
    domain: dict[str, object] = {
        "version": "3.1",
        "intents": list(names.values()),
        "responses": responses,
    }
    if with_action:
        rules.append({"rule": _FALLBACK, "steps": [{"intent": _FALLBACK}, {"action": "utter_default"}]})
        responses["utter_default"] = [{"text": "请换个说法再问一次。"}]
        domain |= {"intents": [*names.values(), _FALLBACK], "actions": [_ACTION]}
    _write(folder / "config.yml", _config(epochs))
    _write(folder / "domain.yml", domain)
    _write(folder / "data" / "nlu.yml", {"version": "3.1", "nlu": nlu})
    _write(folder / "data" / "rules.yml", {"version": "3.1", "rules": rules, "stories": stories})


def write_serving(folder: Path, answers: Mapping[str, str], action_port: int) -> None:
    """Write what the trained assistant is served with: the action with its ``answers`` by topic, and the addresses."""
    actions = folder / "actions"
    actions.mkdir(exist_ok=True)
    (actions / "__init__.py").touch()
    (actions / "actions.py").write_text(_ACTIONS, encoding="utf-8")
    by_name = {plain(label): text for label, text in answers.items()}
    (actions / "answers.json").write_text(json.dumps(by_name, ensure_ascii=False), encoding="utf-8")
    endpoints = {
        "action_endpoint": {"url": f"http://127.0.0.1:{action_port}/webhook"},
        "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "tracker.db"},
    }
    _write(folder / "endpoints.yml", endpoints)
    _write(folder / "credentials.yml", {"rest": None})


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
