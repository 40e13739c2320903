"""The database and its copies: a check, a backup while the server runs, a restore into an empty folder, the schema down
and up with data in it; and from SQLite into PostgreSQL, where one is named.

python docs/tour/65_database.py [--postgresql postgresql://USER:PASSWORD@HOST/EMPTY_DATABASE]

It serves an API of its own on a folder that goes when it ends. Half a minute.
"""

from __future__ import annotations

import argparse
import base64
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
import numpy as np
from patrol_house import Tour

from api.auth.bootstrap import bootstrap_users
from api.db.migrate import known_revisions

HERE = {"lon": 113.85, "lat": 27.62, "datum": "WGS-84"}


def jpeg() -> bytes:
    return cv2.imencode(".jpg", np.full((90, 160, 3), 120, np.uint8))[1].tobytes()


def filled(api: httpx.Client) -> None:
    """Something of several kinds: reports with their tickets, a place with a code, a picture, the audit trail."""
    for words in ("a bag", "a mattress", "two chairs"):
        api.post("/reports", json={"where": HERE, "kind": "rubbish", "words": words}).raise_for_status()
    api.post("/report-points", json={"name": "tour: gate", "radius_m": 20, **HERE}).raise_for_status()
    made = api.post("/tokens", json={"name": "tour", "role": "worker", "days": 1}).raise_for_status().json()
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    event = {
        "event_id": "tour-raised", "incident_id": "tour", "event": "raised", "hazard": "illegal_parking",
        "camera": "tour-car", "zone": "kerb", "source": "vehicle", "captured_at": moment, "began_at": moment,
        "place": {"lon": 113.87, "lat": 27.63, "semi_major_m": 3.0, "semi_minor_m": 2.0, "bearing_deg": 0.0},
        "media_time_s": 60.0, "began_s": 0.0, "xyxy": [10.0, 10.0, 90.0, 60.0], "source_wh": [160, 90],
        "confidence": 0.9, "why": {}, "still_jpeg": base64.b64encode(jpeg()).decode(),
    }  # fmt: skip
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    httpx.post(f"{api.base_url}events", json={"events": [event]}, headers=bearer).raise_for_status()
    ticket = api.get("/tickets").raise_for_status().json()["items"][0]
    api.post(f"/tickets/{ticket['id']}/accept", json={}).raise_for_status()


def told(api: httpx.Client) -> list[str]:
    """What a person sees of it, to be compared."""
    tickets = api.get("/tickets").raise_for_status().json()["items"]
    points = api.get("/report-points").raise_for_status().json()["items"]
    steps = [len(api.get(f"/tickets/{one['id']}").json()["history"]) for one in tickets]
    return [
        *(f"#{one['number']} {one['state']}" for one in tickets),
        *(one["name"] for one in points),
        f"{steps} steps",
    ]


def show(text: str) -> None:
    print("  " + text.strip().replace("\n", "\n  "))


def seen_on(house: Tour, what: str) -> list[str]:
    with house.served(), house.signed_in("admin") as api:
        found = told(api)
    print(f"  {what}: {', '.join(found)}")
    return found


def same(one: list[str], other: list[str]) -> None:
    if one != other:
        raise SystemExit(f"that is not what was there: {one} became {other}")
    print("  the same as before")


def down_and_up(house: Tour, seen: list[str]) -> None:
    """Through every schema that keeps what is there, and back."""
    revisions = known_revisions()
    for revision in (revisions[-2], revisions[-4]):
        show(house.sanxun("db", "downgrade", revision, "--yes"))
    show(house.sanxun("db", "upgrade"))
    show(house.sanxun("db", "check"))
    same(seen, seen_on(house, "after down and up"))


def altered(house: Tour) -> None:
    """Somebody with the database in hand lets an entry say something else, and takes it back."""
    with closing(sqlite3.connect(house.data / "sanxun.db")) as database:
        seq, reason = database.execute("SELECT seq, reason FROM audit ORDER BY seq LIMIT 1").fetchone()
        change = "UPDATE audit SET reason = ? WHERE seq = ?"
        database.execute(change, ("nothing happened", seq))
        database.commit()
        print(f"  entry {seq} is altered behind its back:")
        show(house.sanxun("audit", "verify", fails=True))
        database.execute(change, (reason, seq))
        database.commit()


def tour(folder: Path, postgresql: str | None) -> None:
    house, copy = Tour(folder), Tour(folder)
    copy.data = folder / "restored"
    house.passwords = copy.passwords = bootstrap_users(house.data)
    tar = folder / "street.tar"
    house.say("a server with something in it; a backup while it runs")
    with house.served(), house.signed_in("admin") as api:
        filled(api)
        seen = told(api)
        show(house.sanxun("db", "check", "--deep"))
        show(house.sanxun("db", "backup", str(tar)))
        api.post("/reports", json={"where": HERE, "kind": "rubbish", "words": "after it"}).raise_for_status()
    house.say("restored into an empty folder, and only there")
    show(copy.sanxun("db", "restore", str(tar)))
    show(copy.sanxun("db", "check", "--deep"))
    same(seen, seen_on(copy, "the copy"))
    refused = copy.sanxun("db", "restore", str(tar), fails=True)
    print(f"  a second time: refused{': ' + refused.strip() if refused.strip() else ''}")
    house.say("the schema down and up again, with the data in it")
    down_and_up(copy, seen)
    house.say("the audit trail")
    show(copy.sanxun("audit", "verify"))
    altered(copy)
    if postgresql is None:
        print("\nno PostgreSQL was named (--postgresql URL), so that part is left out")
        return
    house.say("from SQLite into PostgreSQL, and the schema down and up there")
    on_postgresql = Tour(folder)
    on_postgresql.data, on_postgresql.passwords = folder / "on-postgresql", house.passwords
    on_postgresql.environment = {"SANXUN_DATABASE_URL": postgresql}
    show(on_postgresql.sanxun("db", "restore", str(tar)))
    same(seen, seen_on(on_postgresql, "on PostgreSQL"))
    down_and_up(on_postgresql, seen)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--postgresql", metavar="URL", help="an empty database, which is filled")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-database-") as folder:
        tour(Path(folder), given.postgresql)


if __name__ == "__main__":
    main()
