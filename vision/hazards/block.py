"""One hazard of a fire lane, and who sees it: a vehicle's place, things of no class, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vision.types import Change, Floats, Hazard, HazardKind


@dataclass(slots=True)
class Block:
    """`vehicle` is the slot of `AtRest`, `things` those of `StaticThings`; over when neither is left."""

    slot: int
    began_s: float
    xyxy: Floats
    confidence: float
    vehicle: int | None = None
    things: set[int] = field(default_factory=set)

    def hazard(
        self, change: Change, kind: HazardKind, zone_id: str, at_s: float, why: Mapping[str, float | str]
    ) -> Hazard:
        return Hazard(change, kind, zone_id, self.slot, at_s, self.began_s, self.xyxy, self.confidence, why)

    def to_json(self) -> dict[str, Any]:
        return {
            "slot": self.slot,
            "began_s": self.began_s,
            "xyxy": [float(v) for v in self.xyxy],
            "confidence": self.confidence,
            "vehicle": self.vehicle,
            "things": sorted(self.things),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Block:
        return cls(
            int(values["slot"]),
            float(values["began_s"]),
            np.array(values["xyxy"], np.float32),
            float(values["confidence"]),
            None if values["vehicle"] is None else int(values["vehicle"]),
            {int(slot) for slot in values["things"]},
        )
