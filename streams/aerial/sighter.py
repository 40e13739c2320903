"""From a picture and what was detected in it to places on the ground; and whether the telemetry is to be believed."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from drone.lens import Lens
from drone.locate import SAID, Refused
from drone.self_check import Verdict
from drone.view import View
from streams.aerial.locator import Locator, Sightings, cut_by_edge, pose_homography
from streams.aerial.patches import Look
from streams.aerial.poses import PoseSource
from streams.aerial.size import by_size
from streams.aerial.trust import MISPLACES, Witness, offset_of
from streams.settings.telemetry import TelemetrySettings
from vision.ego_motion import Motion, ego_motion
from vision.types import Detections, Floats, Frame, Picture

log = logging.getLogger("sanxun.aerial")

_LINK_S = 2.5  # looks further apart are not laid over each other by the picture
_FLAT_DEG = -15.0
_TELEMETRY_PX = 0.002  # of the focal length: a tenth of a degree from one look to the next
_NONE = np.zeros((0, 2))


class Sighter:
    """One moving camera's eyes: its poses, its lens, and how the ground moved between looks.

    `refusals` counts why things had no place; `doubted` is why telemetry is not believed, for people; `motion` is the
    ground's, from the look before to the last one, where that was so near in time that pictures tell.
    """

    def __init__(self, camera: str, settings: TelemetrySettings, poses: PoseSource) -> None:
        self.poses, self.witness = poses, Witness()
        self.refusals: dict[str, int] = {}
        self.doubted: str | None = None
        self.motion: Motion | None = None
        self._camera, self._settings = camera, settings
        self._locator = Locator(settings)
        self._before: tuple[float, Picture, Detections, View] | None = None

    def forget(self) -> None:
        """Time was set back: the look before is none."""
        self._before = None

    def another_flight(self) -> None:
        """Nothing was seen for so long that it is another one: what was found of the telemetry before says nothing of
        it. A recorded flight was judged as a whole."""
        self._before = None
        if not self.witness.settled:
            self.witness.restart()
            self.doubted = None

    def refused(self, frame: Frame) -> str | None:
        """Why nothing in that picture could be placed, counted; None where something can."""
        view = self._locator.view(self.poses.pose(frame), self.poses.track)
        reason = unplaced(view)
        said = self.doubted if reason is None else SAID[reason]
        if said is not None:
            self._count(said)
        return said

    def look(self, frame: Frame) -> Look:
        """How that picture was taken."""
        lens, view = self.seen_through(frame)
        return Look(frame, view, lens, self._locator.relief(view))

    def seen_through(self, frame: Frame) -> tuple[Lens, View]:
        """The lens and the pose of a picture."""
        track = self.poses.track
        return self._locator.lens(frame.source_wh, track), self._locator.view(self.poses.pose(frame), track)

    def see(self, look: Look, found: Detections) -> Sightings:
        """The places of what was found in it, and what of that is at rest."""
        frame, view, lens = look.frame, look.view, look.lens
        at_s = frame.captured_at.timestamp()
        found = by_size(found, view, lens)
        doubt = self._locator.doubt(self.poses.track, self.poses.time_s(frame))
        located = self._locator.locate(found, frame.source_wh, view, lens, doubt)
        for reason in located.refused[located.refused != 0]:
            self._count(SAID[Refused(int(reason))])
        earlier, elapsed_s = self._follow(look, found)
        rest, link, speed = self._locator.moving(self.motion, earlier, found, view, lens, elapsed_s)
        return Sightings(at_s, found, located, rest, link, speed, ~cut_by_edge(found.xyxy, frame.source_wh))

    def watch(self, look: Look) -> None:
        """A look of which nothing is placed, for telemetry is not believed: its pictures may say that it is right by
        now."""
        self._follow(look, Detections.empty(), believed=False)
        at_s = look.frame.captured_at.timestamp()
        if self.witness.due(at_s):
            self.judge(look.frame.source_wh, at_s)

    def _follow(self, look: Look, found: Detections, *, believed: bool = True) -> tuple[Floats, float]:
        """How the ground moved since the look before, into `motion` and for the witness: the boxes of that look, and
        how long ago it was."""
        frame, view, lens = look.frame, look.view, look.lens
        at_s = frame.captured_at.timestamp()
        before, elapsed_s = self._before, 0.0
        self.motion = None
        earlier = np.zeros((0, 4), np.float32)
        if before is not None and 0 < at_s - before[0] <= _LINK_S:
            elapsed_s, earlier = at_s - before[0], before[2].xyxy
            guess = pose_homography(before[3], view, lens, frame.source_wh) if believed else None
            if view.pitch_deg[0] > _FLAT_DEG:
                # Of a flat view little is ground: houses and the horizon would pass for it. Telemetry tells better.
                self.motion = None if guess is None else Motion(guess, _NONE, _NONE, _TELEMETRY_PX * lens.focal_px[0])
            else:
                self.motion = ego_motion(before[1], frame.luma, frame.source_wh, earlier, guess)
                if self.motion is not None:
                    now_s = self.poses.time_s(frame) - self.poses.offset_s
                    self.witness.saw(self.motion, now_s - elapsed_s, now_s, frame.source_wh)
        self._before = (at_s, frame.luma, found, view)
        return earlier, elapsed_s

    def covariance_m2(self, look: Look, lon: float, lat: float) -> NDArray[np.float64]:
        """How sure a place on the ground is that a look shows, (2, 2) of east and north."""
        doubt = self._locator.doubt(self.poses.track, self.poses.time_s(look.frame))
        return self._locator.covariance_m2(look.project(np.array([[lon, lat]])), look.view, look.lens, doubt)

    def judge(self, source_wh: tuple[int, int], at_s: float) -> Verdict | None:
        """Judge telemetry by what the pictures saw so far: clocks that differ are set, and what would put everything
        elsewhere is not believed any more. None before any telemetry."""
        track = self.poses.track
        if track is None:
            return None
        lens, ground = self._locator.lens(source_wh, track), self._locator.level(track)
        verdict = self.witness.judge(self._locator.prepared(track), lens, ground, at_s)
        offset_s = offset_of(verdict)
        if self._settings.offset_s is None and offset_s is not None:
            self.poses.offset_s = offset_s
        self.doubted = verdict.said if verdict.finding in MISPLACES else None
        log.log(logging.WARNING if self.doubted else logging.INFO, "camera %s: %s", self._camera, verdict.said)
        return verdict

    def _count(self, said: str) -> None:
        self.refusals[said] = self.refusals.get(said, 0) + 1


def unplaced(view: View) -> Refused | None:
    """Why nothing in a picture with that pose could be placed; None where something can."""
    if np.isnan(view.lon[0]) or np.isnan(view.lat[0]):
        return Refused.NO_POSE
    if not view.height_m[0] > 0:
        return Refused.NO_HEIGHT
    down = abs(view.pitch_deg[0] + 90) <= 3.0
    if np.isnan(view.pitch_deg[0]) or (np.isnan(view.yaw_deg[0]) and not down):
        return Refused.NO_GIMBAL
    return None
