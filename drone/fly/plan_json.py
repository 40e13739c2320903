"""A plan as JSON and back, nothing lost: what a kept flight holds of its plan."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from typing import Any

from drone import types
from drone.types import Camera, FenceCircle, FencePolygon, PatrolPlan, Rally, Zone

_ITEMS = ("Takeoff", "Waypoint", "Circle", "Gimbal", "Roi", "RoiEnd", "Photo", "Video", "Land", "Return", "Other")
_PARTS: dict[str, type[Any]] = {name: getattr(types, name) for name in _ITEMS}
_FENCE: dict[str, type[Any]] = {"FencePolygon": FencePolygon, "FenceCircle": FenceCircle}


def to_json(plan: PatrolPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "home": list(plan.home),
        "items": [_named(item) for item in plan.items],
        "fence": [_named(part) for part in plan.fence],
        "rally": [asdict(point) for point in plan.rally],
        "no_fly": [asdict(zone) for zone in plan.no_fly],
        "camera": asdict(plan.camera) if plan.camera else None,
        "hash": plan.hash,
    }


def from_json(kept: dict[str, Any]) -> PatrolPlan:
    """Raises KeyError, TypeError or ValueError where it is none, ValueError where it is not the plan of its hash."""
    plan = PatrolPlan(
        name=str(kept["name"]),
        home=(float(kept["home"][0]), float(kept["home"][1])),
        items=tuple(_made(one, _PARTS) for one in kept["items"]),
        fence=tuple(_made(one, _FENCE) for one in kept["fence"]),
        rally=tuple(Rally(**one) for one in kept["rally"]),
        no_fly=tuple(Zone(**{**one, "rings": _tuples(one["rings"])}) for one in kept["no_fly"]),
        camera=Camera(**kept["camera"]) if kept["camera"] else None,
    )
    if plan.hash != kept["hash"]:
        raise ValueError("the plan was altered: its hash is another")
    return plan


def _named(item: Any) -> dict[str, Any]:
    assert is_dataclass(item)
    return {"type": type(item).__name__, **{field.name: getattr(item, field.name) for field in fields(item)}}


def _made(kept: dict[str, Any], kinds: dict[str, type[Any]]) -> Any:
    values = {name: _tuples(value) for name, value in kept.items() if name != "type"}
    return kinds[kept["type"]](**values)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
