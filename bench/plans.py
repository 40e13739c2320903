"""Area plans over random concave polygons with holes, and over 1 km² with 50 no-fly holes.

    python bench/plans.py [--polygons 1000] [--first 0] [--every 1] [--seed 1] [--kept FILE] [--json]

For each polygon: metres flown outside it, share of it seen, and the length against the best of 36 sweep angles, each
flown back and forth cell by cell with the shortest ways between, without the detours that coverage asks for (that
reference sees less: its own coverage is printed beside). `--every 10` works the reference out for each tenth.
`--bounded` works it out only where a plan is not already shown to be within 1.15 of it: no sweep is shorter than its
cells alone, without the ways between them, and that takes a tenth of the time.
`--kept FILE` writes each polygon down as it is done, and what stands there is not done again: a run may be stopped and
begun anew, and pieces may run beside each other. Plans count only for the planner that made them (by its source).
Outside and coverage are measured by shapely on a plane of their own (a transverse Mercator projection), not by the
planner's figures. Times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, Polygon

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from drone import coverage, sweep
from drone.area import AreaPlan, Flight, KeepOut, plan_area
from drone.errors import DroneError
from drone.inside import Inside
from drone.plane import Points
from drone.types import Zone

PLACE = (113.85, 27.62)
SPACING_M = 40.0
GOAL = 1.15
FLIGHT = Flight(60, SPACING_M, 8)
PLANE = Transformer.from_crs(
    "EPSG:4326", f"+proj=tmerc +lon_0={PLACE[0]} +lat_0={PLACE[1]} +k=1 +datum=WGS84", always_xy=True
)


def random_polygon(rng: np.random.Generator) -> Polygon:
    """A star-shaped outline of 5 to 15 corners, 60 to 400 m from its middle, with one to three holes."""
    while True:
        outline = Polygon(_star(rng, int(rng.integers(5, 16)), 60, 400))
        if not outline.is_valid or outline.area < 20_000 or outline.equals(outline.convex_hull):
            continue
        for _ in range(int(rng.integers(1, 4))):
            hole = Polygon(rng.uniform(-250, 250, 2) + _star(rng, int(rng.integers(3, 8)), 10, 50))
            if hole.is_valid and outline.buffer(-5).contains(hole):
                outline = outline.difference(hole)
        if isinstance(outline, Polygon) and outline.interiors:
            return outline


def _star(rng: np.random.Generator, corners: int, near_m: float, far_m: float) -> Points:
    turns = np.sort(rng.uniform(0, 2 * math.pi, corners))
    away = rng.uniform(near_m, far_m, corners)
    return np.column_stack([away * np.cos(turns), away * np.sin(turns)])


def degrees(shape: Polygon) -> Polygon:
    return shapely.transform(
        shape, lambda xy: np.column_stack(PLANE.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    )


def surveyed_m(found: AreaPlan) -> float:
    """How long the legs are that look at the area: ways from home and back are no part of a sweep, here or there."""
    transit = np.array([w.transit for plan in found.flights for w in plan.waypoints])
    places = np.asarray(metres(found).coords)
    return float(np.hypot(*np.diff(places, axis=0).T)[~transit[1:]].sum())


def metres(found: AreaPlan) -> LineString:
    places = [(w.lon, w.lat) for plan in found.flights for w in plan.waypoints]
    return LineString(np.column_stack(PLANE.transform(*np.array(places).T)))


def best_of_36(ground: Polygon) -> tuple[float, float]:
    """Length and coverage of the shortest of 36 plain sweeps over `ground` (metres). Angles whose cells alone, without
    the ways between them, are longer than a sweep that was found are left out."""
    flyable, allowed = coverage.insets(ground, 0.05)
    inside = Inside(flyable, allowed)
    home = np.zeros(2)
    angles = cells_at_36(flyable)
    least = {angle: sum(_alone_m(cell) for cell in cells) for angle, cells in angles.items()}
    best: tuple[float, LineString] = (math.inf, LineString())
    for angle in sorted(angles, key=lambda one: least[one]):
        if least[angle] >= best[0]:
            break
        points = sweep.order(angles[angle], inside, home)
        ways = [inside.way(one, other) for one, other in pairwise(points)]
        line = LineString(np.vstack([points[0], *(way[1:] for way in ways if way is not None)]))
        best = min(best, (float(line.length), line), key=lambda one: one[0])
    length, line = best
    return length, float(line.buffer(SPACING_M / 2).intersection(ground).area / ground.area)


def cells_at_36(flyable: Polygon) -> dict[float, list[sweep.Cell]]:
    return {float(angle): sweep.cells(sweep.swaths(flyable, angle, SPACING_M)) for angle in range(0, 180, 5)}


def no_sweep_below_m(ground: Polygon) -> float:
    """What the shortest of 36 sweeps is at least: its cells alone, without the ways between."""
    flyable, _ = coverage.insets(ground, 0.05)
    return min(sum(_alone_m(cell) for cell in cells) for cells in cells_at_36(flyable).values())


def _alone_m(cell: sweep.Cell) -> float:
    """A cell back and forth, from the side that is shorter, all turns straight."""
    swaths = sum(swath.length_m for swath in cell)
    turns = [
        sum(math.dist(a.ends[side ^ row % 2], b.ends[side ^ row % 2]) for row, (a, b) in enumerate(pairwise(cell)))
        for side in (0, 1)
    ]
    return swaths + min(turns)


def square_kilometre(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Seconds, coverage, metres outside and nearest to a zone over 1 km² with 50 no-fly zones and 10 m buffer."""
    area = Polygon([(-500, -500), (500, -500), (500, 500), (-500, 500)])
    holes: list[Polygon] = []
    while len(holes) < 50:
        hole = Polygon(rng.uniform(-470, 470, 2) + _star(rng, int(rng.integers(4, 9)), 5, 25)).buffer(0)
        if isinstance(hole, Polygon) and hole.area > 50 and all(hole.distance(other) > 25 for other in holes):
            holes.append(hole)
    zones = tuple(
        Zone(f"hole {n}", "no_fly", (tuple(map(tuple, np.asarray(degrees(h).exterior.coords)[:-1])),))
        for n, h in enumerate(holes)
    )
    began = time.process_time()
    found = plan_area(degrees(area), FLIGHT, PLACE_BESIDE, keep_out_of=KeepOut(zones, 10))
    took_s = time.process_time() - began
    line = metres(found)
    return took_s, found.figures.coverage, found.figures.outside_m, min(line.distance(hole) for hole in holes)


