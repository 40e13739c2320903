"""Whether what a camera shows can be believed: is it black, frozen, covered, out of focus, or of another place?

A zone is drawn on a view. While the view is not there, whatever is seen or not seen in the zone means nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vision.light import POOR, Lights
from vision.scene import GRID_WH, Match, Structure, structure_of
from vision.sharpness import Crispness, crispness_of
from vision.stillness import Stillness
from vision.types import Picture

_STATE_VERSION = 1


class FaultKind(StrEnum):
    FLAT = "flat"
    FROZEN = "frozen"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    TURNED = "turned"


# How long a look must go on being bad to be a fault. Headlights and a bus that pulls up pass within these; the dwell of
# a hazard is longer, so nothing is raised by a picture before its fault is known.
HOLD_S = {
    FaultKind.FLAT: 4.0,
    FaultKind.FROZEN: 0.0,  # Stillness has waited already
    FaultKind.COVERED: 15.0,
    FaultKind.TURNED: 15.0,
    FaultKind.DEFOCUSED: 20.0,
}
_CLEARS_AFTER_S = 6.0
_LEAST_LOOKS = 3
# Looks further apart than this say nothing of what was between them.
_GAP_S = 120.0

_FLAT = 2.0  # grey levels of spread over the grid; a street lit by one far lamp has 5
_FLAT_WITHOUT_EDGES = 4.0
_BARE = 1  # cells of the 108 with edges: real views have 50 and more by day, 4 in the deepest night, a cloth none
_LOST_PEAK = 4.5  # standard deviations: other places come to 3, one in twenty to 4.5; the same place in infra-red to 7
_LOST_SEEN = 0.25
# Peaks elsewhere, and their ratio to the one in place: chance comes to 5.3, and in place to 7 while the view is there.
_MOVED = ((7.0, 1.4), (4.5, 1.8))
_SAGGED_PEAK = 4.2
_SAGGED_PX = 3  # of the grid: 3 % of the width
_FEWER_EDGES = 0.6
_SOFT = 0.33  # of the scene's crispness: a blur of 3 px of 640 leaves less, infra-red and rain leave more
_SOFT_CLEARS = 0.5
# Degrees and zoom, tried one a look.
_TURNS = (*((degrees, 1.0) for degrees in (-6.0, 6.0, -10.0, 10.0, -15.0, 15.0, -20.0, 20.0)), (0.0, 0.8), (0.0, 1.25))
_TURN_PEAK, _TURN_RATIO = 6.0, 1.4


@dataclass(frozen=True, slots=True)
class PictureFault:
    """Why the picture cannot be believed, and from when on (the clock of `see`). `why` holds the figures."""

    kind: FaultKind
    since_s: float
    why: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Streak:
    """Looks that were bad, one after the other, with at most short breaks."""

    since_s: float = math.nan
    last_bad_s: float = -math.inf
    good_since_s: float = math.nan
    bad: int = 0
    good: int = 0

    def look(self, bad: bool, at_s: float) -> None:
        if bad:
            if not self.bad:
                self.since_s = at_s
            self.bad, self.good, self.last_bad_s = self.bad + 1, 0, at_s
            return
        self.good_since_s = at_s if not self.good else self.good_since_s
        self.good += 1
        if self.good >= _LEAST_LOOKS and at_s - self.last_bad_s >= _CLEARS_AFTER_S:
            self.bad = 0


class PictureHealth:
    """One camera's picture. Call `see` once per look, in order of time; about 0.7 ms.

    It learns the scene from the first 40 s on (20 looks at least) and trusts what it was shown then, but for pictures
    without any edges: that is a cover, though nothing was seen before it. `state` and `restore` keep what was learnt,
    so a camera that was turned while the worker was down is found.

    `view` is the number of the view that people have accepted, 0 for none: another number than the stored one means
    that the camera was aimed anew on purpose, and the scene is learnt afresh, even if it has no edges. With
    `accepts_after_s` a turned view is accepted by itself after so long. A camera that moves (`is_fixed` False: a drone,
    a tour of presets) is judged by flat and frozen only.
    """

    def __init__(self, *, view: int = 0, is_fixed: bool = True, accepts_after_s: float | None = None) -> None:
        self.view = view
        self._is_fixed = is_fixed
        self._accepts_after_s = accepts_after_s
        self._stillness = Stillness()
        self._lights = Lights()
        self._streak = _Streak()
        self._last_s: float | None = None
        self._turn = 0
        self._turn_found: dict[str, float] = {}
        self.fault: PictureFault | None = None
        self.doubt: FaultKind | None = None

    def see(self, luma: Picture, at_s: float) -> PictureFault | None:
        """The fault that holds now, if any. `luma` is uint8 (h, w), h and w of the model's size; `at_s` seconds of
        capture time. `doubt` says what this very look would be called if it lasted: such a look should decide nothing.
        """
        gap_s = 0.0 if self._last_s is None else at_s - self._last_s
        if not 0 <= gap_s <= _GAP_S:
            self._streak = _Streak()
            gap_s = 0.0
        self._last_s = at_s
        seen = structure_of(luma)
        self.doubt, why, since_s = self._judge(luma, seen, at_s, gap_s)
        self._streak.look(self.doubt is not None, at_s)
        self._settle(why, since_s, at_s)
        return self.fault

    def accept_view(self, view: int | None = None) -> None:
        """The camera looks where it should, whatever it looked at before: learn the scene afresh."""
        self.view = self.view + 1 if view is None else view
        self._lights, self._streak, self.fault, self._turn_found = Lights(), _Streak(), None, {}

    def state(self) -> dict[str, Any]:
        """JSON, about 6 KB for each light that the scene is known in (4 at most)."""
        fault = self.fault
        return {
            "version": _STATE_VERSION,
            "view": self.view,
            "still": self._stillness.state(),
            "lights": self._lights.state(),
            "fault": None if fault is None else {"kind": fault.kind.value, "since_s": fault.since_s, "why": fault.why},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`; of another view nothing is taken over. Raises `ValueError`, `KeyError` or `TypeError` for
        what is none, and nothing has changed then."""
        if state["version"] != _STATE_VERSION:
            raise ValueError(f"picture health of version {state['version']}, expected {_STATE_VERSION}")
        if state["view"] != self.view:
            return
        lights, stillness = Lights(), Stillness()
        lights.restore(state["lights"])
        stillness.restore(state["still"])
        stored = state["fault"]
        fault = stored and PictureFault(FaultKind(stored["kind"]), float(stored["since_s"]), dict(stored["why"]))
        self._lights, self._stillness, self.fault = lights, stillness, fault
        if fault:
            self._streak.since_s, self._streak.bad = fault.since_s, _LEAST_LOOKS

    def _judge(
        self, luma: Picture, seen: Structure, at_s: float, gap_s: float
    ) -> tuple[FaultKind | None, dict[str, float], float | None]:
        """What is wrong with this look by itself, the figures, and since when if known."""
        frozen_since_s = self._stillness.see(luma, at_s)
        if seen.contrast < (_FLAT if seen.has_edges.any() else _FLAT_WITHOUT_EDGES):
            return FaultKind.FLAT, {"contrast": seen.contrast}, None
        if frozen_since_s is not None:
            why = {"frozen_s": at_s - frozen_since_s, "stood_before_s": self._stillness.longest_s}
            return FaultKind.FROZEN, why, frozen_since_s
        if not self._is_fixed:
            return None, {}, None
        match, crisp = self._lights.match(seen), crispness_of(luma, seen.strength)
        if match is None:
            edges = int(seen.has_edges.sum())
            if edges <= _BARE and not self.view:
                return FaultKind.COVERED, {"edges": edges / seen.has_edges.size}, None
            self._lights.learn(seen, crisp, None, gap_s)
            return None, {}, None
        kind, why = self._misplaced(seen, match)
        if kind is None:
            kind, why = self._soft(crisp, match)
        if kind is None and self.fault is None:
            self._lights.learn(seen, crisp, match, gap_s)
        return kind, why, None

    def _misplaced(self, seen: Structure, match: Match) -> tuple[FaultKind | None, dict[str, float]]:
        scene = self._lights.scene
        why = {"peak": match.peak, "usual_peak": scene.usual_peak, "seen": match.seen}
        if any(match.far_peak >= peak and match.far_peak > ratio * match.peak for peak, ratio in _MOVED):
            return FaultKind.TURNED, why | _shift(match.far_px) | {"far_peak": match.far_peak}
        if match.peak >= _SAGGED_PEAK and max(map(abs, match.shift_px)) >= _SAGGED_PX:
            return FaultKind.TURNED, why | _shift(match.shift_px)
        if match.peak >= POOR * scene.usual_peak:
            self._turn_found = {}
        elif found := self._turned_about_axis(seen, match):
            return FaultKind.TURNED, why | found
        if match.peak >= _LOST_PEAK or match.seen >= _LOST_SEEN or match.patches:
            return None, {}
        edges = float(seen.has_edges.mean()) / max(float((scene.weights > 0).mean()), 1e-6)
        kind = FaultKind.COVERED if edges < _FEWER_EDGES else FaultKind.TURNED
        return kind, why | {"edges": edges}

    def _turned_about_axis(self, seen: Structure, match: Match) -> dict[str, float]:
        """One turn or zoom is tried a look, so that a look stays cheap; what was found is tried again first."""
        if not self._turn_found:
            self._turn = (self._turn + 1) % len(_TURNS)
        degrees, zoom = _TURNS[self._turn]
        peak, shift_px = self._lights.scene.turned_match(seen, degrees, zoom)
        found = peak >= _TURN_PEAK and peak > _TURN_RATIO * match.peak
        figures = {"turn_deg": degrees, "zoom": zoom, "turned_peak": peak, **_shift(shift_px)}
        self._turn_found = figures if found else {}
        return self._turn_found

    def _soft(self, crisp: Crispness, match: Match) -> tuple[FaultKind | None, dict[str, float]]:
        left = self._lights.crispness_left(crisp, match)
        is_soft = self.fault is not None and self.fault.kind is FaultKind.DEFOCUSED
        if left is None or left >= (_SOFT_CLEARS if is_soft else _SOFT):
            return None, {}
        return FaultKind.DEFOCUSED, {"crispness": left, "peak": match.peak}

    def _settle(self, why: dict[str, float], since_s: float | None, at_s: float) -> None:
        """Faults begin and end here, after they have held."""
        kind, streak, fault = self.doubt, self._streak, self.fault
        if kind is None:
            if fault is not None and not streak.bad:
                self.fault = None
            return
        began_s = streak.since_s if since_s is None else min(since_s, streak.since_s)
        held = streak.bad >= _LEAST_LOOKS and at_s - streak.since_s >= HOLD_S[kind]
        if fault is not None and fault.kind is kind:
            self._accept_in_time(fault, at_s)
        elif held or kind is FaultKind.FROZEN:
            self.fault = PictureFault(kind, began_s if fault is None else fault.since_s, _rounded(why))

    def _accept_in_time(self, fault: PictureFault, at_s: float) -> None:
        after_s = self._accepts_after_s
        if after_s is not None and fault.kind is FaultKind.TURNED and at_s - fault.since_s >= after_s:
            self.accept_view(self.view)


def _shift(px: tuple[int, int]) -> dict[str, float]:
    """In shares of the picture's width and height, right and down."""
    return {"shift_x": px[0] / GRID_WH[0], "shift_y": px[1] / GRID_WH[1]}


def _rounded(why: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in why.items()}
