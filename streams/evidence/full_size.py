"""Full-size evidence of two-stream cameras: the main stream's still and clip for an event of the sub-stream."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from streams.clock import Clock
from streams.delivery.events import Event
from streams.errors import StreamError
from streams.evidence.clips import ClipMaker
from streams.evidence.main_stream import KeptMain, Session, receive
from streams.evidence.shelf import Shelf
from streams.evidence.still import redacted_jpeg
from streams.site import CameraSpec
from vision.types import Change, Detections, Picture

log = logging.getLogger("sanxun.evidence")

# A still is looked for in the main stream for so long; then the sub-stream's stands.
_KEY_WITHIN_S = 12.0
_OPEN_WITHIN_S = 10.0
_POLL_S = 0.2

Detect = Callable[[Picture, tuple[int, int]], Detections]
"""Takes RGB (H, W, 3) uint8 and its size; a `vision.detect.Detector` that nobody else uses."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An event and what the sub-stream showed at its moment, boxes in px of `event.source_wh`."""

    event: Event
    seen: Detections


@dataclass(slots=True, eq=False)
class _Errand:
    """One opening of one camera's main stream, for all its events of the next seconds."""

    camera: CameraSpec
    waiting: list[Raised] = field(default_factory=list)
    ends_s: float = 0.0
    gives_up_s: float = 0.0


