"""SIGKILL of the worker and of the API in the middle of events: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.house import House, items, wait_for

# CI proves the mechanism in a few rounds; `make soak` runs twenty.
ROUNDS = int(os.environ.get("SANXUN_CRASH_ROUNDS", "3"))
# Nine zones over the whole junction and one second of dwell: waiting traffic raises and clears without pause.
CELLS = [(x / 3, y / 3) for x in range(3) for y in range(3)]


def busy_site(url: str) -> str:
    zones = "".join(
        f'\n[[camera.zone]]\nid = "z{i}"\nhazards = ["illegal_parking", "fire_lane"]\ndwell_s = 1\nclear_s = 0\n'
        f"polygon = [[{x}, {y}], [{x + 0.33}, {y}], [{x + 0.33}, {y + 0.33}], [{x}, {y + 0.33}]]\n"
        for i, (x, y) in enumerate(CELLS)
    )
    return f'[site]\nname = "Busy"\n[[camera]]\nid = "cam-1"\nurl = "{url}"\n{zones}'


def worker_knows(data: Path) -> tuple[int, set[tuple[str, int]], set[str]]:
    """From the worker's own file: how many events it ever committed, the places that its rules hold as raised, and the
    incidents that it holds as open."""
    with sqlite3.connect(f"file:{data / 'worker.db'}?mode=ro", uri=True) as db:
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        state = db.execute("SELECT body FROM state WHERE camera = 'cam-1'").fetchone()
    db.close()
    known = json.loads(state[0]) if state else {"rules": {}, "incidents": {"open": {}}}
    raised = {(key, place["slot"]) for key, rule in known["rules"].items() for place in on(rule)}
    return (row[0] if row else 0), raised, set(known["incidents"]["open"].values())


@dataclass(frozen=True)
class Told:
    incident: str
    place: str
    cleared: bool


def api_knows(data: Path) -> list[Told]:
    """What the worker told of each incident. A place that fills again is one hazard, whose state is that of all."""
    with sqlite3.connect(f"file:{data / 'sanxun.db'}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT id, zone, kind, source_cleared_at FROM hazard").fetchall()
    db.close()
    return [Told(incident, f"{zone}/{kind}", cleared is not None) for incident, zone, kind, cleared in rows]


def on(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of a fire lane are on; of parked places, those that were raised."""
    return rule["blocks"] if "blocks" in rule else [place for place in rule["places"] if place["raised"]]


def waiting(data: Path) -> int:
    with sqlite3.connect(f"file:{data / 'worker.db'}?mode=ro", uri=True) as db:
        count = int(db.execute("SELECT count(*) FROM outbox").fetchone()[0])
    db.close()
    return count


@pytest.mark.timeout(900 + 120 * ROUNDS)
def test_killed_at_any_moment_no_event_is_lost_and_none_doubled(
    house: House, junction_loop: str, tmp_path: Path
) -> None:
    rng = random.Random(20261122)
    site = tmp_path / "site.toml"
    site.write_text(busy_site(junction_loop))
    house.start_api()
    house.sanxun("site", "apply", str(site))
    house.start_worker()
    centre = house.client("command-centre")
    wait_for("the first hazard", lambda: items(centre, "/hazards"), 240)
    for round_number in range(ROUNDS):
        before = worker_knows(house.data)[0]
        wait_for("events to kill it in the middle of", lambda: worker_knows(house.data)[0] > before, 240)  # noqa: B023
        time.sleep(rng.uniform(0, 1))
        if round_number % 2 == 0:
            house.kill(house.watch)
            house.start_worker()
        else:
            house.kill(house.serve)
            time.sleep(rng.uniform(0, 2))
            house.start_api()
        wait_for("the camera live again", lambda: is_live(centre), 240)
    time.sleep(3)
    assert house.watch is not None
    house.watch.terminate()
    house.watch.wait(timeout=120)
    house.start_worker()
    wait_for("an empty outbox", lambda: waiting(house.data) == 0, 240)
    house.watch.terminate()
    house.watch.wait(timeout=120)

    committed, raised, incidents = worker_knows(house.data)
    told = api_knows(house.data)
    assert waiting(house.data) == 0
    assert len(told) + sum(one.cleared for one in told) == committed, (
        "the API has as many raisings and clearings as the worker ever committed"
    )
    still_open = Counter(one.place for one in told if not one.cleared)
    assert still_open == Counter(key for key, _slot in raised), "what the worker holds as raised is open, and only that"
    assert {one.incident for one in told if not one.cleared} == incidents
    hazards, tickets = items(centre, "/hazards"), items(centre, "/tickets")
    assert sorted(t["hazard_id"] for t in tickets) == sorted(h["id"] for h in hazards), "one ticket a hazard"
    seen = [one["id"] for h in hazards for one in (h, *h["sightings"])]
    assert sorted(seen) == sorted(one.incident for one in told), "each incident is one hazard's, and one's alone"
    assert committed > ROUNDS, "each kill fell among events"


def is_live(client: httpx.Client) -> bool:
    try:
        cameras = client.get("/cameras").json()["items"]
    except httpx.HTTPError:
        return False
    return bool(cameras) and (cameras[0].get("health") or {}).get("state") == "live"
