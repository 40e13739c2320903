"""One walk through what chance does not reach: tickets in the right state, receipts, codes of an app, files. Every
answer is checked against the document like the others."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp

from api.auth.roles import Role
from api.patrols.checklist import ITEMS
from tests.api.house import Served, event, jpeg

SQUARE = [[0.2, 0.6], [0.8, 0.6], [0.8, 0.9], [0.2, 0.9]]
NEW_PASSWORD = "another long one"
Told = Callable[[str, httpx.Response], None]


class Walk:
    """`told` hears every answer, by operationId."""

    def __init__(self, house: Served, document: dict[str, Any], passwords: dict[str, str], told: Told) -> None:
        self._house, self._told, self._passwords = house, told, passwords
        self._where = {
            operation["operationId"]: (method.upper(), path)
            for path, item in document["paths"].items()
            for method, operation in item.items()
        }
        self._session = ""
        self.broken: list[str] = []

    def do(self, name: str, role: Role | None = Role.COMMAND_CENTRE, body: Any = None, **given: Any) -> Any:
        """One operation; its JSON. `given`: what stands in its path, `query`, `content`, `fields`, `headers`."""
        method, path = self._where[name]
        query, content, fields = (given.pop(key, None) for key in ("query", "content", "fields"))
        headers = given.pop("headers", {})
        bearer = self._session if role is None and self._session else role and self._house.token(role)
        if bearer:
            headers = {"Authorization": f"Bearer {bearer}", **headers}
        url = self._house.url + path.format(**given)
        with httpx.Client(trust_env=False, timeout=60) as client:
            answer = client.request(method, url, params=query, json=body, content=content, data=fields, headers=headers)
        self._told(name, answer)
        return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else answer.text

    def ticket(self, number: int, **changes: Any) -> str:
        """A new ticket of its own."""
        incident = f"walk-{number}"
        self._house.post(event(incident, **changes))
        [found] = [one["id"] for one in self._house.tickets() if one["hazard_id"] == incident]
        return str(found)

    def all(self, clip: Path | None = None) -> None:
        parts = [self.tickets, self.suggestions, self.residents, self.accounts, self.town]
        parts += [lambda: self.as_pilot(self.patrols), lambda: self.as_pilot(self.self_service)]
        if clip is not None:
            parts.append(lambda: self.clips(clip.read_bytes()))
        for part in parts:
            try:
                part()
            except (KeyError, IndexError, TypeError, ValueError) as error:
                # An answer was not what the next step needs: it is told of already, and the walk goes on elsewhere.
                self.broken.append(f"{getattr(part, '__name__', 'clips')}: {error!r}")

    def tickets(self) -> None:
        until = (self._house.time.at + timedelta(hours=3)).isoformat()
        one, two, three = (self.ticket(number) for number in range(3))
        worker, note = Role.GRID_WORKER, {"note": "so it is"}
        self.do("accept_ticket", worker, note, ticket_id=one)
        self.do("keep_ticket", worker, note, ticket_id=one)
        self.do("suspend_ticket", worker, {"until": until, "note": "parts"}, ticket_id=one)
        self.do("resume_ticket", worker, note, ticket_id=one)
        self.do("accept_ticket", worker, note, ticket_id=one)
        self.do("close_ticket", worker, note, ticket_id=one)
        self.do("return_ticket", body=note, ticket_id=one)
        self.do("escalate_ticket", worker, note, ticket_id=one)
        self.do("dispatch_ticket", body=note, ticket_id=one)
        self.do("accept_ticket", worker, note, ticket_id=one)
        self.do("close_ticket", worker, note, ticket_id=one)
        self.do("confirm_ticket", body=note, ticket_id=one)
        self.do("report_false_alarm", worker, {"reason": "gone", "note": "gone"}, ticket_id=two)
        self.do("void_ticket", body=note, ticket_id=three)
        four, five = self.ticket(4), self.ticket(5)
        self.do("blow_whistle", body={"department": "fire", "note": "come"}, ticket_id=four)
        for whistle in self.do("list_whistles")["items"][:2]:
            self.do("refuse_whistle", body=note, whistle_id=whistle["id"])
        self.do("accept_ticket", worker, note, ticket_id=five)
        self.do("close_ticket", worker, note, ticket_id=five)
        self.do("say_what_is_seen", Role.OFFICER, {"gone": True, "note": "gone"}, hazard_id="walk-5")
        self.ticket(6), self.ticket(7)
        same = {"into": "walk-6", "reason": "the same car", "anyway": True}
        self.do("merge_hazard", body=same, hazard_id="walk-7")
        self.do("split_hazard", body={"reason": "another car"}, hazard_id="walk-7")

    def suggestions(self) -> None:
        lane = {"id": "lane-1", "hazards": ["illegal_parking"], "polygon": SQUARE, "dwell_s": 60}
        zone = {"zone": lane, "confidence": 0.6, "reason": "free_lane", "figures": {"vehicles": 38.0}}
        picture = base64.b64encode(jpeg()).decode()
        for camera, last in (("cam-1", "accept_suggestion"), ("cam-3", "discard_suggestion")):
            body = {"camera": camera, "source_wh": [960, 540], "watched_s": 3600.0, "looks": 7200, "zones": [zone]}
            self.do("post_suggestion", Role.WORKER, body | {"picture_jpeg": picture}, camera=camera)
            self.do("read_suggestion", camera=camera)
            self.do("suggestion_picture", camera=camera)
            self.do(last, body={"zones": [lane]} if last.startswith("accept") else None, camera=camera)

    def residents(self) -> None:
        point = {"name": "South gate", "radius_m": 20, "lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
        made = self.do("make_report_point", body=point)
        told = {"point": made["id"], "kind": "rubbish", "words": "bags"}
        receipts = [self.do("make_public_report", None, told)["receipt"] for _ in range(2)]
        self.do("follow_public_report", None, receipt=receipts[0])
        received = [one["id"] for one in self._house.tickets() if one["state"] == "received"]
        self.do("register_ticket", body={"note": "seen"}, ticket_id=received[0])
        if len(received) > 1:
            self.do("reject_ticket", body={"note": "not ours"}, ticket_id=received[1])
        self.do("accept_ticket", Role.GRID_WORKER, {"note": ""}, ticket_id=received[0])
        self.do("close_ticket", Role.GRID_WORKER, {"note": "gone"}, ticket_id=received[0])
        for receipt in receipts:
            self.do("answer_public_report", None, {"gone": True}, receipt=receipt)
        key = {"api_key": self._house.token(Role.COMMAND_CENTRE)}
        asked = {"service_code": "rubbish", "lat": "27.62", "long": "113.85", "description": "bags"}
        [request] = self.do("make_open311_request", None, fields={**key, **asked}, form="json") or [{}]
        self.do("open311_requests", None, query=key, form="json")
        number = request.get("service_request_id", "none")
        self.do("open311_request", None, query=key, request_id=number, form="json")

    def as_pilot(self, part: Callable[[str], None]) -> None:
        """A part that only a person who has signed in can walk."""
        password = self._passwords["pilot"]
        with httpx.Client(trust_env=False, timeout=60) as client:
            method, path = self._where["sign_in"]
            given = {"username": "pilot", "password": password}
            answer = client.request(method, self._house.url + path, json=given)
        self._told("sign_in", answer)
        self._session = answer.cookies["sanxun_session"]
        try:
            part(password)
        finally:
            self._session = ""

    def patrols(self, _password: str) -> None:
        home = [113.85, 27.6185]
        ring = [[113.85, 27.62], [113.853, 27.62], [113.853, 27.622], [113.85, 27.622], [113.85, 27.62]]
        rules = {"area": {"type": "Polygon", "coordinates": [ring]}}
        body = {"name": "market", "home": home, "rules": rules}
        plan = self.do("plan_patrol_over_area", None, body)["items"][0]
        line = {"type": "LineString", "coordinates": [[113.8502, 27.6202], [113.8528, 27.6203]]}
        spot = {"type": "Point", "coordinates": [113.8525, 27.6215]}
        self.do("plan_patrol_round_area", None, body)
        self.do("plan_patrol_along_line", None, {"name": "road", "home": body["home"], "line": line})
        self.do("plan_patrol_to_places", None, {"name": "stack", "home": body["home"], "places": spot})
        for name in ("get_patrol_plan", "get_patrol_file", "get_patrol_map"):
            self.do(name, None, plan_id=plan["id"])
        flight = self.do("prepare_patrol_flight", None, {"plan_id": plan["id"], "vehicle": 7})["id"]
        self.do("get_patrol_flight", None, flight_id=flight)
        answers = {item.value: {"ok": True} for item in ITEMS}
        self.do("answer_patrol_checklist", None, {"answers": answers}, flight_id=flight)
        start = {"action": "start", "plan_hash": plan["hash"]}
        self.do("decide_patrol", None, start, flight_id=flight)
        self.do("tell_patrol_progress", None, {"stage": "flying", "leg": 2, "legs": 9}, flight_id=flight)
        self.do("end_patrol_flight", None, flight_id=flight)
        when = {"weekdays": [0, 2], "minute": 540, "first": "2026-11-23"}
        schedule = self.do(
            "make_patrol_schedule", None, {"plan_id": plan["id"], "vehicle": 1, "operator": "pilot", **when}
        )
        self.do("end_patrol_schedule", None, schedule_id=schedule["id"])
        self.do("plan_follow_up", None, {"home": home, "height_m": 40})

    def self_service(self, password: str) -> None:
        now = self._house.time.at
        secret = self.do("enrol_second_factor", None, {"password": password})["secret"]
        codes = self.do("confirm_second_factor", None, {"code": pyotp.TOTP(secret).at(now)})["codes"]
        codes = self.do("renew_recovery_codes", None, {"code": codes[0]})["codes"]
        self.do("remove_second_factor", None, {"code": codes[1]})
        self.do("change_password", None, {"current_password": password, "new_password": NEW_PASSWORD})
        self.do("end_other_sessions", None)
        [session] = self.do("list_own_sessions", None)["items"]
        self.do("end_own_session", None, session_id=session["id"])

    def accounts(self) -> None:
        admin = Role.ADMINISTRATOR
        with httpx.Client(trust_env=False, timeout=60) as client:
            for _ in range(2):
                signing_in = {"username": "grid1", "password": self._passwords["grid1"]}
                client.post(f"{self._house.url}/api/v1/session", json=signing_in)
        sessions = self.do("list_sessions_of_account", admin, username="grid1")["items"]
        self.do("end_session_of_account", admin, username="grid1", session_id=sessions[0]["id"])
        self.do("end_sessions_of_account", admin, username="grid1")
        self.do("change_account", admin, {"name": "One"}, username="grid1", headers={"If-Match": "*"})

    def town(self) -> None:
        ring = [[113.8, 27.6], [114.0, 27.6], [114.0, 27.7], [113.8, 27.7], [113.8, 27.6]]
        street = {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"id": "street-1", "level": "street", "name": "Danjiang"},
        }
        collection = json.dumps({"type": "FeatureCollection", "features": [street]}).encode()
        kind = {"Content-Type": "application/geo+json"}
        query = {"datum": "WGS-84", "dry_run": "true"}
        self.do("import_town", Role.ADMINISTRATOR, content=collection, headers=kind, query=query)
        lines = b"unit,shift,username,days\nwest,day,grid1,Mon-Fri\n"
        self.do("import_roster", content=lines, headers={"Content-Type": "text/csv", "If-Match": "*"})

    def clips(self, clip: bytes) -> None:
        officer = Role.OFFICER
        self.do("put_clip", Role.WORKER, content=clip, event_id="walk-4-raised", headers={"Content-Type": "video/mp4"})
        self.do("open_clip", officer, {"reason": "an enquiry of the police, 2026-17"}, event_id="walk-4-raised")
        self.do("list_openings", officer, event_id="walk-4-raised")
