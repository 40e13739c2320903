"""Watching one camera or clip for a while, and counting what its picture is used for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from models.spec import VEHICLES
from streams.backoff import Backoff
from streams.clock import Clock, SystemClock
from streams.decoding.decode import Decoder
from streams.errors import SourceUnusable, StreamError
from streams.evidence.still import still
from streams.sources.source import Source
from streams.suggest.heat import Heat, counted
from vision.detect import Detector
from vision.ground_learnt import GroundLearner, Learnt
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.track import Tracker
from vision.types import Change, Detections, Floats, Frame, Hazard, HazardKind
from vision.zones import Zone

log = logging.getLogger("sanxun.suggest")

_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_STAY_S = 5.0  # from here on a vehicle has stopped
_GONE_S = 2.0
_STUMBLE_S = 5.0
_START = datetime(1970, 1, 1, tzinfo=UTC)
# Sides of things as the detector is shown them, px: how many were so small.
SIZES_PX: NDArray[np.float64] = np.array([8, 12, 16, 20, 24, 32, 48, 64, 96, 128])


@dataclass
class Survey:
    """What was seen of a camera. `sizes` counts things by the longer side that the detector was shown, px, in bins
    between `SIZES_PX`. `picture_jpeg` is the newest look, person heads made unrecognisable."""

    source_wh: tuple[int, int] = (0, 0)
    watched_s: float = 0.0
    looks: int = 0
    heat: Heat = field(default_factory=Heat)
    ground: Learnt | None = None
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(SIZES_PX) + 1, np.int64))
    key_interval_s: float | None = None
    picture_jpeg: bytes | None = None


class Surveyor:
    """Counts looks into a `Survey`. Call `look` for each in order of capture, and `finish` once at the end."""

    def __init__(self, fit_wh: tuple[int, int]) -> None:
        self.survey = Survey()
        self._fit_wh = fit_wh
        self._ground = GroundLearner()
        self._begin_anew()
        self._newest: tuple[Frame, Detections] | None = None
        self._at_s: float | None = None

    def _begin_anew(self) -> None:
        self._tracker = Tracker()
        self._rule = AtRest(HazardKind.ILLEGAL_PARKING, "whole", Zone(_WHOLE), VEHICLES, _STAY_S, _GONE_S)
        self._standing: dict[int, Hazard] = {}

    def look(self, frame: Frame, detections: Detections) -> None:
        """Take in one look, with what the detector saw in it."""
        at_s, survey = frame.captured_at.timestamp(), self.survey
        gap_s = 0.0 if self._at_s is None else at_s - self._at_s
        if self._at_s is not None and -_STUMBLE_S < gap_s <= 0:
            return
        if gap_s < 0:
            self._begin_anew()  # somebody set the clock back
        self._at_s = at_s
        survey.source_wh, survey.looks = frame.source_wh, survey.looks + 1
        survey.watched_s += max(0.0, gap_s)
        tracks = self._tracker.update(detections, at_s)
        survey.heat.see(tracks, at_s, frame.source_wh)
        self._ground.see(detections, frame.source_wh)
        survey.sizes += _sizes(counted(detections), frame.source_wh, self._fit_wh)
        for hazard in self._rule.update(Observation(at_s, frame.source_wh, frame.luma, detections, tracks)):
            if hazard.change is Change.RAISED:
                self._standing[hazard.slot] = hazard
            elif self._standing.pop(hazard.slot, None) is not None:
                survey.heat.stay(hazard.xyxy, float(hazard.why.get("dwell_s", at_s - hazard.began_s)), frame.source_wh)
        self._newest = frame, detections

    def finish(self) -> Survey:
        """What stands there still has stood as long as it was seen to; the newest look becomes the picture."""
        if self._newest is None:
            return self.survey
        frame, detections = self._newest
        for hazard in self._standing.values():
            stood_s = frame.captured_at.timestamp() - hazard.began_s
            self.survey.heat.stay(hazard.xyxy, stood_s, frame.source_wh)
        self._standing.clear()
        self.survey.ground = self._ground.learnt(frame.source_wh)
        self.survey.picture_jpeg = still(frame, detections)
        return self.survey


def survey(
    open_it: Callable[[], Source],
    detector: Detector,
    *,
    camera: str,
    seconds: float,
    looks_hz: float = 2.0,
    clock: Clock | None = None,
    say: Callable[[str], None] = lambda _text: None,
) -> Survey:
    """Watch a source for `seconds` of media time, or a file to its end, and count.

    A live camera that breaks off is opened again, for as long as time is left. Raises `StreamError` where it could not
    be opened the first time, or not one picture could be decoded.
    """
    clock = clock or SystemClock()
    surveyor, backoff = Surveyor(detector.fit_wh), Backoff()
    until_s = clock.monotonic_s() + seconds
    left_s, is_live = seconds, True
    while is_live and left_s > 0:
        try:
            with open_it() as source:
                is_live = source.is_live
                _watch(source, surveyor, detector, camera, left_s, looks_hz, clock, say)
        except StreamError as error:
            if not surveyor.survey.looks or not is_live:
                raise
            log.warning("camera %s: %s; opened again", camera, error)
            clock.wait(threading.Event(), backoff.next_s())
        left_s = until_s - clock.monotonic_s()
    found = surveyor.finish()
    if not found.looks:
        raise SourceUnusable(f"{camera}: not one picture could be decoded")
    return found


def _watch(
    source: Source,
    surveyor: Surveyor,
    detector: Detector,
    camera: str,
    most_s: float,
    looks_hz: float,
    clock: Clock,
    say: Callable[[str], None],
) -> None:
    start = None if source.is_live else _START
    decoder = Decoder(source, camera=camera, looks_per_s=looks_hz, fit_wh=detector.fit_wh, clock=clock, start=start)
    told_s = 0.0
    for frame in decoder.frames(source.packets()):
        surveyor.look(frame, detector.see(frame))
        if frame.pts_s - told_s >= 60:
            told_s = frame.pts_s
            heat = surveyor.survey.heat
            say(f"{frame.pts_s:.0f} s: {heat.vehicles} vehicles drove by, {heat.stood} stood and went")
        if frame.pts_s >= most_s:
            break
    surveyor.survey.key_interval_s = decoder.stats.key_interval_s


def _sizes(detections: Detections, source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> NDArray[np.int64]:
    boxes: Floats = detections.xyxy
    scale = min(1.0, fit_wh[0] / source_wh[0], fit_wh[1] / source_wh[1])
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) * scale
    return np.bincount(np.searchsorted(SIZES_PX, longer), minlength=len(SIZES_PX) + 1).astype(np.int64)
