"""How many frames a second one core tracks and judges: a crowded street of 200 boxes, some of them parked.

    python bench/track.py [--boxes 200] [--places 20] [--hz 5] [--frames 300] [--runs 5]

Boxes drive along at street speed, jitter as a detector's do and are missed one time in twenty; the parked ones stand
in a no-parking zone and become the rule's places, and a few of the others drive through it. Each box is painted into
the picture, and everything is made before the clock starts. Prints JSON: frames per second of the tracker alone, of
tracker and parking rule, of both as the pipeline asks them (`as_asked`: the tracker every frame, the rule every 0.4 s)
and of the whole pipeline step (health, gate, tracker, rule), each by CPU time of the one thread (what a core does,
though caches shared with others slow that too) and by wall clock, medians; and how many places the rule held.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from models import machine
from models.spec import VEHICLES
from streams.decoding.picture import ArrayShot
from streams.pipeline import CameraPipeline
from streams.site import CameraSpec, ZoneSpec
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.track import Tracker
from vision.types import Detections, Frame, HazardKind, Picture
from vision.zones import Zone

_WH = (1920, 1080)
_SMALL_WH = (640, 360)
_KERB = ((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0))  # where the parked ones stand
_DWELL_S = 36_000.0  # never raised: a still for evidence is not what is measured
_CLASSES = np.array([0, 1, 2, 2, 2, 3, 4])
_RULES_EVERY_S = 0.4  # as `streams.pipeline` has it
_START = datetime(2026, 1, 1, tzinfo=UTC)


def scene(
    boxes: int, places: int, through: int, frames: int, hz: float, seed: int
) -> Iterator[tuple[Detections, Picture]]:
    """Each look's detections and its picture, RGB uint8 (360, 640, 3), by seed."""
    random = np.random.default_rng(seed)
    parked = np.stack(np.meshgrid(np.linspace(60, 1860, -(-places // 4)), np.linspace(700, 1000, 4)), axis=-1)
    moving = random.uniform((0, 0), (_WH[0], 0.55 * _WH[1]), (boxes - places, 2))
    moving[:through, 1] += 0.45 * _WH[1]
    centres = np.concatenate([parked.reshape(-1, 2)[:places], moving])
    speed = np.zeros((boxes, 2))
    speed[places:, 0] = random.normal(0, 120, boxes - places)
    sides = np.concatenate([np.full((places, 2), (100.0, 60.0)), random.uniform(25, 120, (boxes - places, 2))])
    kinds = np.concatenate([np.full(places, 2), random.choice(_CLASSES, boxes - places)])
    skins = random.integers(20, 235, (boxes, 6, 8, 3)).astype(np.uint8)
    street = np.kron(random.uniform(60, 190, (36, 64, 3)), np.ones((10, 10, 1)))
    for look in range(frames):
        there = (centres + speed * look / hz) % _WH
        now = there + random.normal(0, 1.5, (boxes, 2))
        seen = random.random(boxes) >= 0.05
        xyxy = np.clip(np.hstack([now - sides / 2, now + sides / 2]), 0, [*_WH, *_WH])[seen]
        sure = random.uniform(0.3, 0.9, int(seen.sum()))
        found = Detections(xyxy.astype(np.float32), sure.astype(np.float32), kinds[seen].astype(np.int64))
        picture = np.clip(street + random.normal(0, 2, street.shape), 0, 255).astype(np.uint8)
        paint(picture, np.hstack([there - sides / 2, there + sides / 2]) * (_SMALL_WH[0] / _WH[0]), skins)
        yield found, picture


def paint(picture: Picture, xyxy: NDArray[np.float64], skins: Picture) -> None:
    """Each box's own pattern, px of the picture, the moving ones before the parked ones where they overlap."""
    for box, skin in reversed(list(zip(xyxy, skins, strict=True))):
        x1, y1, x2, y2 = (int(side) for side in box)
        grown = cv2.resize(skin, (max(1, x2 - x1), max(1, y2 - y1)), interpolation=cv2.INTER_LINEAR)
        left, top = max(0, -x1), max(0, -y1)
        place = picture[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
        place[:] = grown[top : top + place.shape[0], left : left + place.shape[1]]


def tracker_alone(looks: Sequence[Detections], hz: float) -> Callable[[], None]:
    def run() -> None:
        tracker = Tracker()
        for number, detections in enumerate(looks):
            tracker.update(detections, number / hz)

    return run


def tracker_and_rule(
    looks: Sequence[Detections], greys: Sequence[Picture], hz: float, held: list[int], every: int = 1
) -> Callable[[], None]:
    """The rule sees each `every`-th look."""

    def run() -> None:
        tracker = Tracker()
        rule = AtRest(HazardKind.ILLEGAL_PARKING, "kerb", Zone(_KERB), VEHICLES, _DWELL_S, 3.0)
        held.clear()
        for number, detections in enumerate(looks):
            tracker.update(detections, number / hz)
            if number % every == 0:
                rule.update(Observation(number / hz, _WH, greys[number], detections))
                held.append(len(rule.places))

    return run


def whole_step(looks: Sequence[Detections], frames: Sequence[Frame]) -> Callable[[], None]:
    zone = ZoneSpec(id="kerb", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=_KERB, dwell_s=_DWELL_S)
    camera = CameraSpec(id="bench", url="bench", zone=(zone,))

    def run() -> None:
        pipeline = CameraPipeline(camera)
        for detections, frame in zip(looks, frames, strict=True):
            pipeline.wants(frame)
            pipeline.step(frame, detections)

    return run


def rates(run: Callable[[], None], frames: int, runs: int) -> dict[str, float]:
    """Median frames per second by CPU time of this thread and by wall clock; one run before them warms up."""
    run()
    by_cpu, by_wall = [], []
    for _ in range(runs):
        cpu_s, wall_s = time.thread_time(), time.perf_counter()
        run()
        by_cpu.append(frames / (time.thread_time() - cpu_s))
        by_wall.append(frames / (time.perf_counter() - wall_s))
    return {"fps": round(statistics.median(by_cpu), 1), "wall_fps": round(statistics.median(by_wall), 1)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--boxes", type=int, default=200)
    options.add_argument("--places", type=int, default=20)
    options.add_argument("--through", type=int, default=10, help="of the others, those that drive through the zone")
    options.add_argument("--hz", type=float, default=5.0, help="looks a second")
    options.add_argument("--frames", type=int, default=300)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if min(given.places, given.through) < 0 or given.places + given.through > given.boxes:
        options.error(f"--places and --through must be 0 to --boxes ({given.boxes}) together")
    looks, frames = [], []
    street = scene(given.boxes, given.places, given.through, given.frames, given.hz, given.seed)
    for number, (found, picture) in enumerate(street):
        looks.append(found)
        at_s = number / given.hz
        frames.append(Frame("bench", _START + timedelta(seconds=at_s), at_s, _WH, ArrayShot(picture, _SMALL_WH)))
    greys = [frame.luma for frame in frames]
    held: list[int] = []
    line = {
        **vars(given),
        "tracker": rates(tracker_alone(looks, given.hz), given.frames, given.runs),
        "tracker_and_rule": rates(tracker_and_rule(looks, greys, given.hz, held), given.frames, given.runs),
        "as_asked": rates(
            tracker_and_rule(looks, greys, given.hz, [], math.ceil(_RULES_EVERY_S * given.hz - 1e-6)),
            given.frames,
            given.runs,
        ),
        "whole_step": rates(whole_step(looks, frames), given.frames, given.runs),
        "places_mean": round(statistics.mean(held), 1),
        "places_at_the_end": held[-1],
        "machine": machine.cpu().name,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
