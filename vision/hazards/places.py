"""Places where something stands, all of one zone in one table: an anchor box each, and what it looks like.

A detector's box jitters and its classes flicker; a tracker's ids switch. A place does not: it is held by its box, and
by the appearance of the fixed pixels under it. Times are capture time in seconds.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from vision.appearance import CELLS, SIDE, detailed
from vision.hazards.table import Layout, Table
from vision.types import Floats

CLASSES = max(ObjectClass) + 1

# One row a place; a moment that has not come is nan.
COLUMNS = np.dtype(
    [
        ("slot", np.int64),
        ("xyxy", np.float32, 4),  # the anchor, px of the full frame; it moves only when the place is taken anew
        ("boxed_xyxy", np.float32, 4),  # where its boxes lie, the latest half of it: the first ones may have rolled
        ("began_s", np.float64),
        ("seen_s", np.float64),  # when it was last known to be occupied
        ("observed_s", np.float64),  # the part of the dwell in which every look saw it occupied
        ("watched", np.bool_),  # whether the last look did
        ("raised", np.bool_),
        ("raised_from_s", np.float64),  # where the hazard that was raised began
        ("confidence", np.float64),  # mean over `boxes`
        ("looks", np.int64),  # those that knew it occupied
        ("boxes", np.int64),  # those of them in which a detection lay on it ...
        ("boxed_s", np.float64),  # ... the last time
        ("checked_s", np.float64),  # when its appearance was last compared
        ("kinds", np.float32, CLASSES),  # how often it was called what
        ("usual", np.float64),  # how much it looks like itself from look to look
        ("free_since_s", np.float64),  # set while looks say that it is empty
        ("free_looks", np.int64),
        ("bare", np.bool_),  # whether the ground itself was seen there
        ("arrived", np.bool_),  # whether it is known to stand where the ground was bare
        ("first", np.bool_),  # whether it stood there when the zone was first looked at
        ("doubt_s", np.float64),  # since when its appearance is taken on trust, without a box
        ("rival_s", np.float64),  # since when it has looked like something else ...
        ("rivalled", np.int64),  # ... in so many looks
        ("fresh_looks", np.int64),  # the detector's since it was noticed
        ("overdue_looks", np.int64),  # and since its dwell was over
        ("asked_s", np.float64),  # the oldest look by which it has been dated, while it is fresh
        ("hidden", np.int64),  # of those, how many running did not show it
        ("left", np.int64),  # others of its queue that have driven on since it stands ...
        ("left_s", np.float64),  # ... the last of them
        ("berth", np.int64),  # which exempt slot it stands in, -1 none, -2 not worked out
        ("queue", np.int64),  # which queue, likewise
        ("detail", np.float32, CELLS),
        ("rival", np.float32, CELLS),
    ]
)
LAYOUT = Layout(COLUMNS)
_MOMENTS = tuple(name for name in COLUMNS.names or () if name.endswith("_s") and name != "observed_s")
_UNSET = ("raised_from_s", "free_since_s", "doubt_s", "rival_s", "asked_s", "left_s")


class Place:
    """One place, to be read: a row of the table, wherever it has moved to."""

    def __init__(self, places: Places, slot: int) -> None:
        self._places, self.slot = places, slot

    def _of(self, column: str) -> Any:
        rows = self._places.table[column][self._places.table["slot"] == self.slot]
        if not len(rows):
            raise LookupError(f"place #{self.slot} is no more")
        return rows[0]

    @property
    def xyxy(self) -> Floats:
        """float32 (4,), px of the full frame."""
        return np.asarray(self._of("xyxy"), np.float32)

    @property
    def boxed_xyxy(self) -> Floats:
        """float32 (4,), px of the full frame: where people are shown it."""
        return np.asarray(self._of("boxed_xyxy"), np.float32)

    @property
    def raised(self) -> bool:
        return bool(self._of("raised"))

    @property
    def began_s(self) -> float:
        return float(self._of("began_s"))

    @property
    def seen_s(self) -> float:
        return float(self._of("seen_s"))

    @property
    def confidence(self) -> float:
        return float(self._of("confidence"))

    @property
    def dwell_s(self) -> float:
        """How long it is known to have been occupied by the same thing."""
        return self.seen_s - self.began_s


class Places(Sequence[Place]):
    """The table: `table` has `COLUMNS`, and is written in place."""

    def __init__(self) -> None:
        self.table: Table = LAYOUT.zeros(0)

    def __len__(self) -> int:
        return len(self.table)

    @overload
    def __getitem__(self, at: int) -> Place: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Place, ...]: ...
    def __getitem__(self, at: int | slice) -> Place | tuple[Place, ...]:
        slots = self.table["slot"][at]
        return tuple(Place(self, int(s)) for s in slots) if isinstance(at, slice) else Place(self, int(slots))

    def __iter__(self) -> Iterator[Place]:
        return (Place(self, slot) for slot in self.table["slot"].tolist())

    def keep(self, rows: NDArray[np.bool_]) -> None:
        if not rows.all():
            self.table.keep(rows.nonzero()[0])

    def add(
        self, xyxy: Floats, detail: Floats, confidence: Floats, kind: NDArray[np.int64], at_s: float, slot: int
    ) -> None:
        """New places (N,), numbered from `slot` on, first seen at `at_s`."""
        table, fresh = self.table, slice(len(self), len(self) + len(xyxy))
        table.append(_BLANK, len(xyxy))
        table["slot"][fresh] = slot + np.arange(len(xyxy))
        table["xyxy"][fresh], table["detail"][fresh], table["confidence"][fresh] = xyxy, detail, confidence
        table["boxed_xyxy"][fresh] = xyxy
        table["kinds"][np.arange(fresh.start, fresh.stop), kind] = 1
        for name in ("began_s", "seen_s", "boxed_s", "checked_s"):
            table[name][fresh] = at_s

    def shift_clock(self, by_s: float | NDArray[np.float64]) -> None:
        """All moments by so much, or each place's by its own."""
        for name in _MOMENTS:
            self.table[name] += by_s

    def to_json(self) -> list[dict[str, Any]]:
        """All that a restart needs; a rival is left out, a new look finds it again."""
        return [_to_json(self.table.row(at)) for at in range(len(self))]

    def from_json(self, stored: list[dict[str, Any]]) -> None:
        """Raises `ValueError`, `KeyError` or `TypeError` where it cannot be read."""
        table = LAYOUT.zeros(0)
        table.append(_BLANK, len(stored))
        for at, values in enumerate(stored):
            _from_json(table, at, values)
        self.table = table


