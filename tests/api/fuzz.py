"""Schemathesis over every operation of a running server: requests made from the OpenAPI document, good and bad ones,
half of them with the ids of things that are there. For the quick test, and for `python -m bench.api_fuzz`.
"""

from __future__ import annotations

import base64
import random
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.auth.roles import Role
from tests.api.house import Served, event, jpeg
from tests.api.town_life import EAST, Life, live
from tests.api.walk import Walk

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# It never ends; its status is asked for, and one event of it.
_ENDLESS = "/stream"
# A made-up number must not be the number of a token that this very run lives on.
_ALWAYS_OURS = {"token_id", "username", "session_id"}
_ORDER = {"GET": 0, "POST": 1, "PUT": 2, "PATCH": 3, "DELETE": 4}


@schemathesis.serializer("video/mp4", "image/jpeg", "text/csv", "application/geo+json", XLSX)
def _as_it_is(_context: Any, value: Any) -> Any:
    """Bytes go over the wire as they are; whatever else was made, as its text."""
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass
class Findings:
    """What was seen: `faults` by operation and check, `reached` the operations that answered 2xx at least once."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        self.requests += other.requests
        self.statuses += other.statuses
        self.reached |= other.reached
        self.notes += other.notes
        self.faults = {**other.faults, **self.faults}


def populated(house: Served, document: dict[str, Any]) -> tuple[Life, dict[str, list[str]]]:
    """The east's life, a dozen more tickets, and for each name in a path several ids that are there."""
    life = live(house)
    house.post(*(event(f"more-{number}") for number in range(12)))
    tickets = house.tickets(Role.COMMAND_CENTRE)
    ids = {name: [value] for name, value in life.ids.items()}
    ids["ticket_id"] += [ticket["id"] for ticket in tickets]
    ids["hazard_id"] += [ticket["hazard_id"] for ticket in tickets]
    ids["camera"] += ["cam-1", "cam-3"]
    ids["unit_id"] += ["west"]
    admin = house.client(Role.ADMINISTRATOR)
    for username in ("fuzzed1", "fuzzed2"):
        admin.post("/accounts", json={"username": username, "role": "volunteer"})
    made = admin.post("/tokens", json={"name": "spare", "role": "metrics"}).json()
    ids |= {"username": ["fuzzed1", "fuzzed2"], "session_id": ["0" * 16], "token_id": [str(made["token"]["id"])]}
    ids |= {"zone": ["aisle"], "form": ["json", "xml"], "code": ["rubbish"], "recipient": ["admin", "grid1"]}
    return life, ids


