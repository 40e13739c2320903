"""Figures of one worker: counted where things happen, put together when somebody asks for them.

Recording takes about a microsecond and never waits for a reader. What is known elsewhere already (the cameras' health,
the outbox) is asked for at the time of a scrape. docs/metrics.md says what each metric means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.delivery.outbox import OutboxCounts
from streams.health.meter import CameraHealth
from streams.metrics.exposition import (
    camera_families,
    counter,
    durations_family,
    evidence_family,
    intake_families,
    outbox_families,
)
from streams.metrics.tallies import Durations, Seen, Tally
from streams.sources.intake import Intake

Stage = Literal[
    "receive",
    "queue",
    "decode",
    "dense",
    "gate",
    "infer",
    "rules",
    "store",
    "acknowledge",
    "capture_to_event",
    "capture_to_acknowledged",
]
Outcome = Literal["inferred", "gated", "unknown", "broken"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the worker is and what it runs."""

    worker: str = ""
    model: str = ""
    provider: str = ""
    precision: str = ""


class Metrics(Collector):
    """The figures of one worker, safe between threads. Every instance has a registry of its own."""

    def __init__(self) -> None:
        self.identity = Identity()
        self.pressure_level = 0.0
        self._cameras: Callable[[], Sequence[CameraHealth]] = tuple
        self._outbox: Callable[[], OutboxCounts] | None = None
        self._lost: Callable[[], Mapping[tuple[str, str], int]] = dict
        self._intakes: Callable[[], Mapping[str, Intake]] = dict
        self._evidence: Callable[[], Mapping[str, int]] = dict
        self._stages = {stage: Durations() for stage in STAGES}
        self._looks, self._dropped, self._events = Tally(), Tally(), Tally()
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def identify(self, identity: Identity) -> None:
        """Told once it is known."""
        self.identity = identity

    def attach(
        self,
        *,
        cameras: Callable[[], Sequence[CameraHealth]] | None = None,
        drops: Callable[[], Mapping[tuple[str, str], int]] | None = None,
        intakes: Callable[[], Mapping[str, Intake]] | None = None,
        outbox: Callable[[], OutboxCounts] | None = None,
        evidence: Callable[[], Mapping[str, int]] | None = None,
    ) -> None:
        """Whom to ask at each scrape, in the scraping thread. `drops` are by camera and reason, `intakes` by camera.
        `outbox` may raise `StreamError`: it is left out then. `evidence` counts by what became of it."""
        self._cameras = cameras or self._cameras
        self._lost = drops or self._lost
        self._intakes = intakes or self._intakes
        self._outbox = outbox or self._outbox
        self._evidence = evidence or self._evidence

    def stage(self, name: Stage, seconds: float) -> None:
        """One passage through a stage took so long. Raises KeyError for a name that is not in `STAGES`."""
        self._stages[name].observe(seconds)

    @contextmanager
    def timed(self, name: Stage) -> Iterator[None]:
        """Times what happens within, also where it raises."""
        began_s = perf_counter()
        try:
            yield
        finally:
            self._stages[name].observe(perf_counter() - began_s)

    def look(self, camera: str, outcome: Outcome) -> None:
        """A look has ended: its picture was inferred, gated (nothing had changed), too late (unknown) or broken."""
        self._looks.add(camera, outcome)

    def dropped(self, camera: str, reason: str, count: int = 1) -> None:
        """Something of this camera was given up: a look replaced by a newer one, packets lost on the way, …"""
        if count:
            self._dropped.add(camera, reason, count)

    def event(self, hazard: str, change: str) -> None:
        """An event was stored in the outbox."""
        self._events.add(hazard, change)

    def pressure(self, level: float) -> None:
        """How much the cadence is lowered to hold all cameras: 0 not at all."""
        self.pressure_level = level

    def forget(self, camera: str) -> None:
        """The camera is no longer watched: its series end."""
        self._looks.forget(camera)
        self._dropped.forget(camera)

    def cameras(self) -> Sequence[CameraHealth]:
        return self._cameras()

    def durations(self, name: Stage) -> Seen:
        return self._stages[name].seen()

    def looks(self) -> dict[tuple[str, str], int]:
        """By camera and outcome, since the start."""
        return self._looks.seen()

    def drops(self) -> dict[tuple[str, str], int]:
        """By camera and reason: what was counted here since the start, and what is told by whoever was attached."""
        received = {
            (camera, reason): count
            for camera, intake in self._intakes().items()
            for reason, count in intake.drops().items()
        }
        return {**received, **self._lost(), **self._dropped.seen()}

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry would otherwise collect once only to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All families, for a scrape."""
        yield InfoMetricFamily("sanxun_worker", "Which worker this is and what it runs.", value=asdict(self.identity))
        yield durations_family({stage: told.seen() for stage, told in self._stages.items()})
        yield counter("sanxun_looks", "Looks by what became of them.", ("camera", "outcome"), self._looks.seen())
        yield counter("sanxun_dropped", "What was given up, by reason.", ("camera", "reason"), self.drops())
        yield counter("sanxun_events", "Events stored in the outbox.", ("hazard", "change"), self._events.seen())
        lowered = "How much the cadence is lowered; 0 not at all."
        yield GaugeMetricFamily("sanxun_pressure", lowered, value=self.pressure_level)
        yield from camera_families(self._cameras())
        yield from intake_families(self._intakes())
        yield evidence_family(self._evidence())
        if self._outbox is not None:
            yield from outbox_families(self._outbox)
