"""The names of what is flown; no more than names, for the command line's help is quick."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    AREA = "area"  # a polygon, back and forth
    CORRIDOR = "corridor"  # a line, the camera across it
    PERIMETER = "perimeter"  # a polygon, once round
    PLACES = "places"  # points, looked at
    ORBITS = "orbits"  # points, flown round


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
