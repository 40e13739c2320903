"""Scenes that we render: the two places of the demonstration, whose truth is in their plans."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.scenes.demo import DemoScene, demo_scenes
from models.scenes.street import render
from streams.accuracy.material import Box, Column, Material, Stand
from streams.accuracy.play import of_pictures
from streams.site import CameraSpec, ZoneSpec
from vision.types import HazardKind, Picture

_SIZE_WH = (640, 360)
_DWELL_S = 10.0
_LOOPS = 2


def rendered_clips(kind: HazardKind) -> Iterator[Material]:
    """The demonstration's scene of that hazard, twice over; nothing for hazards that it has no scene of."""
    for scene in demo_scenes():
        if HazardKind(scene.hazard) is kind:
            yield _material(scene, kind)


def _material(demo: DemoScene, kind: HazardKind) -> Material:
    length_s = _LOOPS * demo.duration_s
    zone = ZoneSpec(id="zone", hazards=(kind,), polygon=demo.zone, dwell_s=_DWELL_S)
    camera = CameraSpec(id=demo.name, url="rendered", zone=(zone,))

    def picture_at(at_s: float) -> Picture:
        return np.ascontiguousarray(render(demo.scene, at_s % demo.duration_s, _SIZE_WH)[0][:, :, ::-1])

    truth = tuple(_stand(demo, kind, loop * demo.duration_s) for loop in range(_LOOPS))
    play = of_pictures(picture_at, camera, length_s)
    licence = "AGPL-3.0-or-later"
    return Material(demo.name, "rendered by this project", licence, Column.RENDERED, camera, length_s, truth, play)


def _stand(demo: DemoScene, kind: HazardKind, from_s: float) -> Stand:
    begins_s, ends_s = from_s + demo.parked_from_s, from_s + demo.parked_until_s
    due_s = begins_s + _DWELL_S
    x, y = zip(*demo.zone, strict=True)
    box: Box = (min(x), min(y), max(x), max(y))
    return Stand(kind, "zone", begins_s, ends_s, due_s, due_s, box)
