"""A city of 20,000 micro-grids: how long checking, importing and indexing it takes, and a lookup.

python bench/town.py --units 20000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from api.house import offline
from api.town.importing import import_units, read_units
from api.town.index import Town, TownIndex

SOUTH, WEST, SIDE_DEG = 27.6, 113.8, 0.0008
PER_SIDE = 6  # points along each side: 24 to a micro-grid


def bend(x: float, y: float) -> list[float]:
    """A straight net bent like streets, so that neighbours still share every corner."""
    bent_x = x + 0.15 * math.sin(2.1 * y) + 0.1 * math.sin(0.37 * x + y)
    bent_y = y + 0.15 * math.sin(1.7 * x) + 0.1 * math.cos(0.53 * y - x)
    return [WEST + SIDE_DEG * bent_x, SOUTH + SIDE_DEG * bent_y]


def block(x: int, y: int, wide: int, high: int) -> list[list[float]]:
    """The bent outline of `wide` × `high` cells, with every point that the cells inside have on it."""
    step = 1 / PER_SIDE
    ring = [bend(x + n * step, y) for n in range(wide * PER_SIDE)]
    ring += [bend(x + wide, y + n * step) for n in range(high * PER_SIDE)]
    ring += [bend(x + wide - n * step, y + high) for n in range(wide * PER_SIDE)]
    ring += [bend(x, y + high - n * step) for n in range(high * PER_SIDE)]
    return [*ring, ring[0]]


def feature(unit_id: str, level: str, parent: str | None, ring: list[list[float]]) -> dict[str, object]:
    properties = {"id": unit_id, "level": level, "parent": parent, "name": f"{level} {unit_id}"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def city(units: int) -> dict[str, object]:
    """`units` micro-grids, rounded up to whole streets of 4 × 4 communities of 4 × 4 grids of 2 × 2 micro-grids."""
    features = []
    streets = math.ceil(units / 1024)
    across = math.ceil(math.sqrt(streets))
    for s in range(streets):
        x, y = s % across * 32, s // across * 32
        features.append(feature(f"s{s}", "street", None, block(x, y, 32, 32)))
        for c in range(16):
            cx, cy = x + c % 4 * 8, y + c // 4 * 8
            features.append(feature(f"s{s}-c{c}", "community", f"s{s}", block(cx, cy, 8, 8)))
            for g in range(16):
                gx, gy = cx + g % 4 * 2, cy + g // 4 * 2
                grid = f"s{s}-c{c}-g{g}"
                features.append(feature(grid, "grid", f"s{s}-c{c}", block(gx, gy, 2, 2)))
                for m in range(4):
                    ring = block(gx + m % 2, gy + m // 2, 1, 1)
                    features.append(feature(f"{grid}-m{m}", "micro_grid", grid, ring))
    return {"type": "FeatureCollection", "datum": "GCJ-02", "features": features}


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Seconds of the wall and of the processor: on a machine that does other things too, the second is what counts."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{name:<26} {time.process_time() - cpu:8.2f} s CPU, {time.perf_counter() - wall:8.2f} s")


async def measure(units: int, data: Path) -> None:
    content = json.dumps(city(units)).encode()
    with timed(f"read, checked: {len(content) / 1e6:.1f} MB"):
        checked = await asyncio.to_thread(read_units, content, None)
    print(f"{len(checked.units)} units, {len(checked.faults)} faults")
    async with offline(data) as database:
        with timed("written"):
            async with database.writing() as session:
                await import_units(session, checked, ())
        index = TownIndex()
        async with database.reading() as session:
            with timed("index from the database"):
                town = await index.now(session)
            with timed("1000 × snapshot still good"):
                for _ in range(1000):
                    await index.now(session)
    look(town)
    print(f"memory at most             {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


def look(town: Town) -> None:
    leaves = [unit for unit in town.units if not town.children(unit.id)]
    side = math.ceil(math.sqrt(len(leaves)))
    points = np.random.default_rng(1).uniform(
        (WEST, SOUTH), (WEST + side * SIDE_DEG, SOUTH + side * SIDE_DEG), (20_000, 2)
    )
    for name, call in (("point → unit", town.at), ("near, 30 m", lambda lon, lat: town.near(lon, lat, 30))):
        took = []
        for lon, lat in points:
            began = time.thread_time()
            call(float(lon), float(lat))
            took.append(time.thread_time() - began)
        p50, p99 = np.percentile(took, (50, 99)) * 1e6
        print(f"{name:<26} {p50:8.1f} µs CPU median, {p99:.1f} µs p99, {len(leaves)} undivided units")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=20_000, help="micro-grids")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(parser.parse_args().units, Path(folder)))


if __name__ == "__main__":
    main()
