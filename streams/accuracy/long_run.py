"""Hours of looped street under changing light and weather: what is raised there though nothing is wrong."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streams.accuracy.clips import camera_id, clip_origin
from streams.accuracy.day import day
from streams.accuracy.material import Column, Material, Stand
from streams.accuracy.origin import origins
from streams.accuracy.places import vehicle_cuts
from streams.accuracy.play import of_pictures
from streams.accuracy.plot import Plot
from streams.accuracy.real import standing_in
from streams.accuracy.score import Outcome, Told, judge, told_of
from streams.accuracy.stage import Actor, Stage
from streams.accuracy.street import Street
from streams.errors import SourceUnusable
from streams.replay import Replayed
from streams.site import DEFAULT_DWELL_S, CameraSpec, ZoneSpec
from vision.detect import Detector
from vision.types import HazardKind

SLICE_S = 900.0
KINDS = (HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE)
_PARKS_S = (90.0, 780.0)  # within its slice
_FPS = 25


@dataclass(frozen=True, slots=True)
class Order:
    """`hours` camera-hours over all clips together; a day of light takes `day_s`."""

    hours: float
    day_s: float
    seed: int = 0


def run(
    order: Order, assets: Path, found: Sequence[Street], referee: Detector, detector: Detector, kept: Path
) -> Iterator[dict[str, Any]]:
    """Slice after slice of 15 minutes, turn about over the cameras; a line for each as it is done, appended to `kept`,
    from which a run that was broken off goes on. Raises `SourceUnusable`."""
    if not found:
        raise SourceUnusable("false alarms need a clip in which nothing is wrong: one without an entry in TRUTH.json")
    slices = max(1, round(order.hours * 3600 / SLICE_S))
    done = _read(kept, order, detector)
    known = origins(assets)
    yield from done
    states: dict[str, tuple[bytes, bytes]] = {line["camera"]: _unpacked(line["state"]) for line in done}
    for number in range(len(done), slices):
        street = found[number % len(found)]
        material, play_state = _material(order, number, len(found), street, referee, known), states.get(street.name)
        judged, last = _played(material(play_state), detector)
        if last is not None:
            states[street.name] = last.pipeline.state(), last.pipeline.view_state()
        line = _line(order, number, street, judged, detector) | {"state": _packed(states.get(street.name))}
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        yield line


def totals(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Camera-hours, alarms and the goal's figure: false alarms a camera-day, both hazards together."""
    hours = sum(line["hours"] for line in lines)
    false = sum(len(line["false_alarms"]) for line in lines)
    return {
        "camera_hours": round(hours, 3),
        "cameras": len({line["camera"] for line in lines}),
        "false_alarms": false,
        "by_hazard": {str(k): sum(a["kind"] == str(k) for line in lines for a in line["false_alarms"]) for k in KINDS},
        "per_camera_day": round(false / hours * 24, 3) if hours else None,
        "planted": sum(line["planted"] for line in lines),
        "raised": sum(line["raised"] for line in lines),
        "standing_in_clip": sum(line["standing_in_clip"] for line in lines),
        "inferences_a_look": round(sum(x["inferences"] for x in lines) / max(1, sum(x["looks"] for x in lines)), 3),
    }


def _material(
    order: Order, number: int, cameras: int, street: Street, referee: Detector, known: dict[str, tuple[str, str]]
) -> Any:
    """From the state of the camera to its next slice."""
    turn = number // cameras
    camera_seed = (order.seed, zlib.crc32(street.name.encode()))
    rng = np.random.default_rng(camera_seed)
    polygon = open_zone(street)
    zone = ZoneSpec(id="all", hazards=KINDS, polygon=polygon)
    camera = CameraSpec(id=camera_id(Path(street.name)), url="memory", zone=(zone,))
    first_s, last_s = turn * SLICE_S, (turn + 1) * SLICE_S
    overlays = day(rng, order.day_s, order.hours * 3600, infra_red=bool(number % cameras % 2))
    actors, truth = _parked(order, street, referee, turn) if turn % 2 else ((), ())
    stage = Stage(street, actors, overlays, speed=float(rng.uniform(0.9, 1.1)))
    origin, licence = clip_origin(known, street.name)
    name = f"{street.name}, {first_s / 3600:.2f} h to {last_s / 3600:.2f} h"

    def made(state: tuple[bytes, bytes] | None) -> Material:
        play = of_pictures(stage.picture, camera, last_s, first_s=first_s, state=state)
        return Material(name, origin, licence, Column.COMPOSED, camera, SLICE_S, truth, play, (), standing_in(street))

    return made


