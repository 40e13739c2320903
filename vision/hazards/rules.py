"""Which rule watches for which hazard."""

from __future__ import annotations

from typing import Any, Protocol

from models.spec import ObjectClass
from vision.hazards.at_rest import AtRest
from vision.types import Detections, Hazard, HazardKind, Picture
from vision.zones import Zone


class Rule(Protocol):
    """One hazard of one zone, watched look by look."""

    kind: HazardKind
    zone_id: str

    def update(self, detections: Detections, rgb: Picture, source_wh: tuple[int, int], at_s: float) -> list[Hazard]: ...

    def undecided(self, at_s: float) -> bool: ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


# Wiring and gathering are accepted in a site, so that one can be written today; nothing watches for them yet.
WATCHED = (HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE)


def make_rule(
    kind: HazardKind, zone_id: str, zone: Zone, classes: tuple[ObjectClass, ...], dwell_s: float, clear_s: float
) -> Rule:
    """The rule for a hazard among `WATCHED`."""
    if kind not in WATCHED:
        raise ValueError(f"kind must be one of {', '.join(WATCHED)}; nothing watches for {kind} yet")
    return AtRest(kind, zone_id, zone, classes, dwell_s, clear_s)
