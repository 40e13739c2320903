"""Reports, merging, mutes and Open311, as a program sees them.

SANXUN_PASSWORD=… python docs/tour/30_reports.py --url http://127.0.0.1:8080 --user admin

It makes a place with a QR code at 113.8512, 27.6212, reports from there without an account, reports the same thing on
foot, takes the two apart, lets the detectors look at a photo (--photo, or the newest ticket's picture), and makes and
reads a request by Open311 with a token of its own. It mutes a camera, a zone and a unit for seconds, where there are
such, and voids its tickets.
"""

from __future__ import annotations

import argparse
import base64
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


def photo_of(api: httpx.Client, given: Path | None) -> bytes | None:
    if given:
        return given.read_bytes()
    tickets = api.get("/tickets", params={"limit": 50}).raise_for_status().json()["items"]
    still = next((one["still_url"] for one in tickets if one["still_url"]), None)
    return api.get(still.removeprefix("/api/v1")).raise_for_status().content if still else None


def proposed(api: httpx.Client, photo: bytes | None) -> None:
    if photo is None:
        print("no picture to look at yet; --photo names one")
        return
    told = base64.b64encode(photo).decode()
    answer = api.post("/reports/proposal", json={"photo_jpeg": told, "where": {**HERE, "accuracy_m": 6}})
    if answer.status_code == 503:
        print(f"no photo passes here: {answer.json()['detail'][:140]}")
        return
    seen = answer.raise_for_status().json()
    what = f"{seen['kind']} ({seen['confidence']:.2f}): {seen['because']}" if seen["kind"] else "nothing that they know"
    print(f"the detectors propose {what}, at {seen['unit'] or 'a place in no unit'}; a person chooses of:")
    print(f"  {', '.join(seen['kinds'])}")


def quiet(api: httpx.Client) -> None:
    """Of a camera, a zone of one and a unit, whichever there are."""
    cameras = api.get("/cameras").raise_for_status().json()["items"][:1]
    units = api.get("/town/units", params={"limit": 1}).raise_for_status().json()["items"]
    targets = [{"camera": one["id"]} for one in cameras] + [{"unit": one["id"]} for one in units]
    targets += [{"camera": one["id"], "zone": zone["id"]} for one in cameras for zone in one["zones"][:1]]
    made: list[dict[str, Any]] = []
    for target in targets:
        until = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
        body = {**target, "reason": "tour", "ends_at": until, "purpose": "maintenance"}
        made.append(api.post("/mutes", json=body).raise_for_status().json())
        print(f"quiet for 4 s, and everybody sees it: {target}")
    if not made:
        print("nothing to mute: no camera, no unit")
        return
    mine = {one["id"] for one in made}
    for wait_s in (0, 5):
        time.sleep(wait_s)
        seen = api.get("/mutes", params={"past": True}).raise_for_status().json()["items"]
        print(f"  after {wait_s} s {sum(one['holds'] for one in seen if one['id'] in mine)} of {len(mine)} hold")


def open311(api: httpx.Client, url: str) -> str:
    """The number of the request that it made."""
    services = httpx.get(f"{url}/open311/v2/services.json").raise_for_status().json()
    print(f"Open311 has {len(services)} services, the first {services[0]['service_name']}")
    scoped = {"name": "tour: Open311", "role": "command_centre", "days": 1}
    token = api.post("/tokens", json=scoped).raise_for_status().json()
    try:
        return requests(url, token["secret"])
    finally:
        api.delete(f"/tokens/{token['token']['id']}").raise_for_status()


def requests(url: str, key: str) -> str:
    form = {"api_key": key, "service_code": "rubbish", "lat": "27.6215", "long": "113.852", "description": "tour"}
    made = httpx.post(f"{url}/open311/v2/requests.json", data=form).raise_for_status().json()[0]
    asked = {"api_key": key, "service_request_id": made["service_request_id"]}
    print("  made and read: " + httpx.get(f"{url}/open311/v2/requests.xml", params=asked).raise_for_status().text[:300])
    newest = httpx.get(f"{url}/open311/v2/requests.json", params={"api_key": key, "status": "open"}).raise_for_status()
    print(f"  {len(newest.json())} requests are open, those of cameras too")
    return str(made["service_request_id"])


def main() -> None:
    say = argparse.ArgumentParser(description=__doc__)
    say.add_argument("--url", default="http://127.0.0.1:8080")
    say.add_argument("--user", default="admin")
    say.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD"))
    say.add_argument("--photo", type=Path, help="JPEG or PNG to let the detectors look at")
    args = say.parse_args()
    base = f"{args.url}/api/v1"
    with httpx.Client(base_url=base, timeout=30) as api, httpx.Client(base_url=base, timeout=30) as anybody:
        api.post("/session", json={"username": args.user, "password": args.password}).raise_for_status()
        receipt = resident(api, anybody)
        apart(api, on_foot(api))
        print(
            f"the resident is told: {anybody.get(f'/public/reports/{receipt}').raise_for_status().json()['progress']}"
        )
        proposed(api, photo_of(api, args.photo))
        open311(api, args.url)
        quiet(api)
        for one in api.get("/reports", params={"limit": 3}).raise_for_status().json()["items"]:
            answer = api.post(f"/tickets/{one['ticket_id']}/void", json={"note": "this was a tour"})
            print(f"  ticket #{one['ticket_number']} voided: {answer.status_code}")


if __name__ == "__main__":
    main()
