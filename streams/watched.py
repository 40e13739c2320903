"""One camera at work: from a look to what is owed to the outbox."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from streams.aerial.choice import pipeline_of, viewer_of
from streams.aerial.pipeline import AerialPipeline
from streams.aloft import is_aloft
from streams.clock import Clock
from streams.dating import look_back
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.decoding.permits import Permits
from streams.delivery.camera_events import Found, Trouble, Troubles, connection_trouble
from streams.delivery.events import Event, Sendable
from streams.delivery.outbox import Outbox
from streams.evidence.desk import EvidenceDesk
from streams.metrics.record import Metrics, Outcome
from streams.pipeline import STALE, Want
from streams.reader import CameraReader, LookSink
from streams.site import DEFAULT_TIMEZONE, CameraSpec
from vision.detect import Detector
from vision.hazards.rules import Segment
from vision.types import Detections, Frame

log = logging.getLogger("sanxun.worker")

_STATE_EVERY_S = 5.0  # how much of a dwell a crash may cost; events are always stored with the state that raised them
_VIEW_EVERY_S = 300.0  # and how much of what is known of a camera's view, which changes slowly and is larger
_STILLS_OWED = 4  # of events that wait in memory for a disk that takes nothing


@dataclass(frozen=True, slots=True)
class Tools:
    """What an inference thread brings along; nobody else uses it meanwhile. `aloft` gives the detector for pictures
    from the air, where that is another; `between` is called between two inferences of one look."""

    detector: Detector
    decoders: KeyDecoders
    segment: Segment | None = None
    between: Callable[[], None] | None = None
    aloft: Callable[[], Detector] | None = None

    def detector_for(self, camera: CameraSpec) -> Detector:
        return self.detector if self.aloft is None or not is_aloft(camera) else self.aloft()


@dataclass(frozen=True, slots=True)
class Seen:
    """A look that was dealt with; `detections` is None where the detector did not see it, and `usable` says whether its
    picture and its time could be relied on."""

    frame: Frame
    detections: Detections | None
    events: list[Event]
    usable: bool


class WatchedCamera:
    """A camera's reader, its pipeline and its picture's troubles.

    The inference thread that holds the camera's turn owns all but the reader. What the disk refuses stays owed, and is
    tried again with the next look.
    """

    def __init__(
        self,
        spec: CameraSpec,
        outbox: Outbox,
        sink: LookSink,
        *,
        fit_wh: tuple[int, int],
        metrics: Metrics,
        clock: Clock,
        permits: Permits | None = None,
        evidence: EvidenceDesk | None = None,
        timezone: str = DEFAULT_TIMEZONE,
    ) -> None:
        self.spec = spec
        self._outbox, self._metrics, self._clock, self._evidence = outbox, metrics, clock, evidence
        state = outbox.load_state(spec.id)
        self.pipeline = pipeline_of(spec, state, outbox.load_state(_view_key(spec.id)), timezone=timezone)
        self.reader = CameraReader(
            spec,
            sink,
            clock,
            looks_per_s=self.pipeline.pace().hz,
            fit_wh=fit_wh,
            metrics=metrics,
            permits=permits,
            on_metadata=self.pipeline.feed if isinstance(self.pipeline, AerialPipeline) else None,
        )
        self._connection = Troubles(spec.id, outbox.load_state(_connection_key(spec.id)))
        self._picture = Troubles(spec.id, _part(state, "picture"))
        self._time = Troubles(spec.id, _part(state, "time"))
        self._viewer = viewer_of(self.pipeline)
        self._owed: list[Sendable] = []
        self._away: list[Sendable] = []
        self._stored_s = self._viewed_s = time.monotonic()
        self._stored_state = b""

    def look(self, look: Look, tools: Tools, *, looked_at: bool) -> Seen | None:
        """Deal with one look; None where its picture is damaged. With `looked_at` somebody sees it on a screen: the
        detector sees it too, since nothing leaves here without heads made unrecognisable."""
        with self._metrics.timed("decode"):
            frame = look.open(tools.decoders)
        if frame is None:
            self._metrics.look(look.camera, "broken")
            self.reader.unknown("undecodable")
            return None
        untimed, blind = self._untimed()
        with self._metrics.timed("gate"):
            want = Want(False, False, untimed.trouble.value) if untimed and blind else self.pipeline.wants(frame)
        detections: Detections | None = None
        if want.infer or looked_at:
            detector = tools.detector_for(self.spec)
            with self._metrics.timed("infer"):
                detections = self._viewer.detect(frame, detector, tools.between)
            self.pipeline.seen_by = detector.named
            self._metrics.dropped(look.camera, "detections beyond a thousand", detector.take_left_out())
        outcome: Outcome = "unknown" if not want.usable else "gated" if detections is None else "inferred"
        self._metrics.look(look.camera, outcome)
        with self._metrics.timed("rules"):
            events = [] if blind else self.pipeline.step(frame, detections, tools.segment)
        self._owe(look, frame, detections, events, untimed, blind=blind)
        self._store()
        self._told(look, events)
        if want.usable:
            self.reader.looked(frame)
        elif want.why != STALE:
            self.reader.unknown(want.why, frame)
        if detections is not None:
            look_back(self.pipeline, frame, look.look_before, tools.decoders)
        return Seen(frame, detections, events, want.usable)

    def follow_connection(self) -> None:
        """Tell when the camera has been away for long, and when it is back. Called by the worker's own thread."""
        now = self._clock.now()
        found = connection_trouble(self.reader.health(), now, self.spec.down_after_s, self._connection.open)
        self._away += self._connection.tell(found, now)
        if self._away:
            self._outbox.commit(_connection_key(self.spec.id), self._connection.state(), self._away)
            self._away = []

    def settle(self, *, gone: bool = False) -> None:
        """Store everything, at the end; a camera that is `gone` from the site has no troubles any more. Raises
        `OutboxUnwritable`; it may be called again then."""
        if gone:
            now = self._clock.now()
            self._owed += [change for of in (self._picture, self._time) for change in of.tell(None, now)]
            self._away += self._connection.tell(None, now)
            self._outbox.commit(_connection_key(self.spec.id), self._connection.state(), self._away)
            self._away = []
        self._outbox.commit(_view_key(self.spec.id), self.pipeline.view_state(), ())
        self._outbox.commit(self.spec.id, self._state(), self._owed)
        self._owed = []

    def _untimed(self) -> tuple[Found | None, bool]:
        """What is wrong with this camera's time now, and whether no dwell can be measured by it."""
        monotonic_s = self._clock.monotonic_s()
        fault = self.reader.clock_watch.fault(monotonic_s)
        if fault is None:
            return None, False
        since = self._clock.now() - timedelta(seconds=monotonic_s - fault.since_s)
        return Found(fault.kind, since, fault.why), fault.blinds

    def _owe(
        self,
        look: Look,
        frame: Frame,
        detections: Detections | None,
        events: list[Event],
        untimed: Found | None,
        *,
        blind: bool,
    ) -> None:
        self._owed += events
        if self._evidence is not None and events and detections is not None:
            tape = None if look.session is None else look.session.tape
            self._evidence.raised(self.spec, tape, events, detections)
        fault = self.pipeline.fault
        found = None
        if fault is not None:
            found = Found(Trouble(fault.kind.value), datetime.fromtimestamp(fault.since_s, UTC), fault.why)
        self.reader.fault(untimed if blind else found)
        self._owed += self._picture.tell(found, frame.captured_at)
        self._owed += self._time.tell(untimed, self._clock.now())
        if dropped := spare(self._owed):
            self._metrics.dropped(self.spec.id, "still that a full disk refused", dropped)

    def _store(self) -> None:
        """What is owed and the state that raised it, in one transaction: neither without the other."""
        now_s = time.monotonic()
        if not self._owed and now_s - self._stored_s < _STATE_EVERY_S:
            return
        state = self._state()
        self._stored_s = now_s
        if self._owed or state != self._stored_state:
            with self._metrics.timed("store"):
                self._outbox.commit(self.spec.id, state, self._owed)
            self._owed, self._stored_state = [], state
        if now_s - self._viewed_s >= _VIEW_EVERY_S:
            self._viewed_s = now_s
            self._outbox.commit(_view_key(self.spec.id), self.pipeline.view_state(), ())

    def _state(self) -> bytes:
        troubles = {"picture": json.loads(self._picture.state()), "time": json.loads(self._time.state())}
        return json.dumps(self.pipeline.state_values() | troubles).encode()

    def _told(self, look: Look, events: list[Event]) -> None:
        for event in events:
            log.info("%s %s: camera %s, zone %s", event.hazard, event.change, event.camera, event.zone)
            self._metrics.event(event.hazard, event.change)
            self._metrics.stage("capture_to_event", self._clock.now().timestamp() - look.captured_at.timestamp())


def spare(owed: list[Sendable], most: int = _STILLS_OWED) -> int:
    """Take the stills of all events but the last `most` that have one, and say how many: while the disk takes nothing
    events wait in memory, and their pictures are what takes the room."""
    pictured = [(row, one) for row, one in enumerate(owed) if isinstance(one, Event) and one.still_jpeg is not None]
    oldest = pictured[:-most]
    for row, one in oldest:
        owed[row] = replace(one, still_jpeg=None)
    return len(oldest)


def _view_key(camera: str) -> str:
    return f"{camera}/view"


def _connection_key(camera: str) -> str:
    return f"{camera}/connection"


def _part(state: bytes | None, name: str) -> bytes | None:
    """One value of a stored state, None where there is none to be read."""
    try:
        return json.dumps(json.loads(state or b"{}")[name]).encode()
    except (ValueError, KeyError, TypeError):
        return None
