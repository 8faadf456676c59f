"""Rasa's file importer, with the FAQ's topics known to the domain.

Rasa wants a response for every retrieval intent; ours are answered from knowledge/faq.md at run time, so that a new
topic needs no line in domain.yml. The importer writes each topic's canonical question there instead.
"""

from __future__ import annotations

from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.knowledge.faq import load_faq


class FaqImporter(RasaFileImporter):
    """Named under ``importers`` in config.yml; reads ``knowledge/faq.md`` beside it."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The examples, which are Chinese whatever language Rasa asks for."""
        return self._examples()

    @cached_method
    def _examples(self) -> TrainingData:
        """Rasa asks for the examples several times over, and reading them takes seconds."""
        return super().get_nlu_data("zh")

    @cached_method
    def get_domain(self) -> Domain:
        """The domain of domain.yml plus one response per FAQ topic."""
        domain: Domain = super().get_domain()
        if domain.is_empty() or self.config_file is None:
            return domain
        faq = load_faq(Path(self.config_file).parent / "knowledge" / "faq.md")
        responses = {f"utter_faq/{topic.id}": [{"text": topic.question}] for topic in faq.values()}
        return domain.merge(Domain.from_dict({"responses": responses}))
