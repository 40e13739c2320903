"""What a zone allows: at which hours, to which vehicles, in which slots, and where traffic may stand and wait."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.hazards.table import Table
from vision.timetable import Timetable
from vision.types import Floats
from vision.zones import Zone

_LIES_IN = 0.5  # share of a vehicle's footprint
_DRIVEN_ON = 3  # so many of its queue have left since it stands: traffic has moved on
_PULLS_AWAY_S = 15.0  # and the last of them so long ago: its own turn would have come
_STOOD_S = 3.0  # what leaves after less than that only rolled through


@dataclass(frozen=True, slots=True)
class Exempt:
    """A slot with terms of its own: a loading bay, a place with a permit. In `hours` (always where None) vehicles of
    `classes` (all where empty) may stand there for `limit_s`, without end where that is None."""

    zone: Zone
    hours: Timetable | None = None
    classes: frozenset[int] = frozenset()
    limit_s: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """`hours`: when standing is prohibited, always where None. Whoever stands there when that begins, or when an
    exemption ends, has `grace_s` before the dwell is counted. `queues`: where vehicles wait in traffic; one there is
    parked only when the traffic has moved on and it has not, or after `queue_s`."""

    hours: Timetable | None = None
    grace_s: float = 0.0
    exempt: tuple[Exempt, ...] = ()
    queues: tuple[Zone, ...] = ()
    queue_s: float = 300.0

    @property
    def plain(self) -> bool:
        return self.hours is None and not self.exempt and not self.queues

    def place(self, table: Table, source_wh: tuple[int, int]) -> None:
        """Find out in which exempt slot and which queue the places stand that have not been asked yet."""
        if not self.exempt and not self.queues:
            return
        rows = np.flatnonzero(table["berth"] == -2)
        if len(rows):
            boxes = table["xyxy"][rows]
            table["berth"][rows] = _which(tuple(slot.zone for slot in self.exempt), boxes, source_wh)
            table["queue"][rows] = _which(self.queues, boxes, source_wh)

    def counted(self, table: Table, at_s: float, dwell_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each place from when its dwell counts, inf where nothing is prohibited now, and how long it may last."""
        from_s, limit_s = table["began_s"].copy(), np.full(len(table), dwell_s)
        if self.hours is not None:
            phase = self.hours.phase(at_s)
            from_s = self._later(from_s, phase.since_s) if phase.on else np.full(len(table), math.inf)
        for number, slot in enumerate(self.exempt):
            inside = (table["berth"] == number) & _of(slot.classes, table)
            phase_s = slot.hours.phase(at_s) if slot.hours is not None else None
            if phase_s is None or phase_s.on:
                limit_s[inside] = math.inf if slot.limit_s is None else slot.limit_s
            else:
                from_s = np.where(inside, self._later(from_s, phase_s.since_s), from_s)
        return from_s, limit_s

    def next_change_s(self, at_s: float) -> float:
        """When any of the hours begin or end next; inf where none do."""
        tables = [self.hours, *(slot.hours for slot in self.exempt)]
        return min((hours.phase(at_s).until_s for hours in tables if hours is not None), default=math.inf)

    def waits_until_s(self, table: Table) -> NDArray[np.float64]:
        """For each place until when it may be waiting in a queue; -inf outside of them."""
        until_s = table["began_s"] + self.queue_s
        driven_on = table["left"] >= _DRIVEN_ON
        until_s = np.where(driven_on, np.minimum(until_s, table["left_s"] + _PULLS_AWAY_S), until_s)
        return np.where(table["queue"] >= 0, until_s, -math.inf)

    def _later(self, from_s: NDArray[np.float64], since_s: float) -> NDArray[np.float64]:
        return np.where(from_s < since_s, since_s + self.grace_s, from_s)


def drive_on(table: Table, leaving: NDArray[np.bool_], at_s: float) -> None:
    """Some leave: those of the same queue that stood there before, and still do, have been passed by."""
    gone = leaving & (table["queue"] >= 0) & (table["looks"] >= 2)
    columns = (table[name][gone].tolist() for name in ("queue", "began_s", "seen_s"))
    for queue, began_s, seen_s in zip(*columns, strict=True):
        if seen_s - began_s < _STOOD_S:
            continue
        stays = ~leaving & (table["queue"] == queue) & (table["began_s"] < seen_s)
        table["left"] += stays
        table["left_s"][stays] = at_s


def _of(classes: frozenset[int], table: Table) -> NDArray[np.bool_]:
    if not classes:
        return np.ones(len(table), bool)
    return np.isin(table["kinds"].argmax(axis=1), sorted(classes))


def _which(zones: tuple[Zone, ...], boxes: Floats, source_wh: tuple[int, int]) -> NDArray[np.int64]:
    """For each box the zone that most of it stands in, -1 for none."""
    if not zones:
        return np.full(len(boxes), -1, np.int64)
    share = np.stack([zone.footprint_share(boxes, source_wh) for zone in zones])
    best = share.argmax(axis=0)
    return np.where(share.max(axis=0) >= _LIES_IN, best, -1).astype(np.int64)
