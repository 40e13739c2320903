"""What `sanxun replay` says at its end: how much was looked at, and why nothing may have come of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from statistics import median

from streams.replay import Ended, Replayed
from streams.site import CameraSpec
from vision.registration import wandered
from vision.types import Change, HazardKind, Picture

_CUT_OFF_S = 1.0  # less is a container's rounding
_MOVED = 0.006  # of the picture's width, from the first look to the last few: a mast in the wind comes back
_LEAST_LOOKS, _LAST_LOOKS = 3, 5


class Account:
    """Pass the looks through `of`, and give `end` to the replay."""

    def __init__(self, camera: CameraSpec, say: Callable[[str], None]) -> None:
        self._camera, self._say = camera, say
        self._looks = self._inferred = self._raised = self._cleared = 0
        self._first: Picture | None = None
        self._moved: deque[float] = deque(maxlen=_LAST_LOOKS)  # shares of the picture's width

    def of(self, looks: Iterator[Replayed]) -> Iterator[Replayed]:
        for look in looks:
            self._looks += 1
            self._inferred += look.detections is not None
            self._raised += sum(event.change is Change.RAISED for event in look.events)
            self._cleared += sum(event.change is Change.CLEARED for event in look.events)
            if self._camera.fixed and self._camera.telemetry is None:
                self._follow(look.frame.luma)
            yield look

    def _follow(self, luma: Picture) -> None:
        if self._first is None:
            self._first = luma.copy()
        elif self._first.shape == luma.shape and (share := wandered(self._first, luma)) is not None:
            self._moved.append(share)

    def end(self, ended: Ended) -> None:
        for line in self.lines(ended):
            self._say(line)

    def lines(self, ended: Ended) -> Iterator[str]:
        stats = ended.stats
        yield (
            f"{ended.media_s:.1f} s seen in {self._looks} looks, {self._inferred} of them by the detector: "
            f"{self._raised} raised, {self._cleared} cleared"
        )
        if damaged := stats.errors + stats.corrupt:
            yield (
                f"{damaged} pictures were damaged, or made of damaged ones, and are left out: of that time nothing is "
                "known"
            )
        if ended.announced_s is not None and ended.media_s < ended.announced_s - _CUT_OFF_S:
            yield f"the clip says that it is {ended.announced_s:.1f} s long: it was cut off"
        if stats.jumps:
            yield f"its time stepped back {stats.jumps} times: what comes after is counted on from what came before"
        if len(self._moved) >= _LEAST_LOOKS and (share := median(self._moved)) > _MOVED:
            yield (
                f"the camera moves: at its end the picture lies {100 * share:.1f} % of its width from where it began, "
                "and zones do not go with it, so that what is told here is not to be relied on. A drone's clip takes "
                "zones on the ground and its telemetry (docs/aerial.md)"
            )
        if (least_s := self._shortest_dwell_s()) is not None and ended.media_s < least_s:
            yield f"nothing can be raised in {ended.media_s:.1f} s: the shortest dwell of its zones is {least_s:g} s"

    def _shortest_dwell_s(self) -> float | None:
        dwells_s = [
            own_s or zone.dwell_for(kind)
            for zone in self._camera.zone
            for kind, own_s in (
                (HazardKind.ILLEGAL_PARKING, None),
                (HazardKind.FIRE_LANE, zone.fire_lane.dwell_s),
                (HazardKind.GATHERING, zone.gathering.dwell_s),
            )
            if kind in zone.hazards
        ]
        return min(dwells_s, default=None)
