"""The live code over a material: a clip through the decoder, or pictures that are made in memory for every look."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.accuracy.material import Play
from streams.dating import look_back
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.decoding.picture import ArrayShot
from streams.pipeline import CameraPipeline, Pace
from streams.replay import Replayed, replay
from streams.site import CameraSpec
from streams.viewing import Viewer
from vision.detect import Detector
from vision.types import Frame, Picture

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # a Monday morning in Shanghai
KEY_INTERVAL_S = 2.0  # as most cameras send them
_SERVES = 2.0  # key frames so much rarer than asked for still serve, as in streams/decoding/cadence.py
_SOONEST_S = 0.04

PictureAt = Callable[[float], Picture]


def of_clip(path: Path, camera: CameraSpec) -> Play:
    """The clip as `sanxun replay` plays it."""

    def play(detector: Detector, gating: bool) -> Iterator[Replayed]:
        return replay(str(path), camera, detector, start=START, gating=gating)

    return play


def of_pictures(
    picture_at: PictureAt,
    camera: CameraSpec,
    length_s: float,
    *,
    first_s: float = 0.0,
    gaps: tuple[tuple[float, float], ...] = (),
    restarts: tuple[float, ...] = (),
    state: tuple[bytes, bytes] | None = None,
) -> Play:
    """A camera whose picture at any second, RGB uint8 (h, w, 3), `picture_at` makes.

    It is looked at as a live one: at its key frames, one every 2 s from `first_s` on, and at the very moment when a
    rule has something to decide. Between the two ends of a gap no picture comes; at a restart the worker begins anew
    from what it has stored. `state`, a pipeline's and its view's, is what it begins with.
    """

    def play(detector: Detector, gating: bool) -> Iterator[Replayed]:
        pipeline, viewer = CameraPipeline(camera, *(state or (None, None)), gating=gating), Viewer(camera)
        due = sorted(restarts)
        at_s = first_s
        while at_s < length_s:
            while due and due[0] <= at_s:
                due.pop(0)
                pipeline = CameraPipeline(camera, pipeline.state(), pipeline.view_state(), gating=gating)
            if not any(a <= at_s < b for a, b in gaps):
                yield _look(picture_at(at_s), at_s, pipeline, viewer, detector)
            at_s = next_look_s(at_s, first_s, pipeline.pace())

    return play


def next_look_s(at_s: float, first_s: float, pace: Pace) -> float:
    """When a camera is looked at next: at a key frame at about the wanted rate, or sooner where something is due."""
    period_s = 1 / pace.hz
    if _SERVES * period_s < KEY_INTERVAL_S:
        next_s = at_s + period_s
    else:
        wait_s = max(_SOONEST_S, period_s - KEY_INTERVAL_S / 2)
        next_s = first_s + math.ceil((at_s + wait_s - first_s) / KEY_INTERVAL_S - 1e-9) * KEY_INTERVAL_S
    if pace.decides_s is not None:
        next_s = min(next_s, max(pace.decides_s - START.timestamp(), at_s + _SOONEST_S))
    return next_s


def _look(picture: Picture, at_s: float, pipeline: CameraPipeline, viewer: Viewer, detector: Detector) -> Replayed:
    high, wide = picture.shape[:2]
    captured_at = START + timedelta(seconds=at_s)
    shot = ArrayShot(picture, detector.fit_wh)
    frame = Frame(pipeline.camera.id, captured_at, at_s, (wide, high), shot)
    want = pipeline.wants(frame)
    detections = viewer.detect(frame, detector) if want.infer else None
    events = pipeline.step(frame, detections)
    look_back(pipeline, frame, _no_look_between, _NO_DECODERS)
    return Replayed(frame, detections, want.why, events, pipeline)


_NO_DECODERS = KeyDecoders()


def _no_look_between(frame: Frame, media_s: float) -> Look | None:
    """Every key frame is a look of its own: the last looks are all there is to date something by."""
    return None