PLACE_BESIDE = (PLACE[0], PLACE[1] - 0.0048)


class Kept:
    """What is known of each polygon, by what it was worked out with; a file of JSON lines where one is named."""

    def __init__(self, path: Path | None, seed: int) -> None:
        self._path, self._seed = path, seed
        self._known: dict[tuple[str, int], dict[str, Any]] = {}
        if path is not None and path.exists():
            for line in path.read_text().splitlines():
                fact = json.loads(line)
                if fact["seed"] == seed:
                    self._known[fact["by"], fact["number"]] = fact

    def get(self, by: str, number: int) -> dict[str, Any] | None:
        return self._known.get((by, number))

    def put(self, by: str, number: int, fact: dict[str, Any]) -> dict[str, Any]:
        fact = {"by": by, "number": number, "seed": self._seed, **fact}
        self._known[by, number] = fact
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(fact) + "\n")
        return fact


def planner() -> str:
    """Which planner this is: plans of another one are not counted for it."""
    loaded = sorted(name for name in sys.modules if name.startswith("drone."))
    sources = [Path(sys.modules[name].__file__ or "") for name in loaded]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def planned(ground: Polygon) -> dict[str, Any]:
    """The plan over one polygon: metres, metres outside, share seen, seconds; or why there is none."""
    began = time.process_time()
    try:
        found = plan_area(degrees(ground), FLIGHT, PLACE)
    except DroneError as error:
        return {"refused": str(error)}
    took_s = time.process_time() - began
    line = metres(found)
    return {
        "length_m": surveyed_m(found),
        "outside_m": float(line.difference(ground).length),
        "seen": float(line.buffer(SPACING_M / 2).intersection(ground).area / ground.area),
        "plan_s": took_s,
    }


