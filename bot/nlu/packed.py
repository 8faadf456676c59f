"""A symmetric positive definite system that keeps only half of its matrix in memory.

LAPACK's rectangular full packed format (``spftrf`` and its kin): as fast as the full matrix at half the memory, which
is what lets the classifier learn from every example at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import lapack

_FORMAT = {"transr": "N", "uplo": "L"}
_BLOCK = 512


class PackedSystem:
    """Filled row by row with :meth:`set_row`, then factored once; ``size`` is the number of rows."""

    def __init__(self, size: int) -> None:
        self._size = size
        # The packed layout is simplest for an even number of rows; an odd one gets a row of the identity.
        self._even = size + size % 2
        self._half = self._even // 2
        self._packed: Any = np.zeros((self._even + 1, self._half), dtype=np.float32, order="F")
        if self._even != size:
            self._packed[self._half - 1, self._half - 1] = 1

    def columns_of(self, start: int, end: int) -> tuple[int, int]:
        """The columns, from the first to before the last, that the rows from ``start`` to before ``end`` need."""
        if start >= self._half:
            return self._half, end
        return start, self._size

    def set_row(self, number: int, row: np.ndarray, first: int = 0) -> None:
        """Set one row of the symmetric matrix; ``row`` holds its columns from ``first`` on."""
        if number < self._half:
            self._packed[number + 1 : self._size + 1, number] = row[number - first :]
        else:
            column = number - self._half
            self._packed[: column + 1, column] = row[self._half - first : number + 1 - first]

    def factor(self) -> None:
        """Replace the matrix by its Cholesky factor; raises ``ValueError`` where it is not positive definite."""
        packed = self._packed.ravel(order="F")
        self._packed, failed = lapack.spftrf(self._even, packed, overwrite_a=1, **_FORMAT)
        if failed:
            raise ValueError(f"the matrix is not positive definite (LAPACK spftrf: {failed})")

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The solution for right-hand sides of shape (size, n)."""
        padded = np.zeros((self._even, right.shape[1]), dtype=np.float32, order="F")
        padded[: self._size] = right
        found, _ = lapack.spftrs(self._even, self._packed, padded, overwrite_b=1, **_FORMAT)
        return np.asarray(found[: self._size])

    def inverse_diagonal(self, wanted: np.ndarray) -> np.ndarray:
        """The entries of the inverse's diagonal at the given rows."""
        found = np.empty(len(wanted), dtype=np.float32)
        for start in range(0, len(wanted), _BLOCK):
            columns = wanted[start : start + _BLOCK]
            units = np.zeros((self._even, len(columns)), dtype=np.float32, order="F")
            units[columns, np.arange(len(columns))] = 1
            solved = lapack.stfsm(1.0, self._packed, units, side="L", overwrite_b=1, **_FORMAT)
            found[start : start + _BLOCK] = np.einsum("ij,ij->j", solved, solved)
        return found
