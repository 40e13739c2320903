"""Goods in fire lanes seen from the air: how many are raised and cleared, and what is raised that is none.

Rendered streets with both kerbs as fire lanes; a drone passes over six times, ten minutes apart. Nothing lies there on
the first two passes; heaps and crates lie there on the next two, and are gone on the last two. Cars that the detector's
truth boxes cover come and go between passes. On each pass receiver, barometer, compass and gimbal are off by another
bit, as a DJI's are (0.8 m, 0.5 m, 1 and 0.5 degrees), and `--light` changes sun and sky from pass to pass. `--tall`
sets trees and posts beside the lanes, which lean another way in every look. With
`--blind` nobody boxes the cars, as if the detector missed them all.

    PYTHONPATH=. python bench/aerial_goods.py --streets 12
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from models.scenes.light import CLEAR_MORNING, Light, sun_at
from models.scenes.mesh import Mesh, MeshBuilder
from models.scenes.scene import Pole, Thing, Tree
from streams.accuracy.aerial_scene import AerialScene, passing
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.settings.telemetry import TelemetrySettings
from streams.site import CameraSpec, ZoneSpec
from vision.types import Change, Detections, Frame

WH, LOOKS_S, APART_S = (640, 360), tuple(range(0, 12, 2)), 600.0
START = datetime(2026, 5, 1, 8, tzinfo=UTC)
SETTINGS = TelemetrySettings(view_deg=70.0)
BARE, LAID, GONE = (0, 1), (2, 3), (4, 5)
NEAR_M = 5.0  # things lie 7 m apart
Looks = list[tuple[Frame, Detections]]


@dataclass(frozen=True)
class Street:
    """What lies on it (east, north, square metres), its cars by pass, and the light of each pass."""

    number: int
    things: tuple[Thing, ...]
    cars: tuple[tuple[tuple[float, float], ...], ...]
    lights: tuple[Light, ...]
    trees: tuple[Tree, ...] = ()
    poles: tuple[Pole, ...] = ()

    @classmethod
    def drawn(cls, number: int, *, light: bool, tall: bool = False) -> Street:
        rng = np.random.default_rng(number)
        along = np.arange(-24.0, 25.0, 8.0)
        slots = [(side * 5.6, float(y + rng.uniform(-1, 1))) for side in (-1, 1) for y in along]
        rng.shuffle(slots)
        things = tuple(Thing(goods(rng), x, y, float(rng.uniform(0, 3))) for x, y in slots[:4])
        cars = tuple(tuple(slots[4 + n] for n in range(6) if rng.random() < 0.5) for _ in range(6))
        lights = tuple(weather(rng) if light else CLEAR_MORNING for _ in range(6))
        if not tall:
            return cls(number, things, cars, lights)
        sides = [(float(side * rng.uniform(7.3, 9)), float(y)) for side in (-1, 1) for y in np.arange(-25, 26, 10)]
        trees = tuple(Tree(x, y, 2.5, float(rng.uniform(1.2, 2)), number) for x, y in sides[::2])
        poles = tuple(Pole(x, y, float(rng.uniform(3, 8)), 0.2, bool(rng.random() < 0.5)) for x, y in sides[1::2])
        return cls(number, things, cars, lights, trees, poles)

    def scene(self, part: int) -> AerialScene:
        things = self.things if part in LAID else ()
        return AerialScene(
            passing(),
            self.cars[part],
            resolution_wh=WH,
            seed=self.number + 5,
            things=things,
            light=self.lights[part],
            trees=self.trees,
            poles=self.poles,
        )

    def camera(self, scene: AerialScene) -> CameraSpec:
        zones = []
        for side in (-1, 1):
            ring = np.array([(3.5, -28), (7.0, -28), (7.0, 28), (3.5, 28)]) * (side, 1)
            lonlat = tuple((float(lon), float(lat)) for lon, lat in scene.lonlat(ring))
            lane = {"id": f"lane{side}", "hazards": ["fire_lane"], "lonlat": lonlat, "dwell_s": 300}
            zones.append(ZoneSpec.model_validate(lane))
        return CameraSpec(id="drone-1", url="file.mp4", telemetry=SETTINGS, zone=tuple(zones))


def goods(rng: np.random.Generator) -> Mesh:
    """A heap of six lumps, or a stack of crates, of 2 to 6 square metres."""
    made, size = MeshBuilder(), float(rng.uniform(1.5, 2.5))

    def colour() -> tuple[float, float, float]:
        blue, green, red = rng.uniform(30, 210, 3).tolist()
        return blue, green, red

    if rng.random() < 0.5:
        made.box((-size / 2, size / 2), (-size / 3, size / 3), (0, float(rng.uniform(0.5, 1.2))), colour())
        return made.build()
    for layer in range(6):
        x, y = (rng.uniform(-0.35, 0.35, 2) * size).tolist()
        half, high = float(rng.uniform(0.2, 0.4)) * size, float(rng.uniform(0.2, 0.6)) * size
        top = half * 0.6
        made.frustum(
            (x - half, x + half), (y - half, y + half), 0, (x - top, x + top), (y - top, y + top), high, colour(), layer
        )
    return made.build()


def weather(rng: np.random.Generator) -> Light:
    """Sun from any side, or an overcast sky."""
    sun = sun_at(float(rng.uniform(0, 2 * math.pi)), math.radians(float(rng.uniform(25, 65))))
    if rng.random() < 0.4:
        return replace(CLEAR_MORNING, sun=sun, ambient=float(rng.uniform(0.7, 0.95)), direct=0.12, shadow=0.1)
    return replace(CLEAR_MORNING, sun=sun, shadow=float(rng.uniform(0.35, 0.6)))


def bias_of(rng: np.random.Generator) -> NDArray[np.float64]:
    east, north, up = rng.normal(0, (0.8, 0.8, 0.5))
    yaw, pitch, roll = rng.normal(0, (1.0, 0.5, 0.5))
    return np.array([east / 91_470.0, north / 111_320.0, up, up, yaw, pitch, roll])


def flown(street: Street, *, blind: bool) -> tuple[list[tuple[int, Event]], AerialScene, float]:
    """Events with the pass of each, and seconds that a look took."""
    rng = np.random.default_rng(1000 + street.number)
    state: bytes | None = None
    events: list[tuple[int, Event]] = []
    took_s = 0.0
    for part in range(6):
        scene, bias = street.scene(part), bias_of(rng)
        track = scene.telemetry(LOOKS_S[-1] + 1.0, noise=lambda times, off=bias: np.broadcast_to(off, (len(times), 7)))
        pipeline = AerialPipeline(street.camera(scene), state, poses=FilePoses(track))
        for at_s in LOOKS_S:
            picture, found, _ = scene.picture(float(at_s))
            moment = START + timedelta(seconds=part * APART_S + at_s)
            frame = Frame("drone-1", moment, float(at_s), WH, ArrayShot(picture))
            began_s = time.perf_counter()
            pipeline.wants(frame)
            events += [(part, event) for event in pipeline.step(frame, Detections.empty() if blind else found)]
            took_s += time.perf_counter() - began_s
        state = pipeline.state()
    return events, scene, took_s / 6 / len(LOOKS_S)


def measured(street: Street, *, blind: bool) -> Counter[str]:
    events, scene, took_s = flown(street, blind=blind)
    count = Counter[str]({"things": len(street.things)})
    raised: dict[str, int | None] = {}
    for part, event in events:
        if event.why["what"] != "thing":
            continue
        if event.change is Change.RAISED:
            one = nearest(scene, event, [(thing.x_m, thing.y_m) for thing in street.things]) if part in LAID else None
            if one is not None:
                count["raised twice" if one in raised.values() else "raised"] += 1
            elif blind and nearest(scene, event, street.cars[part]) is not None:
                count["unboxed car"] += 1
            else:
                count["false"] += 1
                print(f"  street {street.number} pass {part}: false at {event.place}, {event.why['area_m2']:.1f} m2")
            raised[event.incident_id] = one
        elif raised.get(event.incident_id) is not None:
            count["cleared" if part in GONE else "cleared too soon"] += 1
    count["ms a look"] = round(1000 * took_s)
    return count


def nearest(scene: AerialScene, event: Event, places_m: Sequence[tuple[float, float]]) -> int | None:
    """Which of some places an event is about; None where none is near."""
    assert event.place is not None
    if not places_m:
        return None
    off = (scene.lonlat(np.array(places_m)) - (event.place.lon, event.place.lat)) * (91_470.0, 111_320.0)
    apart = np.linalg.norm(off, axis=1)
    return int(apart.argmin()) if apart.min() < NEAR_M else None


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--streets", type=int, default=12)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--light", action="store_true", help="another light on each pass")
    asked.add_argument("--tall", action="store_true", help="trees and posts beside the lanes")
    asked.add_argument("--blind", action="store_true", help="cars that nobody boxes")
    options = asked.parse_args()
    total = Counter[str]()
    for number in range(options.first, options.first + options.streets):
        count = measured(Street.drawn(number, light=options.light, tall=options.tall), blind=options.blind)
        print(number, dict(count), flush=True)
        total += count
    print(f"{options.streets} streets, light {options.light}, tall {options.tall}, blind {options.blind}:", dict(total))


if __name__ == "__main__":
    main()
