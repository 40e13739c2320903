"""Schemathesis in small: a walk through what has states, and one made-up request of each kind to a part of the
operations. The whole, with a token of each role: `python -m bench.api_fuzz`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.auth.roles import Role
from tests.api.fuzz import Fuzz, populated
from tests.api.house import Served

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
# A few of each domain: lists with filters, bodies with numbers in them, ids in paths.
SOME = {
    "list_tickets",
    "list_hazards",
    "accept_ticket",
    "make_report_point",
    "make_mute",
    "town_at",
    "create_account",
    "change_account",
    "merge_hazard",
    "worker_status",
    "post_events",
    "list_accounts",
}


@pytest.fixture(scope="module")
def fuzz(shared: Served) -> Fuzz:
    _life, ids = populated(shared, DOCUMENT)
    return Fuzz(shared, DOCUMENT, ids)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.WORKER])
def test_made_up_requests_get_answers_that_the_document_allows(shared: Served, fuzz: Fuzz, role: Role) -> None:
    found = fuzz.as_bearer(shared.token(role), role, 2, SOME)
    assert found.requests > len(SOME)
    assert found.faults == {}


def test_what_has_states_answers_as_documented_at_every_step(
    fuzz: Fuzz, passwords: dict[str, str], tmp_path: Path, mp4: bytes
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(mp4)
    found = fuzz.walk(passwords, clip)
    assert found.faults == {}
    assert len(found.reached) >= 45, found.notes
