"""The clips of a folder of test material: those with a truth beside them, and those in which nothing is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import av.error
from pydantic import ValidationError

from streams.accuracy.material import Column, Material, Stand
from streams.accuracy.origin import origin_of, origins
from streams.accuracy.play import of_clip
from streams.accuracy.truth import TRUTH, Corners, ToldStand, check_within, truth_of
from streams.errors import SourceUnusable
from streams.settings.gathering import GatheringSettings
from streams.site import CameraSpec, ZoneSpec
from vision.types import HazardKind

CLIPS = "clips"
VIDEOS = (".mp4", ".avi", ".mkv", ".mov", ".ts", ".webm", ".m4v", ".mpg")

Say = Callable[[str], None]


def clips_folder(assets: Path) -> Path:
    """Where the clips are: the folder's clips/ or, where it has none, the folder itself."""
    return assets / CLIPS if (assets / CLIPS).is_dir() else assets


def clip_origin(known: dict[str, tuple[str, str]], name: str) -> tuple[str, str]:
    """Origin and licence of a clip by its name."""
    beside = f"{CLIPS}/{name}"
    return origin_of(known, beside if beside in known else name)


def camera_id(path: Path) -> str:
    """The clip's name, as far as a camera may be called so."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("._-")[:64] or "clip"


def told_clips(assets: Path, kind: HazardKind, say: Say) -> Iterator[Material]:
    """The clips with that hazard in them, by their truth. One that cannot be read is said and left out.

    Raises:
        SourceUnusable: the truth cannot be read, or cannot be that of its clip.
    """
    known, folder = origins(assets), clips_folder(assets)
    for name, every in truth_of(folder).items():
        told = [one for one in every if one.kind == kind]
        if not told:
            continue
        path, where = folder / name, f"{folder / TRUTH}, {name}"
        try:
            wide, high, length_s = video_facts(path)
        except SourceUnusable as error:
            say(f"{name} is left out, though {TRUTH} names it: {error}")
            continue
        for one in told:
            check_within(where, one, (wide, high), length_s)
        try:
            camera, stands = _watched(path, told, (wide, high))
        except ValidationError as error:
            faults = "; ".join(str(fault["msg"]) for fault in error.errors())
            raise SourceUnusable(f"{where}: no zone can be made of it: {faults}") from error
        origin, licence = clip_origin(known, name)
        yield Material(
            name, origin, licence, Column.COMPOSED, camera, length_s, stands, of_clip(path, camera), ("clip",)
        )


def bare_clips(assets: Path) -> list[Path]:
    """Clips without an entry in TRUTH.json: nothing was put into them. None where every clip has one."""
    folder = clips_folder(assets)
    told = truth_of(folder)
    found = sorted(p for p in folder.glob("*") if p.suffix.lower() in VIDEOS and p.name not in told)
    if not found and not told:
        raise SourceUnusable(
            f"no clip in {folder}: --assets (or SANXUN_ASSETS) must name a folder with clips/*.mp4 in it (or "
            f"{', '.join(VIDEOS[1:])})"
        )
    return found


def video_facts(path: Path) -> tuple[int, int, float]:
    """Width and height as it is shown, length in seconds, 0 where it does not say. Raises `SourceUnusable`."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            length_s = float(container.duration or 0) / av.time_base
            first = next(container.decode(stream))
            turned = round(first.rotation / 90) % 2 == 1
            return (first.height, first.width, length_s) if turned else (first.width, first.height, length_s)
    except IndexError:
        raise SourceUnusable(f"{path} holds no video") from None
    except StopIteration:
        raise SourceUnusable(f"{path} holds no picture that can be decoded: is it whole?") from None
    except (av.error.FFmpegError, OSError) as error:
        raise SourceUnusable(f"{path} cannot be read as video: {error.strerror or error}: is it whole?") from error


def _watched(path: Path, told: Sequence[ToldStand], size_wh: tuple[int, int]) -> tuple[CameraSpec, tuple[Stand, ...]]:
    """A zone for each that the truth names, and one around all the rest."""
    zones: dict[Corners, ZoneSpec] = {}
    stands = []
    wide, high = size_wh
    around = _around([one for one in told if one.zone is None], wide, high)
    for one in told:
        polygon = one.zone or around
        if polygon not in zones:
            zones[polygon] = _zone(f"truth-{len(zones) + 1}" if zones else "truth", one, polygon)
        x1, y1, x2, y2 = one.xyxy
        due_s, box = one.appears_s + zones[polygon].dwell_for(one.kind), (x1 / wide, y1 / high, x2 / wide, y2 / high)
        stands.append(Stand(one.kind, zones[polygon].id, one.appears_s, one.leaves_s, due_s, due_s, box))
    return CameraSpec(id=camera_id(path), url=str(path), zone=tuple(zones.values())), tuple(stands)


def _zone(zone_id: str, told: ToldStand, polygon: Corners) -> ZoneSpec:
    gathering = GatheringSettings(people=told.people)
    return ZoneSpec(id=zone_id, hazards=(told.kind,), polygon=polygon, dwell_s=told.dwell_s, gathering=gathering)


def _around(told: Sequence[ToldStand], wide: int, high: int) -> Corners:
    """The places and half their size around."""
    boxes = [
        (x1 - (x2 - x1) / 2, y1 - (y2 - y1) / 2, x2 + (x2 - x1) / 2, y2 + (y2 - y1) / 2)
        for x1, y1, x2, y2 in (one.xyxy for one in told)
    ]
    if not boxes:
        return ()
    left, top = max(0.0, min(b[0] for b in boxes) / wide), max(0.0, min(b[1] for b in boxes) / high)
    right, bottom = min(1.0, max(b[2] for b in boxes) / wide), min(1.0, max(b[3] for b in boxes) / high)
    return (left, top), (right, top), (right, bottom), (left, bottom)
