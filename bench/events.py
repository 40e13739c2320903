"""What one event costs the API: SQL statements, processor time and time on the lock, without HTTP.

    python bench/events.py [--events 400] [--at-once 8] [--show]

Each event raises a hazard at a place of its own, on a PostgreSQL that is started for this; `--at-once` of them wait at
a time, as from so many stream workers. `--show` prints the statements of one event.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event as listening

from api.events.schemas import EventsIn
from api.events.service import take_events
from api.evidence.photos import load_redactor
from api.house import House, open_house
from api.kit.clock import Clock
from api.settings import Settings
from bench.load_town import build
from tests.api.house import event
from tests.api.postgres import running


def hazard(number: int, dice: random.Random, cameras: int) -> EventsIn:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = event(
        f"load-{number}", camera=f"cam-{dice.randrange(cameras)}", captured_at=now, began_at=now, still_jpeg=None
    )
    left, top = dice.uniform(0, 800), dice.uniform(0, 400)
    body["xyxy"] = [left, top, left + 40, top + 30]
    return EventsIn.model_validate({"events": [body]})


async def run(data: Path, given: argparse.Namespace, cameras: int) -> dict[str, Any]:
    dice = random.Random(3)
    async with open_house(Settings(data=data), Clock(), load_redactor) as house:
        said: Counter[str] = Counter()

        def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said[" ".join(statement.split())[:150]] += 1

        listening.listen(house.database.writing_engine.sync_engine, "before_cursor_execute", count)
        waits: list[float] = []
        for number in range(20):
            await one(house, hazard(number, dice, cameras), waits)
        said.clear()
        waits.clear()
        began, cpu = time.perf_counter(), time.process_time()
        turn = asyncio.Semaphore(given.at_once)

        async def in_turn(number: int) -> None:
            async with turn:
                await one(house, hazard(20 + number, dice, cameras), waits)

        await asyncio.gather(*(in_turn(number) for number in range(given.events)))
        took, used = time.perf_counter() - began, time.process_time() - cpu
    if given.show:
        for statement, times in said.most_common():
            print(f"{times / given.events:6.2f}  {statement}")
    waits.sort()
    return {
        "at_once": given.at_once,
        "events_per_s": round(given.events / took, 1),
        "statements_per_event": round(said.total() / given.events, 1),
        "cpu_ms_per_event": round(used * 1e3 / given.events, 2),
        "wait_ms": {
            "p50": round(waits[len(waits) // 2] * 1e3, 1),
            "p95": round(waits[len(waits) * 95 // 100] * 1e3, 1),
        },
    }


async def one(house: House, body: EventsIn, waits: list[float]) -> None:
    began = time.perf_counter()
    taken = await take_events(house, body.events, "bench")
    assert len(taken.accepted) == 1
    waits.append(time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="sanxun-events-"))
    with running(durable=True) as server:
        (data / "sanxun.toml").write_text(f'database_url = "{server.url(server.new_database())}"\n')
        build(data, 2000, 200, given.tickets, 500)
        print(json.dumps(asyncio.run(run(data, given, 500)), indent=1))


if __name__ == "__main__":
    main()
