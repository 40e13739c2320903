"""Sealed clips and the trail of who opened them, as a test puts and asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from api.audit import repository as audit
from api.audit.chain import Verdict
from api.auth.roles import Role
from api.house import offline
from tests.api.house import Served

EVENT = "i-1-raised"
REASON = {"reason": "the owner disputes where the car stood"}


def put(served: Served, data: bytes, event_id: str = EVENT) -> httpx.Response:
    return served.client(Role.WORKER).put(f"/worker/events/{event_id}/clip", content=data)


def verdict(data: Path) -> Verdict:
    async def ask() -> Verdict:
        async with offline(data) as database, database.reading() as session:
            return await audit.verify(session)

    return asyncio.run(ask())
