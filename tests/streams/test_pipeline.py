"""From looks to events: the same on every run, and after every restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.pipeline import CameraPipeline, Pace
from streams.rules import rules_of
from streams.site import CameraSpec, ZoneSpec
from tests.vision.builders import boxes, paint, street
from vision.types import Change, Detections, Frame, Hazard, HazardKind, Picture

START = datetime(2026, 1, 31, 8, tzinfo=UTC)
SPOT = (200.0, 150.0, 300.0, 220.0)
SPOT_IN_FULL = (400.0, 300.0, 600.0, 440.0)
ZONE = ZoneSpec(
    id="kerb",
    hazards=(HazardKind.ILLEGAL_PARKING, HazardKind.WIRING),
    polygon=((0, 0), (1, 0), (1, 1), (0, 1)),
    dwell_s=10,
)
CAMERA = CameraSpec(id="cam-1", url="rtsp://192.0.2.7/1", zone=(ZONE,))


def look(at_s: float, *, parked: bool = True) -> tuple[Frame, Detections]:
    # A little of a sensor's noise: pictures that are equal to the last bit are a camera that has frozen.
    noise = np.random.default_rng(round(at_s)).integers(-2, 3, (360, 640, 1))
    picture = np.clip((paint(street(), SPOT) if parked else street()) + noise, 0, 255).astype(np.uint8)
    full = cv2.resize(picture[:, :, ::-1], None, fx=2, fy=2)
    frame = Frame(
        "cam-1", START + timedelta(seconds=at_s), at_s, (1280, 720), ArrayShot(np.asarray(full[:, :, ::-1], np.uint8))
    )
    seen = boxes(*((tuple(2 * v for v in SPOT),) if parked else ()))  # type: ignore[arg-type]
    return frame, seen


def run(pipeline: CameraPipeline, from_s: int, to_s: int, *, parked: bool = True) -> list[Event]:
    return [event for t in range(from_s, to_s) for event in pipeline.step(*look(t, parked=parked))]


def test_at_a_screens_rate_rules_see_two_or_three_looks_a_second_and_the_one_that_decides() -> None:
    pipeline, told = CameraPipeline(CAMERA), []
    rule = pipeline.rules[0]
    seen: list[float] = []
    whole = rule.update
    rule.update = lambda look: (seen.append(look.at_s), whole(look))[1]  # type: ignore[method-assign]
    for tenth in range(104):
        told += pipeline.step(*look(tenth / 10))
    assert [(event.change, event.media_time_s) for event in told] == [("raised", 10.0)]
    assert 24 <= len(seen) <= 40


def test_a_parked_car_becomes_one_event_with_its_picture() -> None:
    (event,) = run(CameraPipeline(CAMERA), 0, 30)
    assert (event.change, event.hazard, event.camera, event.zone) == ("raised", "illegal_parking", "cam-1", "kerb")
    assert (event.began_s, event.media_time_s) == (0.0, 10.0)
    assert event.captured_at == START + timedelta(seconds=10)
    assert event.source_wh == (1280, 720)
    assert event.xyxy == SPOT_IN_FULL
    still = cv2.imdecode(np.frombuffer(event.still_jpeg or b"", np.uint8), cv2.IMREAD_COLOR)
    assert still is not None
    assert still.shape == (720, 1280, 3)


def test_two_runs_give_equal_events() -> None:
    assert run(CameraPipeline(CAMERA), 0, 30) == run(CameraPipeline(CAMERA), 0, 30)


def test_raising_and_clearing_share_an_incident_and_nothing_else() -> None:
    pipeline = CameraPipeline(CAMERA)
    (raised,) = run(pipeline, 0, 30)
    (cleared,) = run(pipeline, 30, 50, parked=False)
    assert cleared.change is Change.CLEARED
    assert raised.incident_id == cleared.incident_id
    assert raised.event_id != cleared.event_id


def test_a_worker_restarted_from_its_state_raises_nothing_twice_and_clears_what_it_raised() -> None:
    before = CameraPipeline(CAMERA)
    (raised,) = run(before, 0, 15)
    after = CameraPipeline(CAMERA, before.state())
    assert run(after, 20, 40) == []
    (cleared,) = run(after, 40, 60, parked=False)
    assert cleared.incident_id == raised.incident_id


def test_a_picture_that_shows_nothing_clears_nothing() -> None:
    pipeline = CameraPipeline(CAMERA)
    run(pipeline, 0, 15)
    for at_s in range(15, 60):
        frame, _ = look(at_s)
        black = replace(frame, shot=ArrayShot(np.zeros_like(frame.rgb)))
        assert pipeline.step(black, Detections.empty()) == []


def test_an_event_whose_picture_cannot_be_made_goes_without() -> None:
    class Broken(ArrayShot):
        def full_bgr(self) -> Picture:
            raise MemoryError("no room for a full-size picture")

    pipeline = CameraPipeline(CAMERA)
    events = [
        e for t in range(15) for e in pipeline.step(replace(look(t)[0], shot=Broken(paint(street(), SPOT))), look(t)[1])
    ]
    assert [(e.change, e.still_jpeg) for e in events] == [(Change.RAISED, None)]


def test_a_wall_clock_set_back_an_hour_blinds_no_camera() -> None:
    pipeline = CameraPipeline(CAMERA)
    run(pipeline, 3600, 3605)
    (event,) = run(pipeline, 0, 15)
    assert event.began_s == 0


@pytest.mark.parametrize("state", [b"", b"{}", b'{"version": 1, "rules": {"kerb/illegal_parking": {"places": [1]}}}'])
def test_a_state_that_cannot_be_read_is_begun_anew(state: bytes) -> None:
    assert len(run(CameraPipeline(CAMERA, state), 0, 15)) == 1


def test_a_state_of_an_unknown_version_is_begun_anew() -> None:
    assert CameraPipeline(CAMERA, b'{"version": 99, "rules": {}}').state() == CameraPipeline(CAMERA).state()


def test_a_frame_that_is_not_newer_is_ignored() -> None:
    pipeline = CameraPipeline(CAMERA)
    run(pipeline, 0, 9)
    state = pipeline.state()
    assert pipeline.step(*look(5)) == []
    assert pipeline.state() == state


def test_a_camera_asks_to_be_looked_at_when_something_will_be_decided() -> None:
    pipeline = CameraPipeline(CAMERA)
    run(pipeline, 0, 4, parked=False)
    assert pipeline.pace() == Pace(0.5, None)
    run(pipeline, 4, 8)
    assert pipeline.pace() == Pace(0.5, START.timestamp() + 4 + 10)
    run(pipeline, 8, 30)
    assert pipeline.pace() == Pace(0.5, None)


def gated(from_s: int, to_s: int, parked: Callable[[int], bool], *, gating: bool = True) -> tuple[list[Event], int]:
    """What the detector would have seen only where the pipeline asks for it, and how often it did."""
    pipeline, events, inferred = CameraPipeline(CAMERA, gating=gating), [], 0
    for t in range(from_s, to_s, 2):
        frame, detections = look(t, parked=parked(t))
        want = pipeline.wants(frame)
        inferred += want.infer
        events += pipeline.step(frame, detections if want.infer else None)
    return events, inferred


def test_gating_saves_most_inferences_and_loses_no_event() -> None:
    def parked(t: int) -> bool:
        return 20 <= t < 60

    events, inferred = gated(0, 200, parked)
    every, of = gated(0, 200, parked, gating=False)
    assert [(e.change, e.began_s) for e in events] == [(e.change, e.began_s) for e in every]
    assert [e.change for e in events] == [Change.RAISED, Change.CLEARED]
    assert inferred < of / 4


def test_what_came_to_rest_between_two_looks_of_the_rules_is_shown_to_them() -> None:
    """A key frame may follow a look that decided something at once: too soon for the rules, and not for the gate."""
    pipeline, told = CameraPipeline(CAMERA), []
    for at_s in (*range(51), 50.25, *range(51, 70)):
        frame, detections = look(at_s, parked=at_s >= 50)
        told += pipeline.step(frame, detections if pipeline.wants(frame).infer else None)
    assert [(event.change, event.media_time_s) for event in told] == [(Change.RAISED, 60.0)]


def test_a_still_picture_is_swept_all_the_same() -> None:
    assert gated(0, 300, lambda t: False)[1] == 1 + 300 // 60 - 1


def test_every_hazard_that_a_zone_can_ask_for_is_watched() -> None:
    zone = ZONE.model_copy(update={"hazards": tuple(HazardKind)})
    rules = rules_of(CAMERA.model_copy(update={"zone": (zone,)}))
    assert {rule.kind for rule in rules.values()} == set(HazardKind)


@pytest.mark.parametrize("by_s", [15, 600, -3600])
def test_a_wall_clock_that_is_set_while_a_car_dwells_neither_hastens_nor_delays_it(by_s: int) -> None:
    pipeline, raised = CameraPipeline(CAMERA), []
    for t in range(30):
        frame, detections = look(t)
        if t >= 5:
            frame = replace(frame, captured_at=frame.captured_at + timedelta(seconds=by_s))
        raised += [(t, event) for event in pipeline.step(frame, detections)]
    ((at, event),) = raised
    assert at == 10
    assert (event.captured_at - event.began_at).total_seconds() == pytest.approx(10.0)


@pytest.mark.parametrize("by_s", [120, -120])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_hazard_keeps_its_incident_though_the_clock_is_set_while_it_is_on(by_s: int, *, restarted: bool) -> None:
    pipeline, told = CameraPipeline(CAMERA), []
    for t in range(0, 44, 2):
        if restarted and t == 24:
            pipeline = CameraPipeline(CAMERA, pipeline.state())
        frame, detections = look(t, parked=t < 26)
        if t >= 18:
            frame = replace(frame, captured_at=frame.captured_at + timedelta(seconds=by_s))
        told += pipeline.step(frame, detections)
    assert [event.change for event in told] == [Change.RAISED, Change.CLEARED]
    assert len({event.incident_id for event in told}) == 1


def test_a_fault_in_one_rule_costs_no_event_of_another() -> None:
    pipeline = CameraPipeline(CAMERA)

    def fails(_look: object) -> list[Hazard]:
        raise RuntimeError("no weights")

    (wiring,) = (rule for rule in pipeline.rules if rule.kind is HazardKind.WIRING)
    wiring.update = fails  # type: ignore[method-assign]
    assert [event.change for event in run(pipeline, 0, 14)] == [Change.RAISED]


def test_a_new_view_that_people_accepted_is_judged_anew() -> None:
    before = CameraPipeline(CAMERA)
    assert len(run(before, 0, 14)) == 1
    after = CameraPipeline(CAMERA.model_copy(update={"view": 1}), before.state())
    assert run(after, 14, 20, parked=False) == []
    assert [event.change for event in run(after, 20, 34)] == [Change.RAISED]
