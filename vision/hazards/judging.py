"""When something at rest becomes a hazard, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.hazards.table import Table
from vision.hazards.terms import Terms

SURE = 0.35  # mean confidence over all looks that raising takes
_DETECTED = 0.25  # share of its looks in which the detector must have found it: appearance only bridges misses
# More than half for what stood there in the first picture, which may stand there always: a bench is taken for a bicycle
# now and then, a bicycle mostly.
_FIRST_DETECTED = 0.51
# Where something has come to stand on ground that was bare, so much less does, found so often: small and dark vehicles.
_FAINT, _FAINTLY, _FAINTLY_DETECTED = 0.17, 3, 0.4
_CONFIRMED = 2  # and so many boxes at least: one alone may be a flicker, and still ground keeps still
# Vehicles of so few px are all alike: traffic far away passes the same spot, and every look finds one there.
_TINY_PX = 14.0
_SOON_S = 0.25  # key frames come 2 s apart, and a vehicle that came between two may be told 2 s late in all
_JITTER_S = 0.1  # capture times of live cameras are estimates: two key frames 20 s apart may be 19.99 s apart by them
# What must have been seen, a queue moves up behind what hides it: half of the time that it stands there, or four fifths
# of what the zone allows, whatever time it was hidden besides.
_OBSERVED, _OBSERVED_OF_LIMIT = 0.5, 0.8
# Hidden for nearly all of its time, a place may be one where they stop one after the other: a bus stop behind traffic.
_OBSERVED_AT_ALL = 0.1
_SETTLED_LOOKS = 4  # so many looks the detector has at a new place until it has found it twice
_TRIES = 5

Rows = NDArray[np.bool_]
Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judge:
    """A zone's limits, asked of all its places at once. Rows are those of a table of `places.COLUMNS`."""

    dwell_s: float
    clear_s: float
    terms: Terms

    def due_s(self, table: Table, at_s: float) -> Seconds:
        """When each place will have stood for too long, inf where it may stay."""
        if self.terms.plain:
            due_s: Seconds = table["began_s"] + self.dwell_s
            return due_s
        from_s, limit_s = self.terms.counted(table, at_s, self.dwell_s)
        return np.maximum(from_s + limit_s, self.terms.waits_until_s(table))

    def wants(self, table: Table, at_s: float) -> str | None:
        """Why the detector should see the next look."""
        if not len(table):
            return None
        if not np.isnan(table["free_since_s"]).all():
            return "perhaps free again"
        if (table["raised"] & ~np.isnan(table["rival_s"])).any():
            return "perhaps another"
        waiting = ~table["raised"]
        if (waiting & _is_new(table)).any():
            return "something new"
        if (waiting & self._has_dwelt(table, at_s) & _hopeful(table)).any():
            return "due"
        return None

    def decides_s(self, table: Table, at_s: float) -> float | None:
        """The next capture time after `at_s` at which something will be a hazard, or be over."""
        if not len(table):
            return None
        due_s = self.due_s(table, at_s)
        # Due, and the detector missed it in that very look: some more at once, then with the others.
        soon_s = np.maximum(due_s, at_s + _SOON_S)
        # Noticed late: it only wants a second box.
        late = _is_new(table) & ((table["confidence"] >= SURE) | table["arrived"])
        promised = np.where(table["overdue_looks"] < _TRIES, soon_s, due_s)
        moments = np.where(late, soon_s, np.where(_hopeful(table), promised, np.inf))
        moments = np.where(table["raised"], np.inf, moments)
        moments = np.where(np.isnan(table["free_since_s"]), moments, table["free_since_s"] + self.clear_s)
        if not self.terms.plain:
            moments = np.append(moments, self.terms.next_change_s(at_s))
        to_come = moments[(moments > at_s) & np.isfinite(moments)]
        return float(to_come.min()) if len(to_come) else None

    def raise_due(self, table: Table, at_s: float) -> list[int]:
        """Mark what has become a hazard in this look; its rows.

        It takes a box in this very look, or some before and one look that asked for one in vain: of what only looks as
        it did, nobody knows yet whether it is a vehicle.
        """
        due = ~table["raised"] & self._has_dwelt(table, at_s)
        if not np.count_nonzero(due):
            return []
        asked = (table["boxes"] >= _FAINTLY) & (table["overdue_looks"] >= 1)
        due &= (table["seen_s"] == at_s) & ((table["boxed_s"] == at_s) | asked)
        if not np.count_nonzero(due):
            return []
        from_s, limit_s = self.terms.counted(table, at_s, self.dwell_s)
        stood_s = table["seen_s"] - table["began_s"]
        observed = np.minimum(_OBSERVED * stood_s, np.maximum(_OBSERVED_OF_LIMIT * limit_s, _OBSERVED_AT_ALL * stood_s))
        due &= (table["observed_s"] >= observed) & _promises(table)
        table["raised"] |= due
        # Within what capture times are good for; a dwell of 9.99 s would only puzzle people.
        table["raised_from_s"][due] = np.minimum(from_s, at_s - limit_s)[due]
        rows: list[int] = np.flatnonzero(due).tolist()
        return rows

    def unsure(self, table: Table, at_s: float) -> NDArray[np.intp]:
        """Rows with a box in this look that lack nothing but the detector's confidence: whether they stand on what was
        bare would tell. Asked before they are due: else no look is asked for when they are."""
        faint = table["confidence"] < SURE
        if not np.count_nonzero(faint):
            return np.zeros(0, np.intp)
        faint &= ~(table["raised"] | table["arrived"]) & (table["boxes"] >= _CONFIRMED)
        return np.flatnonzero(faint & ((table["boxed_s"] == at_s) | self._has_dwelt(table, at_s)))

    def over(self, table: Table, at_s: float) -> Rows:
        """Which hazards are over: seen free for long enough, or allowed by now."""
        if not np.count_nonzero(table["raised"]):
            return np.zeros(len(table), np.bool_)
        free = (table["free_looks"] >= 2) & (at_s - table["free_since_s"] >= self.clear_s)
        if not self.terms.plain:
            from_s, limit_s = self.terms.counted(table, at_s, self.dwell_s)
            free |= np.isinf(from_s) | np.isinf(limit_s)
        over: Rows = table["raised"] & free
        return over

    def limit_s(self, table: Table, row: int, at_s: float) -> float:
        """What was allowed to one place."""
        limit_s = float(self.terms.counted(table, at_s, self.dwell_s)[1][row])
        return limit_s if np.isfinite(limit_s) else self.dwell_s

    def _has_dwelt(self, table: Table, at_s: float) -> Rows:
        dwelt: Rows = at_s >= self.due_s(table, at_s) - _JITTER_S
        return dwelt


