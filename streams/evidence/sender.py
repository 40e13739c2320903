"""The thread that carries clips and full-size stills from the shelf to the API, after their events."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from pathlib import Path
from typing import Protocol

from streams.backoff import Backoff
from streams.clock import Clock, SystemClock
from streams.delivery.outbox import Outbox
from streams.errors import ApiDenied, ApiRefused, StreamError
from streams.evidence.shelf import CLIP, Shelf
from streams.faults import FaultLog

logger = logging.getLogger("sanxun.evidence")

_IDLE_S = 5.0
_DENIED_PAUSE_S = 15.0
_UNKNOWN = 404
# The API does not know the event (yet): its copy may be restored from a backup, or the event be set aside there.
_ASK_AGAIN_S = 60.0


class EvidenceLink(Protocol):
    """`ApiLink`, as far as evidence goes. Both raise `LinkError`."""

    def put_clip(self, event_id: str, mp4: Path) -> None: ...
    def put_still(self, event_id: str, jpeg: bytes) -> None: ...


class EvidenceSender:
    """Delivers what is on the shelf, each file after its event has left the outbox; a file leaves the shelf only when
    the API has it, or will never take it. `delivered` and `refused` count."""

    def __init__(
        self,
        shelf: Shelf,
        outbox: Outbox,
        link: EvidenceLink,
        *,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._shelf, self._outbox, self._link = shelf, outbox, link
        self._clock = clock or SystemClock()
        self._backoff = backoff or Backoff(first_s=1.0, most_s=60.0)
        self._faults = FaultLog(logger, self._clock, "evidence")
        self._ask_again_s: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="evidence", daemon=True)
        self.counts: Counter[str] = Counter(delivered=0, refused=0)

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 11.0) -> bool:
        """Ask it to end and wait for the file in hand. What is still on the shelf leaves at the next start."""
        self._stopping.set()
        with self._shelf.changed:
            self._shelf.changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.run_once() == 0:
                    with self._shelf.changed:
                        if not self._stopping.is_set():
                            self._shelf.changed.wait(_IDLE_S)
            except ApiDenied as error:
                self._pause(error, _DENIED_PAUSE_S)
            except StreamError as error:
                self._pause(error, self._backoff.next_s())
            except Exception as error:
                logger.exception("%s in the evidence sender; starting it again", type(error).__name__)
                self._clock.wait(self._stopping, self._backoff.next_s())

    def run_once(self) -> int:
        """Try every file once; how many left the shelf. Raises `LinkError` where the API is away."""
        left = 0
        for path in self._shelf.waiting():
            if self._stopping.is_set():
                break
            if self._ask_again_s.get(path.stem, 0.0) > self._clock.monotonic_s() or self._outbox.holds(path.stem):
                continue
            left += self._deliver(path)
        return left

    def _deliver(self, path: Path) -> int:
        try:
            if path.suffix == CLIP:
                self._link.put_clip(path.stem, path)
            else:
                self._link.put_still(path.stem, path.read_bytes())
        except FileNotFoundError:
            return 0  # it has made room for something else
        except ApiRefused as error:
            if error.status == _UNKNOWN:
                self._later(path.stem)
                return 0
            logger.error("%s was refused and is given up: %s", path.name, error.detail)
            self.counts["refused"] += 1
        else:
            self.counts["delivered"] += 1
        self._shelf.done(path)
        self._ask_again_s.pop(path.stem, None)
        self._backoff.reset()
        self._faults.over("the API takes evidence again")
        return 1

    def _later(self, event_id: str) -> None:
        now_s = self._clock.monotonic_s()
        self._ask_again_s = {key: at_s for key, at_s in self._ask_again_s.items() if at_s > now_s}
        self._ask_again_s[event_id] = now_s + _ASK_AGAIN_S

    def _pause(self, error: StreamError, pause_s: float) -> None:
        self._faults.fault(f"not delivered; it is kept: {error}")
        self._clock.wait(self._stopping, pause_s)
