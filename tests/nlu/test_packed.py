"""The packed system solves what a full matrix solves, for even and odd sizes."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.packed import PackedSystem


def _matrix(size: int) -> np.ndarray:
    draw = np.random.default_rng(size).standard_normal((size, 7)).astype(np.float32)
    return draw @ draw.T + np.eye(size, dtype=np.float32)


def _packed(matrix: np.ndarray) -> PackedSystem:
    system = PackedSystem(len(matrix))
    for number, row in enumerate(matrix):
        first, last = system.columns_of(number, number + 1)
        system.set_row(number, row[first:last], first)
    system.factor()
    return system


@pytest.mark.parametrize("size", [2, 3, 8, 41, 600])
def test_it_solves_and_inverts_like_the_full_matrix(size: int) -> None:
    matrix = _matrix(size)
    system, right = _packed(matrix), np.ones((size, 3), dtype=np.float32)
    assert np.allclose(system.solve(right), np.linalg.solve(matrix, right), atol=1e-3)
    wanted = np.arange(0, size, 2)
    assert np.allclose(system.inverse_diagonal(wanted), np.diag(np.linalg.inv(matrix))[wanted], atol=1e-3)


def test_a_matrix_that_is_not_positive_definite_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive definite"):
        _packed(-np.eye(4, dtype=np.float32))
