"""What cadence each camera gets and why, found by looking at it for some seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

from streams.clock import Clock, SystemClock
from streams.decoding.decoders import KeyDecoders
from streams.decoding.look import Look
from streams.health.meter import CameraHealth
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
    """A camera's stream as it was found: `wanted_hz` is what `hazards` ask for, `looks` how many came in `seconds`.

    `stream` is "main", or of a camera that has two "sub", which is watched, and "main, for evidence"; `receiver` is who
    receives it, and why if not the usual one.
    """

    camera: str
    stream: str
    receiver: str | None
    hazards: tuple[HazardKind, ...]
    wanted_hz: float
    health: CameraHealth
    looks: int
    seconds: float


@dataclass(slots=True)
class _Trial:
    """A camera being looked at. Its looks are opened in its own thread: nothing here is in a hurry."""

    spec: CameraSpec
    stream: str
    wanted_hz: float
    clock: Clock
    fit_wh: tuple[int, int]
    looks: int = 0
    found: Explained | None = None
    settled: bool = False
    reader: CameraReader = field(init=False)
    decoders: KeyDecoders = field(default_factory=KeyDecoders)

    def __post_init__(self) -> None:
        self.reader = CameraReader(self.spec, self, self.clock, looks_per_s=self.wanted_hz, fit_wh=self.fit_wh)

    def put(self, item: Look, /) -> None:
        frame = item.open(self.decoders)
        if frame is not None:
            self.looks += 1
            self.reader.looked(frame)

    def ask(self, seconds: float) -> bool:
        """Note what is known by now, unless it is settled; whether longer looking would tell more."""
        if self.found is not None and self.settled:
            return False
        health = self.reader.health()
        ended = not self.reader.running
        if not (ended and self.looks and self.found is not None):  # a file that has ended tells no more
            kinds = dict.fromkeys(kind for zone in self.spec.zone for kind in zone.hazards)
            source = self.reader.source
            self.found = Explained(
                self.spec.id,
                self.stream,
                None if source is None else source.receiver,
                tuple(kinds),
                self.wanted_hz,
                health,
                self.looks,
                seconds,
            )
        self.settled = ended or (health.key_interval_s is not None and self.looks >= _LOOKS_ENOUGH)
        if self.settled:
            self.reader.stop()
        return not self.settled


def explain(
    cameras: Sequence[CameraSpec], seconds: float, *, fit_wh: tuple[int, int] = _FIT_WH, clock: Clock | None = None
) -> list[Explained]:
    """Open every camera for at most so many seconds, all side by side. One that does not open says so in its health."""
    clock = clock or SystemClock()
    trials = [
        _Trial(spec, stream, CameraPipeline(spec).pace().hz, clock, fit_wh)
        for camera in cameras
        for spec, stream in _streams(camera)
    ]
    began_s, never = clock.monotonic_s(), Event()
    for trial in trials:
        trial.reader.start()
    while True:
        seconds_so_far = clock.monotonic_s() - began_s
        open_questions = [trial for trial in trials if trial.ask(seconds_so_far)]
        if not open_questions or seconds_so_far >= seconds:
            break
        clock.wait(never, _ASK_EVERY_S)
    for trial in trials:
        trial.reader.stop()
    for trial in trials:
        trial.reader.join(timeout_s=2.0)
    return [trial.found for trial in trials if trial.found is not None]


def _streams(camera: CameraSpec) -> list[tuple[CameraSpec, str]]:
    """The stream that is watched, and the main one besides where that is another."""
    if camera.watch_url is None:
        return [(camera, "main")]
    return [(camera, "sub"), (camera.model_copy(update={"watch_url": None}), "main, for evidence")]
