"""The same work done by other people, and what an answer says of it: exports unpacked, every person called alike."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import select

from api.auth import repository
from api.auth.models import Account
from api.auth.roles import Role
from api.house import offline
from api.tickets.models import TicketRow
from tests.ledger.tickets import ticket, write

# Names that are no part of any word, so that one of them is found wherever it stands.
PEOPLE = ("zhang.weiming", "li.xiulan", "wang.jianguo")
GRIDS = ("west", "east")
COUNT = 12
Seen = tuple[int, str]


def write_accounts_and_tickets(data: Path) -> None:
    """`COUNT` tickets of a week, every third open."""

    async def accounts() -> None:
        async with offline(data) as database, database.writing() as session:
            for username in PEOPLE:
                created = datetime(2026, 11, 1, tzinfo=UTC)
                account = Account(
                    username=username,
                    name=f"Name of {username}",
                    role=Role.GRID_WORKER.value,
                    grids=[],
                    password_hash="",
                    created_at=created,
                )
                await repository.add(session, account)

    asyncio.run(accounts())
    rows = []
    for n in range(COUNT):
        day = 16 + n // 2
        closed = f"{day} 09:{10 + n}" if n % 3 else None
        rows.append(ticket(f"t{n}", GRIDS[n % 2], f"{day} 09:00", closed=closed))
    write(data, rows)


def give_the_work_to(data: Path, people: Sequence[str]) -> None:
    """Ticket n was taken, settled and noted by the nth of these people, in turn; nothing else is different."""

    async def run() -> None:
        async with offline(data) as database, database.writing() as session:
            rows = (await session.scalars(select(TicketRow).order_by(TicketRow.number))).all()
            for n, row in enumerate(rows):
                whose = people[n % len(people)]
                row.assignee, row.dispatched_to = whose, [whose]
                for step in row.history:
                    step.by = whose
            await session.flush()

    asyncio.run(run())


def unpacked(content: bytes) -> str:
    """What is in a file, as text: archives and workbooks part by part, pictures and films by what they are."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [f"{name}:\n{unpacked(archive.read(name))}" for name in sorted(archive.namelist())]
        # When a workbook was made is no figure of anybody.
        return re.sub(r"<dcterms:[^>]*>[^<]*</dcterms:[^>]*>", "", "\n".join(parts))
    if content.startswith(b"\xff\xd8\xff") or content[4:8] == b"ftyp":
        return f"picture {hashlib.sha256(content).hexdigest()}"
    return content.decode("utf-8", "replace")


def shown(answer: httpx.Response) -> Seen:
    """An answer's status and what it says. A version counts changes of the ticket itself."""
    text = re.sub(r'"version":\s*\d+', '"version":0', unpacked(answer.content))
    return answer.status_code, re.sub("|".join(map(re.escape, PEOPLE)), "somebody", text)


def same(one: Seen, other: Seen) -> bool:
    """Figures of the server itself, such as how long its answers took, are of no person."""
    if one[1].startswith("# HELP"):
        return not re.search(r'(user|assignee|worker_name|person)="', one[1])
    return one == other
