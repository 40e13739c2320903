"""What a plan is held to, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from drone.battery import Battery
from drone.relief import Relief
from drone.types import Zone

CLEARANCE_M = 10.0  # a terrain model knows no trees and houses, and is itself in doubt by some metres


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan is held to. `area` is where legs stay, the ways out and home apart and those
    between parts that zones cut off, `fence` where everything does (degrees).
    `zones` of kind `no_fly` are kept off by `buffer_m`, those of kind `people` by `people_buffer_m`.

    With `terrain` all heights are above the ground below, and everything but climbs and descents keeps off it by
    `clearance_m`; without it they are above home, and of the ground nothing is known. `return_height_m` above home is
    what the vehicle is set to return at, at least (RTL_ALT); None: as high as it is. `safe_returns`: where a straight
    return leaves a fence or crosses a zone a rule is broken, which else is a caution.
    """

    area: Polygon | None = None
    fence: BaseGeometry | None = None
    zones: tuple[Zone, ...] = ()
    buffer_m: float = 0.0
    people_buffer_m: float = 0.0
    min_height_m: float | None = None
    max_height_m: float | None = 120.0
    battery: Battery = field(default_factory=Battery)
    terrain: Relief | None = field(default=None, compare=False)
    clearance_m: float = CLEARANCE_M
    return_height_m: float | None = None
    safe_returns: bool = False

    @property
    def widest_m(self) -> float:
        """How far off a zone may matter."""
        return max(self.buffer_m, self.people_buffer_m)


def stricter(one: Rules, other: Rules) -> Rules:
    """What keeps to both; of area, geofence and ground, of which a plan has one, the first that is given."""
    lowest = [metres for metres in (one.min_height_m, other.min_height_m) if metres is not None]
    highest = [metres for metres in (one.max_height_m, other.max_height_m) if metres is not None]
    return Rules(
        area=one.area if one.area is not None else other.area,
        fence=one.fence if one.fence is not None else other.fence,
        zones=(*one.zones, *(zone for zone in other.zones if zone not in one.zones)),
        buffer_m=max(one.buffer_m, other.buffer_m),
        people_buffer_m=max(one.people_buffer_m, other.people_buffer_m),
        min_height_m=max(lowest, default=None),
        max_height_m=min(highest, default=None),
        battery=replace(
            min((one.battery, other.battery), key=lambda battery: battery.usable_s),
            wind_m_s=max(one.battery.wind_m_s, other.battery.wind_m_s),
        ),
        terrain=one.terrain if one.terrain is not None else other.terrain,
        clearance_m=max(one.clearance_m, other.clearance_m),
        # A plan that needs one says so, and a vehicle that is not set to it is refused.
        return_height_m=one.return_height_m if one.return_height_m is not None else other.return_height_m,
        safe_returns=one.safe_returns or other.safe_returns,
    )


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken at a place; `item` counts the plan's items from 1."""

    rule: str
    lon: float
    lat: float
    height_m: float
    item: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` must be empty for a flight; `cautions` are told before take-off: where a failsafe return, straight to
    the nearest of home and rally points, would leave a fence or cross a zone."""

    broken: tuple[Broken, ...]
    cautions: tuple[Broken, ...]
    length_m: float
    duration_s: float

    @property
    def ok(self) -> bool:
        return not self.broken

    @property
    def told(self) -> str:
        """In how many places rules are broken: one rule may be in several."""
        places = len(self.broken)
        return "keeps all rules" if not places else f"breaks rules at {places} place{'s' if places > 1 else ''}"
