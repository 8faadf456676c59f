"""Phrases are found by any fragment of their characters, sounds and initials."""

from __future__ import annotations

import numpy as np
import pytest

from bot.services.search_phrases import Alphabet, Phrase, Phrases

TEXTS = ("备案材料", "查备案", "医保局", "报销比例", "用app办", "重庆银行")


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    """A few phrases, each for an owner of its own."""
    spelled = [(text, Phrase(text, number)) for number, text in enumerate(TEXTS)]
    return Phrases(spelled, Alphabet(TEXTS))


def found(phrases: Phrases, token: str) -> list[str]:
    """The phrases with the token, best first."""
    best = phrases.find(token)
    order = np.argsort(-best.fit, kind="stable")
    return [phrases.shown(best.texts[n]) for n in order if best.fit[n] > 0]


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        ("备案", ["备案材料", "查备案"]),
        ("案材", ["备案材料"]),
        ("bacl", ["备案材料"]),
        ("bac", ["备案材料"]),
        ("beiancailiao", ["备案材料"]),
        ("beiancl", ["备案材料"]),
        ("bacailiao", ["备案材料"]),
        ("beianca", ["备案材料"]),
        ("beia", ["备案材料", "查备案"]),
        ("cba", ["查备案"]),
        ("ybj", ["医保局"]),
        ("备an材", ["备案材料"]),
        ("备按才", ["备案材料"]),
        ("yapp", ["用app办"]),
        ("app", ["用app办"]),
        ("cq", ["重庆银行"]),
        ("chongqing", ["重庆银行"]),
        ("zq", ["重庆银行"]),
        ("yh", ["重庆银行"]),
        ("材备", []),
        ("料查", []),
        ("clc", []),
        ("xx", []),
        ("", []),
        ("。", []),
    ],
)
def test_a_fragment_finds_its_phrases(phrases: Phrases, token: str, wanted: list[str]) -> None:
    assert found(phrases, token) == wanted


def test_the_whole_fits_better_than_the_beginning_and_that_better_than_the_middle(phrases: Phrases) -> None:
    fits = [phrases.find(token).fit[0] for token in ("备案材料", "备案", "材料")]
    assert fits == sorted(fits, reverse=True)
    assert fits[0] == 1
    assert len(set(fits)) == 3


def test_the_right_characters_fit_better_than_their_sound(phrases: Phrases) -> None:
    fits = [phrases.find(token).fit[0] for token in ("备案", "备按", "背按")]
    assert fits == sorted(fits, reverse=True)
    assert len(set(fits)) == 3


def test_initials_come_before_a_syllable_that_is_only_begun() -> None:
    texts = ("报销", "备案材料")
    made = Phrases([(t, Phrase(t, n)) for n, t in enumerate(texts)], Alphabet(texts))
    assert found(made, "ba") == ["备案材料", "报销"]
    assert found(made, "bao") == ["报销"]


def test_a_phrase_of_less_weight_comes_later() -> None:
    spelled = [("备案", Phrase("备案", 0, 80)), ("备案", Phrase("备案", 1))]
    assert np.argmax(Phrases(spelled, Alphabet(["备案"])).find("备案").fit) == 1


def test_an_owner_shows_the_best_of_its_phrases() -> None:
    spelled = [("怎么备案", Phrase("怎么备案", 0)), ("备案", Phrase("备案", 0)), ("电话", Phrase("电话", 1))]
    made = Phrases(spelled, Alphabet([text for text, _ in spelled]))
    assert found(made, "备案") == ["备案"]
    assert found(made, "怎么") == ["怎么备案"]


def test_a_very_long_word_takes_no_time(phrases: Phrases) -> None:
    assert found(phrases, "beian" * 40) == []
    assert found(phrases, "b" * 200) == []
