"""How far a flight got, from MISSION_CURRENT and positions; MISSION_ITEM_REACHED is not waited for, it may never come.

A position counts as flown only once a heartbeat after it says that the vehicle is still on its mission: so what was
flown on the way home after a failsafe is never taken for the patrol, and a resumed flight leaves nothing out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from drone.fly.rest import Stop
from drone.fly.route import Leg, Route, Spot
from drone.link.items import Missions
from drone.link.vehicle import Position, Vehicle
from drone.mission import LOITER_TURNS

STANDING_M_S = 0.3
LONGEST_GUESS_S = 0.6


@dataclass(frozen=True, slots=True)
class Progress:
    """`leg` of `legs` (from 1), `fraction` of it, `flown_m` of `length_m` along the plan."""

    leg: int
    legs: int
    fraction: float
    flown_m: float
    length_m: float
    pictures: int


class Tracker:
    """Feed it a vehicle's messages in order; it keeps the last place up to which the mission is surely done."""

    def __init__(self, vehicle: Vehicle, route: Route, missions: Missions) -> None:
        self._vehicle = vehicle
        self._route = route
        self._first = missions.first
        self._pending: tuple[Leg, float] | None = None
        self._sure: tuple[Leg, float] | None = None
        self.pictures = 0
        self._numbers: set[int] = set()
        self.finished = False

    def take(self, message: Any) -> None:
        """The next message that was heard."""
        kind = message.get_type()
        if kind in ("CAMERA_FEEDBACK", "CAMERA_IMAGE_CAPTURED"):
            self._count(message.img_idx if kind == "CAMERA_FEEDBACK" else message.image_index)
        elif kind == "MISSION_CURRENT" and self._vehicle.armed and self._sure is not None:
            # PX4 leaves the mission's mode with the mission's own return: the item says that all before it is done.
            self.finished = self.finished or self._at_the_end(message.seq)
        elif kind == "GLOBAL_POSITION_INT" and self._vehicle.mode == "mission" and self._vehicle.armed:
            self._pending = self._placed() or self._pending
        elif kind == "HEARTBEAT":
            if self._vehicle.mode == "mission":
                self._settle()
            else:
                self._pending = None

    def _settle(self) -> None:
        """It still is on its mission: the last position is flown, and as much more as its speed says since, however
        many positions were lost meanwhile."""
        if self._pending is None:
            return
        leg, fraction = self._pending
        if leg.command != LOITER_TURNS:
            fraction = min(1.0, fraction + self._since_m() / max(leg.length_m, 0.01))
        self._sure = (leg, fraction)
        self.finished = self.finished or self._route.is_last(leg)

    def stand(self) -> None:
        """The vehicle stands where the mission was interrupted: that place is surely reached."""
        found = self._placed()
        if found is not None and self._sure is not None and self._order(found) > self._order(self._sure):
            self._sure = found

    @property
    def stop(self) -> Stop | None:
        if self._sure is None:
            return None
        leg, fraction = self._sure
        spot = self._route.spot(leg, fraction)
        return Stop(leg.item, fraction, *spot.place, spot.height_m)

    @property
    def progress(self) -> Progress | None:
        if self._sure is None:
            return None
        leg, fraction = self._sure
        flown_m = leg.before_m + fraction * leg.length_m
        legs = self._route.legs
        return Progress(legs.index(leg) + 1, len(legs), fraction, flown_m, self._route.length_m, self.pictures)

    def begin_at(self, stop: Stop, pictures: int) -> None:
        """Go on from what another process kept."""
        self._sure = (self._route.leg_to(stop.item), stop.fraction)
        self.pictures = pictures

    def _at_the_end(self, current: int) -> bool:
        last = self._route.legs[-1]
        return self._route.is_last(last) and current - self._first >= last.item

    def _count(self, number: int) -> None:
        """A picture by its number: lines double what they carry."""
        if number not in self._numbers:
            self._numbers.add(number)
            self.pictures += 1

    def _since_m(self) -> float:
        at = self._vehicle.position
        now_s = asyncio.get_running_loop().time()
        return at.speed_m_s * min(now_s - at.at_s, LONGEST_GUESS_S) if at else 0.0

    def _placed(self) -> tuple[Leg, float] | None:
        at: Position | None = self._vehicle.position
        current = self._vehicle.mission_current
        if at is None or current is None or current < self._first:
            return None
        leg = self._route.leg_to(current - self._first)
        return leg, self._route.fraction(leg, Spot((at.lon, at.lat), at.height_above_home_m))

    def _order(self, place: tuple[Leg, float]) -> tuple[int, float]:
        return place[0].item, place[1]
