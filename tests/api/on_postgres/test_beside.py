"""Servers beside each other on one database: what is said to one is known to all, and keys hold nobody up."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy import select

from api.auth.roles import Role
from api.db.engine import Database
from api.hazards.models import HazardRow
from api.kit.scope import Scope
from tests.api.house import Served, event, serving
from tests.api.postgres import url_of
from tests.api.test_looks import status


def test_a_camera_that_one_server_hears_of_has_eyes_for_all(shared: Served) -> None:
    shared.post(event())
    [ticket] = shared.tickets()
    worker = shared.client(Role.GRID_WORKER)
    for command in ("accept", "close"):
        assert worker.post(f"/tickets/{ticket['id']}/{command}", json={}).status_code == 200
    status(shared, "cam-1")
    with serving(shared.data, shared.time) as url:
        other = Served(url, shared.data, shared.time)
        colleague = other.client(Role.GRID_WORKER, "west")
        refused = colleague.post("/hazards/i-1/seen", json={"gone": True})
        assert (refused.status_code, "a camera looks again" in refused.text) == (409, True)
        shared.time.pass_s(11)  # its worker has fallen silent
        assert colleague.post("/hazards/i-1/seen", json={"gone": True}).status_code == 200
        other.close()


def test_a_scope_of_more_units_than_parameters(shared: Served) -> None:
    async def ask() -> int:
        database = Database(url_of(shared))
        scope = Scope(frozenset(f"m{n}" for n in range(40_000)) | {"west"})
        try:
            async with database.reading() as session:
                rows = await session.scalars(select(HazardRow.id).where(scope.where(HazardRow.grid.expression)))
                return len(rows.all())
        finally:
            await database.close()

    shared.post(event("scoped"))
    assert asyncio.run(ask()) >= 1


def test_a_key_waits_for_nobody_who_writes_something_else(shared: Served) -> None:
    centre = shared.client(Role.COMMAND_CENTRE)

    def keyed() -> httpx.Response:
        return centre.post("/tickets/none/confirm", json={"note": "?"}, headers={"Idempotency-Key": "k"}, timeout=60)

    async def beside() -> int:
        database = Database(url_of(shared))
        try:
            async with database.writing(on=("ticket:another",)):
                with ThreadPoolExecutor(1) as thread:
                    return (await asyncio.get_running_loop().run_in_executor(thread, keyed)).status_code
        finally:
            await database.close()

    assert asyncio.run(beside()) == 404
