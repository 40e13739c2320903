"""What is committed of the API's description is what the routes say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from api.cli.openapi import stale, written_from_routes


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return written_from_routes()


@pytest.fixture(scope="module")
def document(texts: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(texts["docs/openapi.json"])
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for item in document["paths"].values() for operation in item.values()]


def test_what_is_committed_is_fresh(texts: dict[str, str]) -> None:
    assert not stale(texts), "run `make openapi`"


def test_operation_ids_are_the_names_of_functions_and_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []


def test_every_failure_is_a_problem_document(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        if path.startswith(("/open311", "/readyz")):  # that standard has errors of its own; and a report, not a refusal
            continue
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                if status.startswith(("4", "5")):
                    drawn = method == "post" and status == "422" and path.startswith("/api/v1/patrols/plans")
                    ways = {"application/problem+json", *(["image/svg+xml"] if drawn else [])}
                    assert set(answer["content"]) == ways, f"{method} {path} {status}"


def test_open311_answers_what_it_cannot_do_in_its_own_way_and_the_key_in_ours(document: dict[str, Any]) -> None:
    answers = document["paths"]["/open311/v2/requests.{form}"]["post"]["responses"]
    assert set(answers["400"]["content"]) == {"application/json", "text/xml", "application/problem+json"}
    assert set(answers["409"]["content"]) == {"application/problem+json"}


def test_every_post_but_sign_in_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    lacking = [
        path
        for path, item in document["paths"].items()
        if "post" in item and "Idempotency-Key" not in {one["name"] for one in item["post"].get("parameters", [])}
    ]
    assert all(path.startswith("/api/v1/session") for path in lacking), lacking


# Of each thing's parts, of what a file or one document holds: docs/sign-in.md says why.
BOUNDED = {
    "list_channels",
    "list_clips",
    "list_departments",
    "list_merges",
    "list_nearby",
    "list_own_sessions",
    "list_pictures",
    "list_sessions_of_account",
}


# Arrays by other names, each with an end: of one thing or one person; what one document holds that is written whole;
# what one question makes. `read_site` gives the first 1,000 names, `/town/units` all; a map draws 2,000 shapes at most.
PARTS = {
    "get_patrol_flight": {"decisions", "missing"},
    "get_patrol_plan": {"cautions", "tickets"},
    "list_cameras": {"workers"},
    "list_kinds": {"kinds"},
    "read_account": {"grids"},
    "read_colour_map": {"bbox", "features"},
    "read_duty": {"usernames"},
    "read_hazard": {"sightings", "source_wh", "xyxy"},
    "read_place": {"near"},
    "read_public_point": {"kinds"},
    "read_roster": {"entries"},
    "read_site": {"grids"},
    "read_suggestion": {"source_wh", "zones"},
    "read_team": {"members"},
    "read_ticket": {
        "commands", "dispatched_to", "false_alarm_reasons", "history", "side_commands", "source_wh", "xyxy",
    },
    "read_town_settings": {"shifts"},
    "read_unit": {"names", "path"},
    "who_am_i": {"grids"},
}  # fmt: skip


def test_no_list_hides_under_another_name(document: dict[str, Any]) -> None:
    found = {}
    for operation in (item["get"] for item in document["paths"].values() if "get" in item):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        shape = document["components"]["schemas"].get(answer.get("$ref", "").rsplit("/", 1)[-1], answer)
        assert shape.get("type") != "array", operation["operationId"]
        several = {name for name, one in shape.get("properties", {}).items() if '"array"' in json.dumps(one)}
        if several - {"items"}:
            found[operation["operationId"]] = several - {"items"}
    assert found == PARTS


def test_every_list_that_can_grow_is_paged_in_one_way(document: dict[str, Any]) -> None:
    limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    whole, odd = set(), []
    for operation in operations(document):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        shape = document["components"]["schemas"].get(answer.get("$ref", "").rsplit("/", 1)[-1], answer)
        fields = shape.get("properties", {})
        if fields.get("items", {}).get("type") != "array":
            continue
        given = {parameter["name"]: parameter["schema"] for parameter in operation.get("parameters", [])}
        if "next" not in fields:
            whole.add(operation["operationId"])
        elif "cursor" not in given or not limit.items() <= given["limit"].items():
            odd.append(operation["operationId"])
    assert whole == BOUNDED
    assert not odd


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    assert [one["operationId"] for one in operations(document) if not one.get("tags")] == []
