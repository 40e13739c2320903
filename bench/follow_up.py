"""Two flights over rendered streets: do the places that the first one found get told of by the follow-up?

Cars stand along both kerbs; a drone flies there and back with its camera across the street, and raises those that the
built-in weights find at rest for the dwell. Some go, the workers say that all have, and the follow-up plan of their
tickets is flown as an autopilot would: straight from stop to stop, hovering at each, the camera on the place.
Receiver and compass are off by another bit on each flight. A ticket is closed or sent back by the looks that the
service asks for, by its own rule; of those left, nobody could tell.

    PYTHONPATH=. python bench/follow_up.py --streets 12
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.cli.detector import open_detector
from api.hazards.kinds import Kind
from api.hazards.looks import RULES, Look, Outcome, Sees, decide
from bench.all_clear import AWAY, SETTINGS, START, WH, bias_of
from drone import lines
from drone.types import Gimbal, PatrolPlan, Roi, RoiEnd, Takeoff, Waypoint
from drone.visits import Seen, Spot, Visiting, height_as_seen_m, visit
from streams.accuracy.aerial_scene import AerialScene, Flight
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.relook import LookWanted, Relook
from streams.site import CameraSpec, ZoneSpec
from vision.detect import Detector
from vision.types import Change, Frame

HOME_M, LOOKS_HZ, STEP_S = (-30.0, -22.0), 2.5, 0.1
DWELL_S, HOLD_S, AGAIN_S = 8, 6.0, 600.0
Cars = tuple[tuple[float, float], ...]
State = tuple[float, float, float, float, float]  # east, north, up, yaw and pitch, as `Flight.at` gives them


def street(number: int) -> tuple[Cars, frozenset[int]]:
    """Cars bumper to bumper and by themselves, and which of them go."""
    rng = np.random.default_rng(number)
    along = [(side, y) for side in (-1, 1) for y in np.arange(-10, 41, 6.0) + rng.uniform(-0.5, 0.5)]
    chosen = sorted(rng.choice(len(along), 6, replace=False).tolist())
    cars = tuple((along[one][0] * 5.8 + float(rng.normal(0, 0.1)), float(along[one][1])) for one in chosen)
    return cars, frozenset(rng.choice(len(cars), 3, replace=False).tolist())


@dataclass
class Copter:
    """What flies a plan without inertia; `states` are its camera's, `STEP_S` apart, while it looks at something."""

    scene: AerialScene

    def states(self, plan: PatrolPlan) -> Iterator[State]:
        here, speed_m_s, heading = np.array([*HOME_M, 0.0]), 5.0, 0.0
        roi: NDArray[np.float64] | None = None
        gimbal: Gimbal | None = None
        for item in plan.items:
            match item:
                case Takeoff():
                    here[2] = item.height_above_home_m
                case Gimbal():
                    gimbal = item
                case Roi():
                    roi = self._metres(item.lon, item.lat, item.height_above_home_m)
                case RoiEnd():
                    roi = None
                case Waypoint():
                    there, speed_m_s = self._metres(item.lon, item.lat, item.height_above_home_m), item.speed_m_s
                    way = there - here
                    heading = math.degrees(math.atan2(way[0], way[1])) if np.hypot(*way[:2]) > 0.1 else heading
                    steps = max(1, round(float(np.linalg.norm(way)) / (speed_m_s * STEP_S)))
                    shares = [*((np.arange(steps) + 1) / steps), *([1.0] * round(item.hold_s / STEP_S))]
                    for share in shares:
                        at = here + way * share
                        if roi is not None:
                            yield (*at.tolist(), *_towards(roi - at))
                        elif gimbal is not None and not item.transit:
                            yaw = heading if gimbal.yaw_deg is None else gimbal.yaw_deg
                            yield (*at.tolist(), yaw, gimbal.pitch_deg)
                    here = there
                case _:
                    pass

    def _metres(self, lon: float, lat: float, height_m: float) -> NDArray[np.float64]:
        off = (np.array([lon, lat]) - self.scene.origin) * self._per_degree()
        return np.array([*off, height_m])

    def _per_degree(self) -> NDArray[np.float64]:
        """Metres a degree of longitude and of latitude."""
        return np.asarray(100.0 / (self.scene.lonlat(np.array([[100.0, 100.0]]))[0] - self.scene.origin))


def _towards(way: NDArray[np.float64]) -> tuple[float, float]:
    flat = float(np.hypot(way[0], way[1]))
    return math.degrees(math.atan2(way[0], way[1])), math.degrees(math.atan2(way[2], flat))


def camera(scene: AerialScene) -> CameraSpec:
    zones = []
    for side in (-1, 1):
        ring = np.array([(4, -40), (8, -40), (8, 60), (4, 60)]) * (side, 1)
        lonlat = tuple((float(lon), float(lat)) for lon, lat in scene.lonlat(ring))
        kerb = {"id": f"kerb{side}", "hazards": ["illegal_parking"], "lonlat": lonlat, "dwell_s": DWELL_S}
        zones.append(ZoneSpec.model_validate(kerb))
    return CameraSpec(id="drone-1", url="file.mp4", telemetry=SETTINGS, zone=tuple(zones))


