"""How the detector is shown one camera's frames: whole, and in tiles where things would be small in it."""

from __future__ import annotations

import numpy as np

from streams.site import CameraSpec
from vision.detect import Detector
from vision.tiles import SEEN_PX, Tile, look_at, plan
from vision.types import Detections, Frame

_SMALL_M = 1.7  # a car's width, a person's height


class Viewer:
    """One camera's. A tiled look is still one turn, with an inference more for each tile.

    Tiled are cameras with small objects, and pictures that stand upright where the detector's input lies: fitted into
    it whole, they fill a third of it, and things are three fifths as large as in the same picture lying down.
    """

    def __init__(self, camera: CameraSpec) -> None:
        self._camera = camera
        self._polygons = [zone.polygon for zone in camera.zone]
        self._planned: tuple[tuple[int, int], tuple[int, int], tuple[Tile, ...]] | None = None

    def detect(self, frame: Frame, detector: Detector) -> Detections:
        """Everything that `detector` finds, each thing once, in px of the full frame."""
        if not self._polygons or not (self._camera.small_objects or is_across(frame.source_wh, detector.fit_wh)):
            return detector.see(frame)
        return look_at(frame, detector, self.tiles(frame.source_wh, detector.fit_wh))

    def tiles(self, source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> tuple[Tile, ...]:
        """Planned once for a resolution: cameras change theirs."""
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
    sizes = _SMALL_M / across_m[np.isfinite(across_m) & (across_m > 0)]
    return float(sizes.min()) if len(sizes) else None
