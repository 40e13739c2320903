"""What is kept goes when its time is over: an original and the picture of a closed ticket,
on the disk too, and on record.

python docs/tour/27_retention.py

It serves an API of its own, on a folder that goes when it ends, whose retention is ten seconds. Half a minute.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
import numpy as np
from patrol_house import Tour

from api.auth.bootstrap import bootstrap_users
from streams.decoding.encode import write_mp4

KEPT_S = 10
DRAWN = np.full((90, 160, 3), 120, np.uint8)


def raised(api: httpx.Client, folder: Path) -> str:
    """A hazard with its picture and its sealed original, as a patrol car sends them; its ticket's id."""
    made = api.post("/tokens", json={"name": "tour", "role": "worker", "days": 1}).raise_for_status().json()
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    event = {
        "event_id": "tour-raised", "incident_id": "tour", "event": "raised", "hazard": "illegal_parking",
        "camera": "tour-car", "zone": "kerb", "source": "vehicle", "captured_at": moment, "began_at": moment,
        "place": {"lon": 113.87, "lat": 27.63, "semi_major_m": 3.0, "semi_minor_m": 2.0, "bearing_deg": 0.0},
        "media_time_s": 60.0, "began_s": 0.0, "xyxy": [10.0, 10.0, 90.0, 60.0], "source_wh": [160, 90],
        "confidence": 0.9, "why": {}, "still_jpeg": base64.b64encode(cv2.imencode(".jpg", DRAWN)[1].tobytes()).decode(),
    }  # fmt: skip
    write_mp4(folder / "clip.mp4", [DRAWN] * 25, fps=25, gop=25)
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    with httpx.Client(base_url=api.base_url, headers=bearer, timeout=60, trust_env=False) as car:
        car.post("/events", json={"events": [event]}).raise_for_status()
        car.put("/worker/events/tour-raised/clip", content=(folder / "clip.mp4").read_bytes()).raise_for_status()
    ticket = api.get("/hazards/tour").raise_for_status().json()["ticket_id"]
    return str(ticket)


def files(house: Tour) -> dict[str, int]:
    return {name: sum(one.is_file() for one in (house.data / name).rglob("*")) for name in ("evidence", "sealed")}


def tour(house: Tour) -> None:
    with house.served(), house.signed_in("admin") as api:
        house.say("a hazard with a picture and an original")
        ticket_id = raised(api, house.folder)
        still = api.get(f"/tickets/{ticket_id}").raise_for_status().json()["still_url"].removeprefix("/api/v1")
        print(f"  its picture: {api.get(still).status_code}; files: {files(house)}")
        house.say(f"open, and older than {KEPT_S} s: its original goes, its picture stays")
        time.sleep(KEPT_S + 4)
        print(f"  its picture: {api.get(still).status_code}; files: {files(house)}")
        house.say("voided: after its time the picture goes too")
        api.post(f"/tickets/{ticket_id}/void", json={"note": "this was a tour"}).raise_for_status()
        time.sleep(KEPT_S + 4)
        print(f"  its picture: {api.get(still).status_code}; files: {files(house)}")
    house.say("on record")
    for command in (("audit", "list"), ("db", "check", "--deep")):
        print("  " + house.sanxun(*command).strip().replace("\n", "\n  "))


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-retention-") as folder:
        house = Tour(Path(folder))
        house.passwords = bootstrap_users(house.data)
        house.environment = {"SANXUN_RETENTION_DAYS": str(KEPT_S / 86_400), "SANXUN_RETENTION_EVERY_S": "1"}
        tour(house)


if __name__ == "__main__":
    main()
