"""A wiring hazard that is on: which wires it is about, and since when a look has not found them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from vision.hazards.wire_look import WireLook, fitted, grown, packed, unpacked
from vision.wires import Mask

_STILL_THERE = 0.35  # share of the new wires that a look must find to say that they hang there still


@dataclass(frozen=True, slots=True)
class RaisedWires:
    """`grid` holds its wires cell by cell; `xyxy` is the box round them, px of the full frame."""

    slot: int
    began_s: float
    grid: Mask
    xyxy: tuple[float, float, float, float]
    gone_looks: int = 0
    gone_since_s: float = 0.0

    def after(self, look: WireLook) -> Self:
        """What is known once `look` was taken too. Wires that are hidden in it count as found."""
        wires = fitted(self.grid, look.grid) & ~grown(look.hidden)
        if not wires.any() or float((wires & grown(look.grid)).sum() / wires.sum()) >= _STILL_THERE:
            return replace(self, gone_looks=0)
        since_s = look.at_s if self.gone_looks == 0 else self.gone_since_s
        return replace(self, gone_looks=self.gone_looks + 1, gone_since_s=since_s)

    def shifted(self, by_s: float) -> Self:
        return replace(self, began_s=self.began_s + by_s, gone_since_s=self.gone_since_s + by_s)

    def state(self) -> dict[str, Any]:
        return {
            "slot": self.slot,
            "began_s": self.began_s,
            "grid": packed(self.grid),
            "xyxy": list(self.xyxy),
            "gone_looks": self.gone_looks,
            "gone_since_s": self.gone_since_s,
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Self:
        left, top, right, bottom = (float(value) for value in state["xyxy"])
        return cls(
            slot=int(state["slot"]),
            began_s=float(state["began_s"]),
            grid=unpacked(state["grid"]),
            xyxy=(left, top, right, bottom),
            gone_looks=int(state["gone_looks"]),
            gone_since_s=float(state["gone_since_s"]),
        )
