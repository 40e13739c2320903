"""Something at rest that no class is known for: its place in the window, its look, and how long it has been there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np

from vision.static.background import Background, resized
from vision.static.packing import packed, packed_mask, unpacked
from vision.static.regions import Nature, Region, nature_of
from vision.static.structure import Mask, Structure, differs, likeness
from vision.types import Floats

_SAME = 0.6  # share of its telling pixels that look as they did, from which it stands there
_GONE = 0.65  # share of them that show the ground again, from which it does not ...
_LEFT = 0.4  # ... with at most so many that still look like it
_STILL = 0.7
_RIVAL_S = 10.0  # another look of the place that holds for so long, and for longer than the thing, is another thing
_BETWEEN_LOOKS_S = 5.0  # what two looks vouch for at most
_ADAPT = 0.1
_SHARED_UNREST = 3.0  # times what the ground shows of shake, rain and noise: a thing's own look was taken once
_RESTLESS = 0.03
_MOST_UNREST = 0.12  # that one look tells of: something may have passed before it
_TOUCH_PX = 6
_PEOPLE = 0.3  # share of it that people's boxes cover, from which a look says that it is people


class Sight(Enum):
    SAME = auto()
    GONE = auto()
    HIDDEN = auto()


@dataclass(slots=True)
class Thing:
    """One thing. `region` is where it stands; `telling`, bool like the region's mask, are the pixels by which it
    differs from the ground; `look` is what it looks like. Times are capture time, s.

    `looks` counts those that saw it, `judged` those of them that the detector saw too, and `people` those of the
    latter in which a person's box lay on it. `observed_s` is the part of its dwell in which every look saw it.
    `unrest` is how much more it changes from look to look than the ground around it does: people who stand sway.
    `blocked` is kept for whoever works it out.
    """

    slot: int
    region: Region
    telling: Mask
    look: Structure
    began_s: float
    seen_s: float
    looks: int = 2
    judged: int = 0
    people: int = 0
    alike: float = 1.0
    observed_s: float = 0.0
    watched: bool = True
    raised: bool = False
    free_since_s: float | None = None
    free_looks: int = 0
    rival_since_s: float | None = None
    asked_s: float | None = None
    unrest: float = 0.0
    blocked: float | None = None

    @property
    def dwell_s(self) -> float:
        return self.seen_s - self.began_s

    @property
    def sways(self) -> bool:
        return self.unrest > _RESTLESS

    def is_part_of(self, other: Thing) -> bool:
        """Whether it stands under or on a larger one: trousers under a coat."""
        mine, theirs = self.region, other.region
        (height, width), (their_height, their_width) = mine.mask.shape, theirs.mask.shape
        shared = min(mine.x + width, theirs.x + their_width) - max(mine.x, theirs.x)
        gap = max(mine.y, theirs.y) - min(mine.y + height, theirs.y + their_height)
        return other.region.area >= self.region.area and shared >= 0.5 * width and gap <= _TOUCH_PX

    @property
    def unknown_s(self) -> float:
        return max(0.0, self.dwell_s - self.observed_s)

    def see(self, ground: Background, around: float, *, clear_view: bool) -> Sight:
        """Take in the look that `ground` has seen. `around` is how much alike the empty ground is in it, 0 to 1. With
        `clear_view` off the picture shows too little to say that it is gone.
        """
        now, slow, at_s, floor = ground.present, ground.past, ground.at_s, ground.floor
        cut = (self.region.rows, self.region.columns)
        here = now.part(*cut)
        self.look = self.look.in_colours_of(here)
        unlike = differs(here, self.look, floor[cut])
        count = max(int(np.count_nonzero(self.telling)), 1)
        same = 1 - np.count_nonzero(unlike & self.telling) / count
        bare = 1 - np.count_nonzero(ground.new[cut] & self.telling) / count
        if bare >= _GONE and same <= _LEFT:
            if clear_view:
                self._gone(at_s)
                return Sight.GONE
        elif same >= _SAME:
            self._same(here, same, floor[cut], around, at_s)
            return Sight.SAME
        self.watched = False
        if clear_view and self.rival_since_s is not None and self._is_bare(now, slow):
            self._gone(at_s)
            return Sight.GONE
        if np.count_nonzero(ground.still[cut] & self.telling) < _STILL * count:
            self.rival_since_s = None
        elif self.rival_since_s is None:
            self.rival_since_s = at_s
        elif at_s - self.rival_since_s >= max(_RIVAL_S, self.observed_s if not self.raised else 0.0):
            self._replaced(here, at_s)
        return Sight.HIDDEN

    def _same(self, here: Structure, same: float, floor: Floats, around: float, at_s: float) -> None:
        edged = self.region.mask & (np.maximum(here.energy, self.look.energy) > 2 * floor)
        apart = 1 - likeness(here, self.look, edged) - _SHARED_UNREST * (1 - around)
        self.unrest += (min(apart, _MOST_UNREST) - self.unrest) / (self.looks - 1)
        if self.watched:
            self.observed_s += min(at_s - self.seen_s, _BETWEEN_LOOKS_S)
        self.alike += (same - self.alike) / (self.looks + 1)
        self.seen_s, self.looks, self.watched = at_s, self.looks + 1, True
        self.free_since_s, self.free_looks, self.rival_since_s = None, 0, None
        self.look.blend(here, _ADAPT, np.ones_like(self.telling))

    def _is_bare(self, now: Structure, slow: Structure) -> bool:
        """Its ground was never seen in this light, or another shadow lies on it: what holds now is no thing."""
        return nature_of(self.region, now, slow) is not Nature.THING

    def _gone(self, at_s: float) -> None:
        self.watched = False
        self.free_since_s = at_s if self.free_since_s is None else self.free_since_s
        self.free_looks += 1

    def _replaced(self, here: Structure, at_s: float) -> None:
        """The place has looked otherwise for long, and not like the ground: other light, or another thing."""
        self.look = here
        if not self.raised:
            self.began_s = self.rival_since_s if self.rival_since_s is not None else at_s
            self.observed_s, self.looks, self.judged, self.people = at_s - self.began_s, 2, 0, 0
            self.alike, self.unrest = 1.0, 0.0
        self.seen_s, self.watched, self.rival_since_s = at_s, True, None
        self.free_since_s, self.free_looks = None, 0

    def date(self, older: Structure, floor: Floats, at_s: float) -> bool:
        """Whether a look from before it was noticed shows it already, at `at_s`: then it has stood there since."""
        cut = (self.region.rows, self.region.columns)
        before = older.part(*cut)
        unlike = differs(before, self.look.in_colours_of(before), floor[cut])
        if np.count_nonzero(unlike & self.telling) > (1 - _SAME) * np.count_nonzero(self.telling):
            return False
        self.observed_s += min(self.began_s - at_s, _BETWEEN_LOOKS_S)
        self.began_s = at_s
        return True

    def relit(self, now: Structure, floor: Floats) -> None:
        """The whole picture has come into another light: what it looks like in it is learnt anew."""
        cut = (self.region.rows, self.region.columns)
        self.look = now.part(*cut)
        edged = self.region.mask & (self.look.energy > floor[cut])
        self.telling = edged if np.count_nonzero(edged) else self.region.mask
        self.rival_since_s, self.free_since_s, self.free_looks = None, None, 0

    def resize(self, across: float, down: float, size: tuple[int, int]) -> None:
        """Go on in a window of another size (h, w), which shows all so many times as large."""
        height, width = self.region.mask.shape
        x, y = min(round(self.region.x * across), size[1] - 2), min(round(self.region.y * down), size[0] - 2)
        to = max(2, min(round(height * down), size[0] - y)), max(2, min(round(width * across), size[1] - x))
        self.region = Region(x, y, resized(self.region.mask.astype(np.float32), to) >= 0.5)
        self.telling = resized(self.telling.astype(np.float32), to) >= 0.5
        self.look = Structure.of(resized(self.look.picture, to))

    def judge(self, people: Mask) -> None:
        """The detector has seen this look: `people`, bool (h, w) of the window, is where it found any."""
        covered = people[self.region.rows, self.region.columns] & self.telling
        self.judged += 1
        self.people += int(np.count_nonzero(covered) >= _PEOPLE * np.count_nonzero(self.telling))

    def shift_clock(self, by_s: float) -> None:
        self.began_s += by_s
        self.seen_s += by_s
        for name in ("free_since_s", "rival_since_s", "asked_s"):
            moment = getattr(self, name)
            setattr(self, name, None if moment is None else moment + by_s)

    def to_json(self) -> dict[str, Any]:
        return {
            "slot": self.slot,
            "x": self.region.x,
            "y": self.region.y,
            "mask": packed_mask(self.region.mask),
            "telling": packed_mask(self.telling),
            "look": packed(self.look.picture),
            "began_s": self.began_s,
            "seen_s": self.seen_s,
            "looks": self.looks,
            "judged": self.judged,
            "people": self.people,
            "observed_s": self.observed_s,
            "unrest": self.unrest,
            "raised": self.raised,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Thing:
        mask = unpacked(values["mask"]) > 0
        return cls(
            slot=int(values["slot"]),
            region=Region(int(values["x"]), int(values["y"]), mask),
            telling=unpacked(values["telling"]) > 0,
            look=Structure.of(unpacked(values["look"])),
            began_s=float(values["began_s"]),
            seen_s=float(values["seen_s"]),
            looks=int(values["looks"]),
            judged=int(values["judged"]),
            people=int(values["people"]),
            observed_s=float(values["observed_s"]),
            unrest=float(values["unrest"]),
            raised=bool(values["raised"]),
        )
