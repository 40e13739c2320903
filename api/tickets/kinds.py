"""What each kind of hazard asks of its ticket: the two clocks, and whether closing needs a photo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from vision.types import HazardKind

# Five minutes from dispatch to somebody at work on the spot: the loop that the command centre runs by.
_RESPOND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KindRule:
    rectify: timedelta
    closing_photo: Literal["required", "none"] = "none"
    respond: timedelta = _RESPOND


RULES: dict[HazardKind, KindRule] = {
    HazardKind.ILLEGAL_PARKING: KindRule(rectify=timedelta(hours=1)),
    HazardKind.FIRE_LANE: KindRule(rectify=timedelta(minutes=30)),
    # The camera cannot tell taken-down wires from a power line that stays: a person shows it.
    HazardKind.WIRING: KindRule(rectify=timedelta(days=7), closing_photo="required"),
    HazardKind.GATHERING: KindRule(rectify=timedelta(hours=1)),
}
