"""A kerb where nothing may stand for ten seconds, looked at while scenes of plain boxes go by."""

from __future__ import annotations

from collections.abc import Callable

from models.spec import VEHICLES
from tests.vision.builders import WH, boxes, grey, paint, street
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.types import Detections, Hazard, HazardKind, Picture
from vision.zones import Zone

SPOT = (200.0, 150.0, 300.0, 220.0)
DWELL_S, CLEAR_S = 10.0, 3.0
LEFT = Zone(((0, 0), (0.6, 0), (0.6, 1), (0, 1)))
Scene = Callable[[float], tuple[Detections, Picture]]

EMPTY = (Detections.empty(), street())
PARKED = (boxes(SPOT), paint(street(), SPOT))


def rule(zone: Zone = LEFT) -> AtRest:
    return AtRest(HazardKind.ILLEGAL_PARKING, "kerb", zone, VEHICLES, DWELL_S, CLEAR_S)


def watch(
    scene: Scene, until_s: float, *, hz: float = 1.0, using: AtRest | None = None, from_s: float = 0.0
) -> list[Hazard]:
    watcher = using or rule()
    found: list[Hazard] = []
    for look in range(round((until_s - from_s) * hz) + 1):
        at_s = from_s + look / hz
        detections, picture = scene(at_s)
        found += watcher.update(Observation(at_s, WH, grey(picture), detections))
    return found


def between(start_s: float, end_s: float) -> Scene:
    return lambda t: PARKED if start_s <= t < end_s else EMPTY
