"""The clips of a folder of test material: those with a truth beside them, and those in which nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import av.error

from streams.accuracy.material import Column, Material, Stand
from streams.accuracy.origin import origin_of, origins
from streams.accuracy.play import of_clip
from streams.errors import SourceUnusable
from streams.site import CameraSpec, ZoneSpec
from vision.types import HazardKind

CLIPS = "clips"
VIDEOS = (".mp4", ".avi", ".mkv", ".mov", ".ts")
TRUTH_DWELL_S = 8.0  # what stands in the composed clips stands for 18 s and more


def told_clips(assets: Path, kind: HazardKind) -> Iterator[Material]:
    """The composed clips of `clips/TRUTH.json` with that hazard, and all others of it as clips that lack it: their
    zones are watched for this kind too, where a thing of another kind stands in them that is no such hazard."""
    known = origins(assets)
    for name, told in truth_of(assets).items():
        if told["hazard"] != kind:
            continue
        path = assets / CLIPS / name
        origin, licence = origin_of(known, f"{CLIPS}/{name}")
        wide, high, length_s = video_facts(path)
        zone = ZoneSpec(id="truth", hazards=(kind,), polygon=_zone(told, wide, high), dwell_s=TRUTH_DWELL_S)
        camera = CameraSpec(id=path.stem, url=str(path), zone=(zone,))
        x1, y1, x2, y2 = told["xyxy"]
        from_s, until_s = float(told["appears_s"]), float(told["leaves_s"])
        due_s, box = from_s + TRUTH_DWELL_S, (x1 / wide, y1 / high, x2 / wide, y2 / high)
        stand = Stand(kind, "truth", from_s, until_s, due_s, due_s, box)
        play = of_clip(path, camera)
        yield Material(name, origin, licence, Column.COMPOSED, camera, length_s, (stand,), play, ("clip",))


def truth_of(assets: Path) -> dict[str, dict[str, Any]]:
    """Entries of clips/TRUTH.json by the clip's name; empty where there is none. Raises `SourceUnusable`."""
    path = assets / CLIPS / "TRUTH.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SourceUnusable(f"{path} cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise SourceUnusable(f"{path} must hold an object with an entry for each clip, got a {type(told).__name__}")
    entries = {name: one for name, one in told.items() if isinstance(one, dict) and "hazard" in one}
    for name, one in entries.items():
        _check(f"{path}, {name}", one)
    return entries


def _check(where: str, told: dict[str, Any]) -> None:
    """Raises `SourceUnusable` for an entry that says too little, or what cannot be."""
    if told["hazard"] not in list(HazardKind):
        raise SourceUnusable(f"{where}: hazard must be one of {', '.join(HazardKind)}, got {told['hazard']!r}")
    try:
        from_s, until_s = float(told["appears_s"]), float(told["leaves_s"])
        x1, y1, x2, y2 = (float(v) for v in told["xyxy"])
        _ = [(float(x), float(y)) for x, y in told.get("zone", ())]
    except (KeyError, TypeError, ValueError) as error:
        raise SourceUnusable(
            f"{where}: expected appears_s and leaves_s in seconds, xyxy as four numbers in px and, if at all, zone as "
            f"corners of 0 to 1 ({type(error).__name__}: {error})"
        ) from error
    if not (0 <= from_s < until_s and x1 < x2 and y1 < y2):
        raise SourceUnusable(
            f"{where}: expected appears_s before leaves_s and xyxy as left, top, right, bottom, got {from_s:g} to "
            f"{until_s:g} s and {told['xyxy']}"
        )


def bare_clips(assets: Path) -> list[Path]:
    """Clips without an entry in TRUTH.json: nothing was put into them."""
    folder, told = assets / CLIPS, truth_of(assets)
    found = sorted(p for p in folder.glob("*") if p.suffix.lower() in VIDEOS and p.name not in told)
    if not found:
        raise SourceUnusable(
            f"no clip in {folder}: --assets (or SANXUN_ASSETS) must name a folder with clips/*.mp4 in it (or "
            f"{', '.join(VIDEOS[1:])})"
        )
    return found


def video_facts(path: Path) -> tuple[int, int, float]:
    """Width, height, length in seconds. Raises `SourceUnusable`."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            length_s = float(container.duration or 0) / av.time_base
            return stream.width, stream.height, length_s
    except IndexError:
        raise SourceUnusable(f"{path} holds no video") from None
    except (av.error.FFmpegError, OSError) as error:
        raise SourceUnusable(f"{path} cannot be read as video: {error.strerror or error}: is it whole?") from error


def _zone(told: dict[str, Any], wide: int, high: int) -> tuple[tuple[float, float], ...]:
    """The zone that the truth names, or the place and half its size around."""
    if "zone" in told:
        return tuple((float(x), float(y)) for x, y in told["zone"])
    x1, y1, x2, y2 = told["xyxy"]
    across, down = (x2 - x1) / 2, (y2 - y1) / 2
    left, right = max(0.0, (x1 - across) / wide), min(1.0, (x2 + across) / wide)
    top, bottom = max(0.0, (y1 - down) / high), min(1.0, (y2 + down) / high)
    return (left, top), (right, top), (right, bottom), (left, bottom)
