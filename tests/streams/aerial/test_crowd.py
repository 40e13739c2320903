"""People from above: counted, in metres on the ground, and where each of them stood is kept nowhere."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from drone.locate import project
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.settings.gathering import GatheringSettings
from tests.streams.aerial.flights import Flown, camera, kerb, look, street
from vision.types import Change, Detections, HazardKind

SCENE = street()
ZONE = kerb(SCENE).model_copy(
    update={"hazards": (HazardKind.GATHERING,), "gathering": GatheringSettings(people=4, radius_m=3, dwell_s=1.5)}
)
NEAR = ((-6.0, -4.0), (-5.0, -4.0), (-6.0, -3.0), (-5.0, -3.0), (-5.5, -5.0))
FAR = ((-6.0, -20.0), (-6.0, -10.0), (-6.0, 0.0), (-6.0, 10.0), (-6.0, 20.0))


def people(at_s: float, places_m: tuple[tuple[float, float], ...]) -> Detections:
    """Boxes of people who stand there, by the exact pose."""
    view = SCENE.view(at_s)
    foot, head = (project(SCENE.lonlat(np.array(places_m)), view, SCENE.lens, above) for above in (0.0, 1.7))
    half = np.abs(foot[:, 1] - head[:, 1]) / 5 + 1
    boxes = np.column_stack([foot[:, 0] - half, head[:, 1], foot[:, 0] + half, foot[:, 1]]).astype(np.float32)
    return Detections(boxes, np.full(len(boxes), 0.8, np.float32), np.zeros(len(boxes), np.int64))


def flown(*looks: tuple[float, tuple[tuple[float, float], ...]]) -> tuple[list[Event], AerialPipeline]:
    pipeline = AerialPipeline(camera(ZONE), poses=FilePoses(SCENE.telemetry(12.0)))
    events = []
    for begins_s, places in looks:
        at_s = begins_s % 1.0  # the drone hangs: the same pictures, later
        frame, _ = look(SCENE, at_s, begins_s - at_s)
        events += pipeline.step(frame, people(at_s, places) if places else people(at_s, FAR)[np.zeros(5, bool)])
    return events, pipeline


def test_people_near_each_other_are_a_gathering_once_and_over_when_they_part() -> None:
    events, pipeline = flown(*((float(t), NEAR) for t in range(4)), *((float(t), FAR) for t in range(4, 12)))
    assert [event.change for event in events] == [Change.RAISED, Change.CLEARED]
    raised = events[0]
    assert raised.hazard is HazardKind.GATHERING
    assert raised.why["count"] == 5
    assert raised.place is not None
    there = SCENE.lonlat(np.array([[-5.5, -3.8]]))[0]
    assert abs(raised.place.lon - there[0]) * 91_000 < 1.0
    assert abs(raised.place.lat - there[1]) * 111_000 < 1.0
    assert pipeline.book.places == {}


def test_few_people_tell_nothing_in_looks_unlike_those_that_found_them() -> None:
    """At dusk, or from another side, the detector may miss them all, and in every look."""
    events, pipeline = flown(*((float(t), NEAR) for t in range(4)))
    pipeline = AerialPipeline(camera(ZONE), pipeline.state(), poses=FilePoses(SCENE.telemetry(12.0)))
    nobody = people(0.0, FAR)[np.zeros(5, bool)]
    for begins_s in range(4, 12):
        frame, _ = look(SCENE, 0.0, float(begins_s))
        dark = (frame.full_bgr() * 0.4).astype(np.uint8)
        assert pipeline.step(replace(frame, shot=ArrayShot(dark)), nobody) == []
    cleared = [one for t in range(12, 20) for one in pipeline.step(look(SCENE, 0.0, float(t))[0], nobody)]
    assert [event.change for event in (*events, *cleared)] == [Change.RAISED, Change.CLEARED]


def test_the_same_number_of_people_spread_out_is_none() -> None:
    events, _ = flown(*((float(t), FAR) for t in range(5)))
    assert events == []


def test_nothing_of_a_person_is_stored() -> None:
    _, pipeline = flown(*((float(t), NEAR) for t in range(4)))
    stored = json.loads(pipeline.state())
    assert stored["book"]["places"] == []
    assert set(stored["rules"]["kerb/gathering"]) == {
        "slot", "raised", "looks", "spot", "since_s", "last_s", "sights",
    }  # fmt: skip
    assert all(len(one) == 6 for one in stored["rules"]["kerb/gathering"]["sights"]), (
        "five figures of a view, and how often"
    )


def test_a_gathering_goes_on_after_a_restart() -> None:
    _, before = flown(*((float(t), NEAR) for t in range(4)))
    after = AerialPipeline(camera(ZONE), before.state(), poses=FilePoses(SCENE.telemetry(12.0)))
    frame, _ = look(SCENE, 0.0, 5.0)
    assert after.step(frame, people(0.0, NEAR)) == []
    assert isinstance(Flown(ZONE).camera.zone[0].gathering, GatheringSettings)
