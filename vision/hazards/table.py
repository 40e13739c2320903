"""Rows of figures kept column by column: what a rule knows of all the places of its zone.

A rule asks for one figure of all places at once, a few dozen times a look, while places come and go once in a while.
Each column lies side by side for that, and columns of one kind share a block, with room to spare: rows that come are
written behind the others, and where some go those behind them move up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST_ROOM = 8


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
        return Table(self, [floats, whole, np.zeros((len(self.flags), rows), np.bool_)], wide)


class Table:
    """`table[name]` is a column, to be read and written in place; `len(table)` is how many rows there are. Columns that
    were asked for before `keep` or `append` are not to be used after it."""

    __slots__ = ("_columns", "_layout", "_narrow", "_rows", "_wide")

    def __init__(self, layout: Layout, narrow: list[NDArray[Any]], wide: list[NDArray[Any]]) -> None:
        """Blocks (columns, rows) of floats, whole numbers and flags, and one (rows, ...) for each wide column."""
        self._layout, self._narrow, self._wide = layout, narrow, wide
        self._show(narrow[0].shape[1])

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __setitem__(self, name: str, values: object) -> None:
        column = self._columns[name]
        if values is not column:  # as it is after `table[name] += 1`
            column[...] = values

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Those rows alone, which are in order."""
        stay = int(np.count_nonzero(rows == np.arange(len(rows))))  # they are the first ones, and do not move
        moved, to = rows[stay:], slice(stay, len(rows))
        for block in self._narrow:
            block[:, to] = block.take(moved, axis=1)
        for column in self._wide:
            column[to] = column.take(moved, axis=0)
        self._show(len(rows))

    def append(self, row: Table, count: int) -> None:
        """So many copies of the one row of another table of the same layout, below the others."""
        rows = self._rows + count
        if rows > self._narrow[0].shape[1]:
            self._make_room(rows)
        for block, one in zip(self._narrow, row._narrow, strict=True):
            block[:, self._rows : rows] = one
        for column, one in zip(self._wide, row._wide, strict=True):
            column[self._rows : rows] = one
        self._show(rows)

    def row(self, at: int) -> dict[str, Any]:
        """One row by name, copied."""
        return {name: column[at].copy() for name, column in self._columns.items()}

    def _show(self, rows: int) -> None:
        layout, (floats, whole, flags) = self._layout, (block[:, :rows] for block in self._narrow)
        self._rows = rows
        self._columns: dict[str, NDArray[Any]] = dict(zip(layout.floats, floats, strict=True))
        self._columns.update(zip(layout.whole, whole, strict=True))
        self._columns.update(zip(layout.flags, flags, strict=True))
        self._columns.update(zip(layout.wide, (column[:rows] for column in self._wide), strict=True))

    def _make_room(self, rows: int) -> None:
        larger = self._layout.zeros(max(_LEAST_ROOM, rows + rows // 2))
        for block, wider in zip(self._narrow, larger._narrow, strict=True):
            wider[:, : self._rows] = block[:, : self._rows]
        for column, longer in zip(self._wide, larger._wide, strict=True):
            longer[: self._rows] = column[: self._rows]
        self._narrow, self._wide = larger._narrow, larger._wide
