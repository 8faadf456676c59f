"""Near duplicates: planted ones are found, the real examples are mostly left in peace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ruamel.yaml import YAML

from bot.knowledge.examples import load_examples
from bot.nlu.features import meanings
from bot.services.alike import NEAR, Alike
from tests.services.editing_desk import ROOT

PLANTED = ROOT / "tests" / "services" / "near_duplicates.yml"
LEAST_RECALL, MOST_FALSE_ALARMS = 0.9, 0.1
# Of so many real examples the false alarms are counted; each takes 25 ms.
SAMPLED = 300


@pytest.fixture(scope="module")
def examples() -> Mapping[str, list[str]]:
    """The real ones."""
    return load_examples(ROOT / "data" / "nlu.yml")


@pytest.fixture(scope="module")
def alike(examples: Mapping[str, list[str]]) -> Alike:
    """Of the real examples, with the encoder of the model."""
    return Alike(lambda: examples, meanings)


def planted() -> list[tuple[str, str]]:
    return [tuple(pair) for pair in YAML(typ="safe").load(PLANTED.read_text("utf-8"))]


def small(**examples: Sequence[str]) -> Alike:
    """Of a few examples."""
    made = {f"faq/{name}": list(texts) for name, texts in examples.items()}
    return Alike(lambda: made, meanings)


def test_fifty_planted_duplicates_are_found_and_few_real_examples_called_so(
    alike: Alike, examples: Mapping[str, list[str]]
) -> None:
    owner = {text: label for label, texts in examples.items() for text in texts}
    pairs = planted()
    assert len(pairs) == 50
    missed = [
        new for old, new in pairs if old not in {near.text for near in alike.near(new, "faq/another", 40)}
    ]
    recall = 1 - len(missed) / len(pairs)
    sample = sorted(owner)[:: len(owner) // SAMPLED][:SAMPLED]
    alarms = [text for text in sample if alike.near(text, owner[text], 1)]
    false_alarms = len(alarms) / SAMPLED
    assert recall >= LEAST_RECALL, f"recall {recall:.2f}, missed: {missed}"
    assert false_alarms <= MOST_FALSE_ALARMS, f"{false_alarms:.1%} false alarms: {alarms}"


def test_the_threshold_was_not_chosen_for_the_pairs_alone(alike: Alike) -> None:
    """Either half of the pairs passes by itself, a little below and above the threshold too."""
    for half in (planted()[::2], planted()[1::2]):
        for threshold in (NEAR - 2, NEAR + 4):
            found = [
                old in {near.text for near in alike.near(new, "", 40, threshold=threshold / 100)}
                for old, new in half
            ]
            assert sum(found) / len(half) >= LEAST_RECALL - 0.02


def test_the_nearest_stands_first_with_its_intent_and_likeness(alike: Alike) -> None:
    near = alike.near("请问什么是异地就医？", "faq/hotline")
    assert (near[0].text, near[0].label) == ("什么是异地就医？", "faq/remote_care_meaning")
    assert 0.9 < near[0].similarity <= 1
    assert [n.similarity for n in near] == sorted((n.similarity for n in near), reverse=True)


def test_examples_of_the_intent_itself_are_no_near_duplicates_but_known(alike: Alike) -> None:
    label = "faq/remote_care_meaning"
    assert all(near.label != label for near in alike.near("什么是异地就医呢？", label))
    assert alike.known("什么是异地就医呢？", label)
    assert not alike.known("停车费能报吗", label)


@pytest.mark.parametrize("text", ["", " ", "？？？", "😀", "请问", "x" * 2000, "停" * 2000])
def test_any_text_may_be_asked_about(alike: Alike, text: str) -> None:
    assert all(near.similarity <= 1.01 for near in alike.near(text, threshold=0.01))


def test_pairs_are_told_once_the_nearest_first() -> None:
    found = small(
        a=["停车费能报吗", "看牙能报吗"], b=["请问停车费能报吗", "住院押金退不退"], c=["停车费可以报吗"]
    ).pairs()
    texts = [{pair.text, pair.other} for pair in found]
    assert texts[0] == {"停车费能报吗", "请问停车费能报吗"}
    assert len(texts) == len({frozenset(pair) for pair in texts}) == 3
    assert small(a=["停车费能报吗"], b=["帮我查一下药店"]).pairs() == ()
    assert small().pairs() == ()


def test_examples_that_change_are_seen() -> None:
    state = {"faq/a": ["停车费能报吗"]}
    alike = Alike(lambda: state, meanings)
    assert alike.near("停车费能报吗")
    state = {"faq/a": ["帮我查一下药店"]}
    assert not alike.near("停车费能报吗")
