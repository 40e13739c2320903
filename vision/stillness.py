"""Whether a camera sends living pictures or the same one again and again."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from vision.types import Picture

# A clock that an encoder prints over a frozen picture changes less than this share of it.
_OVERLAY = 0.02
_OF_USUAL = 0.1
_QUICK_S, _SLOW_S, _MOST_S = 10.0, 30.0, 300.0
_LEAST_LOOKS = 4
_KNOWN_AFTER = 30  # changes seen before a camera is known never to stand still
_REMEMBER = 0.02


class Stillness:
    """Compares each picture with the first of a run of equal ones: light that creeps ends a run, and so does noise.

    A camera with noise is found frozen after 10 s, once it has been seen to live. One that does repeat itself (a
    smart encoder sends nothing while nothing happens; a rendered scene) gets thrice the longest stand it ever made,
    30 s to 5 minutes.
    """

    def __init__(self) -> None:
        self._first: Picture | None = None
        self._from_s = self._last_s = 0.0
        self._looks = 0
        self._changes = 0
        self._usual = 0.0  # share of pixels that differ from one look to the next, at the quiet end
        self._longest_s = 0.0

    def see(self, luma: Picture, at_s: float) -> float | None:
        """Since when (at_s of its first look) the picture has been frozen, None while it lives."""
        small = np.ascontiguousarray(luma[::2, ::2])
        if self._first is None or self._first.shape != small.shape or at_s < self._from_s:
            self._begin(small, at_s)
            return None
        changed = cv2.countNonZero(cv2.absdiff(self._first, small)) / small.size
        if changed > min(_OVERLAY, _OF_USUAL * self._usual):
            self._live(changed, at_s)
            self._begin(small, at_s)
            return None
        self._looks += 1
        self._last_s = at_s
        frozen = self._looks >= _LEAST_LOOKS and at_s - self._from_s >= self.patience_s
        return self._from_s if frozen else None

    @property
    def patience_s(self) -> float:
        if self._changes >= _KNOWN_AFTER and self._longest_s < _QUICK_S / 3:
            return _QUICK_S
        return min(max(_SLOW_S, 3 * self._longest_s), _MOST_S)

    @property
    def longest_s(self) -> float:
        return self._longest_s

    def state(self) -> dict[str, Any]:
        return {"changes": self._changes, "usual": round(self._usual, 5), "longest_s": round(self._longest_s, 3)}

    def restore(self, state: dict[str, Any]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no state."""
        self._changes = int(state["changes"])
        self._usual, self._longest_s = float(state["usual"]), float(state["longest_s"])

    def _begin(self, small: Picture, at_s: float) -> None:
        self._first, self._from_s, self._looks, self._last_s = small, at_s, 1, at_s

    def _live(self, changed: float, at_s: float) -> None:
        stood_s = self._last_s - self._from_s
        if stood_s < self.patience_s:
            self._longest_s = max(stood_s, self._longest_s * (1 - _REMEMBER / 10))
        self._changes = min(self._changes + 1, _KNOWN_AFTER)
        # Falls at once, rises slowly: the quiet end of what is usual.
        by = 0.5 if changed < self._usual else _REMEMBER
        self._usual = changed if self._usual == 0 else self._usual + by * (changed - self._usual)
