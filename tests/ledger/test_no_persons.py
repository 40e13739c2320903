"""Nobody is ranked, counted, checked in or followed: over every endpoint and every export that there is.

The law (`docs/ledger.md`): no points, no rankings, no check-in, no online time, no tracks. Two looks at it: the names
of all that goes in and out, and what all of it says when the same work was done by other people.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import Workbook

from api.auth.roles import Role
from tests.api.house import Served
from tests.api.test_false_alarms import raise_with_still, report
from tests.ledger.same_work import PEOPLE, Seen, give_the_work_to, same, shown, unpacked, write_accounts_and_tickets

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
EXPORTS = (
    "/api/v1/ledger/export?week=2026-W47&format=xlsx",
    "/api/v1/ledger/export?week=2026-W47&format=csv",
    "/api/v1/ledger/export?week=2026-W47&format=csv&sheet=lines",
    "/api/v1/false-alarms/export",
)
# Parts of names, as they would be written, of what the law forbids to keep of a person.
FORBIDDEN = re.compile(
    r"rank|leaderboard|score|points?_of|performance|productiv|check_?in(?!g)|clock_?in(?!g)|attendance|online_(time|seconds|s)"
    r"|working_hours|track_of|trail_of|footprint|breadcrumb|worker_position|last_seen_at_place|per_(person|worker|user)"
    r"|by_(person|worker|user|assignee)",
    re.IGNORECASE,
)


def _names(node: Any) -> Iterator[str]:
    """Every name in an OpenAPI document: paths, operations, parameters, properties, enumerated values."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("properties", "paths"):
                yield from value
            if key in ("operationId", "name") and isinstance(value, str):
                yield value
            if key == "enum":
                yield from (str(one) for one in value)
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)


def test_no_endpoint_has_a_name_for_what_the_law_forbids(shared: Served) -> None:
    document = httpx.get(f"{shared.url}/openapi.json", trust_env=False, timeout=90).json()
    names = set(_names(document))
    assert {"username", "assignee", "found", "/api/v1/ledger"} <= names, "the walk saw the document"
    assert {name for name in names if FORBIDDEN.search(name)} == set()


def _calls(document: dict[str, Any]) -> Iterator[str]:
    """A URL for every GET, with each value of each enumerated parameter once, and ids that exist."""
    known = {
        "ticket_id": "t1", "hazard_id": "h-t1", "unit_id": "west", "camera": "cam-1", "camera_id": "cam-1",
        "zone": "aisle", "username": PEOPLE[0], "lon": "113.85", "lat": "27.62", "datum": "WGS-84", "week": "2026-W47",
    }  # fmt: skip
    for path, methods in document["paths"].items():
        operation = methods.get("get")
        if operation is None or path.endswith(("/stream", "/healthz")):
            continue
        parameters = operation.get("parameters", [])
        url = re.sub(r"{(\w+)}", lambda part: known.get(part[1], "t1"), path)
        fixed = {p["name"]: known[p["name"]] for p in parameters if p["in"] == "query" and p["name"] in known}
        yield _with(url, fixed)
        if path.endswith("/ledger/export"):
            yield _with(url, fixed | {"format": "csv", "sheet": "lines"})
        for p in parameters:
            for value in _values(document, p["schema"]) if p["in"] == "query" and p["name"] not in fixed else ():
                yield _with(url, fixed | {p["name"]: value})


