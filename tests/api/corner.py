"""A street corner of one test's own, which drone and vehicle see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from api.auth.roles import Role
from tests.api.house import Served, event

EAST_1_M = 1 / (111_320 * 0.8861)  # degrees of longitude at 27.6 north


@dataclass
class Corner:
    """A place of one test's own, 500 m from the next, on the server that all share; ids begin with its number."""

    served: Served
    number: int

    def post(self, *events: dict[str, Any]) -> None:
        for one in events:
            mine = {key: f"{self.number}-{one[key]}" for key in ("event_id", "incident_id")}
            self.served.post(one | mine)

    def place(self, east_m: float = 0.0, semi_major_m: float = 6.0) -> dict[str, float]:
        lat = 27.605 + 0.0045 * self.number
        ellipse = {"semi_major_m": semi_major_m, "semi_minor_m": 4.0, "bearing_deg": 30.0}
        return {"lon": 113.86 + east_m * EAST_1_M, "lat": lat, **ellipse}

    def drone(self, incident: str, east_m: float = 0.0, **changes: Any) -> dict[str, Any]:
        return event(incident, camera="drone-1", zone="air", source="drone", place=self.place(east_m), **changes)

    def vehicle(self, incident: str, east_m: float = 5.0, **changes: Any) -> dict[str, Any]:
        return event(incident, camera="car-1", zone="dash", source="vehicle", place=self.place(east_m), **changes)

    def _mine(self, found: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
        start = f"{self.number}-"
        return [one | {key: one[key].removeprefix(start)} for one in found if one[key].startswith(start)]

    def hazards(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/hazards", params={"limit": 200, **query}).json()["items"]
        mine = self._mine(found, "id")
        return [one | {"sightings": self._mine(one["sightings"], "id")} for one in mine]

    def tickets(self) -> list[dict[str, Any]]:
        found = self.get("/tickets", params={"limit": 200}).json()["items"]
        return sorted(self._mine(found, "hazard_id"), key=lambda ticket: ticket["number"])

    def get(self, path: str, **parts: Any) -> httpx.Response:
        return self.served.client(Role.COMMAND_CENTRE).get(path, **parts)

    def give(self, incident: str, command: str, **body: Any) -> httpx.Response:
        if "into" in body:
            body["into"] = f"{self.number}-{body['into']}"
        path = f"/hazards/{self.number}-{incident}/{command}"
        return self.served.client(Role.COMMAND_CENTRE).post(path, json=body)
