"""`TRUTH.json` beside clips: what stands where in them, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.errors import SourceUnusable
from vision.types import HazardKind

TRUTH = "TRUTH.json"
TRUTH_DWELL_S = 8.0  # what stands in the composed clips stands for 18 s and more
_MOST_ASKED = 5  # people: more make the same gathering

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ToldStand:
    """One thing that stands in a clip from `appears_s` until `leaves_s`, at `xyxy` px of the clip. `zone` is where
    it may not, relative corners; None where nobody said. `people` is how many a gathering takes to be one."""

    kind: HazardKind
    appears_s: float
    leaves_s: float
    xyxy: tuple[float, float, float, float]
    zone: Corners | None
    dwell_s: float
    people: int


def truth_of(folder: Path) -> dict[str, tuple[ToldStand, ...]]:
    """What `TRUTH.json` in the folder of clips says, by the clip's name; empty where there is none. A clip has one
    entry or a list of them; what is no such thing is a remark. Raises `SourceUnusable`."""
    path = folder / TRUTH
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SourceUnusable(f"{path} cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise SourceUnusable(f"{path} must hold an object with an entry for each clip, got a {type(told).__name__}")
    found = {}
    for name, entry in told.items():
        entries = [one for one in (entry if isinstance(entry, list) else [entry]) if isinstance(one, dict)]
        if stands := tuple(_stand(f"{path}, {name}", one) for one in entries if "hazard" in one):
            found[name] = stands
    return found


def check_within(where: str, stand: ToldStand, size_wh: tuple[int, int], length_s: float) -> None:
    """Raises `SourceUnusable` for a stand that is not within its clip."""
    x1, y1, x2, y2 = stand.xyxy
    if max(stand.xyxy) <= 1 or min(x1, y1) < -1 or x2 > size_wh[0] + 1 or y2 > size_wh[1] + 1:
        raise SourceUnusable(
            f"{where}: expected xyxy in px of the clip, which is {size_wh[0]}×{size_wh[1]}, got {list(stand.xyxy)}"
        )
    if length_s and stand.appears_s >= length_s:
        raise SourceUnusable(f"{where}: appears_s is {stand.appears_s:g}, but the clip ends after {length_s:.1f} s")


def _stand(where: str, told: dict[str, Any]) -> ToldStand:
    """Raises `SourceUnusable` for an entry that says too little, or what cannot be."""
    if told["hazard"] not in list(HazardKind):
        raise SourceUnusable(f"{where}: hazard must be one of {', '.join(HazardKind)}, got {told['hazard']!r}")
    try:
        from_s, until_s = float(told["appears_s"]), float(told["leaves_s"])
        x1, y1, x2, y2 = (float(v) for v in told["xyxy"])
        zone = tuple((float(x), float(y)) for x, y in told["zone"]) if told.get("zone") else None
        dwell_s, people = float(told.get("dwell_s", TRUTH_DWELL_S)), int(told.get("people", _MOST_ASKED))
    except (KeyError, TypeError, ValueError) as error:
        raise SourceUnusable(
            f"{where}: expected appears_s and leaves_s in seconds, xyxy as four numbers in px and, if at all, zone as "
            f"corners of 0 to 1, dwell_s and people as numbers ({type(error).__name__}: {error})"
        ) from error
    if not (0 <= from_s < until_s and x1 < x2 and y1 < y2):
        raise SourceUnusable(
            f"{where}: expected appears_s before leaves_s and xyxy as left, top, right, bottom, got {from_s:g} to "
            f"{until_s:g} s and {told['xyxy']}"
        )
    if not 0 < dwell_s < until_s - from_s:
        raise SourceUnusable(
            f"{where}: it stands for {until_s - from_s:g} s, which is no longer than the dwell of {dwell_s:g} s after "
            f"which it is a hazard: give it a dwell_s above 0 and below that (default {TRUTH_DWELL_S:g})"
        )
    if people < 2:
        raise SourceUnusable(f"{where}: people is how many stand together, 2 or more, got {people}")
    return ToldStand(
        HazardKind(told["hazard"]), from_s, until_s, (x1, y1, x2, y2), zone, dwell_s, min(people, _MOST_ASKED)
    )
