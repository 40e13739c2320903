"""The worker: many cameras, a few inference threads, one outbox, one link to the API.

Threads, and what each owns: a reader per camera (its source, ring and dense decoder), the inference threads (their
key-frame decoders, the look in hand and, one at a time, its camera's pipeline), the sender (the outbox's way out), the
tile thread, and `run`'s own, which keeps the cameras as the site says, reports their health and weighs the pressure.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial

from streams.aloft import Aloft, is_aloft
from streams.clock import Clock, SystemClock
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.decoding.permits import Permits
from streams.delivery.link import ApiLink
from streams.delivery.outbox import Outbox, OutboxCounts
from streams.delivery.sender import Sender
from streams.errors import OutboxUnwritable, StreamError
from streams.evidence.desk import EvidenceDesk
from streams.faults import FaultLog
from streams.health.clock_watch import MachineClock
from streams.health.meter import CameraHealth
from streams.late_wires import LateWires, OpenWires
from streams.metrics.record import Identity, Metrics
from streams.pressure import Pressure
from streams.relook import LookWanted, Relook
from streams.schedule import Schedule, Turn
from streams.site import DEFAULT_TIMEZONE, CameraSpec, Site
from streams.sources.intake import Intake
from streams.tiles import TileSender
from streams.turns import TurnTaker
from streams.watched import Seen, Tools, WatchedCamera
from vision.detect import Detector

log = logging.getLogger("sanxun.worker")

_SITE_EVERY_S = 2.0
_LOOKED_AT_HZ = 4.0
REPLACED = "look replaced by a newer one"


class Worker:
    """Watches the cameras of the API's site until `stop`. `detectors` are one per inference thread; `aloft` has others
    for pictures from the air, and `open_wires` opens a wire segmenter for one, where there are weights for it."""

    def __init__(
        self,
        link: ApiLink,
        outbox: Outbox,
        detectors: Sequence[Detector],
        *,
        name: str,
        provider: str = "",
        metrics: Metrics | None = None,
        clock: Clock | None = None,
        open_wires: OpenWires | None = None,
        aloft: Aloft | None = None,
    ) -> None:
        self._link, self._outbox, self._detectors = link, outbox, detectors
        self._open_wires, self._aloft = open_wires, aloft
        self._name, self._provider = name, provider
        self._clock = clock or SystemClock()
        self._schedule = Schedule()
        self._permits = Permits()
        self._machine_clock = MachineClock()
        self._pressure = Pressure(len(detectors))
        self._metrics = metrics or Metrics()
        computes_on, _, precision = provider.partition(" ")
        self._metrics.identify(Identity(name, detectors[0].spec.name, computes_on, precision))
        self._metrics.attach(cameras=self._health, drops=self._drops, intakes=self._intakes, outbox=outbox.counts)
        self._metrics.attach(evidence=self._evidence_counts)
        self._cameras: dict[str, WatchedCamera] = {}
        self._leaving: set[str] = set()  # their readers are stopped, their last state is perhaps not stored yet
        self._wanted: tuple[CameraSpec, ...] = ()
        self._timezone = DEFAULT_TIMEZONE
        self._looked_at: frozenset[str] = frozenset()
        self._tiles = TileSender(link)
        self._relook = Relook()
        # Without a shelf to put it on, events have their stills and no more.
        shelf = outbox.shelf
        self._evidence = None if shelf is None else EvidenceDesk(shelf, outbox, link, detectors[0].twin(), self._clock)
        self._faults: dict[str, FaultLog] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Watch until `stop` is called from another thread or a signal handler."""
        threads = [
            threading.Thread(target=self._infer, args=(i,), name=f"infer-{i}", daemon=True)
            for i in range(len(self._detectors))
        ]
        sender = Sender(self._outbox, self._link, metrics=self._metrics)
        for thread in threads:
            thread.start()
        sender.start()
        self._tiles.start()
        if self._evidence is not None:
            self._evidence.start()
        try:
            while not self._stopping.is_set():
                self._attempt("fetch the site", self._follow_site)
                self._attempt("report the cameras' health", self._report)
                self._attempt("tell of looks", self._send_looks)
                self._attempt("store the cameras' troubles", self._follow_connections)
                self._metrics.pressure(self._pressure.settle())
                self._stopping.wait(_SITE_EVERY_S)
        finally:
            self._apply(())
            self._schedule.close()
            self._tiles.stop()
            sender.stop()
            if self._evidence is not None:
                self._evidence.stop()
            for thread in threads:
                thread.join(timeout=5)

    def stop(self) -> None:
        self._stopping.set()

    def _attempt(self, what: str, action: Callable[[], None]) -> None:
        """The API may be away: the cameras go on, and the next round tries again."""
        faults = self._faults.setdefault(what, FaultLog(log, self._clock, f"cannot {what}"))
        try:
            action()
        except StreamError as error:
            faults.fault(str(error))
        else:
            faults.over("it can again")

    def _follow_site(self) -> None:
        site: Site | None = self._link.fetch_site()
        if site is not None:
            self._timezone = site.site.timezone
            self._wanted = tuple(camera for camera in site.camera if camera.enabled)
        # Every round, not only at a change: what the disk refused the last time is tried again.
        self._apply(self._wanted)
        if self._evidence is not None:
            self._evidence.follow(self._wanted)

    def _apply(self, cameras: Sequence[CameraSpec]) -> None:
        """Start, stop and restart cameras so that exactly these are watched; the others are not disturbed."""
        wanted = {camera.id: camera for camera in cameras}
        changed = [
            key
            for key, one in self._cameras.items()
            if key in self._leaving or wanted.get(key) != one.spec or one.pipeline.timezone != self._timezone
        ]
        self._leaving.update(changed)
        for key in changed:
            self._cameras[key].reader.stop()
        for key in changed:
            self._attempt(f"let camera {key} go", partial(self._remove, key))
        for key, spec in wanted.items():
            if key not in self._cameras:
                self._attempt(f"take camera {key} up", partial(self._add, spec))

    def _add(self, spec: CameraSpec) -> None:
        watched = WatchedCamera(
            spec,
            self._outbox,
            self,
            fit_wh=self._aloft.fit_wh if self._aloft is not None and is_aloft(spec) else self._detectors[0].fit_wh,
            metrics=self._metrics,
            clock=self._clock,
            permits=self._permits,
            evidence=self._evidence,
            timezone=self._timezone,
        )
        self._schedule.open(spec.id, 1 / watched.reader.looks_per_s)
        self._cameras[spec.id] = watched
        watched.reader.start()

    def _remove(self, camera: str) -> None:
        """May be called again where the disk refused the last state: only then is the camera forgotten."""
        watched = self._cameras[camera]
        watched.reader.join()
        self._schedule.remove(camera)
        watched.settle(gone=not self._stopping.is_set() and camera not in {spec.id for spec in self._wanted})
        del self._cameras[camera]
        self._leaving.discard(camera)
        self._metrics.forget(camera)

    def _health(self) -> list[CameraHealth]:
        watched = list(self._cameras.items())
        return [camera.reader.health(self._schedule.dropped(key)) for key, camera in watched]

    def _drops(self) -> dict[tuple[str, str], int]:
        """Looks that each camera has lost for want of a thread."""
        return {(key, REPLACED): self._schedule.dropped(key) for key in list(self._cameras)}

    def _intakes(self) -> dict[str, Intake]:
        found = {key: camera.reader.intake() for key, camera in list(self._cameras.items())}
        return {key: intake for key, intake in found.items() if intake is not None}

    def _evidence_counts(self) -> dict[str, int]:
        return {} if self._evidence is None else self._evidence.counts

    def put(self, item: Look, /) -> None:
        """Take a reader's look; called by the readers' threads."""
        self._metrics.stage("receive", max(0.0, self._clock.now().timestamp() - item.captured_at.timestamp()))
        self._schedule.put(item)

    def _report(self) -> None:
        model = self._detectors[0].spec.name
        health, outbox = self._health(), self._outbox_counts()
        looked_at = frozenset(self._link.post_status(self._name, model, health, provider=self._provider, outbox=outbox))
        for camera in looked_at - self._looked_at:
            if camera in self._cameras:
                self._cameras[camera].reader.pace(_LOOKED_AT_HZ)
        self._looked_at = looked_at
        self._relook.ask(LookWanted.of(wanted) for wanted in self._link.looks_wanted)

    def _send_looks(self) -> None:
        if looks := self._relook.take():
            self._link.post_looks(looks)

    def _outbox_counts(self) -> OutboxCounts | None:
        try:
            return self._outbox.counts()
        except OutboxUnwritable:
            return None  # the cameras' health is told all the same

    def _follow_connections(self) -> None:
        monotonic_s = self._clock.monotonic_s()
        step_s = self._machine_clock.step_s(self._clock.now().timestamp(), monotonic_s)
        cameras = list(self._cameras.values())
        if step_s is not None:
            for watched in cameras:
                watched.reader.clock_watch.stepped(step_s, monotonic_s)
        for watched in cameras:  # a full disk ends this, and a step is told once
            watched.follow_connection()

    def _infer(self, thread: int) -> None:
        wires = None if self._open_wires is None else LateWires(self._open_wires)
        aloft = None if self._aloft is None else self._aloft.of(thread)
        tools = Tools(self._detectors[thread], KeyDecoders(), wires, aloft=aloft)
        turns = TurnTaker(self._schedule, self._pressure, self._clock, tools, self._look)
        while not self._stopping.is_set():
            turns.serve(timeout_s=0.5)

    def _look(self, tools: Tools, turn: Turn) -> None:
        look = turn.look
        watched = self._cameras.get(look.camera)
        if watched is None:
            return
        self._metrics.stage("queue", turn.queued_s)
        looked_at = look.camera in self._looked_at
        in_full = looked_at or self._relook.wants_picture(look.camera)
        seen = watched.look(look, tools, looked_at=in_full)
        if seen is None:
            return
        if seen.usable:
            self._relook.look(watched.pipeline, seen.frame, seen.detections)
        self._pace(watched, seen, looked_at)
        if looked_at and seen.detections is not None:
            self._tiles.offer(seen.frame, seen.detections)

    def _pace(self, watched: WatchedCamera, seen: Seen, looked_at: bool) -> None:
        """When this camera is looked at next, and how urgent that is."""
        pace, at_s = watched.pipeline.pace(), seen.frame.captured_at.timestamp()
        # A look that told nothing leaves the pipeline where it was: its next decision may lie in the past.
        decides_s = pace.decides_s if seen.usable and pace.decides_s is not None and pace.decides_s > at_s else None
        hz = pace.hz / self._pressure.stretch(dwelling=decides_s is not None)
        if looked_at:
            hz = max(hz, _LOOKED_AT_HZ)
        appointment_s = None if decides_s is None else decides_s - at_s + seen.frame.pts_s
        watched.reader.pace(hz, appointment_s, at_once=self._pressure.at_ease)
        self._schedule.set_period(watched.spec.id, 1 / hz)
