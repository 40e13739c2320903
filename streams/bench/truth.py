"""What should have been raised, and when, against what was."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.bench.compose import Composition

IN_TIME_S = 4.0  # beyond the dwell: the promise
_EARLY_S = 1.0  # a raise so long before its time is not of this vehicle
_GONE_S = 2.0  # and one so long after it has left neither


@dataclass(frozen=True, slots=True)
class Due:
    """A vehicle that stands before one camera: its hazard is due at `due_at`. All UTC."""

    camera: str
    zone: str
    appears_at: datetime
    due_at: datetime
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """A hazard that the API has: `captured_at` is the picture that raised it, `stored_at` the API's clock."""

    camera: str
    zone: str
    captured_at: datetime
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """`delays_s` are from when each hazard was due until the API had it, one for each that was raised at all."""

    planted: int
    in_time: int
    late: int
    never: int
    false_alarms: int
    delays_s: tuple[float, ...]
    strays: tuple[Raised, ...] = ()
    missed: tuple[Due, ...] = ()
    delayed: tuple[tuple[Due, float], ...] = ()  # the late ones, with their delays


def due_within(
    made: Composition, began_at: Mapping[str, datetime], since: datetime, until: datetime
) -> tuple[Due, ...]:
    """All vehicles that stand before any camera at some time between the two; `began_at` is when each camera showed
    the composition's beginning, which it has repeated ever since."""
    found = []
    for camera, began in began_at.items():
        first = math.floor((since - began).total_seconds() / made.length_s)
        last = math.floor((until - began).total_seconds() / made.length_s)
        for cycle in range(first - 1, last + 1):
            for planted in made.planted:
                appears_at = began + timedelta(seconds=cycle * made.length_s + planted.appears_s)
                leaves_at = appears_at + timedelta(seconds=planted.leaves_s - planted.appears_s)
                if appears_at < until and leaves_at > since:
                    due_at = appears_at + timedelta(seconds=made.order.dwell_s)
                    found.append(Due(camera, planted.zone, appears_at, due_at, leaves_at))
    return tuple(found)


def judge(dues: Sequence[Due], raised: Iterable[Raised], since: datetime, until: datetime) -> Verdict:
    """Compare for the window from `since` to `until`.

    A hazard counts where the whole of its promise lies in the window: the vehicle came after `since`, and dwell and
    4 s were over before `until`. Every other raise in the window has to be of a vehicle that is there as well: one
    that comes before its dwell is over, comes twice, or has nothing under it, is a false alarm.
    """
    first: dict[Due, Raised] = {}
    strays = []
    for one in sorted(raised, key=lambda r: r.captured_at):
        of = next((due for due in dues if _is_of(one, due)), None)
        if of is not None and of not in first:
            first[of] = one
        elif since <= one.captured_at <= until:
            strays.append(one)
    promise = timedelta(seconds=IN_TIME_S)
    counted = [due for due in dues if due.appears_at >= since and due.due_at + promise <= until]
    delay_s = {due: (first[due].stored_at - due.due_at).total_seconds() for due in counted if due in first}
    missed = tuple(due for due in counted if due not in first)
    in_time = sum(value <= IN_TIME_S for value in delay_s.values())
    return Verdict(
        planted=len(counted),
        in_time=in_time,
        late=len(delay_s) - in_time,
        never=len(missed),
        false_alarms=len(strays),
        delays_s=tuple(delay_s.values()),
        strays=tuple(strays),
        missed=missed,
        delayed=tuple((due, value) for due, value in delay_s.items() if value > IN_TIME_S),
    )


def _is_of(raised: Raised, due: Due) -> bool:
    return (
        (raised.camera, raised.zone) == (due.camera, due.zone)
        and raised.captured_at >= due.due_at - timedelta(seconds=_EARLY_S)
        and raised.captured_at <= due.leaves_at + timedelta(seconds=_GONE_S)
    )


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and max, by nearest rank; None where there is nothing."""
    ordered = sorted(values)

    def at(share: float) -> float | None:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else None

    return {"p50": at(0.5), "p95": at(0.95), "max": at(1.0)}
