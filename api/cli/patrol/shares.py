"""What is told of drones that share a patrol."""

from __future__ import annotations

from typing import Any


def shares(facts: dict[str, Any]) -> list[str]:
    """Of several drones, who flies for how long and when."""
    if facts["drones"] == 1:
        return []
    lines = [
        f"drone {one['drone']}: {one['duration_s'] / 60:.1f} min from {one['climbs_to_m']:g} m up, takes off "
        f"{_after(one['starts_after_s'])}"
        for one in facts["flights"]
    ]
    apart = facts["apart_m"]
    never = "no two come within 30 m of each other on their ways"
    return [*lines, never if apart is None else f"where ways of two come near each other, {apart:g} m lie between them"]


def _after(seconds: float) -> str:
    return "first" if not seconds else f"{seconds // 60:.0f}:{seconds % 60:02.0f} min after the first"
