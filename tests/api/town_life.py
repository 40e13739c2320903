"""A little of everything in the east of the town, for tests that knock at every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.auth.roles import Role
from tests.api.house import Served, event, overwrite

EAST = {"lon": 113.95, "lat": 27.62, "datum": "WGS-84"}


@dataclass(frozen=True)
class Life:
    """`ids`: for each name of a path's parameter, what stands for it in the east. `secret`: what no neighbour may
    read anywhere."""

    ids: dict[str, str]
    secret: tuple[str, ...]


def live(house: Served) -> Life:
    """Two events, their tickets, a report, a point for reports, a whistle and a mute, all in the east."""
    house.post(
        event("east-1", camera="cam-2", zone="gate"), event("east-2", camera="cam-2", zone="gate", hazard="wiring")
    )
    [ticket, other] = sorted(house.tickets(Role.GRID_WORKER, "east"), key=lambda found: found["number"])
    hazard = _got(house, Role.COMMAND_CENTRE, "GET", f"/hazards/{ticket['hazard_id']}")
    told = {"where": EAST, "kind": "rubbish", "words": "behind the east gate"}
    report = _got(house, Role.GRID_WORKER, "POST", "/reports", told, "east")
    point = _got(house, Role.COMMAND_CENTRE, "POST", "/report-points", {"name": "East gate", "radius_m": 30, **EAST})
    mute = _got(
        house,
        Role.COMMAND_CENTRE,
        "POST",
        "/mutes",
        {"reason": "roadworks", "ends_at": "2026-11-23T00:00:00Z", "camera": "cam-2", "kinds": ["gathering"]},
    )
    departments = {"items": [{"id": "fire", "name": "Fire"}]}
    overwrite(house.client(Role.ADMINISTRATOR), "/town/departments", json=departments).raise_for_status()
    whistle = _got(
        house,
        Role.COMMAND_CENTRE,
        "POST",
        f"/tickets/{other['id']}/whistle",
        {"department": "fire", "note": "a cable hangs low"},
    )
    ids = {
        "camera": "cam-2",
        "event_id": "east-1-raised",
        "hazard_id": ticket["hazard_id"],
        "ticket_id": ticket["id"],
        "evidence_id": _evidence(hazard),
        "unit_id": "east",
        "whistle_id": str(whistle["id"]),
        "mute_id": str(mute["id"]),
        "point_id": str(point["id"]),
        "report_id": str(report["id"]),
    }
    hidden = (ticket["id"], other["id"], ticket["hazard_id"], other["hazard_id"], ids["evidence_id"], "cam-2")
    return Life(ids, (*hidden, ids["report_id"], ids["whistle_id"], "a cable hangs low"))


def _got(house: Served, role: Role, method: str, path: str, body: Any = None, *grids: str) -> Any:
    answer = house.client(role, *grids).request(method, path, json=body)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def _evidence(hazard: dict[str, Any]) -> str:
    return str(hazard["still_url"]).rsplit("/", 1)[1].removesuffix(".jpg")
