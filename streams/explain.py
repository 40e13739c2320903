"""What cadence each camera gets and why, found by looking at it for some seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

from streams.clock import Clock, SystemClock
from streams.decoders import KeyDecoders
from streams.health import CameraHealth
from streams.look import Look
from streams.pipeline import CameraPipeline
from streams.reader import CameraReader
from streams.site import CameraSpec
from vision.types import HazardKind

_FIT_WH = (640, 640)
_ASK_EVERY_S = 0.2
# Two key frames tell their interval, and so many looks that they come as they should.
_LOOKS_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Explained:
    """A camera as it was found: `wanted_hz` is what `hazards` ask for, `looks` how many it gave in `seconds`."""

    camera: str
    hazards: tuple[HazardKind, ...]
    wanted_hz: float
    health: CameraHealth
    looks: int
    seconds: float


@dataclass(slots=True)
class _Trial:
    """A camera being looked at. Its looks are opened in its own thread: nothing here is in a hurry."""

    spec: CameraSpec
    wanted_hz: float
    clock: Clock
    fit_wh: tuple[int, int]
    looks: int = 0
    reader: CameraReader = field(init=False)
    decoders: KeyDecoders = field(default_factory=KeyDecoders)

    def __post_init__(self) -> None:
        self.reader = CameraReader(self.spec, self, self.clock, looks_per_s=self.wanted_hz, fit_wh=self.fit_wh)

    def put(self, item: Look, /) -> None:
        frame = item.open(self.decoders)
        if frame is not None:
            self.looks += 1
            self.reader.looked(frame)

    @property
    def settled(self) -> bool:
        """Whether longer looking would tell no more."""
        known = self.reader.health().key_interval_s is not None
        return not self.reader.running or (known and self.looks >= _LOOKS_ENOUGH)


def explain(
    cameras: Sequence[CameraSpec], seconds: float, *, fit_wh: tuple[int, int] = _FIT_WH, clock: Clock | None = None
) -> list[Explained]:
    """Open every camera for at most so many seconds, all side by side. One that does not open says so in its health."""
    clock = clock or SystemClock()
    trials = [_Trial(spec, CameraPipeline(spec).pace().hz, clock, fit_wh) for spec in cameras]
    began_s, never = clock.monotonic_s(), Event()
    for trial in trials:
        trial.reader.start()
    while clock.monotonic_s() - began_s < seconds and not all(trial.settled for trial in trials):
        clock.wait(never, _ASK_EVERY_S)
    found = [_found(trial, clock.monotonic_s() - began_s) for trial in trials]
    for trial in trials:
        trial.reader.stop()
    for trial in trials:
        trial.reader.join(timeout_s=2.0)
    return found


def _found(trial: _Trial, seconds: float) -> Explained:
    kinds = dict.fromkeys(kind for zone in trial.spec.zone for kind in zone.hazards)
    return Explained(trial.spec.id, tuple(kinds), trial.wanted_hz, trial.reader.health(), trial.looks, seconds)
