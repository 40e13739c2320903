"""`sanxun notify`: the channels of `notify.toml` checked, and deliveries looked after."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.options import DataDir, Json, data_dir

app = typer.Typer(no_args_is_help=True, help="Notifications: check the channels, look after deliveries.")


@app.command("check")
def check(
    data: DataDir = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead of notify.toml in the data folder.")
    ] = None,
) -> None:
    """Read the channels and their secrets, and say what each is for; nothing is sent."""
    from api.config_file import WrongConfiguration
    from api.notify.opened import Channels
    from api.notify.settings import FILE_NAME, read_notify

    path = file or data_dir(data) / FILE_NAME
    if not path.is_file():
        raise WrongConfiguration(f"there is no {path}: docs/notifications.md has one to begin with")
    channels = Channels.open(read_notify(path))
    for spec in channels.specs:
        topics = ", ".join(spec.topics) or "everything"
        units = ", ".join(spec.units) or "the whole town"
        quiet = f", quiet {spec.quiet[0]:%H:%M}-{spec.quiet[1]:%H:%M}" if spec.quiet else ""
        print(f"{spec.id}: {spec.kind}, hears of {topics}, for {units}{quiet}")
    print(f"{len(channels.specs)} channels; their secrets are there")


@app.command("list")
def list_deliveries(
    data: DataDir = None,
    state: Annotated[str | None, typer.Option(help="waiting, sent or dead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: Json = False,
) -> None:
    """The newest deliveries."""
    from api.notify.models import DeliveryState

    if state is not None and state not in set(DeliveryState):
        raise typer.BadParameter(f"--state must be one of {', '.join(DeliveryState)}; got {state!r}")
    rows = asyncio.run(_rows(data_dir(data), DeliveryState(state) if state else None, limit))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print("{id:>6}  {state:<8}{channel:<20}{topic:<12}{attempts:>2} tries  {last_error}".format(**row))
    if not rows:
        print("no deliveries")


@app.command("resend")
def resend(delivery_id: int, data: DataDir = None) -> None:
    """Let a dead delivery be tried again; the server sends it within a second or two."""
    print(asyncio.run(_resend(data_dir(data), delivery_id)))


async def _rows(data: Path, state: Any, limit: int) -> list[dict[str, Any]]:
    from api.house import offline
    from api.kit.scope import WHOLE_SITE
    from api.notify import repository

    async with offline(data) as database, database.reading() as session:
        rows = await repository.page(session, WHOLE_SITE, state, None, None, limit)
    return [
        {
            "id": row.id,
            "state": row.state,
            "channel": row.channel,
            "topic": notice.topic,
            "ticket_id": notice.ticket_id,
            "attempts": row.attempts,
            "due_at": row.due_at.isoformat(),
            "last_error": row.last_error,
        }
        for row, notice in rows[:limit]
    ]


async def _resend(data: Path, delivery_id: int) -> str:
    from api.errors import NotFound
    from api.house import offline
    from api.kit.clock import Clock
    from api.kit.scope import WHOLE_SITE
    from api.notify import repository
    from api.notify.delivery import send_again

    async with offline(data) as database, database.writing() as session:
        row = await repository.delivery(session, WHOLE_SITE, delivery_id)
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id}; `sanxun notify list` has them")
        send_again(row, Clock().now())
        return f"{row.id}: {row.state}"