def _values(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    schemas = [schema, *schema.get("anyOf", []), schema.get("items", {})]
    schemas += [document["components"]["schemas"][s["$ref"].rsplit("/", 1)[1]] for s in schemas if "$ref" in s]
    return [str(value) for one in schemas for value in one.get("enum", [])]


def _with(url: str, query: dict[str, str]) -> str:
    return str(httpx.URL(url, params=query)) if query else url


@pytest.fixture(scope="module")
def worked(shared: Served) -> Served:
    """A week of tickets, two of which were found false, done by three people."""
    write_accounts_and_tickets(shared.data)
    for n in range(2):
        report(shared.client(Role.GRID_WORKER), raise_with_still(shared, f"false-{n}"))
    give_the_work_to(shared.data, PEOPLE)
    return shared


def test_no_answer_tells_how_much_a_person_did(worked: Served) -> None:
    """The same work, once shared out among three and once all done by one: whoever may not see who it was sees no
    difference. A figure for each person would be three figures the first time and one the second."""
    admin = worked.client(Role.ADMINISTRATOR)
    base = httpx.URL(worked.url)

    def ask_all() -> dict[str, Seen]:
        return {url: shown(admin.get(base.join(url))) for url in _calls(DOCUMENT)}

    shared_out = ask_all()
    give_the_work_to(worked.data, PEOPLE[:1])
    by_one = ask_all()
    answered = {url for url, (status, _) in by_one.items() if status == 200}
    assert {
        "/api/v1/tickets",
        "/api/v1/tickets/t1",
        *EXPORTS,
        "/api/v1/ledger?week=2026-W47",
        "/api/v1/ledger/loop?by=unit",
        "/api/v1/colours",
    } <= answered
    assert "somebody" in by_one["/api/v1/tickets"][1], "the test would see a person where one is named"
    assert '"reason": "nothing_there"' in by_one["/api/v1/false-alarms/export"][1], "the archive was unpacked"
    assert [url for url in by_one if not same(shared_out[url], by_one[url])] == []


def _book(rows: list[tuple[str, int]]) -> bytes:
    book, buffer = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


def _zip(rows: list[tuple[str, int]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("week.csv", "".join(f"{name},{n}\n" for name, n in rows))
        archive.writestr("week.xlsx", _book(rows))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "written", [lambda rows: json.dumps(dict(rows)).encode(), _book, _zip], ids=["json", "xlsx", "zip"]
)
def test_the_look_would_see_a_leaderboard(written: Callable[[list[tuple[str, int]]], bytes]) -> None:
    three, one = [(name, 4) for name in PEOPLE], [(PEOPLE[0], 12)]
    mine, all_of_it = [("cleared by you", 4)], [("cleared by you", 12)]
    for few, many in ((three, one), (mine, all_of_it)):
        seen = [shown(httpx.Response(200, content=written(rows))) for rows in (few, many)]
        assert not same(seen[0], seen[1])
    again = [shown(httpx.Response(200, content=written(three))) for _ in range(2)]
    assert same(again[0], again[1]), "and no difference where there is none"


def test_every_export_is_looked_into() -> None:
    """So that a new one is. Plans of flights, and films that are opened for a reason, hold no ticket."""
    kinds = {f"application/{kind}" for kind in ("json", "problem+json")}
    kinds |= {f"text/{kind}" for kind in ("event-stream", "plain", "xml", "html")}
    files = {
        path
        for path, item in DOCUMENT["paths"].items()
        for answer in item.get("get", {}).get("responses", {}).values()
        if set(answer.get("content", {})) - kinds
    }
    of_flights = {path for path in files if path.startswith("/api/v1/patrols/")}
    of_pictures = {path for path in files if path.endswith(".jpg")}
    of_codes = {"/api/v1/report-points/{point_id}/code.svg"}
    assert files - of_flights - of_pictures - of_codes == {path.partition("?")[0] for path in EXPORTS}


@pytest.mark.parametrize("path", EXPORTS)
def test_no_export_names_a_person(worked: Served, path: str) -> None:
    """A file travels: what it holds is of hazards and places."""
    answer = worked.client(Role.ADMINISTRATOR).get(httpx.URL(worked.url).join(path))
    text = unpacked(answer.content)
    assert answer.status_code == 200
    assert "illegal_parking" in text or "微网格" in text or "违停" in text, "the test sees what is in it"
    assert [name for name in (*PEOPLE, "grid1", "token:") if name in text] == []