def hints(house: Served, ids: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Bodies and queries that chance does not find: a date ahead, a JPEG, an id of another thing. By operationId."""
    photo = base64.b64encode(jpeg()).decode()
    later = (house.time.at + timedelta(hours=5)).isoformat()
    mine, other = ids["hazard_id"][-1], ids["hazard_id"][-2]
    return {
        "post_events": {"body": {"events": [event("fuzz-1")]}},
        "suspend_ticket": {"body": {"until": later, "note": "parts are ordered"}},
        "blow_whistle": {"body": {"department": "fire", "note": "come and see"}},
        "merge_hazard": {
            "body": {"into": other, "reason": "the same car", "anyway": True},
            "path": {"hazard_id": mine},
        },
        "make_report": {"body": {"where": EAST, "kind": "rubbish", "words": "bags"}},
        "make_mute": {"body": {"reason": "works", "ends_at": later, "camera": "cam-3"}},
        "make_report_point": {"body": {"name": "North gate", "radius_m": 20, **EAST}},
        "make_public_report": {"body": {"point": ids["point_id"][0], "kind": "rubbish", "words": "bags"}},
        "town_at": {"query": EAST},
        "put_still": {"content": jpeg(), "path": {"event_id": "east-1-raised"}},
        "put_tile": {"content": jpeg(), "headers": {"X-Captured-At": house.time.at.isoformat()}},
        "propose_report": {"body": {"photo_jpeg": photo}},
        "worker_status": {"body": {"worker": "w", "cameras": []}},
        "write_departments": {"body": {"items": [{"id": "fire", "name": "Fire"}]}},
        "write_roster": {"body": {"entries": []}},
        "write_team": {"body": {"members": []}},
        "create_account": {"body": {"username": "fuzzed3", "role": "auditor"}},
        "create_service_token": {"body": {"name": "fuzzed", "role": "auditor"}},
        "open_clip": {"body": {"reason": "an enquiry of the police, 2026-17"}},
    }


class Fuzz:
    """One run: the server, its document, what is there. `people` are bearers of sessions, for what is about oneself."""

    def __init__(self, house: Served, document: dict[str, Any], ids: dict[str, list[str]], seed: int = 1) -> None:
        self._house, self._document, self._ids, self._seed = house, document, ids, seed
        self._hints = hints(house, ids)
        schema = schemathesis.openapi.from_dict(document)
        found = [result.ok() for result in schema.get_all_operations()]
        self.operations = sorted(found, key=lambda one: (_ORDER[one.method.upper()], one.path))

    def walk(self, passwords: dict[str, str], clip: Path | None = None) -> Findings:
        """See `Walk`: what chance does not reach."""
        findings = Findings()
        known = {str(one.definition.raw["operationId"]): one for one in self.operations}

        def told(name: str, answer: httpx.Response) -> None:
            _count(name, answer.status_code, findings)
            try:
                operation = known[name]
                names = re.findall(r"{(\w+)}", operation.path)
                case = operation.Case(path_parameters=dict.fromkeys(names, "none"))
                case.validate_response(answer, checks=CHECKS)
            except (FailureGroup, Failure) as error:
                for fault in getattr(error, "exceptions", [error]):
                    findings.faults[f"{name}: {getattr(fault, 'title', '')}"] = str(fault)[:400]
            if not answer.is_success:
                findings.notes.append(f"{name}: {answer.status_code} {answer.text[:200]}")

        walk = Walk(self._house, self._document, passwords, told)
        walk.all(clip)
        findings.notes += walk.broken
        return findings

    def as_bearer(self, bearer: str, role: Role, examples: int, only: set[str] | None = None) -> Findings:
        """Every operation, or `only` these. Where the role is refused at the door, one request is enough."""
        findings = Findings()
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {bearer}"
            for operation in self.operations:
                name = str(operation.definition.raw["operationId"])
                if only is None or name in only:
                    self._hint(session, operation, name, findings)
                    refused = role not in operation.definition.raw.get("x-roles", [role])
                    if not refused and not operation.path.endswith(_ENDLESS):
                        self._fuzz(session, operation, name, examples, findings)
        return findings

    def _fuzz(self, session: requests.Session, operation: Any, name: str, examples: int, findings: Findings) -> None:
        chance = random.Random(f"{self._seed}{name}")
        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        for mode in modes:

            @seeded(self._seed)
            @settings(
                max_examples=examples if mode is GenerationMode.POSITIVE else max(1, examples // 2),
                phases=[Phase.generate],
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def once(case: Any) -> None:
                self._place(case, chance)
                self._call(session, case, name, findings)

            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    once()
            except Exception as error:
                # An operation without parameters has no bad requests to make.
                if "Unsatisfiable" not in type(error).__name__ and "negative" not in str(error).lower():
                    raise

    def _place(self, case: Any, chance: random.Random) -> None:
        for name in re.findall(r"{(\w+)}", case.operation.path):
            if name in self._ids and (name in _ALWAYS_OURS or chance.random() < 0.7):
                case.path_parameters[name] = chance.choice(self._ids[name])
        for name in list(case.headers or {}):
            if name.lower() == "if-match" and chance.random() < 0.7:
                case.headers[name] = "*"

    def _call(self, session: requests.Session, case: Any, name: str, findings: Findings) -> None:
        response = case.call(base_url=self._house.url, session=session, timeout=60)
        _count(name, response.status_code, findings)
        try:
            case.validate_response(response, checks=CHECKS)
        except (FailureGroup, Failure) as error:
            found = list(getattr(error, "exceptions", [error]))
            for fault in found:
                findings.faults.setdefault(
                    f"{name}: {getattr(fault, 'title', type(fault).__name__)}", _told(fault, case)
                )

    def _hint(self, session: requests.Session, operation: Any, name: str, findings: Findings) -> None:
        """One request as somebody would send it who has read the documentation."""
        hint = self._hints.get(name, {})
        chance = random.Random(name)
        own = {key: chance.choice(values) for key, values in self._ids.items()} | hint.get("path", {})
        path = re.sub(r"{(\w+)}", lambda found: str(own.get(found[1], "none")), operation.path)
        with session.request(
            operation.method.upper(),
            self._house.url + path,
            params=hint.get("query"),
            json=hint.get("body"),
            data=hint.get("content"),
            headers={**hint.get("headers", {}), "If-Match": "*"} | _type_of(operation, hint),
            timeout=60,
            stream=True,
            allow_redirects=False,
        ) as response:
            _count(name, response.status_code, findings)
            if response.status_code >= 500:
                findings.faults.setdefault(f"{name}: Server error", f"{operation.method} {path}")


def _type_of(operation: Any, hint: dict[str, Any]) -> dict[str, str]:
    if "content" not in hint:
        return {}
    return {"Content-Type": next(iter(operation.definition.raw["requestBody"]["content"]))}


def _count(name: str, status: int, findings: Findings) -> None:
    findings.requests += 1
    findings.statuses[status] += 1
    if 200 <= status < 300:
        findings.reached.add(name)


def _told(fault: Exception, case: Any) -> str:
    told = re.sub(r"\s+", " ", str(getattr(fault, "message", "") or fault))
    return f"{told[:400]} | {case.as_curl_command()[:500]}"