def open_zone(street: Street) -> tuple[tuple[float, float], ...]:
    """The lower part of the picture, from as high up as nothing stands in: looped, a queue would stand for ever."""
    high = street.size_wh[1]
    feet = np.sort(street.standing[:, 3]) / high if len(street.standing) else np.zeros(0)
    top = next((t for t in (0.2, 0.3, 0.4, 0.5, 0.6) if not (feet > t).any()), 0.2)
    return (0.0, top), (1.0, top), (1.0, 1.0), (0.0, 1.0)


def _parked(order: Order, street: Street, referee: Detector, turn: int) -> tuple[tuple[Actor, ...], tuple[Stand, ...]]:
    """One vehicle for most of the slice, where the street has one: it may be raised once by each rule, and no more."""
    if not vehicle_cuts(street):
        return (), ()
    rng = np.random.default_rng((order.seed, turn, 5))
    plot = Plot(rng, street, referee, DEFAULT_DWELL_S[HazardKind.ILLEGAL_PARKING], HazardKind.ILLEGAL_PARKING)
    top = open_zone(street)[0][1] * street.size_wh[1]
    try:
        patch, box = next(found for _ in range(6) if (found := plot.vehicle())[1][1] >= top)
    except (SourceUnusable, StopIteration):
        return (), ()
    from_s, until_s = (turn * SLICE_S + at_s for at_s in _PARKS_S)
    stands = tuple(
        Stand(kind, "all", from_s, until_s, from_s + DEFAULT_DWELL_S[kind], from_s + DEFAULT_DWELL_S[kind], where)
        for kind in KINDS
        for where in (plot.relative(box),)
    )
    return (plot.stands(patch, box, from_s, until_s),), stands


def _played(material: Material, detector: Detector) -> tuple[Outcome, Replayed | None]:
    told: list[Told] = []
    looks = inferences = 0
    last: Replayed | None = None
    for last in material.play(detector, True):
        looks += 1
        inferences += last.detections is not None
        told += [told_of(event) for event in last.events]
    judged = judge(material, told)
    judged.looks, judged.inferences = looks, inferences
    return judged, last


def _line(order: Order, number: int, street: Street, judged: Outcome, detector: Detector) -> dict[str, Any]:
    return {
        "slice": number,
        "order": [order.hours, order.day_s, order.seed],
        "model": detector.spec.name,
        "camera": street.name,
        "material": judged.material.name,
        "origin": judged.material.origin,
        "licence": judged.material.licence,
        "hours": SLICE_S / 3600,
        "planted": len(judged.material.truth),
        "raised": len(judged.hits),
        "standing_in_clip": judged.tolerated,
        "false_alarms": judged.line()["false_alarms"],
        "looks": judged.looks,
        "inferences": judged.inferences,
    }


def _read(kept: Path, order: Order, detector: Detector) -> list[dict[str, Any]]:
    """Slices that an earlier run has done; of another order or other weights they would mean nothing."""
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        return []
    try:
        lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        same = all(
            line["order"][1:] == [order.day_s, order.seed] and line["model"] == detector.spec.name for line in lines
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SourceUnusable(f"{kept} is not what an earlier run left behind ({error}): name another file") from error
    if not same:
        raise SourceUnusable(f"{kept} is of another seed, day or model: name another file, or give the same")
    return lines


def _packed(state: tuple[bytes, bytes] | None) -> list[str]:
    return [base64.b64encode(zlib.compress(part)).decode() for part in state or ()]


def _unpacked(state: Sequence[str]) -> tuple[bytes, bytes]:
    first, second = (zlib.decompress(base64.b64decode(part)) for part in state)
    return first, second
