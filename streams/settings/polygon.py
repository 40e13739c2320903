"""A polygon in a camera's picture, as a site file writes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from shapely.geometry import Polygon as Shape

Fraction = Annotated[float, Field(ge=0, le=1)]
Corners = tuple[tuple[float, float], ...]


def _simple(corners: Corners) -> Corners:
    shape = Shape(corners)
    if not shape.is_valid or shape.area <= 0:
        raise ValueError("polygon must be simple (no edges that cross) and enclose an area: list its corners in order")
    return corners


# Corners in relative image coordinates, x then y, 0 to 1.
Polygon = Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=3), AfterValidator(_simple)]
