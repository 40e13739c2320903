"""Vehicles at rest of one moving camera: the places where they stand, and the zones that judge them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from streams.aerial.absence import not_found, remember, shown_of, standing
from streams.aerial.locator import Sightings
from streams.aerial.patches import Look
from streams.aerial.places import PlaceBook
from streams.aerial.vacancy import Shows
from streams.aerial.zone_watch import Changed, ZoneWatch
from streams.site import CameraSpec
from vision.types import HazardKind

_SAYS = {Shows.THERE: True, Shows.FREE: False, Shows.UNKNOWN: None}
WATCHED = frozenset({HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE})


class Vehicles:
    """`place_ids` are those of what the last look detected, -1 where it is none."""

    def __init__(self, camera: CameraSpec, timezone: str) -> None:
        self.book = PlaceBook()
        self.watches = {
            f"{zone.id}/{kind}": ZoneWatch(zone, kind, timezone)
            for zone in camera.zone
            for kind in zone.hazards
            if kind in WATCHED
        }
        self.place_ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._shown: Mapping[int, Shows] = {}  # of places in which the last look found nothing

    @property
    def raised(self) -> frozenset[int]:
        return frozenset(one for watch in self.watches.values() for one in watch.raised)

    def update(self, seen: Sightings, look: Look) -> list[Changed]:
        """What a look changed."""
        self.place_ids = self.book.see(seen, self.raised)
        self._absent(seen, look)
        known = [int(one) for one in self.place_ids if one >= 0]
        return [change for watch in self.watches.values() for change in watch.update(self.book, known, seen.at_s)]

    def told(self, zone: str, kind: HazardKind, slot: int) -> bool | None:
        """Whether the last look shows it at its place still; None where it does not tell."""
        if f"{zone}/{kind}" not in self.watches:
            return None
        if slot in self.place_ids:
            return True
        return _SAYS[self._shown.get(slot, Shows.UNKNOWN)]

    def standing(self, look: Look) -> NDArray[np.float32]:
        """Boxes (N, 4), px of the full frame, of what is known to stand there now, found in this look or not."""
        return standing(self.book, look)

    def pending_s(self, at_s: float) -> list[float | None]:
        return [watch.pending_s(self.book, at_s) for watch in self.watches.values()]

    def tidy(self, at_s: float) -> None:
        """What was never at rest, or has gone and is raised nowhere, is let go of."""
        raised = self.raised
        for one, place in list(self.book.places.items()):
            gone = place.empty >= 3 or (place.empty and not place.looks)
            if gone and one not in raised:
                self.book.forget(one)
        self.book.tidy(at_s, raised)

    def _absent(self, seen: Sightings, look: Look) -> None:
        """Take in what the look found of watched places, and what it shows of those in which it found nothing."""
        for row, one in enumerate(self.place_ids.tolist()):
            if one >= 0 and self._watched(one):
                remember(self.book, one, look, seen.detections.xyxy[row])
        missed = not_found(self.book, {int(one) for one in self.place_ids}, look, seen.detections)
        self._shown = {one: self._shows(one, look) for one in missed}
        for one, shown in self._shown.items():
            if shown is Shows.THERE:
                self.book.there(one)
        self.book.missed([one for one, shown in self._shown.items() if shown is Shows.FREE], seen.at_s)

    def _watched(self, one: int) -> bool:
        return any(watch.watches(self.book.places[one]) for watch in self.watches.values())

    def _shows(self, one: int, look: Look) -> Shows:
        """What a look in which nothing was found shows of a place. Of what no zone watches the detector's word is
        enough: nothing hangs on it."""
        return shown_of(self.book, one, look) if self._watched(one) else Shows.FREE
