"""The rules that a `.plan` file carries from where it was planned to where it is uploaded: whoever flies it need not
remember them. Other programs skip the entry, and drop it when they save: then the file says so by having none."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import asdict
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from drone.battery import Battery
from drone.check.scene import Scene, near_plan
from drone.check.terms import CLEARANCE_M, Rules
from drone.errors import BadPlan
from drone.qgc import from_plan
from drone.relief import Patches
from drone.types import PatrolPlan, Zone

_KEY = "sanxunRules"
DAMAGED = (ValueError, KeyError, TypeError, AttributeError, IndexError, zlib.error, ShapelyError)


def carrying(document: str, rules: Rules) -> str:
    """The `.plan` text with what it was held against. Its own fence is in it already."""
    entry = to_json(rules, from_plan(document))
    return json.dumps({**json.loads(document), _KEY: entry}, indent=2, sort_keys=True, allow_nan=False) + "\n"


def to_json(rules: Rules, plan: PatrolPlan) -> dict[str, Any]:
    """What of rules matters to a plan: zones near it, buffers, geofence, heights, battery, and the ground below. The
    area is none of it: it says what is looked at, and a plan that goes on after a stop looks at less."""
    battery = rules.battery
    entry: dict[str, Any] = {
        "zones": [asdict(zone) for zone in near_plan(rules.zones, plan, rules.widest_m)],
        "buffer_m": rules.buffer_m,
        "people_buffer_m": rules.people_buffer_m,
        "min_height_m": rules.min_height_m,
        "max_height_m": rules.max_height_m,
        "endurance_s": None if math.isinf(battery.endurance_s) else battery.endurance_s,
        "reserve": battery.reserve,
        "wind_m_s": battery.wind_m_s,
        "clearance_m": rules.clearance_m,
        "return_height_m": rules.return_height_m,
        "safe_returns": rules.safe_returns,
        "fence": None if rules.fence is None else mapping(rules.fence),
        "ground": None,
    }
    if rules.terrain is not None:
        entry["ground"] = rules.terrain.around(*Scene(plan, rules).bounds()).to_json()
    return entry


def carried(text: str, name: str) -> Rules | None:
    """The rules in a `.plan` text; None where it has none.

    Raises:
        BadPlan: an entry that is damaged.
    """
    try:
        entry = json.loads(text).get(_KEY)
        return None if entry is None else from_json(entry)
    except DAMAGED as error:
        raise BadPlan(f"{name}: the rules in it are damaged: {type(error).__name__} {error}") from error


def from_json(entry: dict[str, Any]) -> Rules:
    """What `to_json` gave. Raises one of `DAMAGED` for anything else."""
    endurance_s = entry["endurance_s"]
    fence = entry.get("fence")
    return Rules(
        fence=None if fence is None else shape(fence),
        zones=tuple(_zone(zone) for zone in entry["zones"]),
        buffer_m=float(entry["buffer_m"]),
        people_buffer_m=float(entry["people_buffer_m"]),
        min_height_m=_metres(entry["min_height_m"]),
        max_height_m=_metres(entry["max_height_m"]),
        battery=Battery(
            math.inf if endurance_s is None else float(endurance_s), float(entry["reserve"]), float(entry["wind_m_s"])
        ),
        # Files of before the ground was known to the rules have none of these.
        terrain=None if entry.get("ground") is None else Patches.from_json(entry["ground"]),
        clearance_m=float(entry.get("clearance_m", CLEARANCE_M)),
        return_height_m=_metres(entry.get("return_height_m")),
        safe_returns=entry.get("safe_returns") is True,
    )


def _metres(value: Any) -> float | None:
    return None if value is None else float(value)


def _zone(kept: dict[str, Any]) -> Zone:
    rings = tuple(tuple((float(lon), float(lat)) for lon, lat in ring) for ring in kept["rings"])
    if kept["kind"] not in ("no_fly", "people"):
        raise ValueError(f"a zone is of kind no_fly or people, got {kept['kind']!r}")
    return Zone(str(kept["name"]), kept["kind"], rings, _metres(kept["floor_m"]), _metres(kept["ceiling_m"]))
