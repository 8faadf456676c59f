"""Merging two edits: what one person alone changed is kept whole, what both changed is a conflict, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.services.drafts import AnswerDraft, TopicDraft, as_json, from_json, marks_of, version_of
from bot.services.edit_merge import merge

DAY = date(2026, 11, 22)
WORDS = st.sampled_from(["甲", "乙", "丙", "丁"])
ANSWERS = st.lists(
    st.builds(AnswerDraft, st.sampled_from(["通用", "淮安", "南京"]), WORDS, st.just(("yunnan-1",)), st.just(DAY)),
    max_size=3, unique_by=lambda answer: answer.key,
).map(tuple)  # fmt: skip
EXAMPLES = st.lists(st.sampled_from("一二三四五六"), max_size=5, unique=True).map(tuple)
DRAFTS = st.builds(TopicDraft, st.just("a"), WORDS, st.just(()), ANSWERS, EXAMPLES)


def merged(mine: TopicDraft, theirs: TopicDraft, base: TopicDraft) -> tuple[TopicDraft, tuple[str, ...]]:
    found, conflicts = merge(mine, theirs, marks_of(version_of(base)))
    return replace(found, version=""), conflicts


@given(DRAFTS, DRAFTS)
def test_what_one_person_alone_changed_is_kept_whole(base: TopicDraft, changed: TopicDraft) -> None:
    assert merged(changed, base, base) == (changed, ())
    assert merged(base, changed, base) == (changed, ())
    assert merged(changed, changed, base) == (changed, ())


@given(DRAFTS, DRAFTS, DRAFTS)
def test_a_part_is_in_conflict_just_where_both_changed_it_to_something_else(
    base: TopicDraft, mine: TopicDraft, theirs: TopicDraft
) -> None:
    _, conflicts = merged(mine, theirs, base)
    for part in {"head", *(a.key for draft in (base, mine, theirs) for a in draft.answers)}:
        was, ours, others = (_part(draft, part) for draft in (base, mine, theirs))
        assert (part in conflicts) == (len({ours, others}) == 2 and was not in (ours, others))


@given(DRAFTS, DRAFTS, DRAFTS)
def test_no_example_that_somebody_added_is_lost_and_none_taken_away_comes_back(
    base: TopicDraft, mine: TopicDraft, theirs: TopicDraft
) -> None:
    found = merged(mine, theirs, base)[0].examples
    was, ours, others = (set(draft.examples) for draft in (base, mine, theirs))
    assert set(found) == (was & ours & others) | (ours - was) | (others - was)
    assert len(found) == len(set(found))


@given(DRAFTS)
def test_a_draft_comes_back_from_the_database_as_it_was(draft: TopicDraft) -> None:
    kept = from_json(as_json(draft))
    assert kept == replace(draft, version=version_of(draft))


def _part(draft: TopicDraft, part: str) -> object:
    if part == "head":
        return draft.question, draft.about
    return next((answer for answer in draft.answers if answer.key == part), None)
