"""Places and personal facts as entities: a spaCy ruler for the gazetteer, the phrase table of bot.text for the rest."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.places import load_places
from bot.nlu.normalise import simplify
from bot.nlu.place_ruler import PlaceRuler
from bot.text.reading import read

_PLACES = "places.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class FactExtractor(GraphComponent, EntityExtractorMixin):
    """Sets entities: ``place`` with the role insured or care, and one entity per fact of :mod:`bot.text.reading`."""

    def __init__(self, names: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """``names`` holds the ``divisions`` and ``aliases`` of a :class:`PlaceRuler`."""
        self._names = names
        self._storage = storage
        self._resource = resource
        self._ruler = _ruler(json.dumps(names, ensure_ascii=False))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings."""
        return {
            # The folder with places.yml and divisions.yml.
            "knowledge": "knowledge",
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FactExtractor:
        """Make the component for training, with the gazetteer of the project."""
        places = load_places(Path(config["knowledge"]))
        aliases = {alias: p.area.path for p in places.by_id.values() for alias in p.aliases}
        divisions = {
            province: {city: list(districts) for city, districts in cities.items()}
            for province, cities in places.divisions.items()
        }
        return cls({"divisions": divisions, "aliases": aliases}, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FactExtractor:
        """Make the component of a trained model."""
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / _PLACES).read_text(encoding="utf-8"))
        return cls(names, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing to learn; the model keeps the gazetteer it was trained with."""
        with self._storage.write_to(self._resource) as folder:
            (folder / _PLACES).write_text(json.dumps(self._names, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities to each message."""
        for message in messages:
            found = [*message.get(ENTITIES, []), *self.extract(message.get(TEXT) or "")]
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def extract(self, text: str) -> list[dict[str, Any]]:
        """The entities of a text, as Rasa writes them."""
        plain = simplify(text)
        places = self._ruler.find(plain)
        entities: list[dict[str, Any]] = []
        for place in places:
            entity = {"entity": "place", "value": place.path, "start": place.start, "end": place.end}
            if place.role:
                entity |= {"role": place.role}
            entities.append({**entity, "deduced": True} if place.deduced else entity)
        for reading in read(plain):
            entity = {"entity": reading.fact, "value": reading.value}
            entities.append({**entity, "start": reading.start, "end": reading.end})
        return [{**entity, "extractor": type(self).__name__} for entity in entities]


@lru_cache(maxsize=2)
def _ruler(names: str) -> PlaceRuler:
    """The ruler of a gazetteer, written as JSON; a model with the same one as the model before it takes no time."""
    read_names = json.loads(names)
    return PlaceRuler(read_names["divisions"], read_names["aliases"])
