"""Which rule watches for which hazard: from a camera's settings to what looks after them."""

from __future__ import annotations

from streams.site import CameraSpec, ZoneSpec
from vision.ground import KnownGround
from vision.ground_learnt import GroundLearner
from vision.hazards.at_rest import AtRest
from vision.hazards.fire_lane import FireLane
from vision.hazards.gathering import Gathering
from vision.hazards.rules import Rule
from vision.types import HazardKind
from vision.zones import Zone

# Wiring is accepted in a site, so that one can be written today; nothing watches for it yet.
WATCHED = (HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE, HazardKind.GATHERING)


def rules_of(camera: CameraSpec) -> dict[str, Rule]:
    """A rule for every watched hazard of every zone, by a name that stays the same over restarts."""
    return {
        f"{zone.id}/{kind}": _rule(kind, camera, zone)
        for zone in camera.zone
        for kind in zone.hazards
        if kind in WATCHED
    }


def unwatched(camera: CameraSpec) -> list[tuple[str, HazardKind]]:
    """Zones and hazards that the site asks for and that no rule watches yet."""
    return [(zone.id, kind) for zone in camera.zone for kind in zone.hazards if kind not in WATCHED]


def _rule(kind: HazardKind, camera: CameraSpec, zone: ZoneSpec) -> Rule:
    match kind:
        case HazardKind.ILLEGAL_PARKING:
            return _parking(camera, zone)
        case HazardKind.FIRE_LANE:
            return _fire_lane(camera, zone)
        case HazardKind.GATHERING:
            return _gathering(camera, zone)
        case _:
            raise ValueError(f"kind must be one of {', '.join(WATCHED)}; nothing watches for {kind} yet")


def _parking(camera: CameraSpec, zone: ZoneSpec) -> Rule:
    kind = HazardKind.ILLEGAL_PARKING
    return AtRest(kind, zone.id, Zone(zone.polygon), zone.classes_for(kind), zone.dwell_for(kind), zone.clear_s)


def _fire_lane(camera: CameraSpec, zone: ZoneSpec) -> Rule:
    kind, settings = HazardKind.FIRE_LANE, zone.fire_lane
    return FireLane(
        zone.id,
        Zone(zone.polygon),
        zone.classes_for(kind),
        settings.dwell_s or zone.dwell_for(kind),
        zone.clear_s,
        things=settings.things,
        least_blocked=settings.least_blocked,
    )

def _gathering(camera: CameraSpec, zone: ZoneSpec) -> Rule:
    asked = zone.gathering
    return Gathering(
        zone.id,
        Zone(zone.polygon),
        GroundLearner() if camera.ground is None else KnownGround(camera.ground.plane),
        people=asked.people,
        radius_m=asked.radius_m,
        dwell_s=asked.dwell_s if asked.dwell_s is not None else zone.dwell_for(HazardKind.GATHERING),
        clear_s=asked.clear_s,
        fewest=asked.over_at,
    )
