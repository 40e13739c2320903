"""Jumbled wiring: more wires in a zone than were approved.

Wires keep still, so no motion asks for a look: the rule looks by the clock, once a minute. It compares where wires are,
not only how many: what is seen of them differs from day to night, and a wire that was taken down must not make room
for one that was strung. One look says nothing; several must agree. What cannot be seen is unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vision.hazards.rules import Mark, Observation, Stage
from vision.hazards.wire_baseline import Baseline
from vision.hazards.wire_figures import box_of, compared, in_metres, side_px, sides
from vision.hazards.wire_look import WireLook, ZoneView, clear_enough, fitted, from_grid, grown, look_at, to_grid
from vision.hazards.wire_raised import RaisedWires
from vision.types import Change, Glimpse, Hazard, HazardKind, Picture
from vision.wires import Mask

_HIDDEN = 0.02  # share of the zone's box that nobody has seen, from which no baseline is taken ...
_PATIENCE_LOOKS = 60  # ... for so many looks
_STATE_VERSION = 1
_EARLY = 0.05  # of the time between looks: the camera's own looks do not fall on the second
_IDLE_HZ = 1 / 60
_SAME_EVENING_S = 1800.0  # by day and by night within so long, what hangs there is the same
_MOST_PX = 1280


@dataclass(frozen=True, slots=True)
class WiringLimits:
    """What raises. Lengths are in sides of the zone (the root of its area); `more_...` are beyond the baseline and
    count with half of `new_wires`. `looks` must agree. `width_m` is the width of the zone's box, m, where known."""

    new_wires: float = 0.5
    more_crossings: int = 4
    more_disorder: float = 0.3
    more_sag: float = 0.1
    looks: int = 3
    look_every_s: float = 60.0
    dwell_s: float = 60.0
    clear_s: float = 3.0
    width_m: float | None = None


