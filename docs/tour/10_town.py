"""The town, as a program sees it: an import with its faults, units and places, a team, a roster, who is on duty.

SANXUN_PASSWORD=… python docs/tour/10_town.py --url http://127.0.0.1:8080 --user admin

It imports a street of four micro-grids at 113.8, 27.6 in place of what was imported before, and a team and a roster for
one of its grids.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

import httpx

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


def over(api: httpx.Client, path: str, **query: Any) -> dict[str, str]:
    """What is written as a whole needs the ETag of what was read: nobody undoes what they have not seen."""
    return {"If-Match": api.get(path, params=query).raise_for_status().headers["ETag"]}


def show_import(api: httpx.Client) -> None:
    print("a micro-grid that is drawn too large is refused, and the datum must be said:")
    for query in ({"datum": "WGS-84"}, {}):
        seen = over(api, "/town/units", limit=1)
        answer = api.put("/town/units", params=query, content=town(1.2 if query else 1), headers=seen)
        print(f"  {answer.status_code} {answer.json()['detail'][:150]}")
    query = {"datum": "WGS-84"}
    unseen = api.put("/town/units", params=query, content=town())
    print(f"without the ETag of what it replaces: {unseen.status_code} {unseen.json()['detail']}")
    tried = api.put("/town/units", params={**query, "dry_run": "true"}, content=town()).raise_for_status()
    print(f"a dry run says what would change: {len(tried.json()['added'])} would be added")
    seen = {"If-Match": tried.headers["ETag"]}
    done = api.put("/town/units", params=query, content=town(), headers=seen).raise_for_status().json()
    print(f"imported: {len(done['added'])} added, {len(done['changed'])} changed, {done['kept']} as they were")
    late = api.put("/town/units", params=query, content=town(), headers=seen)
    print(f"a second time over what is no longer there: {late.status_code}")


def show_places(api: httpx.Client) -> None:
    near_border: dict[str, str | float] = {
        "lon": WEST + 0.99 * STEP,
        "lat": SOUTH + STEP / 2,
        "datum": "WGS-84",
        "radius_m": 30,
    }
    place = api.get("/town/at", params=near_border).raise_for_status().json()
    print(f"a point 10 m from a border lies in {' / '.join(place['unit']['names'])}, or in one of {place['near']}")


def show_duty(api: httpx.Client, username: str) -> None:
    team = {"members": [{"username": username, "part": "grid_worker"}]}
    path = "/town/units/tour-g1"
    api.put(f"{path}/team", json=team, headers=over(api, f"{path}/team")).raise_for_status()
    roster = "unit,shift,username,days,date\n" + f"tour-g1,day,{username},Mon-Sun,\n" + "tour-g1,day,,,2026-12-01\n"
    kind = {"Content-Type": "text/csv"}
    tried = api.put("/town/roster", params={"dry_run": True}, content=roster, headers=kind).raise_for_status()
    seen = {"If-Match": tried.headers["ETag"]}
    api.put("/town/roster", content=roster, headers={**kind, **seen}).raise_for_status()
    for at in ("2026-11-30T09:00:00+08:00", "2026-11-30T20:00:00+08:00", "2026-12-01T09:00:00+08:00"):
        duty = api.get("/town/units/tour-m0/duty", params={"at": at}).raise_for_status().json()
        print(f"on duty in tour-m0 at {at}: {', '.join(duty['usernames']) or 'nobody'}")
    api.put(f"{path}/roster", json={"entries": []}, headers=over(api, f"{path}/roster")).raise_for_status()


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
        departments = {"items": [{"id": "fire", "name": "消防", "kinds": ["fire_lane"], "answer_minutes": 15}]}
        known = api.get("/town/departments").raise_for_status().json()["items"]
        if not any(one["id"] == "fire" for one in known):
            body = {"items": [*known, *departments["items"]]}
            api.put("/town/departments", json=body, headers=over(api, "/town/departments")).raise_for_status()
        print("departments:", [one["id"] for one in api.get("/town/departments").json()["items"]])


if __name__ == "__main__":
    main()
