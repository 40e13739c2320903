"""One camera at work: what belongs to the session that a look came from, and what becomes of a camera that changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from models.catalog import find
from streams.clock import SystemClock
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.delivery.events import Event, Sendable
from streams.delivery.link import ApiLink
from streams.delivery.outbox import Outbox
from streams.errors import OutboxUnwritable
from streams.metrics.record import Metrics
from streams.site import CameraSpec, ZoneSpec
from streams.sources.ring import PacketRing, Tape
from streams.watched import Tools, WatchedCamera, spare
from streams.worker import Worker
from tests.eyes import Eyes
from tests.streams.builders import START, ManualClock, event
from tests.vision.builders import boxes, paint, street
from vision.detect import Detector
from vision.types import Detections, Frame, HazardKind, Picture

FIT = (640, 384)
SPOT = (200.0, 150.0, 300.0, 220.0)
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class Sees(Eyes):
    """A detector that sees what it is told to."""

    fit_wh = FIT
    named = {"model": "told"}  # noqa: RUF012
    now = Detections.empty()

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        return self.now


class Asked:
    """An evidence desk that notes what it is asked for."""

    def __init__(self) -> None:
        self.tapes: list[Tape | None] = []

    def raised(self, camera: CameraSpec, tape: Tape | None, events: Sequence[Event], seen: Detections) -> None:
        self.tapes.append(tape)


class Over:
    """A look's session that has ended: its packets are still there."""

    def __init__(self) -> None:
        self.tape = Tape(PacketRing(), "h264", b"sets")
        self.asked_back: list[float] = []

    def look_before(self, frame: Frame, media_s: float) -> Look | None:
        self.asked_back.append(media_s)
        return None


class Nobody:
    def put(self, item: Look, /) -> None: ...


def camera(url: str = "rtsp://192.0.2.7/") -> CameraSpec:
    zone = ZoneSpec(id="kerb", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=WHOLE, dwell_s=4)
    return CameraSpec(id="cam", url=url, zone=(zone,))


def look_at(second: int, shown: Picture, session: Over) -> Look:
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="rgb24").reformat(format="yuv420p")
    return Look("cam", START + timedelta(seconds=second), float(second), FIT, lambda _: picture, session=session)


def test_evidence_and_dating_are_of_the_session_that_the_look_came_from(tmp_path: Path) -> None:
    """The reader is connected to nothing: the looks are of a session that is over."""
    outbox, desk, session, detector = Outbox(tmp_path / "worker.db"), Asked(), Over(), Sees()
    watched = WatchedCamera(
        camera(),
        outbox,
        Nobody(),
        fit_wh=FIT,
        metrics=Metrics(),
        clock=SystemClock(),
        evidence=desk,  # type: ignore[arg-type]
    )
    tools = Tools(detector, KeyDecoders())  # type: ignore[arg-type]
    for second in range(14):
        if second == 3:
            detector.now = boxes(SPOT)
        shown = paint(street(), SPOT) if second >= 3 else street()
        watched.look(look_at(second, shown, session), tools, looked_at=True)
    outbox.close()
    assert desk.tapes == [session.tape]
    assert session.asked_back


class Noise(Sees):
    """Weights that see thousands of things, as the detector counts them."""

    def take_left_out(self) -> int:
        return 7


def test_detections_beyond_the_most_are_counted_for_their_camera(tmp_path: Path) -> None:
    outbox, metrics = Outbox(tmp_path / "worker.db"), Metrics()
    watched = WatchedCamera(camera(), outbox, Nobody(), fit_wh=FIT, metrics=metrics, clock=SystemClock())
    watched.look(look_at(0, street(), Over()), Tools(Noise(), KeyDecoders()), looked_at=True)  # type: ignore[arg-type]
    outbox.close()
    assert metrics.drops() == {(camera().id, "detections beyond a thousand"): 7}


class Full(Outbox):
    """An outbox whose disk can be made full by hand."""

    full = False

    def commit(self, camera: str, state: bytes | None, events: Sequence[Sendable]) -> None:
        if self.full:
            raise OutboxUnwritable("the disk is full")
        super().commit(camera, state, events)


def test_of_what_a_full_disk_refuses_the_oldest_pictures_go_and_no_event() -> None:
    owed: list[Sendable] = [event(number, still=b"picture" if number != 3 else None) for number in range(8)]
    before = list(owed)
    assert spare(owed, most=4) == 3
    assert [one.event_id for one in owed] == [one.event_id for one in before]
    assert [number for number, one in enumerate(owed) if isinstance(one, Event) and one.still_jpeg] == [4, 5, 6, 7]
    assert spare(owed, most=4) == 0


def test_a_step_of_the_machines_clock_reaches_every_camera_though_the_disk_is_full(
    tmp_path: Path, free_port: int
) -> None:
    outbox, clock = Full(tmp_path / "worker.db"), ManualClock()
    detector = Detector(find("street-v4", None), lambda _: np.zeros((1, 9, 5040), np.float32))
    with ApiLink(f"http://127.0.0.1:{free_port}", "token") as link:
        worker = Worker(link, outbox, [detector], name="house", clock=clock)
        for name in ("one", "other"):
            spec = camera().model_copy(update={"id": name})
            worker._cameras[name] = WatchedCamera(
                spec, outbox, Nobody(), fit_wh=FIT, metrics=Metrics(), clock=clock
            )  # away from the start
        worker._follow_connections()
        clock.at_s, clock.wall_offset_s, outbox.full = 600.0, 3600.0, True
        with pytest.raises(OutboxUnwritable):
            worker._follow_connections()
        faults = [watched.reader.clock_watch.fault(clock.at_s) for watched in worker._cameras.values()]
    outbox.close()
    assert [fault and fault.why["step_s"] for fault in faults] == [3600.0, 3600.0]


def test_a_camera_that_is_changed_back_while_the_disk_was_full_is_read_again(tmp_path: Path, free_port: int) -> None:
    outbox = Full(tmp_path / "worker.db")
    link = ApiLink(f"http://127.0.0.1:{free_port}", "token")
    detector = Detector(find("street-v4", None), lambda _: np.zeros((1, 9, 5040), np.float32))
    worker = Worker(link, outbox, [detector], name="house")
    first, other = camera(f"rtsp://127.0.0.1:{free_port}/a"), camera(f"rtsp://127.0.0.1:{free_port}/b")
    worker._apply((first,))
    outbox.full = True
    worker._apply((other,))
    outbox.full = False
    worker._apply((first,))
    try:
        assert worker._cameras["cam"].spec == first
        assert worker._cameras["cam"].reader.running
    finally:
        worker._apply(())
        link.close()
        outbox.close()
    assert not worker._cameras
