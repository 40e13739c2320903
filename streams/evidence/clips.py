"""The thread that makes an event's clip, once its camera's ring has what came after the event."""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta

from streams.clock import Clock, SystemClock
from streams.delivery.events import Event
from streams.evidence.clip import ClipImpossible, Timed, began_at, from_key, write_clip
from streams.evidence.recode import needs_recoding, recode_clip
from streams.evidence.shelf import CLIP, Shelf
from streams.sources.ring import Tape
from vision.types import Change

log = logging.getLogger("sanxun.clips")

_POLL_S = 1.0
# Pictures come out of order by less than this; a clip is cut when the ring is so far beyond its end.
_REORDER_S = 0.5
# A camera that has gone gives no more packets: the clip is made of what there is, so long after its end was due.
_PATIENCE_S = 10.0


@dataclass(slots=True, eq=False)
class _Gathering:
    """A clip in the making: packets are taken out of the ring as they come, so the ring may be short."""

    event: Event
    tape: Tape
    at_s: float
    from_s: float
    to_s: float
    due_s: float
    held_until_s: float
    packets: list[Timed] = field(default_factory=list)
    size: int = 0

    def take(self) -> None:
        held = self.tape.ring.clip(self.from_s, math.inf)
        last_s, last = self.packets[-1] if self.packets else (-math.inf, None)
        known = next((i for i in range(len(held) - 1, -1, -1) if held[i][1] is last), -1)
        # A ring that was begun anew meanwhile speaks of another time: nothing of it belongs to this event.
        fresh = [pair for pair in held[known + 1 :] if pair[0] > last_s - _REORDER_S]
        self.packets += fresh
        self.size += sum(packet.size for _, packet in fresh)

    @property
    def complete(self) -> bool:
        return bool(self.packets) and max(at_s for at_s, _ in self.packets[-32:]) > self.to_s + _REORDER_S


class ClipMaker:
    """Clips of raised hazards, on to the shelf. Bounded: at most `most_waiting` clips in the making, holding at most
    `most_bytes` of packets; beyond that the oldest is cut short, or the newest refused, and counted.

    Counters: `made`, `cut_short`, `refused`, `impossible`.
    """

    def __init__(
        self, shelf: Shelf, *, clock: Clock | None = None, most_waiting: int = 64, most_bytes: int = 96 << 20
    ) -> None:
        self._shelf = shelf
        self._clock = clock or SystemClock()
        self._most_waiting, self._most_bytes = most_waiting, most_bytes
        self._lock = threading.Lock()
        self._gathering: deque[_Gathering] = deque()
        self._counts: Counter[str] = Counter(made=0, cut_short=0, refused=0, impossible=0)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="clips", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 5.0) -> bool:
        """End now: what is being gathered is made of what there is. True when the thread has ended."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    @property
    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts)

    def wanted(self, event: Event, tape: Tape, *, pre_s: float, post_s: float, hold_s: float = 0.0) -> bool:
        """Ask for the clip of a raised hazard, from `pre_s` before it to `post_s` after. Returns at once; False where
        none will be made (an all-clear, or too many are waiting). Asked again with another tape, that one is used;
        `hold_s` is for how long it is waited for, though the clip could be made."""
        if event.change is not Change.RAISED:
            return False
        at_s = event.media_time_s + tape.offset_s
        now_s = self._clock.monotonic_s()
        due_s = now_s + max(post_s + _PATIENCE_S, hold_s)
        asked = _Gathering(event, tape, at_s, max(0.0, at_s - pre_s), at_s + post_s, due_s, now_s + hold_s)
        with self._lock:
            for earlier in [one for one in self._gathering if one.event.event_id == event.event_id]:
                self._gathering.remove(earlier)
            if len(self._gathering) >= self._most_waiting:
                self._counts["refused"] += 1
                return False
            self._gathering.append(asked)
        self._wake.set()
        return True

    def run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            idle = self.run_once() == 0
            self._wake.wait(None if idle else _POLL_S)
        self.run_once(finish=True)

    def run_once(self, *, finish: bool = False) -> int:
        """Take what the rings have, make the clips that are complete or due; how many are still in the making."""
        with self._lock:
            asked = list(self._gathering)
        now_s = self._clock.monotonic_s()
        for gathering in asked:
            if not gathering.complete:
                gathering.take()
        surplus = sum(gathering.size for gathering in asked) - self._most_bytes
        for gathering in asked:
            over_cap = surplus > 0
            ready = gathering.complete and now_s >= gathering.held_until_s
            if finish or over_cap or ready or now_s >= gathering.due_s:
                surplus -= gathering.size
                with self._lock:
                    if gathering not in self._gathering:
                        continue  # asked for again meanwhile, with another tape
                    self._gathering.remove(gathering)
                self._make(gathering)
        with self._lock:
            return len(self._gathering)

    def _make(self, gathering: _Gathering) -> None:
        if not gathering.complete:
            self._count("cut_short")
        try:
            self._write(gathering)
            self._count("made")
        except (ClipImpossible, OSError) as error:
            self._count("impossible")
            log.warning("event %s has no clip: %s", gathering.event.event_id, error)
        except Exception:  # one camera's packets must not end the clips of all the others
            self._count("impossible")
            log.exception("event %s: its clip could not be made", gathering.event.event_id)

    def _write(self, gathering: _Gathering) -> None:
        event, tape = gathering.event, gathering.tape
        again = needs_recoding(gathering.packets, tape.codec)
        held = gathering.packets if again else from_key(gathering.packets, gathering.from_s, gathering.to_s)
        if not held:
            raise ClipImpossible("its camera's ring held nothing to begin with")
        if max(at_s for at_s, _ in held) < gathering.at_s - _POLL_S:
            raise ClipImpossible("its camera's ring was begun anew, and does not reach the event")
        path = self._shelf.path_for(event.event_id, CLIP)
        self._shelf.keep_to_bounds()
        about = {"camera": event.camera, "event_id": event.event_id}
        if again:
            clip = recode_clip(
                path,
                held,
                codec=tape.codec,
                extradata=tape.extradata,
                from_s=gathering.from_s,
                to_s=gathering.to_s,
                captured_at=lambda at_s: event.captured_at - timedelta(seconds=gathering.at_s - at_s),
                about=about,
            )
        else:
            clip = write_clip(
                path,
                held,
                codec=tape.codec,
                extradata=tape.extradata,
                began_at=began_at(held, gathering.at_s, event.captured_at),
                about=about,
            )
        self._shelf.added(path)
        lead = (event.captured_at - clip.began_at).total_seconds()
        log.info("clip of %s: %.1f s, %.1f s before it", event.camera, clip.duration_s, lead)

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1
