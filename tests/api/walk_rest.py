"""The rest of what changes something: what `Walk` leaves to chance, each once, so that every answer has been seen."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from api.auth.roles import Role
from tests.api.house import event, jpeg
from tests.api.town_life import EAST
from tests.api.walk import NEW_PASSWORD, Walk

NOTIFY = """
[[channel]]
id = "bus"
kind = "mqtt"
host = "127.0.0.1"
port = 9
topics = ["trouble"]
"""


class WholeWalk(Walk):
    """Needs a server whose folder has `NOTIFY` as its notify.toml."""

    def rest(self, clip: bytes) -> None:
        self.clips(clip)
        for part in (self.site, self.reporting, self.programs, self.whole_documents, self.channel):
            part()
        self._passwords["pilot"] = NEW_PASSWORD
        self.as_pilot(self.plans)

    def site(self) -> None:
        captured = self._house.time.at.isoformat()
        self.do("accept_view", camera="cam-2")
        self.do("approve", camera="cam-1", zone="aisle")
        self.do("post_events", Role.WORKER, {"events": [event("rest-1")]})
        self.do("put_still", Role.WORKER, content=jpeg(), event_id="rest-1-raised")
        self.do("put_tile", Role.WORKER, content=jpeg(), camera="cam-1", headers={"X-Captured-At": captured})
        self.do("worker_status", Role.WORKER, {"worker": "w", "cameras": []})
        look = {"incident_id": "rest-1", "captured_at": captured, "sees": "clear"}
        self.do("post_looks", Role.WORKER, {"looks": [look]})
        later = (self._house.time.at + timedelta(hours=5)).isoformat()
        mute = self.do("make_mute", body={"reason": "works", "ends_at": later, "camera": "cam-3"})
        self.do("end_mute", mute_id=mute["id"])

    def reporting(self) -> None:
        self.do("make_report", Role.GRID_WORKER, {"where": EAST, "kind": "rubbish", "words": "bags"})
        self.do("propose_report", Role.GRID_WORKER, {"photo_jpeg": base64.b64encode(jpeg()).decode()})
        point = self.do("make_report_point", body={"name": "North gate", "radius_m": 20, **EAST})
        told = {"point": point["id"], "kind": "rubbish", "words": "bags"}
        self.do("make_public_report", None, told)
        received = next(one["id"] for one in self._house.tickets() if one["state"] == "received")
        self.do("reject_ticket", body={"note": "not ours"}, ticket_id=received)
        self.do("retire_report_point", point_id=point["id"])
        called = self.ticket(8)
        self.do(
            "dispatch_ticket", body={"note": "it is Sunday, and nobody is on duty", "unit": "east"}, ticket_id=called
        )
        whistle = self.do("blow_whistle", body={"department": "fire", "note": "come"}, ticket_id=called)
        self.do("report_for_whistle", body={"note": "here"}, whistle_id=whistle["id"])

    def programs(self) -> None:
        admin = Role.ADMINISTRATOR
        self.do("create_account", admin, {"username": "rest1", "role": "auditor"})
        self.do("unlock_account", admin, username="rest1")
        self.do("reset_account_password", admin, username="rest1")
        self.do("take_second_factor_away", admin, username="rest1")
        made = self.do("create_service_token", admin, {"name": "rest", "role": "auditor"})
        self.do("revoke_token", admin, token_id=made["token"]["id"])
        self.do("sign_out", admin)

    def whole_documents(self) -> None:
        admin, anyway = Role.ADMINISTRATOR, {"If-Match": "*"}
        self.do("write_departments", admin, {"items": [{"id": "fire", "name": "Fire"}]}, headers=anyway)
        self.do("write_team", admin, {"members": []}, unit_id="west", headers=anyway)
        self.do("write_roster", admin, {"entries": []}, unit_id="west", headers=anyway)
        self.do("write_town_settings", admin, self.do("read_town_settings", admin), headers=anyway)
        self.do("set_contacts", admin, {"phone": "13900000000"}, recipient="grid1", headers=anyway)

    def channel(self) -> None:
        self.do("test_channel", Role.ADMINISTRATOR, channel="bus")
        delivery = self.do("list_deliveries")["items"][0]
        self.do("resend_delivery", delivery_id=delivery["id"])

    def plans(self, _password: str) -> None:
        plan: dict[str, Any] = self.do("list_patrol_plans", None)["items"][0]
        document = json.loads(json.dumps(self.do("get_patrol_file", None, plan_id=plan["id"])))
        body = {"name": "market", "plan": document if isinstance(document, dict) else json.loads(document)}
        self.do("check_patrol_plan", None, body)
        self.do("keep_patrol_plan", None, body)
