"""Training through Rasa's own graph engine, with the examples read once.

`rasa train` copies and hashes every example about ten times over: for importers that may have to be merged, and for a
cache of trained parts. Ours come from one importer and train in seconds, so this leaves both out. The model is the same.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rasa.engine.caching import TrainingCache
from rasa.engine.recipes.recipe import Recipe
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.training.graph_trainer import GraphTrainer
from rasa.shared.data import TrainingType
from rasa.shared.importers.importer import E2EImporter, ResponsesSyncImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.training.importer import FaqImporter


class _UncachedExamples(TrainingData):
    """The examples without the fingerprint under which Rasa would look for trained parts."""

    def fingerprint(self) -> str:
        """One for all: nothing is looked up."""
        return "not looked up"


class _OnceRead(E2EImporter):
    """What `rasa train` puts around an importer, but for the messages of end-to-end stories, of which there are none."""

    def __init__(self, files: FaqImporter) -> None:
        super().__init__(ResponsesSyncImporter(files))
        self._files = files

    @cached_method
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The examples, as they were read."""
        read = self._files.get_nlu_data(language)
        kept = _UncachedExamples()
        kept.__dict__.update(read.__dict__)
        return kept


class _NoCache(TrainingCache):
    """Keeps nothing and finds nothing."""

    def cache_output(self, *args: Any, **kwargs: Any) -> None:
        """Forget it."""

    def get_cached_output_fingerprint(self, fingerprint_key: str) -> str | None:
        """Nothing was kept."""
        return None

    def get_cached_result(self, *args: Any, **kwargs: Any) -> None:
        """Nothing was kept."""


def fit(root: Path, model: Path) -> None:
    """Train from the files under ``root`` and write the archive ``model`` (.tar.gz); raises what Rasa raises."""
    config, domain = str(root / "config.yml"), str(root / "domain.yml")
    importer = _OnceRead(FaqImporter(config, domain, [str(root / "data")]))
    written = importer.get_config()
    recipe = Recipe.recipe_for_name(written.get("recipe"))
    configuration = recipe.graph_config_for_recipe(written, {}, training_type=TrainingType.BOTH)
    with tempfile.TemporaryDirectory(prefix="bot-train-") as parts:
        trainer = GraphTrainer(LocalModelStorage(Path(parts)), _NoCache(), DaskGraphRunner)
        trainer.train(configuration, importer, model, force_retraining=True)
