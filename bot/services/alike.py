"""Examples that say about the same, word by word or nearly: by their characters, by their sounds, and by the encoder."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bot.services.drafts import Near
from bot.services.search_grams import GramIndex
from bot.services.search_text import fold, is_han, merged, pieces, sound

Examples = Mapping[str, Sequence[str]]
Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]

# From this likeness on, in hundredths, two examples are called near duplicates; docs/understanding.md has the table.
NEAR = 64
# From this one on inside one intent, an example teaches nothing that the others do not.
KNOWN = 85
# So many candidates by their characters are compared by the encoder, which takes 2 ms for each.
_CANDIDATES = 12
# The three likenesses are weighted in hundredths: characters, sounds, meaning.
_CHARACTERS, _SOUNDS, _MEANING = 25, 25, 50
# Vectors kept: twice the examples there are, of 1 KB each.
_KEPT = 20_000
_LETTERS = 3
# Words around a question that tell nothing about it.
_COURTESY = re.compile(
    r"请问|您好|你好|麻烦|谢谢|老师|咨询|想问|问一下|问下|一下|hello|please|thanks|thank you", re.IGNORECASE
)


@dataclass(frozen=True)
class Pair:
    """Two examples of different intents that say about the same."""

    text: str
    label: str
    other: str
    other_label: str
    similarity: float


class Alike:
    """The nearest examples of a text. ``examples`` gives the same object for as long as the file stays as it is."""

    def __init__(self, examples: Callable[[], Examples], encode: Encode, threshold: int = NEAR) -> None:
        self._examples = examples
        self._encode = encode
        self._threshold = threshold / 100
        self._index: _Index | None = None
        self._made_of: Examples | None = None
        self._lock = threading.Lock()

    def near(
        self, text: str, label: str | None = None, limit: int = 5, *, threshold: float | None = None
    ) -> tuple[Near, ...]:
        """Near duplicates of a text in the other intents than ``label``, the nearest first."""
        found = self._current().near(text, threshold or self._threshold)
        return tuple(near for near in found if near.label != label)[:limit]

    def known(self, text: str, label: str, threshold: float | None = None) -> tuple[Near, ...]:
        """What the intent itself has that is so near that a text teaches it nothing."""
        found = self._current().near(text, threshold or KNOWN / 100)
        return tuple(near for near in found if near.label == label)

    def pairs(self, threshold: float | None = None, label: str | None = None) -> tuple[Pair, ...]:
        """All near duplicates in different intents, or those of one; for all of ten thousand it takes some minutes."""
        index = self._current()
        found: dict[frozenset[tuple[str, str]], Pair] = {}
        for one, texts in index.examples.items():
            for text in texts if label in (None, one) else ():
                for near in index.near(text, threshold or self._threshold):
                    if near.label != one:
                        key = frozenset(((one, text), (near.label, near.text)))
                        found.setdefault(key, Pair(text, one, near.text, near.label, near.similarity))
        return tuple(sorted(found.values(), key=lambda pair: (-pair.similarity, pair.text, pair.other)))

    def prepare(self) -> None:
        """Make the index, so that the first look does not wait for it."""
        self._current()

    def _current(self) -> _Index:
        examples = self._examples()
        with self._lock:
            if self._index is None or examples is not self._made_of:
                kept = self._index.vectors if self._index is not None else _Vectors(self._encode)
                self._index, self._made_of = _Index(examples, kept), examples
            return self._index


class _Vectors:
    """The encoder's vectors of texts, each worked out once."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._known: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, of length 1."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            if len(self._known) + len(new) > _KEPT:
                self._known, new = {}, list(dict.fromkeys(texts))
            if new:
                rows = np.asarray(self._encode(new), dtype=np.float32)
                rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
                self._known.update(zip(new, rows.astype(np.float16), strict=True))
            return np.asarray([self._known[text] for text in texts], dtype=np.float32)


class _Index:
    """The examples of one state, by their characters and sounds."""

    def __init__(self, examples: Examples, vectors: _Vectors) -> None:
        self.examples = examples
        self.vectors = vectors
        self._all = [(label, text) for label, texts in examples.items() for text in texts]
        self._plain = [_plain(text) for _, text in self._all]
        self._by_character = GramIndex([_characters(text) for text in self._plain])
        self._by_sound = GramIndex([_heard(text) for text in self._plain])

    def near(self, text: str, threshold: float) -> list[Near]:
        """Every example at least so near, the nearest first."""
        if not self._all:
            return []
        plain = _plain(text)
        written = self._by_character.alike(_characters(plain))
        heard = self._by_sound.alike(_heard(plain))
        both = written * _CHARACTERS + heard * _SOUNDS
        best = np.argsort(-both, kind="stable")[:_CANDIDATES]
        vectors = self.vectors.of([plain, *(self._plain[number] for number in best)])
        meaning = np.clip(vectors[1:] @ vectors[0], 0, 1)
        likeness = (both[best] + meaning * _MEANING) / 100
        order = np.argsort(-likeness, kind="stable")
        return [
            Near(self._all[best[n]][1], self._all[best[n]][0], round(float(likeness[n]), 3))
            for n in order
            if likeness[n] >= threshold
        ]


@lru_cache(maxsize=_KEPT)
def _plain(text: str) -> str:
    """A text in one script and width, without courtesies; itself where nothing else is left."""
    folded = fold(text)
    bare = _COURTESY.sub(" ", folded)
    return " ".join((bare if pieces(bare) else folded).split())


@lru_cache(maxsize=_KEPT)
def _characters(text: str) -> tuple[str, ...]:
    """Characters by themselves and in pairs; of Latin words the runs of three letters."""
    found = pieces(text)
    han = [piece for piece in found if is_han(piece) or piece.isdigit()]
    latin = "".join(piece for piece in found if piece.isascii() and piece.isalpha())
    return (*han, *_pairs(han), *(latin[n : n + _LETTERS] for n in range(len(latin) - _LETTERS + 1)))


@lru_cache(maxsize=_KEPT)
def _heard(text: str) -> tuple[str, ...]:
    """The sounds by themselves and in pairs: a typo by sound has the same ones."""
    heard = [merged(sound(piece)) if is_han(piece) else piece for piece in pieces(text)]
    return (*heard, *_pairs(heard))


def _pairs(found: Iterable[str]) -> list[str]:
    return [f"{a} {b}" for a, b in itertools.pairwise(found)]
