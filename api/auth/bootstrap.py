"""First accounts, with generated passwords: returned once, stored hashed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from api.auth import repository
from api.auth.passwords import generate_password
from api.auth.roles import Role
from api.auth.service import create_user, reset_password
from api.house import offline
from api.kit.clock import Clock

FIRST_USERS: dict[str, tuple[Role, str]] = {
    "admin": (Role.ADMINISTRATOR, "Administrator 管理员"),
    "centre": (Role.COMMAND_CENTRE, "Command centre 指挥中心"),
    "pilot": (Role.DRONE_OPERATOR, "Drone operator 飞手"),
    "grid1": (Role.GRID_WORKER, "Grid worker 网格员"),
}


async def bootstrap(
    data_dir: Path, *, only: tuple[str, ...] = tuple(FIRST_USERS), reset: bool = False
) -> dict[str, str]:
    """See `bootstrap_users`; `only` picks among `FIRST_USERS`."""
    passwords: dict[str, str] = {}
    clock = Clock()
    async with offline(data_dir) as database, database.writing() as session:
        for username in only:
            role, name = FIRST_USERS[username]
            account = await repository.account_named(session, username)
            if account is not None and not reset:
                continue
            passwords[username] = generate_password()
            if account is None:
                await create_user(session, clock, username, passwords[username], role, name=name)
            else:
                await reset_password(session, account, passwords[username])
    return passwords


def bootstrap_users(data_dir: Path, *, reset: bool = False) -> dict[str, str]:
    """Make admin, centre, pilot and grid1 where they are missing; with `reset`, give all four new passwords.

    Returns username → password for those made or reset now, and nothing for the others: theirs are known to nobody.
    Works on the database directly, also while a server runs. Not for use inside a running event loop.
    """
    return asyncio.run(bootstrap(data_dir, reset=reset))


async def _first_sign_in(data_dir: Path) -> str | None:
    async with offline(data_dir) as database, database.reading() as session:
        empty = await repository.count_accounts(session) == 0
    return (await bootstrap(data_dir, only=("admin",)))["admin"] if empty else None


def first_sign_in(data_dir: Path) -> str | None:
    """The generated password of a new `admin`, where there is no account at all; otherwise None."""
    return asyncio.run(_first_sign_in(data_dir))
