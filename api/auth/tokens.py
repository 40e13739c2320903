"""Making service tokens from a command, on the database of a data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from api.auth import repository
from api.auth.models import ServiceToken
from api.auth.roles import Role
from api.auth.service import check_units, create_token
from api.house import offline
from api.kit.clock import Clock


async def _make(data: Path, role: Role, name: str, replace: bool, **given: Any) -> str:
    clock = Clock()
    async with offline(data) as database, database.writing() as session:
        if replace:
            await repository.revoke_tokens_named(session, name, clock.now())
        await check_units(session, given.get("grids", ()))
        return await create_token(session, clock, role, name=name, **given)


def make_token(
    data: Path,
    role: Role,
    *,
    name: str = "",
    grids: Iterable[str] = (),
    scopes: Iterable[str] = (),
    days: float | None = None,
    department: str | None = None,
) -> str:
    """A new bearer token, shown this once. Works while a server runs on the folder."""
    given = {"grids": grids, "scopes": scopes, "days": days, "department": department}
    return asyncio.run(_make(data, role, name, replace=False, **given))


def make_worker_token(data: Path, name: str) -> str:
    """A new token for a stream worker; the ones made before under this name stop working."""
    return asyncio.run(_make(data, Role.WORKER, name, replace=True))


def list_tokens(data: Path) -> Sequence[ServiceToken]:
    async def run() -> Sequence[ServiceToken]:
        async with offline(data) as database, database.reading() as session:
            return list(reversed(await repository.tokens(session)))

    return asyncio.run(run())


def revoke_token(data: Path, number: int) -> bool:
    """False where there is none of this number; of one that is revoked already the time stays."""

    async def run() -> bool:
        clock = Clock()
        async with offline(data) as database, database.writing() as session:
            row = await session.get(ServiceToken, number)
            if row is not None and row.revoked_at is None:
                row.revoked_at = clock.now()
            return row is not None

    return asyncio.run(run())
