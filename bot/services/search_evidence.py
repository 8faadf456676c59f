"""What speaks for each topic, given what was typed: kinds of evidence with their strength, and their sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from bot.services.search_index import SearchIndex
from bot.services.search_text import count_han, is_han, letters_only, scripts, tokens

Reason = Literal["initials", "words", "meaning", "text"]
Kind = Literal["phrase", "example", "mention", "meaning", "text"]
Strength = npt.NDArray[np.float64]
Ranking = Sequence[tuple[str, float]]

# What each kind is worth where it is as good as it can be, in hundredths.
_PHRASE, _EXAMPLE, _MENTION, _MEANING, _TEXT, _FIGURE = 90, 50, 15, 90, 45, 70
# So many Chinese characters are understood as well as a long sentence.
_ENOUGH = 4
# Several words that stand apart are worth less than one phrase, in hundredths.
_APART = 95
# What is longer than these many words or characters is no list of keywords but a sentence, for the model to understand.
_MOST_TOKENS, _LONGEST_LIST = 6, 12
# What stands in the texts of all topics tells only which of them speaks of it most, in hundredths.
_COMMON = 15
# The model's confidence is shared out among what can be found, but grows no more than so many times.
_RAISED = 4
# It is surer of its first guess than a list should be: second and third guesses are lifted by this power.
_FLATTER = 1 / 3
_TINY = 1e-12


@dataclass(frozen=True)
class Evidence:
    """One kind of evidence: its strength for every subject, by number, from 0 to 1; ``matched`` tells what matched."""

    kind: Kind
    reason: Reason
    strength: Strength
    matched: Callable[[int], str]


def looked_up(folded: str, index: SearchIndex, bare: str) -> Iterator[Evidence]:
    """What the characters and sounds of a query are found in, with the places it names and without them (``bare``).

    A place by itself stands in examples of every topic, and tells nothing.
    """
    for text in dict.fromkeys(filter(None, (folded, bare))):
        reason: Reason = "words" if is_han(text) or any(map(str.isdigit, text)) else "initials"
        phrases = _in_phrases(text, index, reason)
        yield phrases
        yield _in_texts(text, index)
        if bare:
            yield _in_examples(text, index)
        if bare and reason == "initials" and len(letters_only(text)) > 1:
            yield _in_mentions(text, index, phrases)


def is_sentence(folded: str, index: SearchIndex) -> bool:
    """Whether a query is enough for the model: two Chinese characters or two words; pinyin needs no space between them."""
    return count_han(folded) > 1 or len(tokens(folded)) > 1 or index.length(folded) >= _ENOUGH


def understood(ranking: Ranking, folded: str, index: SearchIndex) -> Evidence:
    """What the model makes of it, with the nearest example of each topic.

    What it takes for small talk or a foreign matter may be meant for a topic after all, if hardly.
    """
    shares = np.zeros(len(index.subjects))
    for name, share in ranking:
        if name in index.number:
            shares[index.number[name]] = share
    total = max(float(shares.sum()), _TINY)
    worth = _MEANING / 100 * min(1, (index.length(folded) + 1) / (_ENOUGH + 1))
    nearest = index.examples.nearest(folded)
    return Evidence(
        "meaning",
        "meaning",
        worth * (min(1, _RAISED * total) * shares / total) ** _FLATTER,
        lambda number: index.examples.written(nearest.examples[number]),
    )


def summed(found: Sequence[Evidence], index: SearchIndex) -> Strength:
    """All evidence together: kinds add up as independent reasons do, of one kind the best counts."""
    doubt = np.ones(len(index.subjects))
    for kind in get_args(Kind):
        same = [evidence.strength for evidence in found if evidence.kind == kind]
        if same:
            doubt *= 1 - np.maximum.reduce(same)
    return 1 - doubt


def _in_phrases(text: str, index: SearchIndex, reason: Reason) -> Evidence:
    best = index.phrases.find(text)
    fit = best.fit
    parts = scripts(text)
    if 1 < len(parts) <= _MOST_TOKENS and index.length(text) <= _LONGEST_LIST:
        fit = np.maximum(fit, _apart(parts, index))
    matched = lambda number: index.phrases.shown(best.texts[number]) if best.fit[number] else ""  # noqa: E731
    return Evidence("phrase", reason, _PHRASE / 100 * fit, matched)


def _apart(parts: Sequence[str], index: SearchIndex) -> Strength:
    """How well the parts of a text fit each for itself, by how much of the text they are."""
    whole = sum(map(len, parts))
    fits = [index.phrases.find(part).fit * len(part) / whole for part in parts]
    return np.asarray(np.sum(fits, axis=0) * _APART / 100)


def _in_examples(text: str, index: SearchIndex) -> Evidence:
    nearest = index.examples.nearest(text)
    return Evidence(
        "example",
        "words",
        _EXAMPLE / 100 * nearest.likeness.astype(np.float64) ** 2,
        lambda number: index.examples.written(nearest.examples[number]),
    )


def _in_mentions(text: str, index: SearchIndex, phrases: Evidence) -> Evidence:
    """The topics whose examples speak of it most. Initials alone decide only between topics that were found anyway."""
    mentions = index.examples.mentions(letters_only(text))
    share = np.where(phrases.strength > 0, mentions.share, mentions.telling)
    most = max(float(share.max()), _TINY)
    return Evidence(
        "mention",
        "initials",
        _MENTION / 100 * share / most,
        lambda number: index.examples.written(mentions.examples[number]),
    )


def _in_texts(text: str, index: SearchIndex) -> Evidence:
    """The topics in whose texts all parts of the query stand; the rarer the parts, the stronger."""
    parts = tokens(text)
    found = [index.passages.find(part) for part in parts] if 0 < len(parts) <= _MOST_TOKENS else []
    strengths = [
        _rarity(p.worth) * _worth(part) / 100 * p.worth for p, part in zip(found, parts, strict=False)
    ]
    each = np.array(strengths or [np.zeros(len(index.subjects))])
    strength = np.where(each.min(axis=0) > 0, each.max(axis=0), 0)
    matched = lambda number: index.passages.snippet(found[int(each[:, number].argmax())], number)  # noqa: E731
    return Evidence("text", "text", strength, matched)


def _rarity(worth: Strength) -> float:
    """1 for what stands in the texts of one topic alone, next to nothing for what stands in all of them."""
    rarity = 1 - float(np.log(max(1, np.count_nonzero(worth))) / np.log(len(worth)))
    return max(rarity, _COMMON / 100)


def _worth(keyword: str) -> int:
    return _FIGURE if keyword[0].isdigit() else _TEXT
