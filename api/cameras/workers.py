"""What the workers last said of their outboxes: in memory, as they say it every 2 s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.kit.clock import Clock

_DAY_S = 86_400.0
# A worker that has been silent for so long is another matter, and told by its cameras.
_FORGET_S = 600.0
_COUNTERS = ("stills_dropped", "clips_dropped", "events_dropped")

Count = Annotated[int, Field(ge=0)]


class OutboxReport(BaseModel):
    """`streams.delivery.outbox.OutboxCounts`: what waits, what was refused, and what caps and a full disk have cost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pending: Count = 0
    quarantined: Count = 0
    clips: Count = 0
    stills: Count = 0
    stills_dropped: Count = 0
    clips_dropped: Count = 0
    events_dropped: Count = 0
    disk_full: bool = False


class WorkerSeen(BaseModel):
    """A worker's outbox as people see it: the `…_dropped` count what was lost within the last day or so, as far as this
    server has heard of it."""

    worker: str
    outbox: OutboxReport


@dataclass(slots=True)
class _Heard:
    at_s: float
    report: OutboxReport
    since_s: float
    since: OutboxReport


class WorkerBoard:
    """Used on the event loop alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._sights: dict[str, tuple[float, list[str]]] = {}

    def sight_is_due(self, worker: str, live: list[str], every_s: float) -> bool:
        """Whether what a worker sees is to be written down for the other servers: it is taken to be, from then on."""
        now_s = self._clock.monotonic()
        known = self._sights.get(worker)
        if known is not None and known[1] == live and now_s - known[0] < every_s:
            return False
        self._sights = {name: found for name, found in self._sights.items() if now_s - found[0] <= _FORGET_S}
        self._sights[worker] = (now_s, live)
        return True

    def report(self, worker: str, outbox: OutboxReport) -> None:
        now_s = self._clock.monotonic()
        known = self._heard.get(worker)
        # A day is over, or the worker has another outbox: count anew.
        anew = known is None or now_s - known.since_s > _DAY_S
        if known is None or anew or any(getattr(outbox, name) < getattr(known.since, name) for name in _COUNTERS):
            self._heard[worker] = _Heard(now_s, outbox, now_s, known.report if known is not None and anew else outbox)
        else:
            known.at_s, known.report = now_s, outbox

    def now(self) -> list[WorkerSeen]:
        now_s = self._clock.monotonic()
        self._heard = {name: heard for name, heard in self._heard.items() if now_s - heard.at_s <= _FORGET_S}
        return [WorkerSeen(worker=name, outbox=_of_late(heard)) for name, heard in sorted(self._heard.items())]


def _of_late(heard: _Heard) -> OutboxReport:
    lost = {name: max(0, getattr(heard.report, name) - getattr(heard.since, name)) for name in _COUNTERS}
    return heard.report.model_copy(update=lost)
