"""From where and how a moving camera looks at a place, and which looks are alike enough to be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

# One look is comparable with another: degrees between their lines of sight, degrees that one picture is turned against
# the other, how much coarser and finer it may be, and by which factor darker or brighter.
_ASIDE_DEG, _TURNED_DEG = 25.0, 45.0
_COARSER, _FINER, _LIGHT = 1.3, 2.0, 1.6
_VIEW_DEG, _VIEW_SCALE = 18.0, 1.4  # a view round a place, and how much finer the next is


@dataclass(frozen=True, slots=True)
class Sight:
    """How a place is looked at: the bearing from it to the camera and the angle by which that looks down on it, how
    the picture is turned there (in its middle the camera's yaw), metres a px across the line of sight, and the
    picture's median brightness, 0 to 255."""

    bearing_deg: float
    down_deg: float
    turned_deg: float
    metres_px: float
    light: float

    def apart_deg(self, other: Sight) -> float:
        """Between the two lines of sight."""
        one, two = (math.radians(sight.down_deg) for sight in (self, other))
        turn = math.radians(self.bearing_deg - other.bearing_deg)
        cosine = math.sin(one) * math.sin(two) + math.cos(one) * math.cos(two) * math.cos(turn)
        return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))

    @property
    def view(self) -> tuple[int, int, int]:
        """Which of the views round a place it belongs to. Fixed ones: a drone that passes must not drag one along."""
        band = round(self.down_deg / _VIEW_DEG)
        sectors = max(1, round(360 * math.cos(math.radians(min(90.0, band * _VIEW_DEG))) / _VIEW_DEG))
        sector = round(self.bearing_deg / 360 * sectors) % sectors
        return band, sector, round(math.log(self.metres_px) / math.log(_VIEW_SCALE))

    @property
    def centred(self) -> Sight:
        """Along the same line, with the place in the middle of the picture: how a drone that is sent there looks."""
        return replace(self, turned_deg=(self.bearing_deg + 180.0) % 360.0)

    def likeness(self, found: Sight) -> float:
        """1 along the same line with the picture turned alike, 0 at the ends of what is comparable."""
        aside = 1.0 - self.apart_deg(found) / _ASIDE_DEG
        turned = 1.0 - abs(_turn(self.turned_deg - found.turned_deg)) / _TURNED_DEG
        return max(0.0, aside) * max(0.0, turned) if self.comparable(found) else 0.0

    def comparable(self, found: Sight) -> bool:
        """Whether what was found in that look would be found in this one."""
        scale = self.metres_px / found.metres_px
        light = (self.light + 8) / (found.light + 8)
        return (
            self.apart_deg(found) <= _ASIDE_DEG
            and abs(_turn(self.turned_deg - found.turned_deg)) <= _TURNED_DEG
            and 1 / _FINER <= scale <= _COARSER
            and 1 / _LIGHT <= light <= _LIGHT
        )


def _turn(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0
