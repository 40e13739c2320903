"""Between the tiles of one camera's look the more urgent looks of others go first, and those alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.decoding.picture import ArrayShot
from streams.pressure import Pressure
from streams.schedule import Schedule, Turn
from streams.site import CameraSpec, ZoneSpec
from streams.turns import TurnTaker
from streams.viewing import Viewer
from streams.watched import Tools
from tests.eyes import Eyes
from tests.streams.builders import ManualClock
from vision.types import Detections, Frame, HazardKind, Picture

START = datetime(2026, 1, 1, tzinfo=UTC)
FIT, WH = (640, 384), (1920, 1080)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def offered(camera: str, at_s: float) -> Look:
    return Look(camera, START + timedelta(seconds=at_s), at_s, FIT, lambda _: None)


class Street(Eyes):
    """A tiled camera and others, on one thread; `on_view` happens while the detector is shown that view."""

    fit_wh = FIT

    def __init__(self, on_view: dict[int, list[Look]], *, fails: str = "") -> None:
        self.schedule, self.pressure = Schedule(), Pressure(1)
        for camera, period_s in (("wide", 2.0), ("urgent", 0.5), ("calm", 30.0)):
            self.schedule.open(camera, period_s)
        self.order: list[str] = []
        self._on_view, self._fails = on_view, fails
        tools = Tools(self, KeyDecoders())  # type: ignore[arg-type]
        self.turns = TurnTaker(self.schedule, self.pressure, ManualClock(), tools, self._look)
        zone = ZoneSpec(id="all", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=WHOLE)
        self._viewer = Viewer(CameraSpec(id="wide", url="rtsp://192.0.2.7/", small_objects=True, zone=(zone,)))

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        view = sum(one.startswith("view") for one in self.order)
        self.order.append(f"view {view}")
        for look in self._on_view.get(view, ()):
            self.schedule.put(look)
        return Detections.empty()

    def _look(self, tools: Tools, turn: Turn) -> None:
        camera = turn.look.camera
        if camera == "wide":
            frame = Frame(camera, START, 0.0, WH, ArrayShot(np.zeros((WH[1], WH[0], 3), np.uint8), FIT))
            self._viewer.detect(frame, tools.detector, tools.between)
        self.order.append(camera)
        if camera == self._fails:
            raise ValueError("a bad picture")


def test_an_urgent_look_goes_between_two_tiles() -> None:
    street = Street({1: [offered("urgent", 0.5)]})
    street.schedule.put(offered("wide", 0.0))
    street.turns.serve(0)
    assert street.order[:4] == ["view 0", "view 1", "urgent", "view 2"]
    assert street.order[-1] == "wide"
    assert street.order.count("urgent") == 1


def test_a_calmer_look_waits_until_all_tiles_are_done() -> None:
    street = Street({1: [offered("calm", 0.5)]})
    street.schedule.put(offered("wide", 0.0))
    street.turns.serve(0)
    assert street.order[-1] == "wide"
    assert "calm" not in street.order
    street.turns.serve(0)
    assert street.order[-1] == "calm"


def test_the_same_cameras_next_look_does_not_go_between_its_own_tiles() -> None:
    street = Street({0: [offered("wide", -10.0)]})
    street.schedule.put(offered("wide", 0.0))
    street.turns.serve(0)
    assert street.order.count("wide") == 1


def test_a_look_between_that_fails_costs_the_tiles_nothing(caplog: pytest.LogCaptureFixture) -> None:
    street = Street({1: [offered("urgent", 0.5)]}, fails="urgent")
    street.schedule.put(offered("wide", 0.0))
    street.turns.serve(0)
    assert street.order[-1] == "wide"
    assert "camera urgent: a look failed: ValueError: a bad picture" in caplog.text


def test_time_lent_to_others_is_counted_once() -> None:
    street = Street({})
    worked: list[float] = []
    street.pressure.worked = lambda busy_s, *, late: worked.append(busy_s)  # type: ignore[method-assign]
    slow = street._look

    def look(tools: Tools, turn: Turn) -> None:
        if turn.look.camera == "urgent":
            began = datetime.now(UTC)
            while datetime.now(UTC) - began < timedelta(seconds=0.3):
                pass
        slow(tools, turn)

    street.turns._look = look
    street._on_view = {1: [offered("urgent", 0.5)]}
    street.schedule.put(offered("wide", 0.0))
    street.turns.serve(0)
    lent_s, own_s = worked
    assert lent_s >= 0.3
    assert own_s < lent_s
