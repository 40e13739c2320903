"""What a moving camera knows, drawn on its picture: zones as they lie on the ground, places, and what moves."""

from __future__ import annotations

import cv2
import numpy as np

from drone.locate import project
from streams.aerial.pipeline import AerialPipeline
from vision.types import Frame, Picture

_ZONE, _REST, _MOVES, _UNKNOWN = (60, 200, 255), (80, 220, 80), (60, 60, 230), (200, 200, 200)
_EDGE_PARTS = 24


def marked(bgr: Picture, frame: Frame, pipeline: AerialPipeline) -> Picture:
    """A copy of `bgr`, uint8 (h, w, 3)."""
    picture = bgr.copy()
    lens, view = pipeline.eyes.seen_through(frame)
    for zone in pipeline.camera.zone:
        corners = np.array(zone.lonlat, np.float64)
        edge = np.concatenate(
            [np.linspace(a, b, _EDGE_PARTS) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        )
        line = project(edge, view, lens)
        if np.isfinite(line).all():
            cv2.polylines(picture, [np.clip(line, -20_000, 20_000).astype(np.int32)], True, _ZONE, 2, cv2.LINE_AA)
    for one in pipeline.lying:
        line = project(np.array(one.outline), view, lens)
        if np.isfinite(line).all():
            colour = _MOVES if one.raised else _REST
            cv2.polylines(picture, [np.clip(line, -20_000, 20_000).astype(np.int32)], True, colour, 1, cv2.LINE_AA)
    seen = pipeline.sightings
    if seen is None or seen.at_s != frame.captured_at.timestamp():
        return picture
    for row, (x1, y1, x2, y2) in enumerate(seen.detections.xyxy.astype(int).tolist()):
        rest = int(seen.at_rest[row])
        colour = _REST if rest == 1 else _MOVES if rest == 0 else _UNKNOWN
        cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 2)
        place = int(pipeline.place_ids[row]) if row < len(pipeline.place_ids) else -1
        speed = seen.speed_m_s[row]
        words = f"#{place}" if rest == 1 else "" if np.isnan(speed) else f"{speed:.1f} m/s"
        cv2.putText(picture, words, (x1, max(10, y1 - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
    return picture
