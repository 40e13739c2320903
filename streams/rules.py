"""Which rule watches for which hazard: from a camera's settings to what looks after them."""

from __future__ import annotations

from streams.settings.hours import timetable
from streams.site import DEFAULT_TIMEZONE, CameraSpec, ZoneSpec
from vision.ground import KnownGround
from vision.ground_learnt import GroundLearner
from vision.hazards.at_rest import AtRest
from vision.hazards.fire_lane import FireLane
from vision.hazards.gathering import Gathering
from vision.hazards.rules import Rule
from vision.hazards.wiring import JumbledWiring, WiringLimits
from vision.types import HazardKind
from vision.zones import Zone

# Of these something comes and stays; wires are looked for by the clock, whatever moves.
COMING = frozenset({HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE, HazardKind.GATHERING})


def rules_of(camera: CameraSpec, timezone: str = DEFAULT_TIMEZONE) -> dict[str, Rule]:
    """A rule for every hazard of every zone, by a name that stays the same over restarts. `timezone` is the
    site's."""
    return {f"{zone.id}/{kind}": _rule(kind, camera, zone, timezone) for zone in camera.zone for kind in zone.hazards}


def _rule(kind: HazardKind, camera: CameraSpec, zone: ZoneSpec, timezone: str) -> Rule:
    match kind:
        case HazardKind.ILLEGAL_PARKING:
            return _parking(zone, timezone)
        case HazardKind.FIRE_LANE:
            return _fire_lane(camera, zone)
        case HazardKind.WIRING:
            return _wiring(zone)
        case HazardKind.GATHERING:
            return _gathering(camera, zone, timezone)


def _parking(zone: ZoneSpec, timezone: str) -> Rule:
    kind, terms = HazardKind.ILLEGAL_PARKING, zone.parking.terms(timezone)
    return AtRest(kind, zone.id, Zone(zone.polygon), zone.classes_for(kind), zone.dwell_for(kind), zone.clear_s, terms)


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


def _wiring(zone: ZoneSpec) -> Rule:
    asked = zone.wiring
    limits = WiringLimits(
        new_wires=asked.new_wires,
        more_crossings=asked.more_crossings,
        more_disorder=asked.more_disorder,
        more_sag=asked.more_sag,
        looks=asked.looks,
        look_every_s=asked.look_every_s,
        dwell_s=zone.dwell_for(HazardKind.WIRING),
        clear_s=zone.clear_s,
        width_m=asked.width_m,
    )
    return JumbledWiring(zone.id, zone.polygon, limits, approved=asked.approved, bare=asked.bare)


def _gathering(camera: CameraSpec, zone: ZoneSpec, timezone: str) -> Rule:
    asked = zone.gathering
    return Gathering(
        zone.id,
        Zone(zone.polygon),
        GroundLearner() if camera.ground is None else KnownGround(camera.ground.plane),
        people=asked.people,
        radius_m=asked.radius_m,
        dwell_s=asked.dwell_s if asked.dwell_s is not None else zone.dwell_for(HazardKind.GATHERING),
        clear_s=asked.clear_s if asked.clear_s is not None else zone.clear_s,
        fewest=asked.over_at,
        hours=timetable(asked.hours, timezone),
    )
