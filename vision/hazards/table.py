"""Rows of figures kept column by column: what a rule knows of all the places of its zone.

A rule asks for one figure of all places at once, a few dozen times a look, while places come and go once in a while.
Each column lies side by side for that, and columns of one kind share a block, so that rows come and go in a few copies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Layout:
    """The columns of tables, as a structured dtype of float64, int64, bool, and fields of several values."""

    def __init__(self, columns: np.dtype[np.void]) -> None:
        self.columns = columns
        names = columns.names or ()
        self.floats = [name for name in names if columns[name] == np.float64]
        self.whole = [name for name in names if columns[name] == np.int64]
        self.flags = [name for name in names if columns[name] == np.bool_]
        self.wide = [name for name in names if columns[name].shape]
        known = {*self.floats, *self.whole, *self.flags, *self.wide}
        if odd := [name for name in names if name not in known]:
            raise ValueError(f"columns must be float64, int64, bool or have a shape, got {', '.join(odd)}")

    def zeros(self, rows: int) -> Table:
        wide = [np.zeros((rows, *self.columns[name].shape), self.columns[name].base) for name in self.wide]
        floats, whole = np.zeros((len(self.floats), rows)), np.zeros((len(self.whole), rows), np.int64)
        return Table(self, [floats, whole, np.zeros((len(self.flags), rows), np.bool_), *wide])


class Table:
    """`table[name]` is a column, to be read and written in place; `len(table)` is how many rows there are."""

    __slots__ = ("_blocks", "_columns", "_layout")

    def __init__(self, layout: Layout, blocks: list[NDArray[Any]]) -> None:
        self._layout, self._blocks = layout, blocks
        floats, whole, flags, *wide = blocks
        self._columns: dict[str, NDArray[Any]] = dict(zip(layout.floats, floats, strict=True))
        self._columns.update(zip(layout.whole, whole, strict=True))
        self._columns.update(zip(layout.flags, flags, strict=True))
        self._columns.update(zip(layout.wide, wide, strict=True))

    def __len__(self) -> int:
        return int(self._blocks[0].shape[1])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __setitem__(self, name: str, values: object) -> None:
        column = self._columns[name]
        if values is not column:  # as it is after `table[name] += 1`
            column[...] = values

    def take(self, rows: NDArray[np.intp]) -> Table:
        """A copy of those rows."""
        blocks = [block.take(rows, axis=1) for block in self._blocks[:3]]
        return Table(self._layout, blocks + [block.take(rows, axis=0) for block in self._blocks[3:]])

    def joined(self, other: Table) -> Table:
        """A copy of these rows and those of another of the same layout below them."""
        pairs = list(zip(self._blocks, other._blocks, strict=True))
        blocks = [np.concatenate(pair, axis=1) for pair in pairs[:3]]
        return Table(self._layout, blocks + [np.concatenate(pair) for pair in pairs[3:]])

    def row(self, at: int) -> dict[str, Any]:
        """One row by name, copied."""
        return {name: column[at].copy() for name, column in self._columns.items()}
