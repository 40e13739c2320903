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


async def measure(units: int, data: Path) -> None:
    content = json.dumps(city(units)).encode()
    print(f"GeoJSON                    {len(content) / 1e6:8.1f} MB")
    began = time.perf_counter()
    checked = await asyncio.to_thread(read_units, content, None)
    print(f"read and checked           {time.perf_counter() - began:8.2f} s   {len(checked.units)} units")
    print(f"faults                     {len(checked.faults):8d}")
    async with offline(data) as database:
        began = time.perf_counter()
        async with database.writing() as session:
            await import_units(session, checked, ())
        print(f"written                    {time.perf_counter() - began:8.2f} s")
        index = TownIndex()
        async with database.reading() as session:
            began = time.perf_counter()
            town = await index.now(session)
            print(f"index built                {time.perf_counter() - began:8.2f} s   from the database")
            began = time.perf_counter()
            for _ in range(200):
                await index.now(session)
            print(f"snapshot still good        {(time.perf_counter() - began) / 200 * 1e6:8.0f} µs")
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
            began = time.perf_counter()
            call(float(lon), float(lat))
            took.append(time.perf_counter() - began)
        p50, p99 = np.percentile(took, (50, 99)) * 1e6
        print(f"{name:<26} {p50:8.1f} µs median, {p99:.1f} µs p99, {len(leaves)} undivided units")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=20_000, help="micro-grids")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(parser.parse_args().units, Path(folder)))


if __name__ == "__main__":
    main()
