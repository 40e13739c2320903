"""What may be asked to be planned over HTTP: one body for each kind, with the defaults of the command line."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.patrols.schemas import Body, Lat, Lon, Name, RulesBody
from drone.camera import camera_of
from drone.check.terms import Rules
from drone.errors import BadArea
from drone.fleet import LEAST_M
from drone.formats.places import read_line, read_places
from drone.kind import Kind, Side
from drone.kinds import Manner, Target
from drone.orders import Order, Picturing

Height = Annotated[float, Field(gt=0, le=500)]
Speed = Annotated[float, Field(gt=0, le=40)]
Overlap = Annotated[float, Field(ge=0, le=0.95)]
Drones = Annotated[int, Field(ge=1, le=20)]
Separation = Annotated[float, Field(ge=LEAST_M, le=100)]
_STEP_DEG = 1e-7  # of MAVLink's whole numbers


def _somewhere(lon_lat: tuple[float, float]) -> tuple[float, float]:
    if all(abs(degrees) < _STEP_DEG for degrees in lon_lat):
        raise ValueError("a place is lon, lat; 0, 0 is what an autopilot takes for none")
    return lon_lat


Place = Annotated[tuple[Lon, Lat], AfterValidator(_somewhere)]
RallyPoints = Annotated[list[Place], Field(max_length=50)]


class CameraBody(Body):
    """Pictures are taken, and their overlap (shares) sets spacing and distance. `spec` is sensor, focal length and
    pixels: 13.2x8.8mm,f8.8mm,5472x3648. `gsd_cm`, a pixel on the ground, sets the height."""

    spec: Annotated[str, Field(max_length=80)]
    side_overlap: Overlap = 0.6
    front_overlap: Overlap = 0.75
    gsd_cm: Annotated[float, Field(gt=0, le=1000)] | None = None


class OrderBody(Body):
    """What all kinds share. `landing` instead of at home; `rally` is where a failsafe may return to. `drones` share the
    patrol, each `separation_m` above the one before."""

    name: Name
    rules: RulesBody = RulesBody()
    home: Place
    height_m: Height = 60
    speed_m_s: Speed = 8
    camera: CameraBody | None = None
    landing: Place | None = None
    rally: RallyPoints = Field(default=[])
    drones: Drones = 1
    separation_m: Separation = 10


class AreaBody(OrderBody):
    """Back and forth over `rules.area`; `spacing_m` between swaths where no camera sets it."""

    spacing_m: Annotated[float, Field(gt=0, le=1000)] = 40


class CorridorBody(OrderBody):
    """Along a GeoJSON LineString, the camera across it: `offset_m` from it, looking at one `side` or there and back at
    both. `pitch_deg` -90 is down."""

    line: dict[str, Any]
    side: Side = Side.BOTH
    offset_m: Annotated[float, Field(ge=0, le=500)] = 15
    pitch_deg: Annotated[float, Field(ge=-90, le=0)] = -30


class PerimeterBody(OrderBody):
    """Once round `rules.area`, `offset_m` inside its edge."""

    offset_m: Annotated[float, Field(ge=0, le=500)] = 15
    pitch_deg: Annotated[float, Field(ge=-90, le=0)] = -30


class PlacesBody(OrderBody):
    """To GeoJSON Points: a look at each from `away_m`, or with `orbit` a circle round it."""

    places: dict[str, Any]
    orbit: bool = False
    away_m: Annotated[float, Field(ge=1, le=500)] = 30
    hold_s: Annotated[float, Field(ge=0, le=600)] = 5


class FollowUpBody(Body):
    """A flight to the places of tickets that are open, overdue or waiting for verification; `tickets` narrows them.
    What a drone raised is looked at from where it was seen, without `height_m` as low as the lowest of those looks, and
    60 m where there is none; `away_m` is for all else. With `camera`, the id that the drone's video comes in as, what
    another drone's camera raised is left out, or refused where `tickets` asks for it: only that one's looks close it.
    `drones` share the places, each `separation_m` above the one before.
    """

    name: Name = "follow-up"
    rules: RulesBody = RulesBody()
    home: Place
    height_m: Height | None = None
    speed_m_s: Speed = 8
    away_m: Annotated[float, Field(ge=1, le=500)] = 30
    hold_s: Annotated[float, Field(ge=0, le=600)] = 5
    tickets: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)] | None = None
    within_m: Annotated[float, Field(gt=0, le=20_000)] = 5_000
    camera: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    landing: Place | None = None
    rally: RallyPoints = Field(default=[])
    drones: Drones = 1
    separation_m: Separation = 10


Ordered = AreaBody | CorridorBody | PerimeterBody | PlacesBody
Format = Literal["plan", "waypoints", "kml", "geojson", "kmz", "svg"]
MEDIA: dict[Format, str] = {
    "plan": "application/json",
    "waypoints": "text/plain",
    "kml": "application/vnd.google-earth.kml+xml",
    "geojson": "application/geo+json",
    "kmz": "application/vnd.google-earth.kmz",
    "svg": "image/svg+xml",
}


def order_of(body: Ordered, rules: Rules) -> Order:
    """Raises `DroneError` for a shape or a camera that is none."""
    manner = Manner(body.height_m, body.speed_m_s)
    match body:
        case AreaBody():
            kind, target = Kind.AREA, Target(area=_area(rules))
            manner = Manner(body.height_m, body.speed_m_s, body.spacing_m)
        case CorridorBody():
            kind, target = Kind.CORRIDOR, Target(line=read_line(json.dumps(body.line), "line"))
            manner = Manner(
                body.height_m, body.speed_m_s, side=body.side, offset_m=body.offset_m, pitch_deg=body.pitch_deg
            )
        case PerimeterBody():
            kind, target = Kind.PERIMETER, Target(area=_area(rules))
            manner = Manner(body.height_m, body.speed_m_s, offset_m=body.offset_m, pitch_deg=body.pitch_deg)
        case PlacesBody():
            kind = Kind.ORBITS if body.orbit else Kind.PLACES
            target = Target(places=tuple(read_places(json.dumps(body.places), "places")))
            manner = Manner(body.height_m, body.speed_m_s, away_m=body.away_m, hold_s=body.hold_s)
    return Order(
        kind,
        body.name,
        body.home,
        target,
        rules,
        manner,
        _picturing(body.camera),
        body.landing,
        tuple(body.rally),
        body.drones,
        body.separation_m,
    )


def _area(rules: Rules) -> Any:
    if rules.area is None:
        raise BadArea("`rules.area` is the area to be planned: it is missing")
    return rules.area


def _picturing(body: CameraBody | None) -> Picturing | None:
    if body is None:
        return None
    gsd_m = None if body.gsd_cm is None else body.gsd_cm / 100
    return Picturing(camera_of(body.spec), body.side_overlap, body.front_overlap, gsd_m)
