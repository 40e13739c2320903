"""The life of a ticket, as a program sees it: where it went and why, its clocks, a pause, a whistle, a return.

SANXUN_PASSWORD=… python docs/tour/20_tickets.py --url http://127.0.0.1:8080 --user admin

It takes the newest ticket that waits for somebody, or the first that comes (`sanxun demo` raises one within a minute),
walks it through the chain and voids it at the end. A department "tour-traffic" is added to those that there are.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx


def waiting(api: httpx.Client) -> dict[str, Any]:
    for second in range(120):
        found = api.get("/tickets", params={"state": ["dispatched", "returned", "registered"], "limit": 1})
        items: list[dict[str, Any]] = found.raise_for_status().json()["items"]
        if items:
            return items[0]
        if second == 0:
            print("no ticket waits for anybody; waiting two minutes for one")
        time.sleep(1)
    raise SystemExit("none came: start `sanxun demo`, whose camera sees a hazard again and again")


def show(ticket: dict[str, Any]) -> dict[str, Any]:
    clocks = f"respond by {ticket['respond_by']}, rectify by {ticket['rectify_by']}"
    if ticket["rectify_left_s"] is not None:
        clocks = f"both clocks stand still, {ticket['rectify_left_s']:.0f} s are left to rectify"
    print(f"  {ticket['state']}: {ticket['owner'] or 'nobody'}'s turn until {ticket['due_at']}; {clocks}")
    return ticket


def give(api: httpx.Client, ticket: dict[str, Any], command: str, **body: Any) -> dict[str, Any]:
    answer = api.post(f"/tickets/{ticket['id']}/{command}", json=body)
    print(f"{command}: {answer.status_code}")
    if answer.is_error:
        print(f"  {answer.json()['detail']}")
    found: dict[str, Any] = api.get(f"/tickets/{ticket['id']}").raise_for_status().json()
    return show(found)


def show_whistle(api: httpx.Client, ticket: dict[str, Any]) -> None:
    read = api.get("/town/departments").raise_for_status()
    known = read.json()["items"]
    mine = {"id": "tour-traffic", "name": "tour: traffic police", "answer_minutes": 15}
    others = [one for one in known if one["id"] != mine["id"]]
    seen = {"If-Match": read.headers["ETag"]}
    api.put("/town/departments", json={"items": [*others, mine]}, headers=seen).raise_for_status()
    blown = api.post(f"/tickets/{ticket['id']}/whistle", json={"department": mine["id"], "note": "the driver is away"})
    whistle = blown.raise_for_status().json()
    print(f"whistle: {whistle['department']} answers by {whistle['answer_by']}")
    refused = (
        api.post(f"/whistles/{whistle['id']}/refuse", json={"note": "no patrol is free"}).raise_for_status().json()
    )
    print(f"refused: passed to {refused['passed_to']} (* is the command centre)")
    show(api.get(f"/tickets/{ticket['id']}").raise_for_status().json())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    given = options.parse_args()
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=60) as api:
        api.post("/session", json={"username": given.user, "password": given.password}).raise_for_status()
        ticket = waiting(api)
        print(f"ticket #{ticket['number']}, {ticket['kind']} at {ticket['camera_name']}: {ticket['cause']}")
        print(f"you may {', '.join(ticket['commands'])}; aside of that {', '.join(ticket['side_commands'])}")
        show(ticket)
        give(api, ticket, "accept")
        give(api, ticket, "keep", note="still at it")
        give(api, ticket, "suspend", note="waits for the tow truck")
        until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        give(api, ticket, "suspend", note="waits for the tow truck", until=until)
        give(api, ticket, "resume")
        show_whistle(api, ticket)
        give(api, ticket, "escalate", note="this needs somebody with keys")
        give(api, ticket, "accept")
        give(api, ticket, "confirm", note="it is gone")
        ended = give(api, ticket, "void", note="this was a tour")
        for step in ended["history"]:
            way = f"{step['from'] or '-'} -> {step['to']}"
            print(f"  {step['at']}  {step['by']:10} {step['command']:10} {way:24} {step['note'][:70]}")


if __name__ == "__main__":
    main()