class JumbledWiring:
    """Wires of one zone. `polygon` is the zone, corners (x, y) in 0 to 1. `approved` counts how often people approved
    what hangs there: where it differs from the stored one, the first looks make a new baseline. With `bare` there is
    none: any wire counts. `threshold` is the segmenter's own."""

    kind = HazardKind.WIRING
    sees_colours = False

    def __init__(
        self,
        zone_id: str,
        polygon: Sequence[tuple[float, float]],
        limits: WiringLimits,
        *,
        approved: int = 0,
        bare: bool = False,
        threshold: float = 0.5,
    ) -> None:
        self.zone_id = zone_id
        self._polygon, self._limits, self._threshold = polygon, limits, threshold
        self._approved, self._bare = approved, bare
        self._baseline: Baseline | None = Baseline.none() if bare else None
        self._looks: deque[WireLook] = deque(maxlen=limits.looks)
        self._raised: RaisedWires | None = None
        self._next_slot = 1
        self._looked_s: float | None = None
        self._judged_s: float | None = None
        self._unknown_s = 0.0
        self._learnt_looks = 0
        self._pending: tuple[float, ...] | None = None
        self._can_see = True

    @property
    def looks_hz(self) -> float:
        return max(_IDLE_HZ, 1 / self._limits.look_every_s)

    @property
    def baseline(self) -> Baseline | None:
        """None until enough looks agreed on one."""
        return self._baseline

    def wants(self, at_s: float) -> str | None:
        return "wires are due" if self._can_see and self._due(at_s) else None

    def decides_s(self, at_s: float) -> float | None:
        if self._looked_s is None or not (self._pending or self._raised):
            return None
        due_s = self._looked_s + self._limits.look_every_s
        return due_s if due_s > at_s else None

    def _due(self, at_s: float) -> bool:
        if self._looked_s is None or at_s < self._looked_s:
            return True  # the clock was set back while nobody looked
        return at_s >= self._looked_s + self._limits.look_every_s * (1 - _EARLY)

    def update(self, seen: Observation) -> list[Hazard]:
        self._can_see = seen.segment is not None and seen.crop is not None
        if seen.segment is None or seen.crop is None or seen.detections is None or not self._due(seen.at_s):
            return []
        if self._looked_s is not None and seen.at_s < self._looked_s:
            self.shift_clock(seen.at_s - self._looked_s)
        self._looked_s = seen.at_s
        view = ZoneView.of(self._polygon, seen.source_wh)
        picture = seen.crop(view.xyxy, (_MOST_PX, _MOST_PX))
        look = None
        if clear_enough(picture):
            look = look_at(seen.at_s, picture, seen.segment(picture), view, seen.detections, self._threshold)
        return self._judge(look, view, picture, seen.at_s)

    def _judge(self, look: WireLook | None, view: ZoneView, picture: Picture, at_s: float) -> list[Hazard]:
        if look is None or (self._baseline is not None and not self._baseline.sees_as_well(look)):
            self._unknown_s += 0.0 if self._judged_s is None else min(at_s - self._judged_s, self._limits.look_every_s)
            return []
        before_s, self._judged_s = self._judged_s, at_s
        if self._baseline is None:
            return self._learn(look)
        if not self._baseline.knows(look.is_grey) and self._carried_over(look, view, before_s):
            return []
        if self._looks and self._looks[-1].mask.shape != look.mask.shape:
            self._looks.clear()
        self._looks.append(look)
        new = self._agreed(look)
        if self._raised is not None:
            return self._follow(self._raised, look)
        return self._weigh(look, new, view)

    def _learn(self, look: WireLook) -> list[Hazard]:
        """The first looks make the baseline; people who approve what hangs there end the hazard with it."""
        self._looks.append(look)
        self._learnt_looks += 1
        if len(self._looks) < self._limits.looks:
            return []
        behind = np.logical_and.reduce([fitted(one.hidden, look.hidden) for one in self._looks])
        if behind.mean() > _HIDDEN and self._learnt_looks < _PATIENCE_LOOKS:
            return []  # what hangs behind a lorry would be new once it has gone
        self._baseline, self._learnt_looks = Baseline.of(self._looks), 0
        self._looks.clear()
        raised, self._raised = self._raised, None
        return [] if raised is None else [self._hazard(Change.CLEARED, raised, look, {"approved": self._approved})]

    def _carried_over(self, look: WireLook, view: ZoneView, before_s: float | None) -> bool:
        """Dusk and dawn: what hung there minutes ago hangs there still, and is now seen in another light."""
        assert self._baseline is not None
        if self._raised or self._pending or before_s is None or look.at_s - before_s > _SAME_EVENING_S:
            return False
        if self._looks and self._looks[-1].is_grey != look.is_grey:
            self._looks.clear()
        if self._looks:
            so_far = self._baseline.also(self._looks)
            if sides(so_far.beyond(look), view) >= self._limits.new_wires:
                self._baseline = so_far  # strung just now, in the dusk
                self._looks.clear()
                return False
        self._looks.append(look)
        if len(self._looks) == self._limits.looks:
            self._baseline = self._baseline.also(self._looks)
            self._looks.clear()
        return True

    def _agreed(self, look: WireLook) -> Mask:
        """New wires of this look that the others before it saw too, bool (h, w) of its crop."""
        assert self._baseline is not None
        new = self._baseline.beyond(look)
        for other in list(self._looks)[:-1]:
            new &= from_grid(grown(to_grid(self._baseline.beyond(other))), (new.shape[0], new.shape[1]))
        return new

    def _weigh(self, look: WireLook, new: Mask, view: ZoneView) -> list[Hazard]:
        baseline, limits = self._baseline, self._limits
        assert baseline is not None
        length = sides(new, view)
        worse = (
            look.crossings - baseline.crossings >= limits.more_crossings
            or look.disorder - baseline.disorder >= limits.more_disorder
            or look.sag - baseline.sag >= limits.more_sag
        )
        over = length >= limits.new_wires or (worse and length >= limits.new_wires / 2)
        self._pending = box_of(new, view) if over else None
        if not over:
            self._unknown_s = 0.0
            return []
        began_s = self._looks[0].at_s
        if len(self._looks) < limits.looks or look.at_s - began_s < limits.dwell_s:
            return []
        raised = RaisedWires(self._next_slot, began_s, to_grid(new), box_of(new, view))
        self._next_slot += 1
        self._raised, self._pending = raised, None
        figures = {
            "dwell_s": look.at_s - began_s,
            "limit_s": limits.dwell_s,
            "looks": float(len(self._looks)),
            "unknown_s": self._unknown_s,
            "new_wires": length,
            "limit_new_wires": limits.new_wires,
            "threshold": self._threshold,
            **compared(look, baseline),
        }
        if limits.width_m is not None:
            figures |= in_metres(look, baseline, length, side_px(new, view) * limits.width_m / new.shape[1])
        self._unknown_s = 0.0
        return [self._hazard(Change.RAISED, raised, look, figures)]

    def _follow(self, raised: RaisedWires, look: WireLook) -> list[Hazard]:
        self._raised = now = raised.after(look)
        if now.gone_looks < self._limits.looks or look.at_s - now.gone_since_s < self._limits.clear_s:
            return []
        self._raised = None
        self._looks.clear()
        return [self._hazard(Change.CLEARED, raised, look, {"clear_s": self._limits.clear_s, "wire_share": look.share})]

    def _hazard(self, change: Change, raised: RaisedWires, look: WireLook, why: dict[str, Any]) -> Hazard:
        return Hazard(
            change=change,
            kind=self.kind,
            zone=self.zone_id,
            slot=raised.slot,
            at_s=look.at_s,
            began_s=raised.began_s,
            xyxy=np.array(raised.xyxy, np.float32),
            confidence=look.confidence,
            why={"slot": raised.slot, **why},
        )

    def undated(self) -> float | None:
        return None

    def look_back(self, older: Glimpse | None) -> None:
        """A wire is dated by the looks of its own alone."""

    def shift_clock(self, by_s: float) -> None:
        self._looked_s = None if self._looked_s is None else self._looked_s + by_s
        self._judged_s = None if self._judged_s is None else self._judged_s + by_s
        self._looks = deque((replace(look, at_s=look.at_s + by_s) for look in self._looks), maxlen=self._looks.maxlen)
        self._raised = None if self._raised is None else self._raised.shifted(by_s)

    def marks(self) -> tuple[Mark, ...]:
        if self._raised is not None:
            return (Mark(np.array(self._raised.xyxy, np.float32), Stage.RAISED, f"#{self._raised.slot} new wires"),)
        if self._pending is not None:
            return (Mark(np.array(self._pending, np.float32), Stage.WATCHED, f"new wires? look {len(self._looks)}"),)
        return ()

    def state(self) -> dict[str, Any]:
        raised = self._raised
        return {
            "version": _STATE_VERSION,
            "approved": self._approved,
            "bare": self._bare,
            "polygon": [list(corner) for corner in self._polygon],
            "baseline": None if self._baseline is None else self._baseline.state(),
            "next_slot": self._next_slot,
            "looked_s": self._looked_s,
            "judged_s": self._judged_s,
            "raised": None if raised is None else raised.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        if state["version"] != _STATE_VERSION:
            raise ValueError(f"version {state['version']}, expected {_STATE_VERSION}")
        raised, baseline = state["raised"], state["baseline"]
        self._next_slot = int(state["next_slot"])
        if [list(corner) for corner in self._polygon] != state.get("polygon", [list(c) for c in self._polygon]):
            return  # another zone shows other wires: its baseline is taken anew
        self._looked_s, self._judged_s = state["looked_s"], state["judged_s"]
        if raised is not None:
            self._raised = RaisedWires.restored(raised)
        if self._bare or state["bare"]:
            return  # a baseline is taken anew where one is wanted now, and none is where it is not
        if state["approved"] == self._approved and baseline is not None:
            self._baseline = Baseline.restored(baseline)
