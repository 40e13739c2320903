"""Nobody is ranked, counted, checked in or followed: over every endpoint and every export that there is.

The law (`docs/ledger.md`): no points, no rankings, no check-in, no online time, no tracks. Two looks at it: the names
of all that goes in and out, and what all of it says when the same work was done by other people.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from api.auth import repository
from api.auth.models import Account
from api.auth.roles import Role
from api.house import offline
from api.tickets.models import TicketRow
from tests.api.house import Served
from tests.ledger.tickets import ticket, write

PEOPLE = ("ann", "bo", "cai")
GRIDS = ("west", "east")
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


def _write_accounts_and_tickets(data: Path) -> None:
    async def accounts() -> None:
        async with offline(data) as database, database.writing() as session:
            for username in PEOPLE:
                created = datetime(2026, 11, 1, tzinfo=UTC)
                account = Account(
                    username=username,
                    name=username,
                    role=Role.GRID_WORKER.value,
                    grids=[],
                    password_hash="",
                    created_at=created,
                )
                await repository.add(session, account)

    asyncio.run(accounts())
    write(
        data,
        [
            ticket(
                f"t{n}", GRIDS[n % 2], f"{16 + n // 2} 09:00", closed=f"{16 + n // 2} 09:{10 + n}" if n % 3 else None
            )
            for n in range(12)
        ],
    )


def _give_the_work_to(data: Path, whose: dict[int, str]) -> None:
    """Ticket n was taken, settled and noted by ``whose[n]``; nothing else is different."""

    async def run() -> None:
        async with offline(data) as database, database.writing() as session:
            rows = (await session.scalars(select(TicketRow).order_by(TicketRow.number))).all()
            for n, row in enumerate(rows):
                row.assignee, row.dispatched_to = whose[n], [whose[n]]
                for step in row.history:
                    step.by = whose[n]
            await session.flush()

    asyncio.run(run())


def _calls(document: dict[str, Any]) -> Iterator[str]:
    """A URL for every GET, with each value of each enumerated parameter once, and ids that exist."""
    known = {
        "ticket_id": "t1", "hazard_id": "h-t1", "unit_id": "west", "camera": "cam-1", "camera_id": "cam-1",
        "zone": "aisle", "username": "ann", "lon": "113.85", "lat": "27.62", "datum": "WGS-84", "week": "2026-W47",
    }  # fmt: skip
    for path, methods in document["paths"].items():
        operation = methods.get("get")
        if operation is None or path.endswith(("/stream", "/healthz")):
            continue
        parameters = operation.get("parameters", [])
        url = re.sub(r"{(\w+)}", lambda part: known.get(part[1], "t1"), path)
        fixed = {p["name"]: known[p["name"]] for p in parameters if p["in"] == "query" and p["name"] in known}
        yield _with(url, fixed)
        for p in parameters:
            for value in _values(document, p["schema"]) if p["in"] == "query" and p["name"] not in fixed else ():
                yield _with(url, fixed | {p["name"]: value})


def _values(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    schemas = [schema, *schema.get("anyOf", []), schema.get("items", {})]
    schemas += [document["components"]["schemas"][s["$ref"].rsplit("/", 1)[1]] for s in schemas if "$ref" in s]
    return [str(value) for one in schemas for value in one.get("enum", [])]


def _with(url: str, query: dict[str, str]) -> str:
    return str(httpx.URL(url, params=query)) if query else url


def _shown(answer: httpx.Response) -> str:
    """What an answer says, workbooks cell by cell, with every person called the same."""
    kind = answer.headers.get("content-type", "")
    if "spreadsheetml" in kind:
        book = load_workbook(io.BytesIO(answer.content))
        text = json.dumps([[cell.value for cell in row] for sheet in book for row in sheet], default=str)
    else:
        text = answer.text
    # A version counts changes of the ticket itself; a date is when it was asked.
    text = re.sub(r'"version":\s*\d+', '"version":0', text)
    return re.sub(r"\b(ann|bo|cai)\b", "somebody", text)


def test_no_answer_tells_how_much_a_person_did(shared: Served) -> None:
    """The same work, once shared out among three and once all done by one: whoever may not see who it was sees no
    difference. A figure for each person would be three figures the first time and one the second."""
    _write_accounts_and_tickets(shared.data)
    admin = shared.client(Role.ADMINISTRATOR)
    document = httpx.get(f"{shared.url}/openapi.json", trust_env=False, timeout=90).json()
    base = httpx.URL(shared.url)

    def ask_all() -> dict[str, tuple[int, str]]:
        found = {}
        for url in _calls(document):
            answer = admin.get(base.join(url))
            found[url] = (answer.status_code, _shown(answer))
        return found

    _give_the_work_to(shared.data, {n: PEOPLE[n % 3] for n in range(12)})
    shared_out = ask_all()
    _give_the_work_to(shared.data, dict.fromkeys(range(12), "ann"))
    by_one = ask_all()
    answered = {url for url, (status, _) in by_one.items() if status == 200}
    assert {
        "/api/v1/tickets",
        "/api/v1/tickets/t1",
        "/api/v1/ledger?week=2026-W47",
        "/api/v1/ledger/export?week=2026-W47&format=xlsx",
        "/api/v1/ledger/export?week=2026-W47&format=csv",
        "/api/v1/ledger/loop?by=unit",
        "/api/v1/colours",
    } <= answered
    assert "somebody" in by_one["/api/v1/tickets"][1], "the test would see a person where one is named"
    differing = [url for url in by_one if not _same(shared_out[url], by_one[url])]
    assert differing == []


def test_the_look_would_see_a_leaderboard() -> None:
    three, one = ({"items": [{"name": name, "cleared": n} for name, n in found]} for found in _BOARDS)
    assert not _same((200, _shown(httpx.Response(200, json=three))), (200, _shown(httpx.Response(200, json=one))))


_BOARDS = ((("ann", 4), ("bo", 4), ("cai", 4)), (("ann", 12),))


def _same(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Figures of the server itself, such as how long its answers took, are of no person."""
    if one[1].startswith("# HELP"):
        return not re.search(r'(user|assignee|worker_name|person)="', one[1])
    return one == other


@pytest.mark.parametrize("column", ["assignee", "by", "called_by", "answered_by", "dispatched_to"])
def test_no_export_names_a_person(shared: Served, column: str) -> None:
    """A workbook travels: what it holds is of hazards and places."""
    from api.ledger import table

    assert column not in (*table.COUNTS, *table._SUMMARY, *table._LINES)
