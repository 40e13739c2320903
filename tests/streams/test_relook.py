"""Looking again: what a worker answers of what people say is gone."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from streams.delivery.events import Event, utc_text
from streams.errors import ApiAway
from streams.pipeline import CameraPipeline
from streams.relook import LookWanted, Relook
from streams.site import CameraSpec, ZoneSpec
from tests.streams.test_pipeline import CAMERA, SPOT_IN_FULL, START, look, run
from vision.types import Detections, HazardKind


def asked(event: Event, since_s: float, **changes: Any) -> LookWanted:
    """What the API asks for with the answer to a status."""
    values = {
        "incident_id": event.incident_id,
        "camera": "cam-1",
        "zone": event.zone,
        "hazard": event.hazard.value,
        "xyxy": list(SPOT_IN_FULL),
        "source_wh": [1280, 720],
        "since": utc_text(START + timedelta(seconds=since_s)),
        "picture": False,
    }
    return LookWanted.of(values | changes)


def looks(pipeline: CameraPipeline, relook: Relook, from_s: int, to_s: int, *, parked: bool) -> list[dict[str, Any]]:
    for at_s in range(from_s, to_s):
        frame, detections = look(at_s, parked=parked)
        pipeline.step(frame, detections)
        relook.look(pipeline, frame, detections)
    return relook.take()


def test_there_while_it_stands_and_clear_once_it_is_gone() -> None:
    pipeline, relook = CameraPipeline(CAMERA), Relook()
    (raised,) = run(pipeline, 0, 30)
    relook.ask([asked(raised, 33)])
    still_there = looks(pipeline, relook, 30, 36, parked=True)
    assert [one["sees"] for one in still_there] == ["there"] * 3, "from the moment on at which it was said to be done"
    assert {one["still_jpeg"] for one in still_there} == {None}
    driven_off = looks(pipeline, relook, 36, 50, parked=False)
    words = [one["sees"] for one in driven_off]
    assert words[-3:] == ["clear"] * 3
    assert words == sorted(words, reverse=True), "there until the rule is sure, and clear from then on"
    assert relook.take() == []


def test_a_picture_comes_where_it_is_asked_for_and_is_there() -> None:
    pipeline, relook = CameraPipeline(CAMERA), Relook()
    (raised,) = run(pipeline, 0, 30)
    relook.ask([asked(raised, 29, picture=True)])
    assert relook.wants_picture("cam-1")
    assert not relook.wants_picture("cam-2")
    (one, _) = looks(pipeline, relook, 30, 32, parked=True)
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(one["still_jpeg"]), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (720, 1280, 3)


def test_another_car_in_the_same_place_is_not_clear() -> None:
    pipeline, relook = CameraPipeline(CAMERA), Relook()
    (raised,) = run(pipeline, 0, 30)
    relook.ask([asked(raised, 29, incident_id="an-incident-that-this-worker-has-lost")])
    assert {one["sees"] for one in looks(pipeline, relook, 30, 33, parked=True)} == {"there"}


def test_a_clock_that_is_set_back_ends_no_looking() -> None:
    pipeline, relook = CameraPipeline(CAMERA), Relook()
    (raised,) = run(pipeline, 600, 630)
    relook.ask([asked(raised, 0)])
    assert len(looks(pipeline, relook, 630, 633, parked=True)) == 3
    assert len(looks(pipeline, relook, 30, 33, parked=True)) == 3


def test_where_nobody_looks_for_it_any_more_nothing_is_said() -> None:
    pipeline, relook = CameraPipeline(CAMERA), Relook()
    (raised,) = run(pipeline, 0, 30)
    relook.ask([asked(raised, 29, zone="a zone that was taken away")])
    assert looks(pipeline, relook, 30, 33, parked=False) == []


def test_of_what_lay_in_another_view_nothing_is_said_and_no_restart_forgets_that() -> None:
    before, relook = CameraPipeline(CAMERA), Relook()
    (raised,) = run(before, 0, 30)
    aimed_anew = CAMERA.model_copy(update={"view": 1})
    after = CameraPipeline(aimed_anew, before.state())
    relook.ask([asked(raised, 30)])
    assert looks(after, relook, 30, 40, parked=False) == []
    assert looks(CameraPipeline(aimed_anew, after.state()), relook, 40, 50, parked=False) == []


def test_of_goods_that_a_redrawn_lane_has_forgotten_nothing_is_said() -> None:
    """Another lane has another ground: nobody can say any more whether they have gone."""

    def lane(polygon: tuple[tuple[float, float], ...]) -> CameraSpec:
        zone = ZoneSpec(id="lane", hazards=(HazardKind.FIRE_LANE,), polygon=polygon, dwell_s=10)
        return CAMERA.model_copy(update={"zone": (zone,)})

    before, relook, told = CameraPipeline(lane(((0, 0), (1, 0), (1, 1), (0, 1)))), Relook(), []
    for at_s in range(60):
        told += before.step(look(at_s, parked=at_s >= 20)[0], Detections.empty())
    (raised,) = told
    after = CameraPipeline(lane(((0.1, 0.1), (1, 0), (1, 1), (0, 1))), before.state())
    relook.ask([asked(raised, 60)])
    assert looks(after, relook, 60, 100, parked=False) == []


def test_an_answer_that_is_no_look_is_an_api_that_is_away() -> None:
    with pytest.raises(ApiAway, match="cannot be read"):
        LookWanted.of({"incident_id": "i"})
