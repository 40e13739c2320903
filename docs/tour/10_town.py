"""The town, as a program sees it: an import with its faults, a spreadsheet in another datum, units and places, a team
1+1+N, three shifts, who is on duty, departments; and to whom a ticket goes there, and why.

SANXUN_PASSWORD=… python docs/tour/10_town.py --url http://127.0.0.1:8080 --user admin

It imports a street of four micro-grids at 113.8, 27.6 in place of what was imported before. It makes the accounts
tour-officer and tour-helper, a team and, for a moment, a roster for one of its grids, and voids its tickets.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

import httpx

from api.kit.gcj02 import wgs84_to_gcj02

WEST, SOUTH, STEP = 113.8, 27.6, 0.01


def unit(name: str, level: str, parent: str | None, first: float, wide: float) -> dict[str, Any]:
    west, east, north = WEST + first * STEP, WEST + (first + wide) * STEP, SOUTH + STEP
    ring = [[west, SOUTH], [east, SOUTH], [east, north], [west, north], [west, SOUTH]]
    return {
        "type": "Feature",
        "properties": {"id": name, "level": level, "parent": parent, "name": f"tour {name}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def town(last_width: float = 1) -> str:
    units = [
        unit("tour-street", "street", None, 0, 4),
        unit("tour-community", "community", "tour-street", 0, 4),
        unit("tour-g1", "grid", "tour-community", 0, 2),
        unit("tour-g2", "grid", "tour-community", 2, 2),
        *(unit(f"tour-m{n}", "micro_grid", f"tour-g{n // 2 + 1}", n, 1 if n < 3 else last_width) for n in range(4)),
    ]
    return json.dumps({"type": "FeatureCollection", "features": units})


def faulty() -> str:
    """Two micro-grids on one another, a strip that belongs to none, and a boundary that crosses itself."""
    found = json.loads(town())
    shapes = {one["properties"]["id"]: one["geometry"]["coordinates"] for one in found["features"]}
    for corner in (1, 2):
        shapes["tour-m0"][0][corner][0] += 0.2 * STEP
        shapes["tour-m2"][0][corner][0] -= 0.3 * STEP
    ring = shapes["tour-m3"][0]
    ring[1], ring[2] = ring[2], ring[1]
    return json.dumps(found)


def spreadsheet() -> str:
    """The same town as a table, its corners on a map in GCJ-02."""
    lines = ["编号,级别,上级,名称,边界"]
    for one in json.loads(town())["features"]:
        about, ring = one["properties"], one["geometry"]["coordinates"][0]
        corners = "; ".join(f"{x:.6f} {y:.6f}" for x, y in (wgs84_to_gcj02(*corner) for corner in ring))
        level = {"street": "街道", "community": "社区", "grid": "网格", "micro_grid": "微网格"}[about["level"]]
        lines.append(f"{about['id']},{level},{about['parent'] or ''},{about['name']},{corners}")
    return "\n".join(lines) + "\n"


def over(api: httpx.Client, path: str, **query: Any) -> dict[str, str]:
    """What is written as a whole needs the ETag of what was read: nobody undoes what they have not seen."""
    return {"If-Match": api.get(path, params=query).raise_for_status().headers["ETag"]}


def show_import(api: httpx.Client) -> None:
    seen, query = over(api, "/town/units", limit=1), {"datum": "WGS-84"}
    unsaid = api.put("/town/units", content=town(), headers=seen)
    print(f"the datum must be said: {unsaid.status_code} {unsaid.json()['detail']}")
    refused = api.put("/town/units", params=query, content=faulty(), headers=seen)
    print(f"a bad drawing is refused, {refused.status_code}, with every fault named:")
    for fault in refused.json()["errors"]:
        print(f"  {fault['kind']:8} {fault['unit']:9} {fault['what']}")
    unseen = api.put("/town/units", params=query, content=town())
    print(f"without the ETag of what it replaces: {unseen.status_code} {unseen.json()['detail']}")
    tried = api.put("/town/units", params={**query, "dry_run": "true"}, content=town()).raise_for_status()
    print(f"a dry run says what would change: {len(tried.json()['added'])} would be added")
    seen = {"If-Match": tried.headers["ETag"]}
    done = api.put("/town/units", params=query, content=town(), headers=seen).raise_for_status().json()
    print(f"imported: {len(done['added'])} added, {len(done['changed'])} changed, {done['kept']} as they were")
    late = api.put("/town/units", params=query, content=town(), headers=seen)
    print(f"a second time over what is no longer there (200: it was there already): {late.status_code}")
    kind, other = {"Content-Type": "text/csv"}, {"datum": "GCJ-02", "dry_run": "true"}
    table = api.put("/town/units", params=other, content=spreadsheet(), headers=kind).raise_for_status().json()
    print(f"the same town as a table in GCJ-02: {len(table['changed'])} moved by the rounding of its corners, no fault")
    print(f"faults of the town as it stands: {api.get('/town/faults').raise_for_status().json()['count']}")


def show_places(api: httpx.Client) -> None:
    near_border: dict[str, str | float] = {
        "lon": WEST + 0.99 * STEP,
        "lat": SOUTH + STEP / 2,
        "datum": "WGS-84",
        "radius_m": 30,
    }
    place = api.get("/town/at", params=near_border).raise_for_status().json()
    print(f"a point 10 m from a border lies in {' / '.join(place['unit']['names'])}, or in one of {place['near']}")


def account(api: httpx.Client, username: str, role: str) -> str:
    made = api.post("/accounts", json={"username": username, "role": role, "grids": ["tour-g1"]})
    if made.status_code != 409:  # it is there from another tour
        made.raise_for_status()
    return username


def show_duty(api: httpx.Client, username: str) -> None:
    officer, helper = account(api, "tour-officer", "officer"), account(api, "tour-helper", "volunteer")
    parts = {officer: "officer", username: "grid_worker", helper: "helper"}
    team = {"members": [{"username": name, "part": part} for name, part in parts.items()]}
    path = "/town/units/tour-g1"
    api.put(f"{path}/team", json=team, headers=over(api, f"{path}/team")).raise_for_status()
    shifts = api.get("/town/settings").raise_for_status().json()["shifts"]
    print("team:", parts, "shifts:", ", ".join(f"{one['name']} {one['starts']}-{one['ends']}" for one in shifts))
    roster = "unit,shift,username,days,date\n" + f"tour-g1,day,{username},Mon-Sun,\n" + "tour-g1,day,,,2026-12-01\n"
    roster += f"tour-g1,early,{officer},Mon-Sun,\ntour-g1,late,{officer},Mon-Fri,\n"
    kind = {"Content-Type": "text/csv"}
    tried = api.put("/town/roster", params={"dry_run": True}, content=roster, headers=kind).raise_for_status()
    seen = {"If-Match": tried.headers["ETag"]}
    api.put("/town/roster", content=roster, headers={**kind, **seen}).raise_for_status()
    for at in ("2026-11-30T06:00", "2026-11-30T09:00", "2026-11-30T20:00", "2026-12-01T09:00", "2026-12-05T20:00"):
        duty = api.get("/town/units/tour-m0/duty", params={"at": f"{at}:00+08:00"}).raise_for_status().json()
        print(f"on duty in tour-m0 at {at}: {', '.join(duty['usernames']) or 'nobody'}")
    api.put(f"{path}/roster", json={"entries": []}, headers=over(api, f"{path}/roster")).raise_for_status()


def ticket(api: httpx.Client, east: float, accuracy_m: float) -> None:
    """A report from `east` micro-grids into the street; its ticket's way, and the end of it."""
    where = {"lon": WEST + east * STEP, "lat": SOUTH + STEP / 2, "datum": "WGS-84", "accuracy_m": accuracy_m}
    body = {"where": where, "kind": "rubbish", "words": "tour"}
    made = api.post("/reports", json=body).raise_for_status().json()
    found = api.get(f"/tickets/{made['ticket_id']}").raise_for_status().json()
    people = ", ".join(found["dispatched_to"]) or "nobody by name"
    print(f"  known to {accuracy_m:g} m: {found['state']} to {people}: {found['cause']}")
    api.post(f"/tickets/{found['id']}/void", json={"note": "this was a tour"}).raise_for_status()


