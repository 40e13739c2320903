"""`sanxun user`: the accounts of people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataDir, data_dir

app = typer.Typer(no_args_is_help=True, help="Accounts of people; passwords are generated and shown once.")
Username = Annotated[str, typer.Argument(metavar="USERNAME")]


async def _add(data: Path, username: str, role: str, name: str, grids: list[str]) -> str:
    from api.auth.passwords import generate_password
    from api.auth.roles import parse_role
    from api.auth.service import create_user
    from api.house import offline
    from api.kit.clock import Clock

    password = generate_password()
    async with offline(data) as database, database.writing() as session:
        await create_user(session, Clock(), username, password, parse_role(role), name=name, grids=grids)
    return password


async def _reset(data: Path, username: str) -> str:
    from api.auth import repository
    from api.auth.passwords import generate_password
    from api.auth.service import reset_password
    from api.house import offline

    password = generate_password()
    async with offline(data) as database, database.writing() as session:
        account = await repository.account_named(session, username)
        if account is None:
            raise ValueError(f"there is no account {username!r}; `sanxun user list` shows those there are")
        await reset_password(session, account, password)
    return password


async def _list(data: Path) -> list[str]:
    from api.auth import repository
    from api.house import offline

    async with offline(data) as database, database.reading() as session:
        return [
            f"{found.username:<20} {found.role:<16} {','.join(found.grids) or 'whole site':<20} {found.name}"
            for found in await repository.accounts(session)
        ]


@app.command("add")
def add(
    username: Username,
    role: Annotated[
        str, typer.Option("--role", help="administrator, command-centre, drone-operator, grid-worker or officer.")
    ],
    data: DataDir = None,
    name: Annotated[str, typer.Option("--name", help="The person's name, as pages show it.")] = "",
    grid: Annotated[
        list[str] | None, typer.Option("--grid", help="Limit a grid worker to this grid; may be repeated.")
    ] = None,
) -> None:
    """Make an account and print its password, this once."""
    try:
        print(asyncio.run(_add(data_dir(data), username, role, name, grid or [])))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("reset")
def reset(username: Username, data: DataDir = None) -> None:
    """Give an account a new password, print it, and end the account's sessions."""
    try:
        print(asyncio.run(_reset(data_dir(data), username)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("list")
def show(data: DataDir = None) -> None:
    """Print username, role, grids and name of every account."""
    for line in asyncio.run(_list(data_dir(data))):
        print(line)
