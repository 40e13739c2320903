"""`sanxun audit`: the trail of who opened what."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, Json, data_dir

if TYPE_CHECKING:
    from api.audit.chain import Verdict

app = typer.Typer(no_args_is_help=True, help="The audit trail: who opened which sealed clip, when and why.")


async def _verify(data: Path) -> Verdict:
    from api.audit import repository
    from api.house import offline

    async with offline(data) as database, database.reading() as session:
        return await repository.verify(session)


async def _list(data: Path, limit: int) -> list[dict[str, object]]:
    from api.audit import repository
    from api.house import offline
    from streams.delivery.events import utc_text

    async with offline(data) as database, database.reading() as session:
        return [
            {
                "seq": row.seq,
                "at": utc_text(row.at),
                "actor": row.actor,
                "role": row.role,
                "action": row.action,
                "subject": row.subject,
                "reason": row.reason,
            }
            for row in reversed(await repository.newest(session, limit))
        ]


@app.command("verify")
def verify(
    data: DataDir = None,
    expect: Annotated[
        str | None,
        typer.Option("--expect", metavar="COUNT:HEAD", help="What an earlier run printed: nothing may be gone since."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every link of the trail; exit status 1 where it was altered.

    Note the last line somewhere else: that the newest entries were removed shows only against it.
    """
    verdict = asyncio.run(_verify(data_dir(data)))
    faults = [*verdict.faults, *(_gone(data_dir(data), expect) if expect else ())]
    if as_json:
        print(json.dumps({"count": verdict.count, "head": verdict.head, "faults": faults}))
    else:
        for fault in faults:
            print(fault)
        print(f"{'ALTERED' if faults else 'sound'}: {verdict.count} entries; head {verdict.count}:{verdict.head}")
    if faults:
        raise typer.Exit(1)


def _gone(data: Path, expect: str) -> list[str]:
    """Whether the trail still holds the head that was noted, at its place."""
    count, _, head = expect.partition(":")
    if not count.isdigit() or len(head) != 64:
        raise typer.BadParameter("expected COUNT:HEAD as `sanxun audit verify` prints it", param_hint="--expect")
    found = asyncio.run(_digest_at(data, int(count)))
    if found == head or (int(count) == 0):
        return []
    what = "is not there any more" if found is None else "is another one"
    return [f"entry {count}, whose digest was noted as {head[:12]}…, {what}"]


async def _digest_at(data: Path, seq: int) -> str | None:
    from api.audit.models import AuditRow
    from api.house import offline

    async with offline(data) as database, database.reading() as session:
        row = await session.get(AuditRow, seq)
        return row.digest if row else None


@app.command("list")
def show(
    data: DataDir = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Print the newest entries, the oldest of them first."""
    for entry in asyncio.run(_list(data_dir(data), limit)):
        if as_json:
            print(json.dumps(entry, ensure_ascii=False))
        else:
            print("{seq:>6}  {at}  {actor} ({role})  {action}  {subject}  {reason}".format(**entry))