def within(plan: dict[str, Any], ground: Polygon) -> bool:
    """Whether a plan is within 1.15 of the reference whatever that is."""
    return "refused" not in plan and plan["length_m"] <= GOAL * no_sweep_below_m(ground)


def referred(ground: Polygon) -> dict[str, Any]:
    length_m, seen = best_of_36(ground)
    return {"length_m": length_m, "seen": seen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="begin at this one of them, where they are run in pieces")
    parser.add_argument("--every", type=int, default=1, help="work the reference out for each so-manyth polygon")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, help="write each polygon's figures here, and do none twice")
    parser.add_argument("--bounded", action="store_true", help="compare with sweeps only where that is in doubt")
    parser.add_argument("--kilometres", type=int, default=3, help="how many square kilometres with 50 zones")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    kept, this = Kept(asked.kept, asked.seed), planner()
    plans: dict[int, dict[str, Any]] = {}
    references: dict[int, dict[str, Any]] = {}
    for number in range(asked.polygons):
        ground = random_polygon(rng)
        if number < asked.first:
            continue
        plans[number] = kept.get(this, number) or kept.put(this, number, planned(ground))
        if number % asked.every or (asked.bounded and within(plans[number], ground)):
            continue
        references[number] = kept.get("reference", number) or kept.put("reference", number, referred(ground))
    facts = figures(plans, references) | kilometres(asked.seed, asked.kilometres)
    print(json.dumps(facts, indent=1) if asked.json else "\n".join(f"{name}: {value}" for name, value in facts.items()))


def figures(plans: dict[int, dict[str, Any]], references: dict[int, dict[str, Any]]) -> dict[str, Any]:
    good = {number: plan for number, plan in plans.items() if "refused" not in plan}
    ratios = {
        number: plan["length_m"] / references[number]["length_m"]
        for number, plan in good.items()
        if number in references
    }
    seen = [plan["seen"] for plan in good.values()]
    reference_seen = [references[number]["seen"] for number in ratios]
    took = [plan["plan_s"] for plan in good.values()]
    every = list(ratios.values())
    return {
        "polygons": len(plans),
        "refused": [f"{number}: {plan['refused']}" for number, plan in plans.items() if "refused" in plan],
        "outside_m_worst": max(plan["outside_m"] for plan in good.values()),
        "coverage_least": round(min(seen), 5),
        "coverage_below_99_percent": sum(share < 0.99 for share in seen),
        "ratio_compared": len(ratios),
        "ratio_median": round(median(every), 4),
        "ratio_p95": round(float(np.quantile(every, 0.95)), 4),
        "ratio_worst": round(max(every), 4),
        "ratio_over_1_15": {number: round(ratio, 4) for number, ratio in ratios.items() if ratio > GOAL},
        "reference_coverage_least": round(min(reference_seen), 4),
        "reference_coverage_median": round(median(reference_seen), 4),
        "plan_s_median": round(median(took), 3),
        "plan_s_worst": round(max(took), 3),
    }


def kilometres(seed: int, count: int) -> dict[str, Any]:
    rng = np.random.default_rng([seed, 50])
    found = [square_kilometre(rng) for _ in range(count)]
    return {
        "square_kilometre_s": [round(one[0], 3) for one in found],
        "square_kilometre_coverage": [round(one[1], 4) for one in found],
        "square_kilometre_outside_m": [one[2] for one in found],
        "square_kilometre_nearest_m": [round(one[3], 3) for one in found],
    }


if __name__ == "__main__":
    main()
