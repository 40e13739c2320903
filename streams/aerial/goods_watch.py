"""Goods in a fire lane seen from above: whatever lies on its ground that did not lie there, of any class or none.

The detector's vehicles have a rule of their own; they and people are left out of the picture before it is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from streams.aerial.comparison import Compared, grown
from streams.aerial.lying import Lying, area_m2, outline_of, same
from streams.aerial.patches import Look
from streams.aerial.spots import seen_from
from streams.aerial.tiles import SIDE, Tile
from streams.aerial.zone_ground import Ground, Shown
from streams.site import ZoneSpec
from vision.static.structure import Mask
from vision.types import Change, Floats, Hazard, HazardKind, Picture

_GONE_LOOKS, _PASSED_LOOKS = 3, 2
_SHOWN, _AS_BEFORE = 0.7, 0.15  # of its outline: seen at all, and not other than before
_KEPT_PX = 4  # round what lies there
_BOX_GROWN = 0.15
_FORGOTTEN_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Laid:
    """A hazard that was raised or has cleared, and what it is about."""

    hazard: Hazard
    lying: Lying


class GoodsWatch:
    """Call `update` once per look. Raises `ValueError` for a zone that is larger than is watched in time."""

    kind = HazardKind.FIRE_LANE

    def __init__(self, zone: ZoneSpec) -> None:
        if zone.lonlat is None:
            raise ValueError(f"zone {zone.id} has no place on the ground")
        self.zone = zone
        self.ground = Ground(zone.lonlat)
        self._dwell_s = zone.fire_lane.dwell_s or zone.dwell_for(self.kind)
        self.lying: list[Lying] = []

    @property
    def raised(self) -> tuple[Lying, ...]:
        return tuple(one for one in self.lying if one.raised)

    def update(self, look: Look, hidden: Picture, number: Callable[[], int]) -> list[Laid]:
        """What changed by a look. `hidden` as `hidden_in` makes it; `number` gives each new thing its own."""
        at_s = look.frame.captured_at.timestamp()
        for known in self.lying:
            known.told = None
        shown = self.ground.shown(look, hidden, self._taken)
        for one in shown:
            self._note_all(one.tile, one.found, at_s, number)
        for one in shown:
            self._miss(one, at_s)
        changed = self._decided(look, at_s)
        for one in shown:
            one.learn(self._taken(one.tile), self._left(one.tile))
        self.lying = [known for known in self.lying if not self._is_over(known, at_s)]
        return changed

    def told(self, slot: int) -> bool | None:
        """Whether the last look shows a raised thing there; None where it shows neither, or no such is known."""
        return next((one.told for one in self.lying if one.id == slot), None)

    def pending_s(self, at_s: float) -> float | None:
        """The next capture time at which a look would decide something."""
        due = [one.from_s + self._dwell_s for one in self.lying if not one.raised and not one.is_hole]
        return min((moment for moment in due if moment > at_s), default=None)

    def state(self) -> dict[str, Any]:
        return {
            "zone": self.zone.lonlat,
            "lying": [one.state() for one in self.lying],
            "ground": self.ground.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state. Where the zone is another by now
        its ground is learnt anew, and what is raised stays so until it is seen gone."""
        self.lying = [Lying.of(one) for one in state["lying"]]
        if [list(corner) for corner in state["zone"]] != [list(corner) for corner in self.zone.lonlat or ()]:
            return
        self.ground.restore(state["ground"])

    def _note_all(self, tile: Tile, found: Compared, at_s: float, number: Callable[[], int]) -> None:
        for patches, is_hole in ((found.come, False), (found.gone, True)):
            for patch in patches:
                if patch.any():  # else all of it was halo
                    self._note(tile, patch, found.like, at_s, number, is_hole=is_hole)

    def _note(
        self, tile: Tile, patch: Mask, like: float, at_s: float, number: Callable[[], int], *, is_hole: bool
    ) -> None:
        """One patch is one that is known, or a new one."""
        area = area_m2(tile, patch)
        for one in self.lying:
            if one.is_hole is is_hole and same(grown(one.footprint(tile), _KEPT_PX), grown(patch, _KEPT_PX)):
                one.saw(tile, patch, at_s, like)
                return
        if area >= self.zone.fire_lane.least_m2:
            new = Lying(number(), outline_of(tile, patch), area, at_s, at_s, is_hole=is_hole, like=like)
            if new.is_at_home_in(tile):
                self.lying.append(new)

    def _miss(self, shown: Shown, at_s: float) -> None:
        """Only a view that is older than a thing shows the ground without it."""
        tile, found = shown.tile, shown.found
        for one in self.lying:
            if one.seen_s == at_s or shown.view.begun_s >= one.from_s or not one.is_at_home_in(tile):
                continue
            place = one.footprint(tile)
            if found.both[place].mean() >= _SHOWN and found.other[place].mean() <= _AS_BEFORE:
                one.missed(at_s)

    def _decided(self, look: Look, at_s: float) -> list[Laid]:
        changed = []
        for one in self.lying:
            if one.is_hole:
                continue
            large = one.area_m2 >= self.zone.fire_lane.least_m2
            if self._stands(one, at_s) and large and not one.raised:
                one.raised = True
                changed.append(self._laid(Change.RAISED, one, look, at_s))
            elif one.raised and self._is_over(one, at_s):
                changed.append(self._laid(Change.CLEARED, one, look, at_s))
        return changed

    def _stands(self, one: Lying, at_s: float) -> bool:
        """Seen by this look, and in one the dwell ago."""
        return one.seen_s == at_s and one.looks >= 2 and one.is_steady and at_s - one.from_s >= self._dwell_s

    def _is_over(self, one: Lying, at_s: float) -> bool:
        if one.raised:
            return one.empty >= _GONE_LOOKS and at_s - one.empty_from_s >= self.zone.clear_s
        if one.is_hole and self._stands(one, at_s):
            return True
        return one.empty >= _PASSED_LOOKS or at_s - one.seen_s > _FORGOTTEN_S

    def _taken(self, tile: Tile) -> Mask:
        """Where things lie: no ground, from no side."""
        found = np.zeros((SIDE, SIDE), np.bool_)
        for one in self.lying:
            found |= grown(one.footprint(tile), _KEPT_PX)
        return found

    def _left(self, tile: Tile) -> Mask:
        """Where something lay when the ground was learnt, and has been gone for the dwell: ground from now on."""
        found = np.zeros((SIDE, SIDE), np.bool_)
        for one in self.lying:
            if one.is_hole and self._stands(one, one.seen_s):
                found |= grown(one.footprint(tile), _KEPT_PX)
        return found

    def _laid(self, change: Change, one: Lying, look: Look, at_s: float) -> Laid:
        why: dict[str, float | str] = {
            "what": "thing",
            "dwell_s": at_s - one.from_s,
            "looks": one.looks,
            "area_m2": one.area_m2,
        }
        if change is Change.RAISED:
            why |= {"limit_s": self._dwell_s, **seen_from(look.sight(*one.middle, 0.0), look)}
        else:
            why["clear_s"] = self.zone.clear_s
        box = box_in(look, one)
        sure = max(0.0, min(1.0, one.like))
        return Laid(Hazard(change, self.kind, self.zone.id, one.id, at_s, one.from_s, box, sure, why), one)


def box_in(look: Look, one: Lying) -> Floats:
    """Where in that picture it lies: float32 (4,), px of the full frame."""
    px = look.project(np.array(one.outline))
    px = px[np.isfinite(px).all(axis=1)]
    if not len(px):
        return np.zeros(4, np.float32)
    low, high = (np.clip(edge, 0, look.frame.source_wh) for edge in (px.min(axis=0), px.max(axis=0)))
    return np.concatenate([low, high]).astype(np.float32)


def hidden_in(look: Look, boxes: Floats) -> Picture:
    """Uint8, as large as the look's luma: 255 over boxes (N, 4), px of the full frame, with some margin."""
    hidden = np.zeros(look.frame.luma.shape, np.uint8)
    scale = np.tile(np.array(hidden.shape[::-1]) / look.frame.source_wh, 2)
    grow = np.concatenate([boxes[:, :2] - boxes[:, 2:], boxes[:, 2:] - boxes[:, :2]], axis=1) * _BOX_GROWN
    for x1, y1, x2, y2 in np.round((boxes + grow) * scale).astype(int).tolist():
        cv2.rectangle(hidden, (x1, y1), (x2, y2), 255, cv2.FILLED)
    return hidden
