"""What was raised against what is true: hits, misses, false alarms, delays and all-clears."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from streams.accuracy.material import Box, Material, Stand, common
from streams.accuracy.play import START
from streams.bench.truth import spread
from streams.delivery.events import Event
from streams.replay import Replayed
from vision.detect import Detector
from vision.types import Change, HazardKind

_EARLY_S = 1.0  # a raise so long before it is due is not of this thing
_GONE_S = 2.0  # and one so long after it has left neither
_ON_IT = 0.3  # share of the smaller of two boxes that must be common
IN_TIME_S = 2.0  # beyond the dwell: the goal


@dataclass(frozen=True, slots=True)
class Told:
    """An event as scoring sees it: `at_s` from the material's beginning, `xyxy` relative to the picture."""

    kind: HazardKind
    zone: str
    change: Change
    at_s: float
    xyxy: Box
    slot_of: str
    why: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """One material's. `delays_s` are beyond what was due, one for each hit; `strays` what was raised for nothing."""

    material: Material
    hits: list[tuple[Stand, float]] = field(default_factory=list)
    missed: list[Stand] = field(default_factory=list)
    strays: list[Told] = field(default_factory=list)
    twice: int = 0
    tolerated: int = 0
    cleared: int = 0
    clears_due: int = 0
    cleared_early: int = 0
    looks: int = 0
    inferences: int = 0

    @property
    def is_right(self) -> bool:
        late = any(delay_s > IN_TIME_S for _, delay_s in self.hits)
        return not (self.missed or self.strays or late or self.cleared_early or self.cleared < self.clears_due)

    def line(self) -> dict[str, Any]:
        """As `--json` prints one material."""
        return {
            "material": self.material.name,
            "tags": list(self.material.tags),
            "right": self.is_right,
            "planted": len(self.material.truth),
            "delays_s": [round(delay_s, 2) for _, delay_s in self.hits],
            "missed": [asdict(stand) for stand in self.missed],
            "false_alarms": [asdict(told) for told in self.strays],
            "cleared_early": self.cleared_early,
            "never_cleared": self.clears_due - self.cleared,
            "looks": self.looks,
            "inferences": self.inferences,
        }


def outcome(
    material: Material, detector: Detector, *, gating: bool = True, watch: Callable[[Replayed], None] | None = None
) -> Outcome:
    """Play the material to its end and judge what was raised. `watch` is shown every look."""
    told: list[Told] = []
    looks = inferences = 0
    for look in material.play(detector, gating):
        if watch is not None:
            watch(look)
        looks += 1
        inferences += look.detections is not None
        told += [told_of(event) for event in look.events]
    judged = judge(material, told)
    judged.looks, judged.inferences = looks, inferences
    return judged


def judge(material: Material, told: Iterable[Told]) -> Outcome:
    """A raise counts for a thing that stands under it, from a second before it is due; a second raise of the same
    thing, and one over nothing, is a false alarm."""
    events = sorted(told, key=lambda one: one.at_s)
    found, raised_of = Outcome(material), {}
    for one in (e for e in events if e.change is Change.RAISED):
        stand = next((s for s in material.truth if s not in raised_of and _is_of(one, s)), None)
        if stand is not None:
            raised_of[stand] = one
            found.hits.append((stand, one.at_s - stand.due_s))
        elif _is_tolerated(one, material.tolerated):
            found.tolerated += 1
        else:
            found.twice += any(_is_of(one, s) for s in raised_of)
            found.strays.append(one)
    found.missed = [stand for stand in material.truth if stand not in raised_of]
    _judge_clears(found, raised_of, events)
    return found


def _judge_clears(found: Outcome, raised_of: dict[Stand, Told], events: Sequence[Told]) -> None:
    clears = {e.slot_of: e.at_s for e in events if e.change is Change.CLEARED}
    for stand, one in raised_of.items():
        at_s = clears.get(one.slot_of)
        # What goes at the very end, or was hidden then, cannot be asked for an all-clear.
        is_due = stand.until_s + _clear_within_s(found.material, stand.zone) < found.material.length_s
        found.cleared_early += at_s is not None and at_s < stand.until_s - 0.5
        found.clears_due += is_due
        found.cleared += is_due and at_s is not None and at_s >= stand.until_s - 0.5


def _clear_within_s(material: Material, zone_id: str) -> float:
    """An all-clear needs the zone's own time, and looks at it: ten seconds more."""
    zone = next(zone for zone in material.camera.zone if zone.id == zone_id)
    return zone.clear_s + 10.0


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of one column: precision, recall, F1, delays beyond what was due, false alarms a camera-hour."""
    hits = sum(len(o.hits) for o in outcomes)
    missed = sum(len(o.missed) for o in outcomes)
    strays = sum(len(o.strays) for o in outcomes)
    hours = sum(o.material.length_s for o in outcomes) / 3600
    delays_s = [delay_s for o in outcomes for _, delay_s in o.hits]
    return {
        "materials": len(outcomes),
        "camera_hours": round(hours, 4),
        "tp": hits,
        "fp": strays,
        "fn": missed,
        "precision": _share(hits, hits + strays),
        "recall": _share(hits, hits + missed),
        "f1": _share(2 * hits, 2 * hits + strays + missed),
        "delay_beyond_dwell_s": spread(delays_s),
        "late": sum(delay_s > IN_TIME_S for delay_s in delays_s),
        "raised_twice": sum(o.twice for o in outcomes),
        "false_alarms_per_camera_hour": round(strays / hours, 3) if hours else None,
        "cleared": sum(o.cleared for o in outcomes),
        "clears_due": sum(o.clears_due for o in outcomes),
        "cleared_early": sum(o.cleared_early for o in outcomes),
        "inferences_saved": _share(sum(o.looks - o.inferences for o in outcomes), sum(o.looks for o in outcomes)),
    }


def by_tag(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """The same counts for each thing that is laid over; a material with two of them counts for both."""
    tags = sorted({tag for o in outcomes for tag in o.material.tags})
    keys = ("materials", "tp", "fp", "fn", "f1", "late", "cleared", "clears_due", "cleared_early")
    return {
        tag: {k: v for k, v in summary([o for o in outcomes if tag in o.material.tags]).items() if k in keys}
        for tag in tags
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def told_of(event: Event) -> Told:
    wide, high = event.source_wh
    x1, y1, x2, y2 = event.xyxy
    box = (x1 / wide, y1 / high, x2 / wide, y2 / high)
    at_s = (event.captured_at - START).total_seconds()
    why = {key: round(v, 3) if isinstance(v, float) else v for key, v in event.why.items()}
    return Told(event.hazard, event.zone, event.change, round(at_s, 3), box, event.incident_id, why)


def _is_of(one: Told, stand: Stand) -> bool:
    return (
        (one.kind, one.zone) == (stand.kind, stand.zone)
        and stand.fair_s - _EARLY_S <= one.at_s <= stand.until_s + _GONE_S
        and common(one.xyxy, stand.xyxy) >= _ON_IT
    )


def _is_tolerated(one: Told, places: Sequence[Box]) -> bool:
    return any(common(one.xyxy, place) >= _ON_IT for place in places)
