"""Looks drawn for a person: zones, boxes, tracks with their tails, what the rules keep an eye on, and why."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.spec import ObjectClass
from vision.draw_ground import draw_ground
from vision.draw_strip import Strip, font_scale, write
from vision.ground import GroundPlane
from vision.hazards.rules import Rule, Stage
from vision.types import Detections, Picture, Tracks

Colour = tuple[int, int, int]

_ZONE, _BOX, _DWELLING, _RAISED, _TAIL, _GREY = (  # BGR
    (255, 200, 60),
    (120, 220, 120),
    (40, 190, 255),
    (60, 60, 235),
    (235, 130, 235),
    (200, 200, 200),
)
_SHOWN = 0.25  # confidence below which a box only clutters
_TAIL_S = 6.0
_LEAP = 3.0  # box heights between two looks
_TOLD_S = 6.0  # an event stays readable for so long
_MOST_TOLD = 3

Corners = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Told:
    """A caption about an event, and the capture time (s) from which on it is shown."""

    at_s: float
    text: str


class Drawing:
    """The drawings of one camera, look by look in order of capture: tails and what was told are remembered.

    `zones`: id and corners (x, y) in 0..1 of the picture.
    """

    def __init__(self, zones: Sequence[tuple[str, Corners]]) -> None:
        self._zones = zones
        self._tails: dict[int, deque[tuple[float, int, int, int]]] = {}
        self._told: deque[Told] = deque(maxlen=_MOST_TOLD)
        self._strip: Strip | None = None

    def look(
        self,
        bgr: Picture,
        at_s: float,
        detections: Detections | None,
        tracks: Tracks | None,
        rules: Sequence[Rule],
        caption: str,
        told: Sequence[str] = (),
        ground: GroundPlane | None = None,
    ) -> Picture:
        """A copy of `bgr`, uint8 (h, w, 3), with all that is known drawn on it and a strip of words below, uint8
        (h + strip, w, 3); the strip is as high for every look. `detections` is None where nothing was inferred."""
        picture = bgr.copy()
        if ground is not None:
            draw_ground(picture, ground)
        for zone_id, polygon in self._zones:
            _zone(picture, zone_id, polygon)
        if detections is not None:
            _boxes(picture, detections, tracks)
            self._follow(tracks, at_s)
        self._draw_tails(picture, at_s)
        for rule in rules:
            _marks(picture, rule)
        self._told.extend(Told(at_s, text) for text in told)
        if self._strip is None or self._strip.width != picture.shape[1]:
            self._strip = Strip(picture.shape[1], lines=3 + _MOST_TOLD + len(rules))
        lines = [(caption, (255, 255, 255))]
        lines += [(one.text, _RAISED) for one in self._told if at_s - one.at_s <= _TOLD_S]
        lines += [(_state(rule, at_s), _DWELLING) for rule in rules]
        return np.vstack((picture, self._strip.written(lines)))

    def _follow(self, tracks: Tracks | None, at_s: float) -> None:
        if tracks is not None:
            for track_id, (x1, y1, x2, y2) in zip(tracks.track_id, tracks.detections.xyxy, strict=True):
                if track_id >= 0:
                    tail = self._tails.setdefault(int(track_id), deque(maxlen=64))
                    tail.append((at_s, int((x1 + x2) / 2), int(y2), int(y2 - y1)))
        self._tails = {i: tail for i, tail in self._tails.items() if at_s - tail[-1][0] <= _TAIL_S}

    def _draw_tails(self, picture: Picture, at_s: float) -> None:
        for tail in self._tails.values():
            seen = [(x, y, tall) for seen_s, x, y, tall in tail if at_s - seen_s <= _TAIL_S]
            for (x1, y1, _), (x2, y2, tall) in itertools.pairwise(seen):
                # What leaps further is another thing that took over the id.
                if max(abs(x2 - x1), abs(y2 - y1)) <= _LEAP * tall:
                    cv2.line(picture, (x1, y1), (x2, y2), _TAIL, _width(picture), cv2.LINE_AA)


def _zone(picture: Picture, zone_id: str, polygon: Corners) -> None:
    h, w = picture.shape[:2]
    corners = np.round(np.asarray(polygon) * (w, h)).astype(np.int32)
    cv2.polylines(picture, [corners], True, _ZONE, _width(picture))
    x, y = corners[corners[:, 1].argmin()]
    write(picture, zone_id, (int(x) + 4, int(y) - 4), _ZONE)


def _boxes(picture: Picture, detections: Detections, tracks: Tracks | None) -> None:
    same = tracks is not None and len(tracks) == len(detections)
    for row in np.flatnonzero(detections.confidence >= _SHOWN):
        name = f"{ObjectClass(detections.class_id[row]).label} {detections.confidence[row]:.2f}"
        if same and tracks is not None and tracks.track_id[row] >= 0:
            name = f"t{tracks.track_id[row]} {name}"
        x1, y1, x2, y2 = (int(v) for v in detections.xyxy[row])
        cv2.rectangle(picture, (x1, y1), (x2, y2), _BOX, 1)
        write(picture, name, (x1, y1 - 3), _BOX)


def _marks(picture: Picture, rule: Rule) -> None:
    for mark in rule.marks():
        colour = _RAISED if mark.stage is Stage.RAISED else _DWELLING
        x1, y1, x2, y2 = (int(v) for v in mark.xyxy)
        cv2.rectangle(picture, (x1, y1), (x2, y2), colour, _width(picture) + 1)
        write(picture, mark.text, (x1, y2 + int(30 * font_scale(picture.shape[1]))), colour)


def _state(rule: Rule, at_s: float) -> str:
    """What a rule is at, and why it asks for the detector or does not."""
    marks = rule.marks()
    raised = sum(mark.stage is Stage.RAISED for mark in marks)
    decides_s = rule.decides_s(at_s)
    due = "" if decides_s is None else f"; decides in {max(0.0, decides_s - at_s):.1f} s"
    asks = rule.wants(at_s)
    why = f"asks to look: {asks}" if asks else "appearance will do"
    each = "" if not marks else " [" + ", ".join(mark.text for mark in marks) + "]"
    return f"{rule.zone_id} / {rule.kind}: {len(marks) - raised} watched, {raised} raised{due}; {why}{each}"


def _width(picture: Picture) -> int:
    return max(1, int(picture.shape[1]) // 640)