def _blank() -> Table:
    """A place that has been noticed in this very look, but for what it is and where."""
    row = LAYOUT.zeros(1)
    for name in _UNSET:
        row[name] = np.nan
    for name in ("looks", "boxes", "fresh_looks", "watched", "usual"):
        row[name] = 1
    row["berth"] = row["queue"] = -2
    return row


_BLANK = _blank()
_PLAIN: dict[str, type] = {
    "slot": int,
    "began_s": float,
    "seen_s": float,
    "confidence": float,
    "raised": bool,
    "looks": int,
    "boxes": int,
    "observed_s": float,
}
_LATER: dict[str, type] = {
    "usual": float,
    "left": int,
    "arrived": bool,
    "first": bool,
}  # states of earlier versions have none of these


def _to_json(row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: kind(row[name]) for name, kind in (_PLAIN | _LATER).items()}
    for name in ("xyxy", "boxed_xyxy"):
        values[name] = [float(v) for v in row[name]]
    values["detail"] = base64.b64encode(row["detail"].astype(np.float16).tobytes()).decode()
    values["kinds"] = [round(float(v), 3) for v in row["kinds"]]
    for name in ("raised_from_s", "left_s"):
        values[name] = None if np.isnan(row[name]) else float(row[name])
    return values


def _from_json(table: Table, at: int, values: dict[str, Any]) -> None:
    for name, kind in _PLAIN.items():
        table[name][at] = kind(values[name])
    for name, kind in _LATER.items():
        table[name][at] = kind(values.get(name, table[name][at]))
    for name in ("raised_from_s", "left_s"):
        if values.get(name) is not None:
            table[name][at] = float(values[name])
    table["boxed_s"][at] = table["seen_s"][at]
    if table["raised"][at] and np.isnan(table["raised_from_s"][at]):
        table["raised_from_s"][at] = table["began_s"][at]
    table["xyxy"][at], table["boxed_xyxy"][at] = values["xyxy"], values.get("boxed_xyxy", values["xyxy"])
    table["kinds"][at] = values.get("kinds", 0)
    pixels = np.frombuffer(base64.b64decode(values["detail" if "detail" in values else "appearance"]), np.float16)
    table["detail"][at] = pixels if "detail" in values else detailed(pixels.reshape(1, SIDE, SIDE))[0]
