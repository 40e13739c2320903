"""`sanxun user`: the accounts of people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, data_dir

if TYPE_CHECKING:
    from api.auth.models import Account

app = typer.Typer(no_args_is_help=True, help="Accounts of people; passwords are generated and shown once.")
Username = Annotated[str, typer.Argument(metavar="USERNAME")]


async def _add(data: Path, username: str, role: str, name: str, grids: list[str], department: str | None) -> str:
    from api.auth.passwords import generate_password
    from api.auth.roles import parse_role
    from api.auth.service import check_units, create_user
    from api.house import offline
    from api.kit.clock import Clock

    password = generate_password()
    async with offline(data) as database, database.writing() as session:
        wanted = parse_role(role)
        await check_units(session, grids)
        await create_user(session, Clock(), username, password, wanted, name=name, grids=grids, department=department)
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


async def _act(data: Path, username: str, action: str) -> None:
    """Lock, unlock, end the sessions or take the second factor of an account, on record."""
    from api.audit import repository as audit
    from api.audit.chain import Entry
    from api.auth import lockout, repository, second_factor
    from api.house import offline
    from api.kit.clock import Clock

    now = Clock().now()
    async with offline(data) as database, database.writing() as session:
        account = await repository.account_named(session, username)
        if account is None:
            raise ValueError(f"there is no account {username!r}; `sanxun user list` shows those there are")
        if action == "lock":
            account.disabled_at = account.disabled_at or now
        elif action == "unlock":
            account.disabled_at = None
            await lockout.forget(session, username)
        elif action == "remove-second-factor":
            await second_factor.remove(session, account)
        if action != "unlock":
            await repository.end_sessions_of(session, account.id)
        await audit.append(
            session, Entry(now, "command line", "server", f"account.{action}", username, "by sanxun user")
        )


async def _list(data: Path) -> list[str]:
    from api.auth import repository
    from api.house import offline

    async with offline(data) as database, database.reading() as session:
        return [_line(found) for found in await repository.accounts(session)]


def _line(found: Account) -> str:
    units, factor = ",".join(found.grids) or "whole site", "second factor" if found.totp_since else "-"
    state = "locked" if found.disabled_at else "-"
    return f"{found.username:<20} {found.role:<16} {units:<20} {factor:<14} {state:<7} {found.name}"


@app.command("add")
def add(
    username: Username,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help="administrator, command-centre, drone-operator, grid-worker, officer, department, property-manager, "
            "volunteer or auditor.",
        ),
    ],
    data: DataDir = None,
    name: Annotated[str, typer.Option("--name", help="The person's name, as pages show it.")] = "",
    grid: Annotated[
        list[str] | None, typer.Option("--grid", help="Limit it to this unit and all below; may be repeated.")
    ] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="The department of a department's account.")
    ] = None,
) -> None:
    """Make an account and print its password, this once."""
    try:
        print(asyncio.run(_add(data_dir(data), username, role, name, grid or [], department)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("reset")
def reset(username: Username, data: DataDir = None) -> None:
    """Give an account a new password, print it, and end the account's sessions."""
    try:
        print(asyncio.run(_reset(data_dir(data), username)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _acting(data: DataDir, username: str, action: str) -> None:
    try:
        asyncio.run(_act(data_dir(data), username, action))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("lock")
def lock(username: Username, data: DataDir = None) -> None:
    """Shut an account out, and sign it out everywhere."""
    _acting(data, username, "lock")


@app.command("unlock")
def unlock(username: Username, data: DataDir = None) -> None:
    """Let an account in again, also one that failed sign-ins have locked."""
    _acting(data, username, "unlock")


@app.command("sign-out")
def sign_out(username: Username, data: DataDir = None) -> None:
    """Sign an account out everywhere."""
    _acting(data, username, "sign-out")


@app.command("remove-second-factor")
def remove_second_factor(username: Username, data: DataDir = None) -> None:
    """For who has lost both the phone and the recovery codes. Signs the account out everywhere."""
    _acting(data, username, "remove-second-factor")


@app.command("list")
def show(data: DataDir = None) -> None:
    """Print username, role, units, second factor, lock and name of every account."""
    for line in asyncio.run(_list(data_dir(data))):
        print(line)
