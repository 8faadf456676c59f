"""The figures of an evaluation, on outcomes whose figures can be counted by hand."""

from __future__ import annotations

import itertools

import pytest

from bot.training.compare import compare
from bot.training.evaluate import Outcome, evaluate
from bot.training.measures import (
    by_topic_f1,
    calibration,
    confusions,
    declining,
    entity_scores,
    grouped,
    scores,
    sure_and_wrong,
    threshold_curve,
)
from bot.training.questions import Question, Told


def outcome(
    topic: str, *ranking: tuple[str, float], also: tuple[str, ...] = (), style: str = "plain"
) -> Outcome:
    """What a model made of a question named after its topic."""
    return Outcome(Question(f"问{topic}", topic, style, also), ranking)


RIGHT = outcome("faq/a", ("faq/a", 0.9), ("decline/x", 0.1))
THIRD = outcome("faq/a", ("faq/b", 0.5), ("faq/c", 0.3), ("faq/a", 0.2), style="typo")
AS_WELL = outcome("faq/b", ("faq/c", 0.8), ("faq/b", 0.2), also=("faq/c",))
DECLINED = outcome("decline/x", ("decline/y", 0.7), ("decline/x", 0.2), ("faq/a", 0.1))
WRONGLY = outcome("faq/c", ("decline/x", 0.8), ("faq/c", 0.2))
ALL = [RIGHT, THIRD, AS_WELL, DECLINED, WRONGLY]


def test_the_first_and_the_first_three_are_counted_and_other_right_labels_accepted() -> None:
    found = scores(ALL)
    assert found.questions == 5
    assert found.top1 == pytest.approx(2 / 5)
    assert found.top3 == pytest.approx(1)


def test_nothing_to_measure_gives_no_figure() -> None:
    assert scores([]).top1 is None


def test_f1_of_a_topic_counts_what_was_taken_for_it_by_mistake() -> None:
    f1 = by_topic_f1(ALL)
    assert f1["faq/a"] == pytest.approx(2 * 1 / (2 + 1))
    assert f1["faq/b"] == pytest.approx(2 * 1 / (1 + 2))
    assert f1["faq/c"] == 0


def test_declining_counts_any_decline_as_caught() -> None:
    found = declining(ALL)
    assert found.recall == 1
    assert found.precision == pytest.approx(1 / 2)
    assert found.wrongly == pytest.approx(1 / 4)
    assert found.auroc == pytest.approx(1)


def test_a_higher_threshold_never_declines_more() -> None:
    curve = threshold_curve(ALL)
    assert all(later[1] <= earlier[1] for earlier, later in itertools.pairwise(curve))
    assert all(later[2] <= earlier[2] for earlier, later in itertools.pairwise(curve))


def test_a_model_that_is_right_as_often_as_it_says_is_calibrated() -> None:
    honest = [outcome("faq/a", ("faq/a", 0.8)) for _ in range(8)] + [
        outcome("faq/a", ("faq/b", 0.8)) for _ in range(2)
    ]
    assert calibration(honest)[0] == pytest.approx(0)
    boastful = [outcome("faq/a", ("faq/b", 0.9))]
    assert calibration(boastful)[0] == pytest.approx(0.9)


def test_confusions_name_the_sentences_behind_them() -> None:
    assert ("faq/a", "faq/b", ["问faq/a"]) in confusions(ALL)


def test_only_what_is_wrong_without_a_doubt_is_listed_the_surest_first() -> None:
    asked_back = Outcome(WRONGLY.question, WRONGLY.ranking, asks_back=True)
    assert sure_and_wrong([*ALL, asked_back]) == [WRONGLY, DECLINED]


def test_groups_have_their_own_scores() -> None:
    assert {name: s.questions for name, s in grouped(ALL, lambda o: o.question.style).items()} == {
        "plain": 4,
        "typo": 1,
    }


def test_facts_count_only_with_their_value() -> None:
    told = [Told("退休了，在上海", {"status": "retired", "care_place": "上海"}), Told("你好", {})]
    answers = {"退休了，在上海": {"status": "retired", "care_place": "北京"}, "你好": {"status": "employed"}}
    found = entity_scores(told, lambda text: answers[text])
    assert found["status"].recall == 1
    assert found["status"].precision == pytest.approx(1 / 2)
    assert found["care_place"].f1 == 0
    assert found["all"].precision == pytest.approx(1 / 3)


def test_two_models_are_set_side_by_side() -> None:
    def changed(old: Outcome, *ranking: tuple[str, float]) -> Outcome:
        return Outcome(old.question, ranking)

    after = [
        changed(RIGHT, ("faq/b", 0.9)),
        changed(THIRD, ("faq/a", 0.9)),
        AS_WELL,
        changed(DECLINED, ("faq/a", 0.9)),
        WRONGLY,
    ]
    found = compare(ALL, after)
    assert [c.after for c in found.better] == ["faq/a"]
    assert [c.before for c in found.worse] == ["faq/a"]
    assert [c.after for c in found.otherwise] == ["faq/a"]


def test_every_question_is_asked_once_and_timed() -> None:
    asked: list[str] = []

    def understand(question: Question) -> tuple[list[tuple[str, float]], bool]:
        asked.append(question.text)
        return [(question.topic, 1.0)], False

    outcomes = evaluate([o.question for o in ALL], understand)
    assert asked == [o.question.text for o in ALL]
    assert all(o.right and o.seconds >= 0 for o in outcomes)
