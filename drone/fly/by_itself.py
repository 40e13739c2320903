"""What a vehicle does without being told by us: failsafes, its pilot's stick, the end of the mission."""

from __future__ import annotations

from drone.fly.kept import Stage
from drone.link.vehicle import Vehicle

OWN = "the vehicle's own decision, or its pilot's"


def followed(stage: Stage, why: str, vehicle: Vehicle, *, finished: bool) -> tuple[Stage, str]:
    """The stage that a flight is in by the vehicle's last heartbeat, and why; `finished`: all items were flown."""
    if not vehicle.armed and stage in ("flying", "paused", "returning", "landing"):
        return "landed", why if stage != "flying" else "landed"
    if stage == "flying" and vehicle.mode in ("return", "land") and not finished:
        return ("returning" if vehicle.mode == "return" else "landing"), OWN
    if stage in ("starting", "paused") and vehicle.armed and vehicle.mode == "mission":
        return "flying", why if stage == "starting" else OWN
    if stage == "flying" and vehicle.mode not in ("mission", "return", "land"):
        return "paused", OWN
    return stage, why
