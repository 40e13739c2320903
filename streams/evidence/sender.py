"""The thread that carries clips and full-size stills from the shelf to the API, after their events."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from streams.backoff import Backoff
from streams.clock import Clock, SystemClock
from streams.delivery.outbox import Outbox
from streams.errors import ApiDenied, ApiRefused, StreamError
from streams.evidence.shelf import CLIP, STILL, Shelf
from streams.faults import FaultLog

logger = logging.getLogger("sanxun.evidence")

_IDLE_S = 5.0
_DENIED_PAUSE_S = 15.0
_UNKNOWN = 404
# The API does not know the event (yet): its copy may be restored from a backup, or the event be set aside there.
# Each time it is asked, it is sent the whole file.
_ASK_AGAIN_S, _ASK_AT_LEAST_EVERY_S = 60.0, 3600.0
_ORPHANED_AFTER_S = 86_400.0


class EvidenceLink(Protocol):
    """`ApiLink`, as far as evidence goes. Both raise `LinkError`."""

    def put_clip(self, event_id: str, mp4: Path) -> None: ...
    def put_still(self, event_id: str, jpeg: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class _Unknown:
    """An event that the API does not know, in monotonic seconds: since when, when it is asked again, and how long is
    waited for that."""

    since_s: float
    again_s: float
    wait_s: float


class EvidenceSender:
    """Delivers what is on the shelf, each file after its event has left the outbox; a file leaves the shelf only when
    the API has it, or will never take it, or has not known its event for a day. What cannot be read stays and holds up
    no other. Counters: `delivered`, `refused`, `orphaned`."""

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
        self._unreadable = FaultLog(logger, self._clock, "evidence that is left lying")
        self._unknown: dict[str, _Unknown] = {}  # by event id
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="evidence", daemon=True)
        self.counts: Counter[str] = Counter(delivered=0, refused=0, orphaned=0)

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
            unknown = self._unknown.get(path.stem)
            if unknown is not None and unknown.again_s > self._clock.monotonic_s():
                continue
            if self._outbox.holds(path.stem):
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
        except OSError as error:  # a bad sector under one file: the others go all the same
            self._unreadable.fault(f"{path.name} cannot be read: {error.strerror or error}")
            return 0
        except ApiRefused as error:
            if error.status == _UNKNOWN:
                return self._later(path.stem)
            logger.error("%s was refused and is given up: %s", path.name, error.detail)
            self.counts["refused"] += 1
        else:
            self.counts["delivered"] += 1
        self._shelf.done(path)
        self._unknown.pop(path.stem, None)
        self._backoff.reset()
        self._faults.over("the API takes evidence again")
        return 1

    def _later(self, event_id: str) -> int:
        """Ask about an unknown event again, after twice as long as the last time, or give its files up; how many."""
        now_s = self._clock.monotonic_s()
        was = self._unknown.get(event_id)
        if was is not None and now_s - was.since_s >= _ORPHANED_AFTER_S:
            del self._unknown[event_id]
            return self._give_up(event_id)
        # One whose files have made room is asked about no more.
        self._unknown = {key: one for key, one in self._unknown.items() if now_s - one.again_s < _ASK_AT_LEAST_EVERY_S}
        wait_s = _ASK_AGAIN_S if was is None else min(2 * was.wait_s, _ASK_AT_LEAST_EVERY_S)
        self._unknown[event_id] = _Unknown(now_s if was is None else was.since_s, now_s + wait_s, wait_s)
        return 0

    def _give_up(self, event_id: str) -> int:
        files = [path for kind in (STILL, CLIP) if (path := self._shelf.path_for(event_id, kind)).exists()]
        for path in files:
            logger.error("%s is given up: the API has not known its event for a day", path.name)
            self.counts["orphaned"] += 1
            self._shelf.done(path)
        return len(files)

    def _pause(self, error: StreamError, pause_s: float) -> None:
        self._faults.fault(f"not delivered; it is kept: {error}")
        self._clock.wait(self._stopping, pause_s)
