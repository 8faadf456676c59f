"""Rasa without TensorFlow: left out where config.yml needs none, there where it does, and refused with a clear line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_our_own_configuration_needs_no_tensorflow() -> None:
    printed = run(
        "import sys; from pathlib import Path; from bot.without_tensorflow import load_rasa\n"
        "print(load_rasa(Path('config.yml')))\n"
        "import rasa.core.agent, rasa.core.policies.rule_policy, spacy\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('tensorflow', 'keras')])\n"
        "try:\n    import tensorflow\nexcept ModuleNotFoundError as error:\n    print(error)"
    )
    assert printed.splitlines() == [
        "True",
        "[]",
        "tensorflow is left out of this process, because config.yml names no model that needs it.",
    ]


@pytest.mark.parametrize(
    "written",
    [
        "pipeline:\n- name: JiebaTokenizer\n- name: DIETClassifier\npolicies:\n- name: RulePolicy\n",
        "pipeline:\n- name: JiebaTokenizer\npolicies:\n- name: rasa.core.policies.ted_policy.TEDPolicy\n",
        "pipeline:\n- name: JiebaTokenizer\n",
        "pipeline: [",
        "",
    ],
    ids=["DIET", "TED by its full name", "no policies: Rasa's default", "broken", "empty"],
)
def test_a_configuration_that_needs_it_or_cannot_be_read_gets_it(tmp_path: Path, written: str) -> None:
    (tmp_path / "config.yml").write_text(written, encoding="utf-8")
    printed = run(
        "import sys; from pathlib import Path; import bot.without_tensorflow as module\n"
        f"module._RASA = ()\nprint(module.load_rasa(Path({str(tmp_path / 'config.yml')!r})), len(sys.meta_path))"
    )
    assert printed.startswith("False")
