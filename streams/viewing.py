"""How the detector is shown one camera's frames: whole, and in tiles where things would be small in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from streams.site import CameraSpec
from vision.detect import Detector
from vision.tiles import SEEN_PX, Tile, look_at, plan
from vision.types import Detections, Frame

SMALL_M = 1.7  # a car's width, a person's height
Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class InView:
    """Where a camera's zones lie in one picture, corners (x, y) in 0..1, and how many px of the full frame the smallest
    thing in them takes; None where that is not known. Of a zone that is not in the picture there is no outline."""

    outlines: tuple[Outline, ...]
    smallest_px: float | None


class Viewer:
    """One camera's. A tiled look is one turn with an inference more for each tile, and more urgent looks go between.

    Tiled are cameras with small objects, and pictures that stand upright where the detector's input lies: fitted into
    it whole, they fill a third of it, and things are three fifths as large as in the same picture lying down.

    `in_view` tells of a camera that moves where its zones are in each picture: those that show none have no tiles.
    """

    def __init__(self, camera: CameraSpec, in_view: Callable[[Frame], InView] | None = None) -> None:
        self._camera, self._in_view = camera, in_view
        self._polygons = [zone.polygon for zone in camera.zone]
        self._planned: tuple[tuple[int, int], tuple[int, int], tuple[Tile, ...]] | None = None

    def detect(self, frame: Frame, detector: Detector, between: Callable[[], None] | None = None) -> Detections:
        """Everything that `detector` finds, each thing once, in px of the full frame. `between` as `look_at` has it."""
        if not self._polygons or not (self._camera.small_objects or is_across(frame.source_wh, detector.fit_wh)):
            return detector.see(frame)
        return look_at(frame, detector, self._tiles_of(frame, detector.fit_wh), between=between)

    def _tiles_of(self, frame: Frame, fit_wh: tuple[int, int]) -> tuple[Tile, ...]:
        if self._in_view is None or not self._camera.small_objects:
            return self.tiles(frame.source_wh, fit_wh)
        seen = self._in_view(frame)
        return plan(seen.outlines, frame.source_wh, fit_wh, object_px=seen.smallest_px)

    def tiles(self, source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> tuple[Tile, ...]:
        """Of a camera that stands, planned once for a resolution: cameras change theirs."""
        if self._planned is None or self._planned[:2] != (source_wh, fit_wh):
            small = self._camera.small_objects
            object_px = smallest_px(self._camera, source_wh) if small else SEEN_PX / _lying_scale(source_wh, fit_wh)
            tiles = plan(self._polygons, source_wh, fit_wh, object_px=object_px)
            self._planned = source_wh, fit_wh, tiles
        return self._planned[2]


def is_across(source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> bool:
    """Whether the picture stands upright and the detector's input lies, or the other way round."""
    return (source_wh[0] - source_wh[1]) * (fit_wh[0] - fit_wh[1]) < 0


def _lying_scale(source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> float:
    """How large the picture would be shown if it lay as the input does."""
    return min(max(fit_wh) / max(source_wh), min(fit_wh) / min(source_wh))


def smallest_px(camera: CameraSpec, source_wh: tuple[int, int]) -> float | None:
    """How many px a small thing takes in the farthest corner of the camera's zones; None where its ground was not
    measured, or where no corner lies before the horizon."""
    if camera.ground is None:
        return None
    corners = np.array([corner for zone in camera.zone for corner in zone.polygon]) * source_wh
    across_m = np.linalg.norm(camera.ground.plane(source_wh).metres_per_px(corners)[:, :, 0], axis=1)
    sizes = SMALL_M / across_m[np.isfinite(across_m) & (across_m > 0)]
    return float(sizes.min()) if len(sizes) else None
