"""The hazards of a fire lane, and who sees each: a vehicle's place, things of no class, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vision.boxes import area, intersection
from vision.types import Change, Floats, Hazard, HazardKind

_ONE = 0.4  # share of the smaller of two boxes from which they are one thing


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


class Blocks:
    """Those of one lane, numbered from 1 on in the order in which they came."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self.next_slot = 1

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def begin(self, began_s: float, xyxy: Floats, confidence: float, *, slot: int | None = None) -> Block:
        """A new one; `slot` where its number is known from elsewhere."""
        block = Block(self.next_slot if slot is None else slot, began_s, xyxy, confidence)
        self.next_slot = max(self.next_slot, block.slot + 1)
        self._blocks.append(block)
        return block

    def first(self, is_it: Callable[[Block], bool]) -> Block | None:
        return next((block for block in self._blocks if is_it(block)), None)

    def of_thing(self, slot: int) -> Block | None:
        return self.first(lambda block: slot in block.things)

    def end(self, block: Block) -> None:
        self._blocks.remove(block)

    def shift_clock(self, by_s: float) -> None:
        for block in self._blocks:
            block.began_s += by_s

    def without_things(self) -> None:
        """What only things were seen in is nobody's any more."""
        for block in self._blocks:
            block.things.clear()
        self._blocks = [block for block in self._blocks if block.vehicle is not None]

    def to_json(self) -> list[dict[str, Any]]:
        return [block.to_json() for block in self._blocks]

    def restore(self, values: list[dict[str, Any]], next_slot: int) -> None:
        self._blocks = [Block.from_json(one) for one in values]
        self.next_slot = next_slot


def are_one(one: Floats, other: Floats) -> bool:
    """Whether two boxes, (4,) each, lie on one thing."""
    shared = float(intersection(one[None], other[None])[0, 0])
    smaller = min(float(area(one[None])[0]), float(area(other[None])[0]))
    return shared >= _ONE * max(smaller, 1.0)
