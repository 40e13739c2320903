"""Shapes of the four colours."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel

from api.colours.rule import Colour
from api.colours.service import Judged, because
from api.town.index import Town
from api.town.units import Level


class ReasonOut(BaseModel):
    """`count` of `what` is `least` or more."""

    what: Literal["open", "overdue", "recurring"]
    count: int
    least: int


class ColourOut(BaseModel):
    """`reasons` are the counts that make the colour. Above the grids `grids` says how many beneath have which colour,
    and `worst` names the first of those that have the unit's own. `divided`: there are units beneath to look at."""

    unit: str
    name: str
    level: Level
    path: list[str]
    divided: bool
    colour: Colour
    open: int
    overdue: int
    recurring: int
    reasons: list[ReasonOut]
    grids: dict[Colour, int]
    worst: list[str]
    because: dict[Literal["zh", "en"], str]

    @classmethod
    def of(cls, judged: Judged, town: Town) -> Self:
        unit, tally = judged.unit, judged.tally
        return cls(
            unit=unit.id,
            name=unit.label,
            level=unit.level,
            path=list(unit.path),
            divided=bool(town.children(unit.id)),
            colour=judged.colour,
            open=tally.open,
            overdue=tally.overdue,
            recurring=tally.recurring,
            reasons=[ReasonOut.model_validate(one, from_attributes=True) for one in judged.reasons],
            grids=judged.grids,
            worst=list(judged.worst),
            because={"zh": because(judged, "zh"), "en": because(judged, "en")},
        )


class Colours(BaseModel):
    items: list[ColourOut]
    next: str | None


class ColourFeature(BaseModel):
    """GeoJSON. `geometry` is a Polygon or MultiPolygon, WGS-84, simplified for a screen."""

    type: Literal["Feature"] = "Feature"
    id: str
    properties: ColourOut
    geometry: dict[str, Any]


class ColourMap(BaseModel):
    """`under` is the unit whose inside this is, null for the whole town; `above` where one goes back to.

    `level` of the units shown: where none was asked for, the lowest of which there are few enough to see.
    """

    type: Literal["FeatureCollection"] = "FeatureCollection"
    level: Level
    under: str | None
    under_name: str | None
    above: str | None
    bbox: list[float] | None
    features: list[ColourFeature]
