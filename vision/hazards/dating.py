"""Since when a place that has just been noticed has been taken: by what older looks show there."""

from __future__ import annotations

from collections import deque

import numpy as np

from vision.appearance import patches, similarities
from vision.hazards.places import Places
from vision.hazards.rules import Since
from vision.hazards.sight import SAME
from vision.types import Glimpse

_BACK_DATED_S = 15.0  # how far before its first box a place may have begun: a missed box or two, not a shadow's morning
_REMEMBERED_LOOKS = 32  # of the detector: so far back it is known what it did not see
_HIDDEN_LOOKS = 2


class Dating:
    """Dates the newest of `places`, and keeps when the detector looked."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._inferred_s: deque[float] = deque(maxlen=_REMEMBERED_LOOKS)

    def inferred(self, at_s: float) -> None:
        """The detector saw the look of `at_s`; call it after `date` of that look's new places."""
        self._inferred_s.append(at_s)

    def date(self, count: int, still_since: Since, source_wh: tuple[int, int], at_s: float) -> None:
        """The last `count` places are new: what has stood still under the first box since an earlier look has stood
        there since then."""
        table = self._places.table
        for row in range(len(table) - count, len(table)):
            _, since_s = still_since(table["xyxy"][row], source_wh)
            table["looks"][row] += self._unseen(since_s, at_s)
            self._began(row, since_s, at_s)
            table["asked_s"][row] = table["began_s"][row]

    def undated(self) -> float | None:
        asked_s = self._places.table["asked_s"]
        return None if np.isnan(asked_s).all() else float(np.nanmax(asked_s))

    def look_back(self, older: Glimpse | None) -> None:
        table = self._places.table
        if older is None:
            table["asked_s"] = np.nan
            return
        at_s = older.at_s
        table["asked_s"][at_s < table["seen_s"] - _BACK_DATED_S] = np.nan
        rows = np.flatnonzero(at_s < table["asked_s"])
        if not len(rows):
            return
        table["asked_s"][rows] = at_s
        alike = similarities(table["detail"][rows], patches(older.luma, table["xyxy"][rows], older.source_wh).detail)
        for row, is_there in zip(rows.tolist(), (alike >= SAME).tolist(), strict=True):
            if is_there:
                table["looks"][row] += self._unseen(at_s, float(table["began_s"][row]))
                self._began(row, at_s, float(table["seen_s"][row]))
                table["hidden"][row] = 0
                continue
            # It may only have been hidden: traffic passes before it. Twice running, it was not there.
            table["hidden"][row] += 1
            if table["hidden"][row] >= _HIDDEN_LOOKS:
                table["asked_s"][row] = np.nan

    def shift_clock(self, by_s: float) -> None:
        self._inferred_s = deque((seen_s + by_s for seen_s in self._inferred_s), maxlen=_REMEMBERED_LOOKS)

    def _unseen(self, from_s: float, to_s: float) -> int:
        """Looks of the detector that saw these very pixels and no vehicle in them: they speak against it."""
        return sum(from_s <= seen_s < to_s for seen_s in self._inferred_s)

    def _began(self, row: int, since_s: float, at_s: float) -> None:
        table = self._places.table
        table["began_s"][row] = min(float(table["began_s"][row]), max(since_s, at_s - _BACK_DATED_S))
        table["observed_s"][row] = at_s - table["began_s"][row]
