"""The API's habits: paging, polling for little, doing a thing once, writing only over what was read, problems, news as
it happens, and what the typed client makes of all that.

SANXUN_PASSWORD=… python docs/tour/55_habits.py --url http://127.0.0.1:8080 --user admin

It makes two places with a code and takes them down again.
"""

from __future__ import annotations

import argparse
import os
import secrets
import threading

import httpx

from api.client import Client, Problem

HERE = {"lon": 113.85, "lat": 27.62, "datum": "WGS-84", "radius_m": 20}


def once(api: httpx.Client) -> list[str]:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    made = [api.post("/report-points", json={"name": "tour: gate", **HERE}, headers=key) for _ in range(2)]
    for answer in made:
        replayed = answer.headers.get("Idempotent-Replayed", "false")
        print(f"  POST: {answer.status_code} {answer.json()['id']}, replayed {replayed}")
    other = api.post("/report-points", json={"name": "tour: another", **HERE}, headers=key)
    print(f"  the key for something else: {other.status_code} {other.json()['detail'][:100]}")
    second = api.post("/report-points", json={"name": "tour: yard", **HERE}).raise_for_status().json()
    return [made[0].json()["id"], second["id"]]


def pages(api: httpx.Client) -> None:
    cursor, count = None, 0
    while True:
        page = api.get("/report-points", params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        count, cursor = count + len(page["items"]), page["next"]
        print(f"  {page['items'][0]['name']}, created {page['items'][0]['created_at']}; next: {cursor}")
        if cursor is None or count == 3:
            break
    bad = api.get("/report-points", params={"cursor": "of my own"})
    print(f"  a cursor of one's own: {bad.status_code} {bad.json()['detail']}")


def polling(api: httpx.Client) -> None:
    first = api.get("/tickets?limit=20").raise_for_status()
    again = api.get("/tickets?limit=20", headers={"If-None-Match": first.headers["etag"]})
    print(f"  tickets: {len(first.content)} bytes; asked again: {again.status_code}, {len(again.content)} bytes")


def over_what_was_read(api: httpx.Client) -> None:
    read = api.get("/town/settings").raise_for_status()
    unseen = api.put("/town/settings", json=read.json())
    stale = api.put("/town/settings", json=read.json(), headers={"If-Match": '"of yesterday"'})
    good = api.put("/town/settings", json=read.json(), headers={"If-Match": read.headers["ETag"]})
    print(f"  without If-Match {unseen.status_code}, an old one {stale.status_code}, its own {good.status_code}")


def problems(api: httpx.Client) -> None:
    for answer in (
        api.get("/no-such-address", headers={"Accept": "text/html"}),
        api.post("/mutes", json={"reason": "x"}),
        httpx.get(f"{api.base_url}tickets", timeout=20),
    ):
        told = answer.json()
        print(f"  {answer.status_code} {answer.headers['content-type']}: {told['type']}: {told['detail'][:90]}")


def news(api: httpx.Client, point: str) -> None:
    """A report is made while somebody listens."""
    body = {"where": {key: HERE[key] for key in ("lon", "lat", "datum")}, "kind": "rubbish", "words": "a bag"}
    later = threading.Timer(1.0, lambda: api.post("/reports", json=body).raise_for_status())
    with api.stream("GET", "/stream", timeout=30) as answer:
        later.start()
        seen = 0
        for line in answer.iter_lines():
            if line.startswith("event:"):
                print(f"  {line}")
                seen += 1
            if seen == 3:
                break
    later.join()


def typed(url: str, token: str) -> None:
    with Client(url, token=token) as sanxun:
        tickets = list(sanxun.every(sanxun.list_tickets, limit=5))
        print(f"  {len(tickets)} tickets over all pages")
        settings = sanxun.read_town_settings()
        sanxun.write_town_settings(body=settings, if_match=sanxun.etag)
        try:
            sanxun.read_ticket(ticket_id="none")
        except Problem as problem:
            print(f"  {problem.status} {problem.type}: {problem.detail}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    given = options.parse_args()
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=30) as api:
        told = {"username": given.user, "password": given.password}
        token = api.post("/session", json=told).raise_for_status().cookies["sanxun_session"]
        print("a thing is done once:")
        points = once(api)
        print("page after page:")
        pages(api)
        print("a poll costs little:")
        polling(api)
        print("what is written as a whole is written over what was read:")
        over_what_was_read(api)
        print("failures are problem documents, also where there is nothing:")
        problems(api)
        print("news as it happens:")
        news(api, points[0])
        print("the typed client:")
        typed(given.url, token)
        for point in points:
            api.delete(f"/report-points/{point}").raise_for_status()


if __name__ == "__main__":
    main()
