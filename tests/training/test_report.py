"""The evaluation page: self-contained, escaped, with its three pictures."""

from __future__ import annotations

from bot.training.compare import compare
from bot.training.evaluate import Outcome
from bot.training.measures import scores
from bot.training.questions import Question
from bot.training.report import Evaluation, html

OUTCOMES = [
    Outcome(Question("<script>alert(1)</script>", "faq/a", "plain"), [("faq/b", 0.9), ("faq/a", 0.1)]),
    Outcome(Question("怎么备案", "faq/b", "typo"), [("faq/b", 0.8), ("decline/x", 0.2)]),
    Outcome(Question("天气", "decline/x", "plain"), [("decline/x", 1.0)]),
]


def page() -> str:
    """A page with everything on it."""
    found = Evaluation(
        model="model.tar.gz",
        outcomes=OUTCOMES,
        groups={"all": scores(OUTCOMES)},
        entities={},
        crossed=OUTCOMES,
        comparison=compare(OUTCOMES, OUTCOMES),
        compared_with="older.tar.gz",
    )
    return html(found)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    written = page()
    assert written.count("<svg") == 3
    assert not any(mark in written for mark in ('src="', "<link", "@import", "url(http"))


def test_what_people_wrote_is_text_and_not_markup() -> None:
    written = page()
    assert "<script>alert" not in written
    assert "&lt;script&gt;alert" in written


def test_the_page_says_against_which_model_it_compares_and_what_was_cross_validated() -> None:
    written = page()
    assert "Against older.tar.gz" in written
    assert "Cross-validation" in written
