"""From what was counted to zones with a reason each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from streams.settings.ground import GroundSettings
from streams.site import ZoneSpec
from streams.suggest.heat import Cells, Heat, usual_s
from streams.suggest.proposal import MOST_ZONES, ProposedZone, Reason, Suggestion
from streams.suggest.regions import Corners, Mask, lanes, regions
from streams.suggest.survey import SIZES_PX, Survey
from vision.ground_learnt import Learnt

_LEAST_PASSES = 2  # vehicles through a cell before it is a lane
_LANE_SHARE = 0.15  # and so many of those through a busy cell
_APART = 7  # cells: whoever stands in a lane stands in all of its width
_MOST_LANES = 8
_THROUGH = 1.0  # vehicles that drove through for each that stood: from here on it is a queue, not a parking place
_QUEUE_S = 300.0  # nobody waits longer at a light
_LEAST_STAND = 0.002  # of the picture: a distant car stands on no more
_PEOPLE_SHARE = 0.12  # person-seconds of a cell, of those of a busy one
_LEAST_PERSON_S = 1.0
_SMALL_PX = 20.0  # what the detector is shown smaller than this it mostly misses
_SMALL_SHARE = 0.3
_USUAL = 0.95  # share of the stays of a queue that is usual
_MARGIN = 1.5  # how far above the usual a dwell is proposed
_LEAST_DWELL_S, _MOST_DWELL_S = 60.0, 3600.0
_A_DAY_S = 24 * 3600.0
_GROUND_BOXES = 30


def suggestion(camera: str, survey: Survey) -> Suggestion:
    """All that a survey gives reason to propose; zones with the surest first."""
    heat = survey.heat
    zones = [*_standing(heat, survey.watched_s), *_lanes(heat, survey.watched_s), *_people(heat, survey.watched_s)]
    zones.sort(key=lambda zone: -zone.confidence)
    small = float(survey.sizes[: int(np.searchsorted(SIZES_PX, _SMALL_PX)) + 1].sum() / max(1, survey.sizes.sum()))
    ground = _ground(survey.ground, survey.source_wh)
    return Suggestion(
        camera=camera,
        source_wh=survey.source_wh,
        watched_s=round(survey.watched_s, 1),
        looks=survey.looks,
        vehicles=heat.vehicles,
        stood=heat.stood,
        zones=tuple(zones[:MOST_ZONES]),
        small_objects=small >= _SMALL_SHARE,
        small_share=round(small, 3),
        key_interval_s=None if survey.key_interval_s is None else round(survey.key_interval_s, 2),
        ground=ground,
        ground_boxes=0 if ground is None or survey.ground is None else survey.ground.boxes,
    )


def _standing(heat: Heat, watched_s: float) -> Iterator[ProposedZone]:
    """Where vehicles stand: queues, through which they also drive, and places where they park."""
    stays = heat.stays.sum(axis=2)
    through = heat.passes >= np.maximum(_THROUGH * stays, _LEAST_PASSES)
    numbers = {Reason.QUEUE: 0, Reason.STANDING: 0}
    for reason, cells in ((Reason.QUEUE, (stays > 0) & through), (Reason.STANDING, (stays > 0) & ~through)):
        for mask, polygon in regions(cells, grow=1, least=_LEAST_STAND):
            histogram = heat.stays[mask].max(axis=0)
            usual, longest = usual_s(histogram, _USUAL), usual_s(histogram, 1.0)
            stood, vehicles = float(stays[mask].max()), float(heat.passes[mask].max())
            numbers[reason] += 1
            figures = {"stood": stood, "usual_s": usual, "longest_s": longest, "vehicles": vehicles}
            is_queue = reason is Reason.QUEUE and usual <= _QUEUE_S
            dwell_s = _dwell_above(usual if is_queue else 0.0)
            yield ProposedZone(
                zone=_zone(f"{reason}-{numbers[reason]}", "illegal_parking", polygon, dwell_s, queue=is_queue),
                confidence=_confidence(stood, watched_s),
                reason=reason,
                figures=figures,
            )


def _lanes(heat: Heat, watched_s: float) -> Iterator[ProposedZone]:
    """Where vehicles drive and none ever stood."""
    busy = _busy(heat.passes)
    driven: Mask = heat.passes >= max(_LEAST_PASSES, _LANE_SHARE * busy)
    stood = cv2.dilate((heat.stays.sum(axis=2) > 0).astype(np.uint8), np.ones((_APART, _APART), np.uint8)) > 0
    ways = lanes(driven & ~stood, heat.flow, heat.passes)
    found = sorted((one for way in ways for one in regions(way, most=1)), key=lambda one: -int(one[0].sum()))
    for number, (mask, polygon) in enumerate(found[:_MOST_LANES], 1):
        vehicles = float(heat.passes[mask].max())
        yield ProposedZone(
            zone=_zone(f"lane-{number}", "illegal_parking", polygon, _LEAST_DWELL_S),
            confidence=_confidence(vehicles / 2, watched_s),
            reason=Reason.FREE_LANE,
            figures={"vehicles": vehicles, "hours": round(watched_s / 3600, 3)},
        )


def _people(heat: Heat, watched_s: float) -> Iterator[ProposedZone]:
    """Where people are: a gathering is more of them together than there usually are."""
    cells = heat.person_s >= max(_LEAST_PERSON_S, _PEOPLE_SHARE * _busy(heat.person_s))
    for number, (mask, polygon) in enumerate(regions(cells, most=3, join=4, grow=1), 1):
        together = float(heat.together[mask].max())
        # A person stands on several cells at once, so seconds are those of the fullest cell.
        person_s, standing_s = float(heat.person_s[mask].max()), float(heat.standing_s[mask].max())
        people = max(5, math.ceil(1.5 * together))
        yield ProposedZone(
            zone=_zone(f"people-{number}", "gathering", polygon, _LEAST_DWELL_S, people=people),
            confidence=_confidence(person_s / 10, watched_s),
            reason=Reason.PEOPLE,
            figures={
                "together": together,
                "people": float(people),
                "person_min": round(person_s / 60, 2),
                "standing_share": round(standing_s / person_s, 2),
            },
        )


def _zone(
    zone_id: str, hazard: str, polygon: Corners, dwell_s: float, *, queue: bool = False, people: int | None = None
) -> ZoneSpec:
    values: dict[str, Any] = {"id": zone_id, "hazards": [hazard], "polygon": polygon, "dwell_s": dwell_s}
    if queue:
        values["parking"] = {"queue": [polygon]}
    if people is not None:
        values["gathering"] = {"people": people}
    return ZoneSpec.model_validate(values)


def _dwell_above(usual: float) -> float:
    """Longer than what is usual there, in round minutes."""
    return min(_MOST_DWELL_S, max(_LEAST_DWELL_S, 30 * math.ceil(_MARGIN * usual / 30)))


def _busy(cells: Cells) -> float:
    """What a busy cell holds: the nineteenth of twenty among those that hold anything."""
    held = cells[cells > 0]
    return float(np.quantile(held, 0.95)) if len(held) else 0.0


def _confidence(seen: float, watched_s: float) -> float:
    """Grows with what was seen, and with how much of a day was: a minute tells little of a night."""
    enough = 1 - math.exp(-seen / 4)
    return round(enough * math.pow(min(1.0, watched_s / _A_DAY_S), 0.25), 2)


def _ground(learnt: Learnt | None, source_wh: tuple[int, int]) -> GroundSettings | None:
    if learnt is None or learnt.boxes < _GROUND_BOXES:
        return None
    view_deg = math.degrees(2 * math.atan(source_wh[0] / 2 / learnt.focal_px))
    try:
        return GroundSettings(
            height_m=round(learnt.height_m, 1), tilt_deg=round(learnt.tilt_deg, 1), view_deg=round(view_deg, 1)
        )
    except ValueError:
        return None  # learnt from too little to be a camera's
