"""What `sanxun replay` says at its end: how much was looked at, and why nothing may have come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.replay import Ended, Replayed
from streams.site import CameraSpec
from vision.types import Change, HazardKind

_CUT_OFF_S = 1.0  # less is a container's rounding


class Account:
    """Pass the looks through `of`, and give `end` to the replay."""

    def __init__(self, camera: CameraSpec, say: Callable[[str], None]) -> None:
        self._camera, self._say = camera, say
        self._looks = self._inferred = self._raised = self._cleared = 0

    def of(self, looks: Iterator[Replayed]) -> Iterator[Replayed]:
        for look in looks:
            self._looks += 1
            self._inferred += look.detections is not None
            self._raised += sum(event.change is Change.RAISED for event in look.events)
            self._cleared += sum(event.change is Change.CLEARED for event in look.events)
            yield look

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