def show_assignment(api: httpx.Client) -> None:
    print("to whom a ticket goes:")
    ticket(api, 0.5, 10)
    ticket(api, 0.99, 40)
    ticket(api, 1.98, 90)
    path, nobody = "/town/units/tour-g1/roster", {"shift": "day", "username": "tour-helper", "date": "2026-01-01"}
    api.put(path, json={"entries": [nobody]}, headers=over(api, path)).raise_for_status()
    print("and while nobody of the grid is on duty:")
    ticket(api, 1.5, 10)
    api.put(path, json={"entries": []}, headers=over(api, path)).raise_for_status()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    options.add_argument("--worker", default="grid1", help="an account to put on the roster")
    given = options.parse_args()
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=60) as api:
        api.post("/session", json={"username": given.user, "password": given.password}).raise_for_status()
        show_import(api)
        show_places(api)
        show_duty(api, given.worker)
        show_assignment(api)
        departments = {"items": [{"id": "fire", "name": "消防", "kinds": ["fire_lane"], "answer_minutes": 15}]}
        known = api.get("/town/departments").raise_for_status().json()["items"]
        if not any(one["id"] == "fire" for one in known):
            body = {"items": [*known, *departments["items"]]}
            api.put("/town/departments", json=body, headers=over(api, "/town/departments")).raise_for_status()
        print("departments:", [one["id"] for one in api.get("/town/departments").json()["items"]])


if __name__ == "__main__":
    main()
