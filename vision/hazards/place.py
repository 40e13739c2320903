"""A place where something stands: an anchor box and what it looks like, told apart from what passes by.

A detector's box jitters and its classes flicker; a tracker's ids switch. A place does not: it is held by its box,
and by the appearance of the fixed pixels under it. Times are capture time in seconds.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.appearance import SIDE, similarity, unit
from vision.types import Floats

SAME = 0.75  # similarity from which a place is what it was
DIFFERENT = 0.5  # and below which it is not
_WITNESS = 0.3  # confidence from which a box says that something stands there though it looks different
ADAPT = 0.1  # share of a new look that the remembered appearance takes on: dusk is slow, another car is not
_SETTLE_S = 1.0  # how long another appearance must hold before the place counts as taken by another
_BETWEEN_LOOKS_S = 5.0  # what two looks vouch for at most: longer apart, the time between was not observed
_FREE_ANYWAY_S = 10.0  # no box and nothing in front for so long: free, though the ground resembles what stood there


class Sight(Enum):
    """What one look says of a place."""

    BOX = auto()  # a detection lies on it
    COVERED = auto()  # something else stands before it
    OPEN = auto()  # neither


@dataclass(slots=True)
class Place:
    """Something at rest within a zone.

    `xyxy` is its anchor, float32 (4,) px of the full frame; it moves only when the place is taken anew. `seen_s` is
    when it was last known to be occupied. `free_since_s` is set while looks say that it is empty.
    `looks` counts those that knew it occupied, `boxes` those of them in which a detection lay on it, the last time at
    `boxed_s`.
    `fresh_looks` counts the detector's since it was noticed, `overdue_looks` those since its dwell was over.
    `asked_s`, while it is fresh: the oldest look by which it has been dated; `hidden` of them in a row did not show it.
    `observed_s` is the part of the dwell in which every look saw it occupied; `watched` says whether the last one did.
    """

    slot: int
    xyxy: Floats
    appearance: Floats
    began_s: float
    seen_s: float
    confidence: float
    raised: bool = False
    free_since_s: float | None = None
    free_looks: int = 0
    looks: int = 1
    boxes: int = 1
    boxed_s: float = 0.0
    observed_s: float = 0.0
    watched: bool = True
    fresh_looks: int = 1
    overdue_looks: int = 0
    asked_s: float | None = None
    hidden: int = 0
    rival: Floats | None = field(default=None, repr=False)
    rival_since_s: float = 0.0

    @property
    def dwell_s(self) -> float:
        """How long it is known to have been occupied by the same thing."""
        return self.seen_s - self.began_s

    def see(
        self,
        sight: Sight,
        now: Floats,
        at_s: float,
        box: Floats | None = None,
        confidence: float = 0.0,
        in_view: NDArray[np.bool_] | None = None,
        still_since_s: float | None = None,
        alike: float | None = None,
        adapted: Floats | None = None,
    ) -> None:
        """Take in one look: `now` is the appearance of the anchor at `at_s`, `box` the detection that lies on it.
        `still_since_s` is since when it has looked as it does now, where that is known; `alike` how much it looks as
        it did, and `adapted` what is remembered of it if it is the same, where they have been worked out already.

        `in_view`, bool (SIDE, SIDE): the cells that nothing else stands before; all of them where not given.
        """
        if alike is None:
            alike = similarity(self.appearance, now, in_view)
        seen_before_s = self.seen_s
        if sight is Sight.BOX and alike < DIFFERENT and confidence < _WITNESS:
            sight = Sight.OPEN  # a flicker of a box on what has changed: it speaks for nothing
        if sight is Sight.BOX:
            self._see_box(now, alike, at_s, box, confidence, adapted)
        elif sight is Sight.OPEN:
            self._see_open(now, alike, at_s, at_s if still_since_s is None else still_since_s, adapted)
        occupied = self.seen_s == at_s
        if occupied and self.watched and self.looks > 1:
            self.observed_s += min(at_s - seen_before_s, _BETWEEN_LOOKS_S)
        self.watched = occupied

    def glance(self, now: Floats, at_s: float) -> None:
        """Take in a look that no detector saw: it can only say that the place looks as it did.

        It counts towards the dwell, and not among the looks that the detector's word is measured by.
        """
        alike = similarity(self.appearance, now) >= SAME
        if alike:
            if self.watched:
                self.observed_s += min(at_s - self.seen_s, _BETWEEN_LOOKS_S)
            self.seen_s = at_s
            self.free_since_s, self.free_looks, self.rival = None, 0, None
        self.watched = alike

    def _see_box(
        self, now: Floats, alike: float, at_s: float, box: Floats | None, confidence: float, adapted: Floats | None
    ) -> None:
        self.free_since_s, self.free_looks = None, 0
        if alike >= DIFFERENT:
            self._occupied(at_s)
            self._adapt(now, adapted)
            self.rival = None
            self.boxes += 1
            self.boxed_s = at_s
            self.confidence += (confidence - self.confidence) / self.boxes
            return
        settled = self._settles(now, at_s)
        if self.raised:
            # Once raised, a place stays one hazard through headlights, rain and the switch to infra-red.
            self._occupied(at_s)
            self.boxes += 1
            if settled:
                self.appearance, self.rival = now, None
        elif settled and box is not None:
            self.xyxy, self.appearance = box.copy(), now
            self.began_s, self.seen_s = self.rival_since_s, at_s
            self.rival, self.looks, self.boxes, self.confidence, self.observed_s = None, 1, 1, confidence, 0.0

    def _settles(self, now: Floats, at_s: float) -> bool:
        """Whether another appearance than the remembered one has held under a box for long enough to be believed."""
        if self.rival is None or similarity(self.rival, now) < SAME:
            self.rival, self.rival_since_s = now, at_s
            return False
        return at_s - self.rival_since_s >= _SETTLE_S

    def _see_open(self, now: Floats, alike: float, at_s: float, since_s: float, adapted: Floats | None) -> None:
        if alike >= SAME:
            self.free_since_s, self.free_looks = None, 0
            self._occupied(at_s)
            self.rival = None
            if self.raised:
                # Before that, only a detection may teach: else the empty ground slowly passes for what stood there.
                self._adapt(now, adapted)
            return
        if self.free_since_s is None:
            self.free_since_s = min(at_s, max(since_s, self.seen_s))
        if alike < DIFFERENT or at_s - self.free_since_s >= _FREE_ANYWAY_S:
            self.free_looks += 1

    def _occupied(self, at_s: float) -> None:
        self.seen_s = at_s
        self.looks += 1

    def _adapt(self, now: Floats, adapted: Floats | None) -> None:
        self.appearance = unit((1 - ADAPT) * self.appearance + ADAPT * now) if adapted is None else adapted

    def shift_clock(self, by_s: float) -> None:
        """All times by so much."""
        self.began_s += by_s
        self.seen_s += by_s
        self.boxed_s += by_s
        self.rival_since_s += by_s
        if self.free_since_s is not None:
            self.free_since_s += by_s
        if self.asked_s is not None:
            self.asked_s += by_s

    def clock_set_back(self, at_s: float) -> None:
        """The wall clock went back to `at_s`: what was seen stays seen, from now on in the new time."""
        self.seen_s, self.free_since_s, self.free_looks, self.rival = at_s, None, 0, None

    def to_json(self) -> dict[str, Any]:
        """All that a restart needs; the rival is left out, a new look finds it again."""
        return {
            "slot": self.slot,
            "xyxy": [float(v) for v in self.xyxy],
            "appearance": base64.b64encode(self.appearance.astype(np.float16).tobytes()).decode(),
            "began_s": self.began_s,
            "seen_s": self.seen_s,
            "confidence": self.confidence,
            "raised": self.raised,
            "looks": self.looks,
            "boxes": self.boxes,
            "observed_s": self.observed_s,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Place:
        pixels = np.frombuffer(base64.b64decode(values["appearance"]), np.float16).astype(np.float32)
        return cls(
            slot=int(values["slot"]),
            xyxy=np.array(values["xyxy"], np.float32),
            appearance=pixels.reshape(SIDE, SIDE),
            began_s=float(values["began_s"]),
            seen_s=float(values["seen_s"]),
            confidence=float(values["confidence"]),
            raised=bool(values["raised"]),
            looks=int(values["looks"]),
            boxes=int(values["boxes"]),
            observed_s=float(values["observed_s"]),
        )
