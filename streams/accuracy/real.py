"""Clips as they were recorded, in which nothing is wrong: every alarm in them is a false one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from streams.accuracy.clips import bare_clips, camera_id, clip_origin, video_facts
from streams.accuracy.compose import Say
from streams.accuracy.material import Box, Column, Material
from streams.accuracy.origin import origins
from streams.accuracy.play import of_clip
from streams.accuracy.street import Street
from streams.site import CameraSpec, ZoneSpec
from vision.types import HazardKind

DWELL_S = 10.0
_LONGER_S = 5.0  # than the dwell: a shorter clip could raise nothing
# All but the top fifth: sky, the far end of the street, and the clock that some recorders draw there.
_POLYGON = ((0.0, 0.2), (1.0, 0.2), (1.0, 1.0), (0.0, 1.0))


def bare_materials(assets: Path, found: Sequence[Street], kind: HazardKind, say: Say) -> Iterator[Material]:
    """Each clip once, as recorded, nearly all of its picture a zone. What stands in it from its first picture to its
    last, as the referee sees it, is really there, and is not counted."""
    known = origins(assets)
    steady = {street.name: street for street in found}
    for path in bare_clips(assets):
        if path.name not in steady:
            continue
        length_s = video_facts(path)[2]
        if length_s < DWELL_S + _LONGER_S:
            say(
                f"{path.name} is left out of the real clips: {length_s:.0f} s, too short for a dwell of {DWELL_S:.0f} s"
            )
            continue
        zone = ZoneSpec(id="all", hazards=(kind,), polygon=_POLYGON, dwell_s=DWELL_S)
        camera = CameraSpec(id=camera_id(path), url=str(path), zone=(zone,))
        yield Material(
            path.name,
            *clip_origin(known, path.name),
            Column.REAL,
            camera,
            length_s,
            (),
            of_clip(path, camera),
            ("as recorded",),
            standing_in(steady[path.name]),
        )


def standing_in(street: Street) -> tuple[Box, ...]:
    """Places where something stands in the clip, relative to the picture."""
    wide, high = street.size_wh
    return tuple((float(a) / wide, float(b) / high, float(c) / wide, float(d) / high) for a, b, c, d in street.standing)
