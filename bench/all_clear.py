"""All-clears from the air: how many are false, and how many true ones are given, on rendered streets.

Cars stand along both kerbs; a drone hovers past, and again ten minutes later, which raises those that its detector
found. Then half of them go, and it comes by once more: from where it was (`same`), 20 or 35 degrees aside, or from the
other side. Its receiver and compass are off by another bit on each pass. `before` is the rule that three empty looks
clear a place, `now` the one of `streams/aerial/vacancy.py`. In `blind` rows the detector misses everything in the last
pass: what only the view and the picture hold back.

    PYTHONPATH=. python bench/all_clear.py --streets 24
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.cli.detector import open_detector
from streams.accuracy.aerial_scene import AerialScene, Flight
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.aerial.vacancy import Shows
from streams.aerial.vehicles import Vehicles
from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.settings.telemetry import TelemetrySettings
from streams.site import CameraSpec, ZoneSpec
from vision.detect import Detector
from vision.types import Change, Detections, Frame

WH, LOOKS_S = (640, 360), (0.0, 1.5, 3.0)
START = datetime(2026, 5, 1, 8, tzinfo=UTC)
SIDES = {"same": 0.0, "20 deg aside": 20.0, "35 deg aside": 35.0, "other side": 180.0}
AWAY = (900.0, 900.0)  # where a car is that has gone, so that the others stay as they are
SETTINGS = TelemetrySettings(view_deg=70.0)
Look = tuple[Frame, Detections]


class NotFoundIsGone(Vehicles):
    """As it was: what is in view, large enough, not covered and not found is empty."""

    def _shows(self, one: int, look: object) -> Shows:
        return Shows.FREE


class Before(AerialPipeline):
    keeps = NotFoundIsGone


@dataclass(frozen=True)
class Street:
    """A street's cars, and how its drone looks at it: metres high, degrees down, from which bearing."""

    number: int
    cars: tuple[tuple[float, float], ...]
    gone: frozenset[int]
    height_m: float
    down_deg: float
    bearing_deg: float

    @classmethod
    def drawn(cls, number: int) -> Street:
        rng = np.random.default_rng(number)
        along = [(side, float(y)) for side in (-1, 1) for y in np.arange(-15, 16, 7.5) + rng.uniform(-0.8, 0.8)]
        cars = tuple((side * 5.8 + float(rng.normal(0, 0.1)), y) for side, y in along)
        gone = frozenset(rng.choice(len(cars), len(cars) // 2, replace=False).tolist())
        height_m, down_deg, bearing_deg = (float(rng.uniform(*span)) for span in ((25, 40), (40, 65), (0, 360)))
        return cls(number, cars, gone, height_m, down_deg, bearing_deg)

    def scene(self, turned_deg: float, *, half: bool) -> AerialScene:
        """The scene from a hovering drone that drifts at 1.5 m/s; with `half`, without those that have gone."""
        cars = tuple(AWAY if half and n in self.gone else at for n, at in enumerate(self.cars))
        hover = partial(hovering, self.height_m, self.down_deg, self.bearing_deg + turned_deg)
        return AerialScene(Flight(hover), cars, resolution_wh=WH, seed=self.number + 5)

    def camera(self, scene: AerialScene) -> CameraSpec:
        zones = []
        for side in (-1, 1):
            ring = np.array([(3.5, -25), (8.5, -25), (8.5, 25), (3.5, 25)]) * (side, 1)
            lonlat = tuple((float(lon), float(lat)) for lon, lat in scene.lonlat(ring))
            kerb = {"id": f"kerb{side}", "hazards": ["illegal_parking"], "lonlat": lonlat, "dwell_s": 300}
            zones.append(ZoneSpec.model_validate(kerb))
        return CameraSpec(id="drone-1", url="file.mp4", telemetry=SETTINGS, zone=tuple(zones))


def hovering(
    height_m: float, down_deg: float, bearing_deg: float, time_s: float
) -> tuple[float, float, float, float, float]:
    away, turn = height_m / math.tan(math.radians(down_deg)), math.radians(bearing_deg)
    east, north = math.sin(turn), math.cos(turn)
    drift = 1.5 * time_s
    yaw = (bearing_deg + 180) % 360
    return away * east + drift * north, away * north - drift * east, height_m, yaw, -down_deg


def looked(scene: AerialScene, detector: Detector) -> list[Look]:
    found = []
    for at_s in LOOKS_S:
        picture = scene.picture(at_s)[0]
        frame = Frame("drone-1", START, at_s, WH, ArrayShot(picture))
        found.append((frame, detector(frame.rgb, WH)))
    return found


class Drone:
    """One pipeline from pass to pass."""

    def __init__(self, kind: type[AerialPipeline], street: Street, scene: AerialScene) -> None:
        self.kind, self.street, self.camera = kind, street, street.camera(scene)
        self.state: bytes | None = None

    def passes(
        self, scene: AerialScene, looks: list[Look], begins_s: float, bias: NDArray[np.float64], *, blind: bool = False
    ) -> list[Event]:
        def noise(times: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.broadcast_to(bias, (len(times), 7))

        track = scene.telemetry(LOOKS_S[-1] + 1.0, noise=noise)
        pipeline = self.kind(self.camera, self.state, poses=FilePoses(track))
        events: list[Event] = []
        for frame, found in looks:
            moment = START + timedelta(seconds=begins_s + frame.pts_s)
            now = Frame(frame.camera, moment, frame.pts_s, frame.source_wh, frame.shot)
            pipeline.wants(now)
            events += pipeline.step(now, Detections.empty() if blind else found)
        self.state = pipeline.state()
        return events


def bias_of(rng: np.random.Generator) -> NDArray[np.float64]:
    """What a receiver, a barometer and a compass are off by on one pass."""
    east, north, up = rng.normal(0, (0.8, 0.8, 0.5))
    yaw, pitch = rng.normal(0, (1.0, 0.5))
    return np.array([east / 91_470.0, north / 111_320.0, up, up, yaw, pitch, 0.0])


def car_of(street: Street, scene: AerialScene, event: Event) -> int | None:
    """The car that an event is about; None where it stands nearer to none than 3 m."""
    assert event.place is not None
    off = (scene.lonlat(np.array(street.cars)) - (event.place.lon, event.place.lat)) * (91_470.0, 111_320.0)
    apart = np.linalg.norm(off, axis=1)
    return int(apart.argmin()) if apart.min() < 3.0 else None


def measured(street: Street, detector: Detector) -> Counter[tuple[str, str, str]]:
    """(rule, side, what) to how often."""
    rng, count = np.random.default_rng(1000 + street.number), Counter[tuple[str, str, str]]()
    full = street.scene(0.0, half=False)
    first = looked(full, detector)
    biases = [bias_of(rng) for _ in range(2 + len(SIDES))]
    raised: dict[str, tuple[dict[str, int], bytes | None]] = {}
    for name, kind in (("before", Before), ("now", AerialPipeline)):
        drone = Drone(kind, street, full)
        events = drone.passes(full, first, 0.0, biases[0]) + drone.passes(full, first, 600.0, biases[1])
        cars = {e.incident_id: car for e in events if (car := car_of(street, full, e)) is not None}
        raised[name] = cars, drone.state
    for number, (side, turned_deg) in enumerate(SIDES.items()):
        scene = street.scene(turned_deg + float(rng.normal(0, 3)), half=True)
        looks = looked(scene, detector)
        for name, kind in (("before", Before), ("now", AerialPipeline)):
            for blind in (False, True):
                drone = Drone(kind, street, full)
                drone.state = raised[name][1]
                events = drone.passes(scene, looks, 1200.0, biases[2 + number], blind=blind)
                cleared = {raised[name][0].get(e.incident_id) for e in events if e.change is Change.CLEARED}
                row = f"{side}, blind" if blind else side
                for car in set(raised[name][0].values()):
                    what = "gone" if car in street.gone else "stays"
                    count[name, row, what] += 1
                    count[name, row, f"{what}, cleared"] += car in cleared
    return count


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--streets", type=int, default=24)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--data", type=Path, help="where the detector's choice is kept")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    detector = open_detector(None, options.data, threads=1, say=lambda text: None if options.json else print(text))
    total = Counter[tuple[str, str, str]]()
    for number in range(options.first, options.first + options.streets):
        total += measured(Street.drawn(number), detector)
        if not options.json:
            print(".", end="", flush=True)
    rows = [f"{side}{blind}" for blind in ("", ", blind") for side in SIDES]
    if options.json:
        print(json.dumps({f"{rule}/{row}/{what}": n for (rule, row, what), n in sorted(total.items())}, indent=1))
        return
    print(f"\n{options.streets} streets of 10 cars; cleared wrongly of those that stay, rightly of those that went")
    for row in rows:
        told = [
            f"{rule}: {total[rule, row, f'{what}, cleared']} of {total[rule, row, what]} {what}"
            for what in ("stays", "gone")
            for rule in ("before", "now")
        ]
        print(f"{row:22} {'; '.join(told)}")


if __name__ == "__main__":
    main()
