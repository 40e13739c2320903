"""Reports, merging, mutes and Open311, as a program sees them.

SANXUN_PASSWORD=… python docs/tour/30_reports.py --url http://127.0.0.1:8080 --user admin

It makes a place with a QR code at 113.8512, 27.6212, reports from there without an account, reports the same thing on
foot, takes the two apart, mutes a camera for a minute, and reads all of it as Open311, with the token in --api-key.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime, timedelta

import httpx

HERE = {"lon": 113.8512, "lat": 27.6212, "datum": "WGS-84"}


def resident(api: httpx.Client, anybody: httpx.Client) -> str:
    point = api.post("/report-points", json={"name": "tour: hall of no. 3", **HERE}).raise_for_status().json()
    print(f"a code at {point['name']} says {point['url']}")
    body = {"point": point["id"], "kind": "cluttered_stairs", "words": "boxes on the stairs, call 13912345678"}
    receipt = str(anybody.post("/public/reports", json=body).raise_for_status().json()["receipt"])
    print(f"reported without an account; receipt {receipt[:6]}…, cookies {dict(anybody.cookies)}")
    newest = api.get("/reports", params={"limit": 1}).raise_for_status().json()["items"][0]
    print(
        f"  ticket #{newest['ticket_number']} is {newest['ticket_state']}, and the words kept are {newest['words']!r}"
    )
    return receipt


def on_foot(api: httpx.Client) -> str:
    body = {"kind": "cluttered_stairs", "words": "third floor", "where": {**HERE, "accuracy_m": 6}}
    report = api.post("/reports", json=body).raise_for_status().json()
    merges = api.get(f"/hazards/{report['hazard_id']}/merges").raise_for_status().json()["items"]
    print(f"the same on foot: ticket #{report['ticket_number']}, merged because {merges[-1]['why']}")
    return str(report["hazard_id"])


def apart(api: httpx.Client, hazard_id: str) -> None:
    api.post(f"/hazards/{hazard_id}/split", json={"reason": "another floor"}).raise_for_status()
    hazard = api.get(f"/hazards/{hazard_id}").raise_for_status().json()
    print(f"taken apart: a hazard of its own, with ticket {hazard['ticket_id']}")
    nearby = api.get(f"/hazards/{hazard_id}/nearby").raise_for_status().json()["items"]
    print(f"  and what was taken apart is not proposed again: {len(nearby)} nearby")


def quiet(api: httpx.Client) -> None:
    cameras = api.get("/cameras").raise_for_status().json()["items"]
    if not cameras:
        print("no camera to mute")
        return
    until = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    body = {"camera": cameras[0]["id"], "reason": "tour", "ends_at": until, "purpose": "maintenance"}
    mute = api.post("/mutes", json=body).raise_for_status().json()
    print(f"camera {mute['camera']} is quiet until {mute['ends_at']}; everybody sees it, and it ends by itself")
    ended = api.post(f"/mutes/{mute['id']}/end").raise_for_status().json()
    print(f"ended sooner: {ended['ended_at']}")


def open311(url: str, key: str | None) -> None:
    services = httpx.get(f"{url}/open311/v2/services.json").raise_for_status().json()
    print(f"Open311 has {len(services)} services, the first {services[0]['service_name']}")
    if key is None:
        print("  with --api-key (sanxun token create --role command-centre) requests are read and made too")
        return
    form = {"api_key": key, "service_code": "rubbish", "lat": "27.6215", "long": "113.852", "description": "tour"}
    made = httpx.post(f"{url}/open311/v2/requests.json", data=form).raise_for_status().json()[0]
    asked = {"api_key": key, "service_request_id": made["service_request_id"]}
    print("  " + httpx.get(f"{url}/open311/v2/requests.xml", params=asked).raise_for_status().text[:300])


def main() -> None:
    say = argparse.ArgumentParser(description=__doc__)
    say.add_argument("--url", default="http://127.0.0.1:8080")
    say.add_argument("--user", default="admin")
    say.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD"))
    say.add_argument("--api-key", default=os.environ.get("SANXUN_TOKEN"))
    args = say.parse_args()
    base = f"{args.url}/api/v1"
    with httpx.Client(base_url=base, timeout=30) as api, httpx.Client(base_url=base, timeout=30) as anybody:
        api.post("/session", json={"username": args.user, "password": args.password}).raise_for_status()
        receipt = resident(api, anybody)
        apart(api, on_foot(api))
        print(
            f"the resident is told: {anybody.get(f'/public/reports/{receipt}').raise_for_status().json()['progress']}"
        )
        quiet(api)
        open311(args.url, args.api_key)


if __name__ == "__main__":
    main()
