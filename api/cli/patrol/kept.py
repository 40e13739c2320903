"""Patrols of a data folder, for commands that need no server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from api.auth.service import Principal
    from api.patrols.kept import Kept

T = TypeVar("T")


def run(data: Path, act: Callable[[Kept], Awaitable[T]], terrain: Path | None = None) -> T:
    """`act` on the database of `data`, also while a server runs on it; plans are held above `terrain`."""

    async def whole() -> T:
        from api.house import offline
        from api.kit.clock import Clock
        from api.patrols.kept import Offline

        async with offline(data) as database:
            return await act(Offline(database, Clock(), terrain))

    return asyncio.run(whole())


def at_this_machine() -> Principal:
    """Whoever may write the data folder: named so in the trail, and with no session, so that it moves no vehicle."""
    import getpass

    from api.auth.roles import Role
    from api.auth.service import Principal

    return Principal(f"cli:{getpass.getuser()}", "", Role.ADMINISTRATOR, ())
