"""The week's ledger and the four colours, as a program sees them; writes the week's workbook beside itself.

SANXUN_PASSWORD=… python docs/tour/70_ledger.py --url http://127.0.0.1:8080 --user admin --out week.xlsx

Best after 10_town.py and 20_tickets.py, so that there is a town and something has happened. It sets the rule of the
colours to another one for a moment, and voids its ticket.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import httpx


def show_ledger(api: httpx.Client, out: Path) -> None:
    ledger = api.get("/ledger").raise_for_status().json()
    print(f"{ledger['week']}, {ledger['monday']} to {ledger['sunday']}, by {ledger['level']}:")
    for row in ledger["items"][:10]:
        counts = row["counts"]
        asked = (
            "" if row["enough"] is None else f"looked for {ledger['least_found']}: {'yes' if row['enough'] else 'no'}"
        )
        name = " / ".join(row["names"]) or "in no such unit"
        print(f"  {name}: {counts['found']} found, {counts['cleared']} cleared, {counts['overdue']} overdue; {asked}")
    for line in api.get("/ledger/lines", params={"limit": 3}).raise_for_status().json()["items"]:
        print(f"  #{line['number']} {line['kind']} at {line['place']}: {line['state']}, found {line['found_at']}")
    book = api.get("/ledger/export", params={"week": ledger["week"], "lang": "zh"}).raise_for_status()
    out.write_bytes(book.content)
    print(f"workbook: {out}, {len(book.content)} bytes")
    table = api.get("/ledger/export", params={"week": ledger["week"], "format": "csv", "lang": "en"}).raise_for_status()
    total = table.content.decode("utf-8-sig").strip().splitlines()[-1]
    print(f"the same sums as CSV: {total[:120]}")


def show_loop(api: httpx.Client) -> None:
    for by in ("unit", "kind", "department"):
        found = api.get("/ledger/loop", params={"by": by}).raise_for_status().json()
        for row in [*found["items"], {"name": "all", "loop": found["total"]}]:
            loop = row["loop"]
            share = "-" if loop["share_in_time"] is None else f"{loop['share_in_time']:.0%}"
            p50, p95 = ("-" if loop[name] is None else f"{loop[name]:.0f} s" for name in ("p50_s", "p95_s"))
            name = (" / ".join(row["name"]) if isinstance(row["name"], list) else row["name"]) or "none"
            print(f"  by {by}, {name}: {loop['count']} dispatched, {share} in time, p50 {p50}, p95 {p95}")


def show_colours(api: httpx.Client) -> None:
    """Those that are not blue; one that is, where all are."""
    found = api.get("/colours", params={"limit": 200}).raise_for_status().json()["items"]
    for one in [one for one in found if one["colour"] != "blue"][:10] or found[:1]:
        print(f"  {one['name']} is {one['colour']}: {one['because']['en']}")


def show_rule(api: httpx.Client) -> None:
    """The rule is a setting: for a moment one open hazard is enough for orange."""
    where = {"lon": 113.805, "lat": 27.605, "datum": "WGS-84"}
    body = {"where": where, "kind": "rubbish", "words": "tour"}
    made = api.post("/reports", json=body).raise_for_status().json()
    print("one hazard is reported in the street of 10_town.py:")
    show_colours(api)
    read = api.get("/town/settings").raise_for_status()
    before = read.json()
    rule = {**before["colours"], "orange": {**before["colours"]["orange"], "open": 1}}
    seen = {"If-Match": read.headers["ETag"]}
    changed = api.put("/town/settings", json={**before, "colours": rule}, headers=seen).raise_for_status()
    print("and one open hazard is enough for orange:")
    show_colours(api)
    api.put("/town/settings", json=before, headers={"If-Match": changed.headers["ETag"]}).raise_for_status()
    api.post(f"/tickets/{made['ticket_id']}/void", json={"note": "this was a tour"}).raise_for_status()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    options.add_argument("--out", type=Path, default=Path("week.xlsx"))
    given = options.parse_args()
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=60) as api:
        api.post("/session", json={"username": given.user, "password": given.password}).raise_for_status()
        show_ledger(api, given.out)
        print("the five-minute loop, seven days:")
        show_loop(api)
        print("four colours:")
        show_colours(api)
        show_rule(api)


if __name__ == "__main__":
    main()
