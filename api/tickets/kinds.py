"""What each kind of hazard asks of its ticket: its clocks, and whether closing needs a photo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from api.hazards.kinds import Kind

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KindRule:
    """All but `decide` are open time of the unit's service calendar; the command centre never closes.

    `respond`: from dispatch to somebody at work on the spot, five minutes: the loop that the command centre runs by.
    `acknowledged`: how long an acceptance counts without a further word. `decide`: what the command centre may take to
    register, dispatch or confirm what waits for it.
    """

    rectify: timedelta
    acknowledged: timedelta
    closing_photo: Literal["required", "none"] = "none"
    respond: timedelta = 5 * _MINUTE
    decide: timedelta = 30 * _MINUTE


_FACILITY = KindRule(rectify=7 * _DAY, acknowledged=_DAY, decide=4 * _HOUR)
RULES: dict[Kind, KindRule] = {
    Kind.ILLEGAL_PARKING: KindRule(rectify=_HOUR, acknowledged=30 * _MINUTE),
    Kind.FIRE_LANE: KindRule(rectify=30 * _MINUTE, acknowledged=15 * _MINUTE),
    # The camera cannot tell taken-down wires from a power line that stays: a person shows it.
    Kind.WIRING: KindRule(rectify=7 * _DAY, acknowledged=_DAY, closing_photo="required"),
    Kind.GATHERING: KindRule(rectify=_HOUR, acknowledged=30 * _MINUTE),
    Kind.AGEING_FACILITY: _FACILITY,
    Kind.DAMAGED_FACILITY: KindRule(rectify=_DAY, acknowledged=4 * _HOUR),
    Kind.CLUTTERED_STAIRS: KindRule(rectify=_DAY, acknowledged=4 * _HOUR),
    Kind.E_BIKE: KindRule(rectify=_HOUR, acknowledged=30 * _MINUTE),
    Kind.RUBBISH: KindRule(rectify=_DAY, acknowledged=4 * _HOUR),
    Kind.OTHER: _FACILITY,
}


def rule_for(kind: str) -> KindRule:
    return RULES[Kind(kind)]
