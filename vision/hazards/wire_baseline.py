"""What hung in a zone when the place was approved: the wires that raise nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vision.hazards.wire_look import WireLook, fitted, from_grid, grown, packed, unpacked
from vision.wires import Mask

_SEEN_AGAIN = 0.4  # share of the approved wires that a look must find before it may say that others are gone
_TELLING = 0.5  # sides of the zone: with less approved wire than this, it tells nothing
_CRISP = 0.5  # share of the baseline's finest detail


@dataclass(frozen=True, slots=True)
class Baseline:
    """Wires approved, cell by cell, as they are seen in colour or in grey, and what they amounted to."""

    grids: dict[bool, Mask]
    length: float
    crossings: float
    sag: float
    disorder: float
    share: float
    fine: float

    @classmethod
    def none(cls) -> Baseline:
        """Where no wire may hang."""
        return cls({}, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    @classmethod
    def of(cls, looks: Sequence[WireLook]) -> Baseline:
        """Whatever any of some looks saw: a wire that was hard to see is approved with the others."""
        grid = np.logical_or.reduce([fitted(look.grid, looks[-1].grid) for look in looks])
        mean = {
            name: float(np.median([getattr(look, name) for look in looks]))
            for name in ("length", "crossings", "sag", "disorder", "share", "fine")
        }
        return cls({looks[-1].is_grey: grid}, **mean)

    def also(self, looks: Sequence[WireLook]) -> Baseline:
        """With what is seen of the same wires in the other light, by day or by night, taken in."""
        last = looks[-1]
        known = [fitted(grid, last.grid) for grid in self.grids.values()]
        grid = np.logical_or.reduce([*known, *(fitted(look.grid, last.grid) for look in looks)])
        return Baseline(
            {**self.grids, last.is_grey: grid},
            self.length,
            self.crossings,
            self.sag,
            self.disorder,
            self.share,
            self.fine,
        )

    def knows(self, is_grey: bool) -> bool:
        return not self.grids or is_grey in self.grids

    def grid_for(self, look: WireLook) -> Mask:
        grid = self.grids.get(look.is_grey)
        if grid is None:
            grid = next(iter(self.grids.values()), np.zeros_like(look.grid))
        return fitted(grid, look.grid)

    def beyond(self, look: WireLook) -> Mask:
        """The pixels of a look's wires that were not approved, bool (h, w) of its crop."""
        shape = (look.mask.shape[0], look.mask.shape[1])
        return look.mask & ~from_grid(grown(self.grid_for(look)), shape)

    def sees_as_well(self, look: WireLook) -> bool:
        """Whether wires that hang there would be found in a look: the approved ones are, and it is as crisp."""
        if self.fine and look.fine < _CRISP * self.fine:
            return False
        known = self.grid_for(look) & ~grown(look.hidden)
        if self.length < _TELLING or not known.any():
            return True
        return float((known & grown(look.grid)).sum() / known.sum()) >= _SEEN_AGAIN

    def state(self) -> dict[str, Any]:
        figures = {name: getattr(self, name) for name in ("length", "crossings", "sag", "disorder", "share", "fine")}
        return {"grids": {str(int(grey)): packed(grid) for grey, grid in self.grids.items()}, **figures}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Baseline:
        """Raises `ValueError`, `KeyError` or `TypeError`."""
        grids = {key == "1": unpacked(values) for key, values in state["grids"].items()}
        names = ("length", "crossings", "sag", "disorder", "share", "fine")
        return cls(grids, **{name: float(state[name]) for name in names})