class FullSize:
    """Fetches full-size evidence beside the events, which have left by then with the sub-stream's still.

    Where the camera's main stream is kept, it is asked, as soon as it shows a key frame; else it is opened, by at most
    `most_open` threads at once, with at most `most_waiting` cameras waiting; beyond that the sub-stream's picture and
    clip stand, which is counted as `refused`. So they do where it cannot be opened or shows no key frame in time:
    `failed`, and logged.

    Persons have moved since the sub-stream's look, so the picture is looked at anew by `detect`, and heads are redacted
    where either saw one. Counters: `fetched`, `failed`, `refused`.
    """

    def __init__(
        self,
        clips: ClipMaker,
        shelf: Shelf,
        detect: Detect,
        clock: Clock,
        *,
        most_open: int = 4,
        most_waiting: int = 32,
        timeout_s: float = _OPEN_WITHIN_S,
    ) -> None:
        self._clips, self._shelf, self._detect, self._clock = clips, shelf, detect, clock
        self._most_waiting, self._timeout_s = most_waiting, timeout_s
        self._kept: dict[str, KeptMain] = {}
        self._some = threading.Condition()
        self._errands: dict[str, _Errand] = {}  # guarded by _some, as are the next two
        self._queue: deque[str] = deque()
        self._counts: Counter[str] = Counter(fetched=0, failed=0, refused=0)
        self._detecting = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"full-size-{i}", daemon=True) for i in range(most_open)
        ]

    @property
    def counts(self) -> dict[str, int]:
        with self._some:
            return dict(self._counts)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, wait_s: float = 2.0) -> None:
        """Ask all to end, and wait so long altogether. A thread that is just opening a camera ends with the process."""
        self._stopping.set()
        with self._some:
            self._some.notify_all()
        for kept in self._kept.values():
            kept.stop()
        ends_s = time.monotonic() + wait_s
        for kept in self._kept.values():
            kept.join(max(0.0, ends_s - time.monotonic()))
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends_s - time.monotonic()))

    def follow(self, cameras: tuple[CameraSpec, ...]) -> None:
        """Keep the main streams of exactly those cameras that ask for it."""
        wanted = {camera.id: camera for camera in cameras if camera.watch_url and camera.keep_main}
        for key, kept in list(self._kept.items()):
            if wanted.get(key) != kept.camera:
                kept.stop()
                del self._kept[key]
        for key, camera in wanted.items():
            if key not in self._kept:
                self._kept[key] = KeptMain(camera, self._clock, timeout_s=self._timeout_s)
                self._kept[key].start()

    def wanted(self, camera: CameraSpec, event: Event, seen: Detections) -> bool:
        """Ask for the full-size evidence of an event. Returns at once; False where none will be fetched."""
        if not camera.watch_url or event.change is not Change.RAISED:
            return False
        now_s = self._clock.monotonic_s()
        with self._some:
            errand = self._errands.get(camera.id)
            if errand is None:
                if len(self._queue) >= self._most_waiting:
                    self._counts["refused"] += 1
                    return False
                errand = self._errands[camera.id] = _Errand(camera)
                errand.gives_up_s = now_s + _KEY_WITHIN_S + camera.post_event_s
                self._queue.append(camera.id)
            errand.waiting.append(Raised(event, seen))
            errand.ends_s = now_s + camera.post_event_s + 1.0
            self._some.notify()
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._some:
                self._some.wait_for(lambda: self._stopping.is_set() or bool(self._queue))
                if self._stopping.is_set():
                    return
                errand = self._errands[self._queue.popleft()]
            fault = self._fault_of(errand)
            with self._some:
                del self._errands[errand.camera.id]
                left, errand.waiting = errand.waiting, []
                self._counts["failed"] += len(left)
            if left:
                log.warning(
                    "camera %s: no full-size picture of %d events, the sub-stream's stand: %s",
                    errand.camera.id,
                    len(left),
                    fault or "its main stream showed no key frame in time",
                )

    def _fault_of(self, errand: _Errand) -> str:
        """Go on the errand; what went wrong, in words, or nothing."""
        kept = self._kept.get(errand.camera.id)
        session = kept.session if kept is not None else None
        try:
            if kept is not None and session is not None and self._served(errand, kept, session):
                return ""
            found: list[Session] = []

            def over() -> bool:
                self._serve(errand, found[0])
                now_s = self._clock.monotonic_s()
                with self._some:
                    done = not errand.waiting and now_s >= errand.ends_s
                return done or now_s >= errand.gives_up_s or self._stopping.is_set()

            receive(errand.camera, self._clock, over, found.append, timeout_s=self._timeout_s)
        except StreamError as error:
            return str(error)
        except Exception as error:  # one camera's strange stream must not end the thread that serves the others
            log.exception("camera %s: its main stream gave no evidence", errand.camera.id)
            return f"internal error: {type(error).__name__}"
        return ""

    def _served(self, errand: _Errand, kept: KeptMain, session: Session) -> bool:
        """Ask a kept main stream, which may have just connected. False where it has broken off: it is to be opened."""
        key_until_s = errand.gives_up_s - errand.camera.post_event_s
        while True:
            self._serve(errand, session)
            with self._some:
                done = not errand.waiting
            if done or self._clock.monotonic_s() >= key_until_s or self._stopping.is_set():
                return True
            if kept.session is not session:
                return False
            self._clock.wait(self._stopping, _POLL_S)

    def _serve(self, errand: _Errand, session: Session) -> None:
        """As soon as there is a key frame: the still, and the clip from it on, of every event that waits for them."""
        if session.first_key_s is None:
            return
        with self._some:
            waiting, errand.waiting = errand.waiting, []
        for i, raised in enumerate(waiting):
            try:
                self._fetch(errand.camera, session, raised)
            except BaseException:
                with self._some:
                    errand.waiting = waiting[i:] + errand.waiting
                raise
            with self._some:
                self._counts["fetched"] += 1
                errand.ends_s = max(errand.ends_s, self._clock.monotonic_s() + errand.camera.post_event_s + 1.0)

    def _fetch(self, camera: CameraSpec, session: Session, raised: Raised) -> None:
        event = raised.event
        bgr = session.still(event.captured_at)
        if bgr is None:
            raise StreamError("its key frame cannot be decoded")
        wh = bgr.shape[1], bgr.shape[0]
        with self._detecting:
            seen_now = self._detect(bgr[:, :, ::-1], wh)
        jpeg = redacted_jpeg(bgr, (raised.seen, event.source_wh), (seen_now, wh))
        self._keep(event, jpeg)
        tape = session.tape(event.captured_at, event.media_time_s)
        if tape is not None and session.first_key_s is not None:
            # A stream that was opened after the event gives as many seconds from then on.
            late_s = max(0.0, session.first_key_s - (event.media_time_s + tape.offset_s))
            self._clips.wanted(event, tape, pre_s=camera.pre_event_s, post_s=camera.post_event_s + late_s)
        log.info("camera %s: full-size evidence %dx%d", camera.id, *wh)

    def _keep(self, event: Event, jpeg: bytes) -> None:
        try:
            self._shelf.add_still(event.event_id, jpeg)
        except OSError as error:
            log.warning("camera %s: an event keeps the sub-stream's picture: %s", event.camera, error)
