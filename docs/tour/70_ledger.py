"""The week's ledger and the four colours, as a program sees them; writes the week's workbook beside itself.

SANXUN_PASSWORD=… python docs/tour/70_ledger.py --url http://127.0.0.1:8080 --user admin --out week.xlsx
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


def show_loop(api: httpx.Client) -> None:
    for by in ("kind", "department"):
        found = api.get("/ledger/loop", params={"by": by}).raise_for_status().json()
        for row in [*found["items"], {"name": "all", "loop": found["total"]}]:
            loop = row["loop"]
            share = "-" if loop["share_in_time"] is None else f"{loop['share_in_time']:.0%}"
            p50 = "-" if loop["p50_s"] is None else f"{loop['p50_s']:.0f} s"
            print(f"  by {by}, {row['name'] or 'none'}: {loop['count']} dispatched, {share} in time, half within {p50}")


def show_colours(api: httpx.Client) -> None:
    for one in api.get("/colours", params={"limit": 10}).raise_for_status().json()["items"]:
        print(f"  {one['name']} is {one['colour']}: {one['because']['en']}")


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


if __name__ == "__main__":
    main()
