"""Our way into Rasa's trainer sees what `rasa train` sees: the same domain, the same stories, the same examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter

from bot.training.fitting import _OnceRead
from bot.training.importer import FaqImporter

# Rasa warns of slots without mappings and of intents that it reads twice itself, whoever asks it to read the domain.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:rasa")

ROOT = Path(__file__).parents[2]
CONFIG, DOMAIN, DATA = str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")]


@pytest.fixture(scope="module")
def ours() -> TrainingDataImporter:
    """What `python -m bot train` reads."""
    return _OnceRead(FaqImporter(CONFIG, DOMAIN, DATA))


@pytest.fixture(scope="module")
def stock() -> TrainingDataImporter:
    """What `rasa train` reads."""
    return TrainingDataImporter.load_from_config(CONFIG, DOMAIN, DATA)


def test_the_domain_is_the_same(ours: TrainingDataImporter, stock: TrainingDataImporter) -> None:
    assert ours.get_domain().fingerprint() == stock.get_domain().fingerprint()


def test_the_stories_are_the_same(ours: TrainingDataImporter, stock: TrainingDataImporter) -> None:
    assert ours.get_stories().fingerprint() == stock.get_stories().fingerprint()


def test_the_examples_are_the_same(ours: TrainingDataImporter, stock: TrainingDataImporter) -> None:
    def told(importer: TrainingDataImporter) -> list[tuple[str, str]]:
        examples = importer.get_nlu_data().intent_examples
        return [(e.get("text"), e.get_full_intent()) for e in examples if e.get("text")]

    assert told(ours) == told(stock)
    assert len(told(ours)) > 5_000
