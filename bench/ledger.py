"""A city's ledger: how long a week's sums, its workbook, the loop and the four colours take among many tickets.

    python bench/ledger.py --tickets 200000 --units 5000

Tickets of a year, two in a hundred still open, over the grids of the city of `bench/town.py`, on SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.colours.service import colours
from api.hazards.models import HazardRow
from api.house import offline
from api.kit.scope import WHOLE_SITE
from api.ledger.export import write_workbook
from api.ledger.loop import By, loop
from api.ledger.service import every_line, ledger, ledger_lines
from api.ledger.weeks import Week
from api.tickets.models import TicketRow
from api.town.importing import import_units, read_units
from api.town.index import load_town
from bench.town import city

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
KINDS = ("illegal_parking", "fire_lane", "wiring", "gathering", "rubbish")


def rows(number: int, unit: str, rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    began = NOW - timedelta(seconds=rng.uniform(0, 365 * 86_400))
    closed = None if rng.random() < 0.02 else began + timedelta(minutes=rng.uniform(5, 300))
    kind = rng.choice(KINDS)
    hazard = {
        "id": f"h{number}", "kind": kind, "camera": "cam", "zone": "zone", "grid": unit, "state": "open",
        "raised_at": began, "began_at": began, "xyxy": [], "source_wh": [], "confidence": 1.0, "why": {},
        "source": "camera", "words": "",
    }  # fmt: skip
    ticket = {
        "id": f"t{number}", "hazard_id": f"h{number}", "kind": kind, "camera": "cam", "camera_name": "cam",
        "zone": "zone", "zone_name": "zone", "grid": unit, "state": "closed" if closed else "dispatched",
        "created_at": began, "changed_at": began, "dispatched_at": began, "closed_at": closed, "rectified_at": closed,
        "responded_at": began + timedelta(seconds=rng.expovariate(1 / 120)), "respond_by": began + timedelta(minutes=5),
        "rectify_by": began + timedelta(hours=1), "source": "camera", "radius_m": 0.0, "cause": "", "dispatched_to": [],
        "escalations": 0, "respond_overdue": False, "rectify_overdue": False, "version": 1,
        "recurrence_of": "h0" if rng.random() < 0.05 else None,
    }  # fmt: skip
    return hazard, ticket


async def fill(session: AsyncSession, tickets: int, units: list[str]) -> None:
    rng = random.Random(1)
    for first in range(0, tickets, 5000):
        made = [rows(n, rng.choice(units), rng) for n in range(first, min(first + 5000, tickets))]
        await session.execute(insert(HazardRow), [hazard for hazard, _ in made])
        await session.execute(insert(TicketRow), [ticket for _, ticket in made])


async def timed(name: str, call: Callable[[], Awaitable[Any]]) -> Any:
    wall, cpu = time.perf_counter(), time.process_time()
    found = await call()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<28} {time.process_time() - cpu:7.3f} s CPU, {time.perf_counter() - wall:7.3f} s, {most:.0f} MB at most"
    )
    return found


async def measure(tickets: int, units: int, data: Path) -> None:
    async with offline(data) as database:
        async with database.writing() as session:
            await import_units(session, read_units(json.dumps(city(units)).encode(), None), ())
            town = await load_town(session)
            leaves = [unit.id for unit in town.units if not town.children(unit.id)]
            await fill(session, tickets, leaves)
        print(f"{tickets} tickets, {len(leaves)} micro-grids")
        week = Week.holding(NOW, town.timezone)
        async with database.reading() as session:
            found = await timed("the week's ledger", lambda: ledger(session, town, WHOLE_SITE, week, NOW))
            await timed("a page of its lines", lambda: ledger_lines(session, WHOLE_SITE, week, None, 200))
            since = NOW - timedelta(days=7)
            await timed("the loop of seven days", lambda: loop(session, town, WHOLE_SITE, since, NOW, NOW, By.UNIT))
            far = NOW - timedelta(days=92)
            await timed("the loop of 92 days", lambda: loop(session, town, WHOLE_SITE, far, NOW, NOW, By.UNIT))
            await timed("four colours", lambda: colours(session, town, WHOLE_SITE, NOW))
            with tempfile.TemporaryFile() as out:
                every = every_line(session, WHOLE_SITE, week)
                count = await timed("the workbook", lambda: write_workbook(out, found, every, town, "City", "zh"))
                print(f"{len(found.rows)} rows, {count} lines, {out.tell() / 1e6:.1f} MB; {found.total}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--units", type=int, default=5000, help="micro-grids")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given.tickets, given.units, Path(folder)))


if __name__ == "__main__":
    main()
