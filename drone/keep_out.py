"""No-fly zones as shapes on the plane, widened by their buffer: what legs, turns and ways home keep out of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from drone.errors import BadArea
from drone.plane import LocalPlane, Points, sag_m
from drone.types import Place, Zone

NO_ZONE = MultiPolygon()
CUT_M = 2.0  # autopilots cut corners by about this (PX4's NAV_ACC_RAD, ArduPilot's WPNAV_RADIUS)
_SWAPPED_FARTHER_M, _SWAPPED_NEARER_M = 100_000.0, 30_000.0
_LONGEST_EDGE_M = 200.0
_MITRE = 1.42  # square corners stay whole; sharper ones are cut off outside the round buffer
_ROUND_FROM_M = 20.0
_FEW_CORNERS = 400  # more than this and outlines are simplified, outwards, by some decimetres


def on_plane(zone: Zone, plane: LocalPlane) -> Polygon:
    """A zone in metres on `plane`; its edges are straight in degrees (RFC 7946).

    Raises:
        BadArea: an outline that crosses itself, or that encloses nothing.
    """
    degrees = Polygon(zone.rings[0], zone.rings[1:])
    if not degrees.is_valid:
        raise BadArea(f"no-fly zone {zone.name!r}: its outline is not simple: {explain_validity(degrees)}")
    if degrees.area == 0:
        raise BadArea(f"no-fly zone {zone.name!r} encloses nothing: it needs three corners that are not in one line")
    rings = [plane.to_metres(np.asarray(ring.coords)) for ring in (degrees.exterior, *degrees.interiors)]
    shape = Polygon(rings[0], rings[1:])
    longest = max(float(np.hypot(*np.diff(ring, axis=0).T).max()) for ring in rings)
    if sag_m(longest, plane.centre[1]) > 0.005:  # the bow of a long edge is drawn in
        fine = shapely.segmentize(degrees, _LONGEST_EDGE_M / 111_000)
        dense = [plane.to_metres(np.asarray(ring.coords)) for ring in (fine.exterior, *fine.interiors)]
        shape = Polygon(dense[0], dense[1:])
    return shape


def box_around(west: float, south: float, east: float, north: float, by_m: float) -> tuple[float, float, float, float]:
    """A box in degrees, so many metres larger on each side."""
    up = by_m / 111_000
    aside = up / max(0.1, math.cos(math.radians(max(abs(south), abs(north)))))
    return float(west - aside), float(south - up), float(east + aside), float(north + up)


def near(zones: Iterable[Zone], around: tuple[float, float, float, float]) -> tuple[Zone, ...]:
    """The zones that reach into the box `around` (west, south, east, north in degrees).

    Raises:
        BadArea: a zone that would be near if its coordinates were the other way round.
    """
    place = box(*around)
    middle = place.centroid
    found = []
    for zone in zones:
        outline = np.asarray(zone.rings[0])
        west, south = outline.min(axis=0)
        east, north = outline.max(axis=0)
        turn = 360.0 * round((middle.x - (west + east) / 2) / 360.0)  # the other side of the date line is near
        if place.intersects(box(west + turn, south, east + turn, north)):
            found.append(zone)
        elif _swapped(outline, (middle.x, middle.y)):
            raise BadArea(
                f"no-fly zone {zone.name!r} lies at {outline[0][0]:g}, {outline[0][1]:g}, far from the area, and would "
                "lie beside it with its coordinates the other way round: GeoJSON has longitude first"
            )
    return tuple(found)


def _swapped(outline: Points, middle: Place) -> bool:
    there = outline.mean(axis=0)
    return apart_m(there, middle) > _SWAPPED_FARTHER_M and apart_m(there[::-1], middle) < _SWAPPED_NEARER_M


def apart_m(one: Points | Place, other: Place) -> float:
    """Between two places, to 1 % within some 100 km."""
    east = (one[0] - other[0]) * math.cos(math.radians(other[1]))
    return math.hypot(east, one[1] - other[1]) * 111_000


def at_height(zones: Iterable[Zone], height_m: float) -> tuple[Zone, ...]:
    """The zones that hold for a leg flown at `height_m` above ground."""
    return tuple(
        zone
        for zone in zones
        if (zone.floor_m is None or zone.floor_m <= height_m) and (zone.ceiling_m is None or zone.ceiling_m >= height_m)
    )


def below(zones: Iterable[Zone], height_m: float) -> tuple[Zone, ...]:
    """The zones that hold for a climb from the ground to `height_m`."""
    return tuple(zone for zone in zones if zone.floor_m is None or zone.floor_m <= height_m)


def kept_m(buffer_m: float) -> float:
    """How far ways are planned off zones: never so near that a corner that is cut goes into one."""
    return max(buffer_m, CUT_M) * 1.002


def _widened(shape: Polygon, by_m: float) -> BaseGeometry:
    """All within `by_m`, and little more: a mitre holds all of a round buffer, but 41 m too much of one of 100 m."""
    wide = shape.buffer(by_m, join_style="mitre", mitre_limit=_MITRE)
    if by_m <= _ROUND_FROM_M:
        return wide
    # GEOS rounds the number of chords: of those meant for 15° none spans over 22.5°, and 1 / cos(22.5° / 2) is 1.0196.
    return wide.intersection(shape.buffer(by_m * 1.02, quad_segs=6))


def union(shapes: Sequence[Polygon], buffer_m: float) -> BaseGeometry:
    """The shapes, widened; corners stay corners where the buffer is narrow, and few."""
    if not shapes:
        return NO_ZONE
    merged = shapely.union_all([_widened(shape, buffer_m) for shape in shapes])
    for slack_m in (0.02, 0.1, 0.3, 1.0):
        wider = merged.buffer(slack_m, join_style="mitre", mitre_limit=_MITRE).simplify(slack_m * 0.95)
        if shapely.get_num_coordinates(wider) <= _FEW_CORNERS or slack_m == 1.0:
            return wider if wider.covers(merged) else merged
    return merged
