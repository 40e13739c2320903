"""The thread that empties the outbox towards the API, in order and at least once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from streams.backoff import Backoff
from streams.clock import Clock, SystemClock
from streams.delivery.outbox import Outbox, Pending
from streams.errors import ApiDenied, ApiRefused, LinkError, OutboxUnwritable, StreamError
from streams.faults import FaultLog
from streams.metrics.record import Metrics

logger = logging.getLogger(__name__)

_BATCH = 100
_IDLE_S = 5.0
# A token does not heal by itself: asking often only fills the API's log.
_DENIED_PAUSE_S = 15.0
_TOO_LARGE = 413
_UNKNOWN_PATH = (404, 405)


class _Receipt(Protocol):
    @property
    def accepted(self) -> tuple[str, ...]: ...
    @property
    def duplicates(self) -> tuple[str, ...]: ...


class EventLink(Protocol):
    """`ApiLink`, as far as events go."""

    def post_events(self, bodies: Sequence[dict[str, Any]]) -> _Receipt: ...


class Sender:
    """Delivers every event of the outbox. An event leaves the outbox only when the API has said that it has it.

    An event that the API refuses is found by halving the batch and set aside with the reason, so it holds up nothing.
    """

    def __init__(
        self,
        outbox: Outbox,
        link: EventLink,
        *,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._outbox = outbox
        self._link = link
        self._clock = clock or SystemClock()
        self._backoff = backoff or Backoff(first_s=0.5, most_s=15.0)
        self._metrics = metrics or Metrics()
        self._faults = FaultLog(logger, self._clock, "events")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="sender", daemon=True)
        self.delivered = 0

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 11.0) -> bool:
        """Ask it to end and wait for the delivery in hand. What is still in the outbox leaves at the next start."""
        self._stopping.set()
        self._outbox.wake()
        if self._thread.is_alive():
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def run(self) -> None:
        seen = 0
        while not self._stopping.is_set():
            try:
                if self.run_once() == 0:
                    seen = self._outbox.wait(seen, _IDLE_S)
            except ApiDenied as error:
                self._pause(error, _DENIED_PAUSE_S, logging.ERROR)
            except StreamError as error:
                self._pause(error, self._backoff.next_s(), logging.WARNING)
            except Exception as error:
                logger.exception("events: %s in the sender; starting it again", type(error).__name__)
                self._clock.wait(self._stopping, self._backoff.next_s())

    def run_once(self) -> int:
        """Deliver one batch; the number that left the outbox. Raises `LinkError` and `OutboxUnwritable`."""
        batch = self._outbox.pending(_BATCH)
        if not batch:
            return 0
        try:
            left = self._deliver(batch)
        except LinkError:
            self._outbox.tried([event.event_id for event in batch])
            raise
        self._backoff.reset()
        self._faults.over("the API takes events again")
        return left

    def _deliver(self, batch: Sequence[Pending]) -> int:
        began_s = self._clock.monotonic_s()
        try:
            receipt = self._link.post_events([event.body for event in batch])
        except ApiRefused as error:
            if error.status in _UNKNOWN_PATH:
                raise
            return self._divide(batch, error)
        known = set(receipt.accepted) | set(receipt.duplicates)
        confirmed = [event.event_id for event in batch if event.event_id in known]
        if not confirmed:
            raise LinkError("the API answered without naming any of the events that it was sent")
        self._outbox.delivered(confirmed)
        self.delivered += len(confirmed)
        self._metrics.stage("acknowledge", self._clock.monotonic_s() - began_s)
        self._age([event.body for event in batch if event.event_id in known])
        return len(confirmed)

    def _age(self, bodies: Sequence[dict[str, Any]]) -> None:
        """How old the events are that the API has now."""
        now = self._clock.now()
        for captured_at in (body.get("captured_at") for body in bodies):
            if captured_at is not None:
                age_s = (now - datetime.fromisoformat(captured_at)).total_seconds()
                self._metrics.stage("capture_to_acknowledged", max(0.0, age_s))

    def _divide(self, batch: Sequence[Pending], error: ApiRefused) -> int:
        if len(batch) > 1:
            middle = len(batch) // 2
            return self._deliver(batch[:middle]) + self._deliver(batch[middle:])
        (event,) = batch
        if error.status == _TOO_LARGE and event.body.get("still_jpeg"):
            logger.error("event %s is too large for the API: sending it without its picture", event.event_id)
            self._outbox.drop_still(event.event_id)
            return self._deliver([Pending(event.event_id, event.body | {"still_jpeg": None}, event.attempts)])
        logger.error("event %s was refused and is set aside: %s", event.event_id, error.detail)
        self._outbox.quarantine(event.event_id, f"{error.status}: {error.detail}")
        return 1

    def _pause(self, error: StreamError, pause_s: float, level: int) -> None:
        more = "; the outbox keeps them" if not isinstance(error, OutboxUnwritable) else ""
        self._faults.fault(f"not delivered{more}: {error}", level)
        self._clock.wait(self._stopping, pause_s)
