"""All fire lanes of one moving camera in which goods are looked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from streams.aerial.goods_watch import GoodsWatch, Laid, hidden_in
from streams.aerial.lying import Lying
from streams.aerial.patches import Look
from streams.site import CameraSpec, ZoneSpec
from vision.types import Floats, HazardKind

log = logging.getLogger("sanxun.aerial")


class Goods:
    """`watches` by the name under which each is kept. A zone that is too large has none, and the log says so."""

    def __init__(self, camera: CameraSpec) -> None:
        self._camera = camera.id
        self.watches: dict[str, GoodsWatch] = {}
        for zone in camera.zone:
            if HazardKind.FIRE_LANE in zone.hazards and zone.fire_lane.things:
                self._begin(camera.id, zone)

    @property
    def lying(self) -> list[Lying]:
        """What lies there now, holes left out."""
        return [one for watch in self.watches.values() for one in watch.lying if not one.is_hole]

    def update(self, look: Look, boxes: Floats, number: Callable[[], int]) -> list[Laid]:
        """What a look changed. `boxes` (N, 4), px of the full frame, are of what others judge."""
        hidden = hidden_in(look, boxes)
        return [laid for watch in self.watches.values() for laid in watch.update(look, hidden, number)]

    def pending_s(self, at_s: float) -> list[float | None]:
        return [watch.pending_s(at_s) for watch in self.watches.values()]

    def restore(self, rules: Mapping[str, Any]) -> None:
        """What was kept of each watch; one of which that cannot be read is begun anew."""
        for key, watch in self.watches.items():
            try:
                if key in rules:
                    watch.restore(rules[key])
            except (ValueError, KeyError, TypeError, LookupError, AttributeError) as error:
                zone = watch.zone
                log.error(
                    "camera %s, zone %s: its stored ground cannot be read, and is learnt anew: %s",
                    self._camera,
                    zone.id,
                    error,
                )
                self.watches[key] = GoodsWatch(zone)

    def knows(self, zone: str, slot: int) -> bool:
        """Whether that slot of a zone is a thing's, and no vehicle's."""
        watch = self.watches.get(_key(zone))
        return watch is not None and any(one.id == slot for one in watch.raised)

    def told(self, zone: str, slot: int) -> bool | None:
        """Whether the last look shows it there; None where it does not tell."""
        return self.watches[_key(zone)].told(slot)

    def _begin(self, camera: str, zone: ZoneSpec) -> None:
        try:
            self.watches[_key(zone.id)] = GoodsWatch(zone)
        except ValueError as error:
            log.warning("camera %s, zone %s: goods are not looked for: %s", camera, zone.id, error)


def _key(zone: str) -> str:
    return f"{zone}/{HazardKind.FIRE_LANE}/things"
