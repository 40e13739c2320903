"""Making service tokens from a command, on the database of a data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from api.auth import repository
from api.auth.roles import Role
from api.auth.service import create_token
from api.house import offline
from api.kit.clock import Clock


async def _make(data: Path, role: Role, name: str, grids: Iterable[str], replace: bool) -> str:
    clock = Clock()
    async with offline(data) as database, database.writing() as session:
        if replace:
            await repository.revoke_tokens_named(session, name, clock.now())
        return await create_token(session, clock, role, name=name, grids=grids)


def make_token(data: Path, role: Role, *, name: str = "", grids: Iterable[str] = ()) -> str:
    """A new bearer token, shown this once. Works while a server runs on the folder."""
    return asyncio.run(_make(data, role, name, grids, replace=False))


def make_worker_token(data: Path, name: str) -> str:
    """A new token for a stream worker; the ones made before under this name stop working."""
    return asyncio.run(_make(data, Role.WORKER, name, (), replace=True))