class Drone:
    """One camera, what it knows from flight to flight, and its detector."""

    def __init__(self, number: int, detector: Detector) -> None:
        self.number, self.detector = number, detector
        self.state: bytes | None = None
        self.rng = np.random.default_rng(2000 + number)

    def fly(self, plan: PatrolPlan, cars: Cars, begins_s: float, relook: Relook | None = None) -> list[Event]:
        blank = AerialScene(Flight(lambda _: (0.0, 0.0, 30.0, 0.0, -60.0)), ())
        states = list(Copter(blank).states(plan))
        at = partial(_at, states)
        scene = AerialScene(Flight(at), cars, resolution_wh=WH, seed=self.number + 5)
        bias, length_s = bias_of(self.rng), len(states) * STEP_S
        track = scene.telemetry(length_s, noise=lambda times: np.broadcast_to(bias, (len(times), 7)))
        pipeline = AerialPipeline(camera(scene), self.state, poses=FilePoses(track))
        events: list[Event] = []
        for look in range(int(length_s * LOOKS_HZ)):
            at_s = look / LOOKS_HZ
            picture = scene.picture(at_s)[0]
            moment = START + timedelta(seconds=begins_s + at_s)
            frame = Frame("drone-1", moment, at_s, WH, ArrayShot(picture))
            want = pipeline.wants(frame)
            found = self.detector(frame.rgb, WH) if want.infer else None
            events += pipeline.step(frame, found)
            if relook is not None and found is not None:
                relook.look(pipeline, frame, found)
        self.state = pipeline.state()
        return events


def _at(states: list[State], time_s: float) -> State:
    return states[min(round(time_s / STEP_S), len(states) - 1)]


def measured(number: int, detector: Detector) -> Counter[str]:
    cars, gone = street(number)
    drone, scene = Drone(number, detector), AerialScene(Flight(lambda _: (0.0, 0.0, 30.0, 0.0, -60.0)), ())
    line = [(float(lon), float(lat)) for lon, lat in scene.lonlat(np.array([(0.0, -25.0), (0.0, 50.0)]))]
    lon, lat = (float(v) for v in scene.lonlat(np.array([HOME_M]))[0])
    (first,) = lines.corridor(line, lines.Look(30.0, 4.0, 15.0, -55.0), (lon, lat))
    raised = [event for event in drone.fly(first, cars, 0.0) if event.change is Change.RAISED]
    count = Counter({"cars": len(cars), "raised": len(raised)})
    if not raised:
        return count
    spots = [Spot(e.incident_id, e.place.lon, e.place.lat, seen=_seen(e)) for e in raised if e.place is not None]
    how = Visiting(round(height_as_seen_m(spots, 60.0), 2), 5.0, hold_s=HOLD_S)
    done_at, relook, found = START + timedelta(seconds=AGAIN_S), Relook(), list[Event]()
    relook.ask(
        LookWanted(e.incident_id, "drone-1", e.zone, e.hazard, (0.0, 0.0, 1.0, 1.0), done_at, picture=False)
        for e in raised
    )
    now = tuple(AWAY if one in gone else at for one, at in enumerate(cars))
    for flight in visit(spots, how, (lon, lat)).flights:
        found += drone.fly(flight, now, AGAIN_S + 120.0, relook)
    taken = relook.take()
    seen_cars = Counter[int]()
    for event in raised:
        one = _car(scene, cars, event)
        seen_cars[one] += 1
        looks = [
            Look(datetime.fromisoformat(str(look["captured_at"])), Sees(look["sees"]))
            for look in taken
            if look["incident_id"] == event.incident_id
        ]
        cleared = any(e.incident_id == event.incident_id and e.change is Change.CLEARED for e in found)
        outcomes = (decide(looks[: n + 1], done_at, RULES[Kind.ILLEGAL_PARKING]) for n in range(len(looks)))
        outcome = next((o for o in outcomes if o is not Outcome.UNDECIDED), Outcome.GONE if cleared else "undecided")
        count[f"{'went' if one in gone else 'stays'}: {outcome}"] += 1
    count["raised twice"] += sum(times - 1 for times in seen_cars.values())
    return count


def _seen(event: Event) -> Seen:
    bearing_deg, down_deg, away_m = (float(event.why[f"seen_{name}"]) for name in ("from_deg", "down_deg", "away_m"))
    return Seen(bearing_deg, down_deg, away_m)


def _car(scene: AerialScene, cars: Cars, event: Event) -> int:
    assert event.place is not None
    off = (scene.lonlat(np.array(cars)) - (event.place.lon, event.place.lat)) * (91_470.0, 111_320.0)
    return int(np.linalg.norm(off, axis=1).argmin())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--streets", type=int, default=12)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--data", type=Path, help="where the detector's choice is kept")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    detector = open_detector(None, options.data, threads=1, say=lambda text: None if options.json else print(text))
    total = Counter[str]()
    for number in range(options.first, options.first + options.streets):
        now = measured(number, detector)
        total += now
        if not options.json:
            print(number, dict(sorted(now.items())), flush=True)
    print(json.dumps(dict(sorted(total.items())), indent=1))


if __name__ == "__main__":
    main()
