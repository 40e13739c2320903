"""Which rule watches for which hazard."""

from __future__ import annotations

from typing import Any, Protocol

from models.spec import ObjectClass
from vision.hazards.at_rest import AtRest, Since
from vision.types import Detections, Hazard, HazardKind, Picture
from vision.zones import Zone


class Rule(Protocol):
    """One hazard of one zone, watched look by look."""

    kind: HazardKind
    zone_id: str

    def update(
        self,
        detections: Detections | None,
        luma: Picture,
        source_wh: tuple[int, int],
        at_s: float,
        still_since: Since | None = None,
    ) -> list[Hazard]: ...

    def wants(self, at_s: float) -> str | None: ...

    def decides_s(self, at_s: float) -> float | None: ...

    def undated(self) -> float | None: ...

    def look_back(self, luma: Picture | None, source_wh: tuple[int, int], at_s: float) -> None: ...

    def shift_clock(self, by_s: float) -> None: ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


# How often a hazard has to be looked for: it dwells for tens of seconds, and a wire hangs for days.
LOOKS_HZ = {
    HazardKind.ILLEGAL_PARKING: 0.5,
    HazardKind.FIRE_LANE: 0.5,
    HazardKind.GATHERING: 1.0,
    HazardKind.WIRING: 1 / 60,
}

# Wiring and gathering are accepted in a site, so that one can be written today; nothing watches for them yet.
WATCHED = (HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE)


def make_rule(
    kind: HazardKind, zone_id: str, zone: Zone, classes: tuple[ObjectClass, ...], dwell_s: float, clear_s: float
) -> Rule:
    """The rule for a hazard among `WATCHED`."""
    if kind not in WATCHED:
        raise ValueError(f"kind must be one of {', '.join(WATCHED)}; nothing watches for {kind} yet")
    return AtRest(kind, zone_id, zone, classes, dwell_s, clear_s)