def why(table: Table, row: int, at_s: float, judge: Judge, *, cleared: bool) -> dict[str, float | str]:
    """The figures that decided about a place; `vision.hazards.why` says what each means."""
    place = table.row(row)
    stood_s = float(place["seen_s"] - place["raised_from_s"])
    unseen_s = float(place["seen_s"] - place["began_s"] - place["observed_s"])
    figures: dict[str, float | str] = {
        "slot": int(place["slot"]),
        "dwell_s": stood_s,
        "limit_s": judge.limit_s(table, row, at_s),
        "unknown_s": min(max(0.0, unseen_s), stood_s),
        "looks": float(place["looks"]),
        "boxes": float(place["boxes"]),
        "detected": float(place["boxes"] / place["looks"]),
        "confidence": float(place["confidence"]),
        "threshold": SURE if place["confidence"] >= SURE else _FAINT,
    }
    return figures | {"clear_s": judge.clear_s} if cleared else figures


def _is_new(table: Table) -> Rows:
    wanted = np.where(table["arrived"], _FAINTLY, _CONFIRMED)
    new: Rows = (table["boxes"] < wanted) & (table["fresh_looks"] < _SETTLED_LOOKS)
    return new


def _hopeful(table: Table) -> Rows:
    """What the next look of the detector may make a hazard of."""
    wanting = table["arrived"] & (table["boxes"] < _FAINTLY) & (table["overdue_looks"] < _TRIES)
    hopeful: Rows = _promises(table) | wanting
    return hopeful


def _promises(table: Table) -> Rows:
    """Whether the detector is sure enough of what stands there."""
    often = table["boxes"] >= np.maximum(_FAINTLY, _FAINTLY_DETECTED * table["looks"])
    sides = table["xyxy"][:, 2:] - table["xyxy"][:, :2]
    tiny = sides[:, 0] * sides[:, 1] < _TINY_PX**2
    share = np.where(table["first"], _FIRST_DETECTED, _DETECTED)
    enough = np.where(tiny, often, table["boxes"] >= np.maximum(_CONFIRMED, share * table["looks"]))
    faintly = often & table["arrived"]
    promises: Rows = ((table["confidence"] >= SURE) & enough) | ((table["confidence"] >= _FAINT) & faintly)
    return promises
