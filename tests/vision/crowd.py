"""People on the ground before a camera that is known exactly: boxes as a detector would give them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from vision.ground import GroundPlane, KnownGround, foot, from_camera
from vision.hazards.gathering import Gathering
from vision.hazards.rules import Observation
from vision.timetable import Timetable
from vision.track import Tracker
from vision.types import Change, Detections, Hazard
from vision.zones import Zone

WH = (1920, 1080)
CAMERA = (6.0, np.radians(25.0), 1600.0)  # height m, tilt, focal px
PLANE = from_camera(*CAMERA, WH)
EVERYWHERE = Zone([(0, 0), (1, 0), (1, 1), (0, 1)])
RING = np.array([[0, 10.0], [0.9, 10.5], [-0.8, 10.7], [0.4, 11.6], [-0.5, 11.5]])  # five who stand together, m
LUMA = np.full((36, 64), 120, np.uint8)


def people(at_m: NDArray[np.float64], tall_m: float | NDArray[np.float64] = 1.68, sure: float = 0.7) -> Detections:
    """Boxes of people who stand at (N, 2) metres: exact pinhole geometry, each 0.4 of its height wide."""
    height, tilt, focal = CAMERA
    feet = PLANE.pixels(at_m)
    below = height - np.broadcast_to(tall_m, len(at_m))
    down = below * np.cos(tilt) - at_m[:, 1] * np.sin(tilt)
    top = WH[1] / 2 + focal * down / (below * np.sin(tilt) + at_m[:, 1] * np.cos(tilt))
    half = 0.2 * (feet[:, 1] - top)
    xyxy = np.stack([feet[:, 0] - half, top, feet[:, 0] + half, feet[:, 1]], axis=1).astype(np.float32)
    n = len(at_m)
    return Detections(xyxy, np.full(n, sure, np.float32), np.full(n, ObjectClass.PERSON, np.int64))


def from_beyond(near_m: float) -> Zone:
    """The ground 8 m wide from so far before the camera to 20 m."""
    corners = PLANE.pixels(np.array([[-4, near_m], [4, near_m], [4, 20.0], [-4, 20.0]]))
    return Zone([(float(x) / WH[0], float(y) / WH[1]) for x, y in corners])


class Square:
    """A watched square: `see` is one look, a second after the last unless told otherwise."""

    def __init__(
        self,
        people: int = 5,
        dwell_s: float = 10.0,
        clear_s: float = 4.0,
        hours: Timetable | None = None,
        zone: Zone = EVERYWHERE,
    ) -> None:
        ground = KnownGround(lambda _: PLANE)
        self.rule = Gathering(
            "square",
            zone,
            ground,
            people=people,
            radius_m=3.0,
            dwell_s=dwell_s,
            clear_s=clear_s,
            fewest=3,
            hours=hours,
        )
        self.tracker = Tracker()
        self.at_s = 1000.0
        self.told: list[Hazard] = []

    def see(self, detections: Detections | None, after_s: float = 1.0, still_s: float | None = None) -> list[Hazard]:
        """`still_s`: since when the picture has been as it is, where somebody watches that."""
        self.at_s += after_s
        tracks = None if detections is None else self.tracker.update(detections, self.at_s)
        still = None if still_s is None else lambda box, wh: (still_s - 1, still_s)
        told = self.rule.update(Observation(self.at_s, WH, LUMA, detections, tracks, still))
        self.told += told
        return told

    def see_at(self, at_m: NDArray[np.float64], looks: int = 1, sway_m: float = 0.05) -> list[Hazard]:
        """So many looks at people who sway a little."""
        rng = np.random.default_rng(len(self.told) + int(self.at_s))
        return [hazard for _ in range(looks) for hazard in self.see(people(at_m + rng.normal(0, sway_m, at_m.shape)))]


def plane_error(plane: GroundPlane, at_m: NDArray[np.float64]) -> float:
    """The worst error of distances between people, as a share."""
    seen = plane.metres(foot(people(at_m).xyxy))
    i, k = np.triu_indices(len(at_m), 1)
    true, found = (np.linalg.norm(m[i] - m[k], axis=1) for m in (at_m, seen))
    return float(np.abs(found / true - 1).max())


def changes(square: Square) -> list[Change]:
    return [hazard.change for hazard in square.told]
