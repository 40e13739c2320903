"""How the detector is shown one camera's frames: whole, and in tiles where the camera is a wide one."""

from __future__ import annotations

from streams.site import CameraSpec
from vision.detect import Detector
from vision.tiles import Tile, look_at, plan
from vision.types import Detections, Frame


class Viewer:
    """One camera's. A tiled look is still one turn, with an inference more for each tile."""

    def __init__(self, camera: CameraSpec) -> None:
        self._polygons = [zone.polygon for zone in camera.zone] if camera.small_objects else []
        self._planned: tuple[tuple[int, int], tuple[int, int], tuple[Tile, ...]] | None = None

    def detect(self, frame: Frame, detector: Detector) -> Detections:
        """Everything that `detector` finds, each thing once, in px of the full frame."""
        if not self._polygons:
            return detector(frame.rgb, frame.source_wh)
        return look_at(frame, detector, self.tiles(frame.source_wh, detector.fit_wh))

    def tiles(self, source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> tuple[Tile, ...]:
        """Planned once for a resolution: cameras change theirs."""
        if self._planned is None or self._planned[:2] != (source_wh, fit_wh):
            self._planned = source_wh, fit_wh, plan(self._polygons, source_wh, fit_wh)
        return self._planned[2]
