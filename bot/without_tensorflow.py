"""Rasa without TensorFlow, which our pipeline does not use: half of the memory and two thirds of the start-up time.

Rasa imports TensorFlow for its own models (DIET, TED and others) wherever it is imported itself. :func:`load_rasa`
lets it find empty classes of the same names instead, and refuses TensorFlow afterwards, so that whatever would really
need it fails with one clear line. A configuration that names one of those models gets the real thing, and so does
stock ``rasa train``. docs/adr/0010-rasa-without-tensorflow.md tells why.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.yaml_files import read_yaml

_LEFT_OUT = {"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"}
# Everything of Rasa that imports TensorFlow where we use it.
_RASA = ("rasa.core.agent", "rasa.model_training", "rasa.engine.recipes.default_components")
# Components and policies of Rasa that are TensorFlow models.
_NEED_IT = {
    "DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy", "ConveRTFeaturizer",
    "LanguageModelFeaturizer",
}  # fmt: skip


class _ClassOfEmpty(type):
    """Makes every attribute of an empty class another empty class, and a decorator of a call with one function."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _ClassOfEmpty(name, (_Empty,), {})

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        return arguments[0] if len(arguments) == 1 and callable(arguments[0]) and not named else cls


class _Empty(metaclass=_ClassOfEmpty):
    """Stands where TensorFlow would have something; Rasa may inherit from it and name it in annotations."""


class _EmptyModule(ModuleType):
    """A module that has whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _ClassOfEmpty(name, (_Empty,), {})


class _Stand(MetaPathFinder, Loader):
    """Finds empty modules for TensorFlow while Rasa is loaded, and afterwards says that it was left out."""

    def __init__(self) -> None:
        self.is_loading = True

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The empty module of that name; None for whatever is not TensorFlow's."""
        if name.partition(".")[0] not in _LEFT_OUT:
            return None
        if not self.is_loading:
            raise ModuleNotFoundError(
                f"{name} is left out of this process, because config.yml names no model that needs it.",
                name=name,
            )
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module."""
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def load_rasa(config: Path) -> bool:
    """Import Rasa, without TensorFlow where the Rasa configuration in ``config`` does not need it.

    Returns whether TensorFlow was left out. Where it is already imported, there is nothing to gain.
    """
    if _needs_tensorflow(config) or "tensorflow" in sys.modules or "rasa.core.agent" in sys.modules:
        return False
    stand = _Stand()
    sys.meta_path.insert(0, stand)
    # Rasa's pinned libraries announce deprecations by the dozen when they are imported, whatever the filters say.
    with warnings.catch_warnings(record=True):
        for module in _RASA:
            importlib.import_module(module)
    for module in [name for name in sys.modules if name.partition(".")[0] in _LEFT_OUT]:
        del sys.modules[module]
    stand.is_loading = False
    return True


def _needs_tensorflow(config: Path) -> bool:
    """Whether a component of the configuration is one of Rasa's TensorFlow models; a file nobody can read may be."""
    try:
        written = read_yaml(config)
    except KnowledgeError:
        return True
    if not isinstance(written, dict):
        return True
    return any(name.rpartition(".")[2] in _NEED_IT for name in _names(written))


def _names(written: dict[str, Any]) -> Iterable[str]:
    for part in ("pipeline", "policies"):
        entries = written.get(part)
        # Without an own pipeline or policies Rasa takes its default ones, which are TensorFlow's.
        if not isinstance(entries, list) or not entries:
            yield "DIETClassifier"
            continue
        for entry in entries:
            yield str(entry.get("name", "") if isinstance(entry, dict) else entry)
