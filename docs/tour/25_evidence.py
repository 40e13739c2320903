"""Closed by evidence, as a program sees it: looks after "done", a false alarm with its reason, a sealed original.

SANXUN_PASSWORD=… python docs/tour/25_evidence.py --url http://127.0.0.1:8080 --user admin

It plays a patrol car: makes itself a worker's token, raises three parked cars at 113.87, 27.63 with pictures that it
draws, has them settled, looks again, and takes the token back. It takes a little over a minute: whoever says that a car
is gone while its driver is starting it has said it in time.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from streams.decoding.encode import write_mp4

LON, LAT, APART = 113.87, 27.63, 0.002  # 200 m from car to car
RUN = secrets.token_hex(3)


def picture(red: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    bgr = np.full((180, 320, 3), 90, np.uint8)
    bgr[60:120, 100:220] = (20, 40, red)
    return bgr


def with_exif(jpeg: bytes) -> bytes:
    """As a phone or a camera writes it: where it was taken, and on what."""
    about = b"Exif\0\0II*\0" + b"GPS 27.63 113.87, tour camera"
    return jpeg[:2] + b"\xff\xe1" + (len(about) + 2).to_bytes(2, "big") + about + jpeg[2:]


def now(after_s: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=after_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Car:
    """A patrol car with a camera, as a stream worker would report it."""

    def __init__(self, url: str, secret: str) -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        self._api = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60)

    def raise_one(self, incident: str, n: int, source: str = "vehicle") -> None:
        still = base64.b64encode(with_exif(cv2.imencode(".jpg", picture(200))[1].tobytes())).decode()
        place = {"lon": LON + n * APART, "lat": LAT, "semi_major_m": 3.0, "semi_minor_m": 2.0, "bearing_deg": 0.0}
        event = {
            "event_id": f"{incident}-raised", "incident_id": incident, "event": "raised", "hazard": "illegal_parking",
            "camera": f"tour-{source}", "zone": "kerb", "source": source, "place": place, "captured_at": now(),
            "began_at": now(-60), "media_time_s": 60.0, "began_s": 0.0, "xyxy": [100.0, 60.0, 220.0, 120.0],
            "source_wh": [320, 180], "confidence": 0.9, "why": {"dwell_s": 60.0}, "still_jpeg": still,
        }  # fmt: skip
        self._api.post("/events", json={"events": [event]}).raise_for_status()

    def look(self, incident: str, sees: str) -> int:
        still = base64.b64encode(cv2.imencode(".jpg", picture(120))[1].tobytes()).decode() if sees == "there" else None
        look = {"incident_id": incident, "captured_at": now(), "sees": sees, "still_jpeg": still}
        return int(self._api.post("/worker/looks", json={"looks": [look]}).raise_for_status().json()["decided"])

    def asked(self) -> list[str]:
        camera = {"camera": "tour-vehicle", "state": "live", "since": now()}
        told = self._api.post("/worker/status", json={"worker": "tour", "cameras": [camera]}).raise_for_status().json()
        return [one["incident_id"] for one in told["looks"]]

    def seal(self, incident: str, clip: bytes) -> None:
        self._api.put(f"/worker/events/{incident}-raised/clip", content=clip).raise_for_status()


def ticket_of(api: httpx.Client, incident: str) -> dict[str, Any]:
    hazard = api.get(f"/hazards/{incident}").raise_for_status().json()
    found: dict[str, Any] = api.get(f"/tickets/{hazard['ticket_id']}").raise_for_status().json()
    return found


def done(api: httpx.Client, incident: str) -> None:
    ticket = ticket_of(api, incident)
    api.post(f"/tickets/{ticket['id']}/accept").raise_for_status()
    photo = {"photo_jpeg": base64.b64encode(cv2.imencode(".jpg", picture(90))[1].tobytes()).decode()}
    refused = api.post(f"/tickets/{ticket['id']}/close", json=photo)
    said = api.post(f"/tickets/{ticket['id']}/close", json={}).raise_for_status().json()
    print(f"  #{ticket['number']} done with a photo: {refused.status_code} {refused.json()['detail']}")
    print(f"  #{ticket['number']} done: {said['state']}, until a camera has looked")


def show_last(ticket: dict[str, Any]) -> None:
    step = ticket["history"][-1]
    print(f"  #{ticket['number']} is {ticket['state']}: {step['note']} ({step['by']})")


def look_until_decided(car: Car, api: httpx.Client, incident: str, sees: str) -> None:
    looks, decided = 0, 0
    while not decided and looks < 60:
        decided, looks = car.look(incident, sees), looks + 1
        time.sleep(2.1 if not decided else 0)
    print(f"  {looks} looks that see it {sees}:")
    show_last(ticket_of(api, incident))


def false_alarm(api: httpx.Client, incident: str) -> None:
    ticket = ticket_of(api, incident)
    asked = api.post(f"/tickets/{ticket['id']}/false-alarm", json={})
    print(f"  without a reason: {asked.status_code}; the reasons are {', '.join(ticket['false_alarm_reasons'])}")
    body = {"reason": "nothing_there", "note": "a shadow"}
    api.post(f"/tickets/{ticket['id']}/false-alarm", json=body).raise_for_status()
    api.post(f"/tickets/{ticket['id']}/confirm", json={"note": "a shadow indeed"}).raise_for_status()
    show_last(ticket_of(api, incident))
    training = api.get("/false-alarms/export").raise_for_status()
    print(f"  exported for training: {len(training.content)} bytes of {training.headers['content-type']}")
    still = ticket["still_url"].removeprefix("/api/v1")
    picture = api.get(still).raise_for_status().content
    print(f"  its still was sent with EXIF; as it is kept, {len(picture)} bytes, has it any: {b'Exif' in picture}")
    print("  on record is who was given it:")
    for one in api.get(still.replace(".jpg", "/views")).raise_for_status().json()["items"]:
        print(f"    {one['by']} at {one['at']}, {one['way']}")


def sealed(car: Car, api: httpx.Client, incident: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_mp4(Path(folder) / "clip.mp4", [picture(200)] * 25, fps=25, gop=25)
        clip = (Path(folder) / "clip.mp4").read_bytes()
    car.seal(incident, clip)
    address = f"/clips/{incident}-raised"
    print(f"  opened without a reason: {api.post(f'{address}/open', json={}).status_code}")
    opened = api.post(f"{address}/open", json={"reason": "tour: the owner disputes it"}).raise_for_status()
    print(f"  with one: {len(opened.content)} bytes, what was sealed: {opened.content == clip}")
    for one in api.get(f"{address}/openings").raise_for_status().json()["items"]:
        print(f"  on record: {one['by']} at {one['at']}: {one['reason']}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    given = options.parse_args()
    gone, stays, shadow = (f"tour-{RUN}-{n}" for n in range(3))
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=60) as api:
        api.post("/session", json={"username": given.user, "password": given.password}).raise_for_status()
        made = api.post("/tokens", json={"name": f"tour-{RUN}", "role": "worker", "days": 1}).raise_for_status().json()
        try:
            tour(api, Car(given.url, made["secret"]), gone, stays, shadow)
        finally:
            api.delete(f"/tokens/{made['token']['id']}")


def tour(api: httpx.Client, car: Car, gone: str, stays: str, shadow: str) -> None:
    for n, incident in enumerate((gone, stays, shadow)):
        car.raise_one(incident, n)
    print("two cars are said to be gone:")
    done(api, gone)
    done(api, stays)
    print(f"the patrol car is asked to look at {len(car.asked())} places again; one car is gone:")
    look_until_decided(car, api, gone, "clear")
    print("the third is a false alarm:")
    false_alarm(api, shadow)
    print("an unredacted original is sealed:")
    sealed(car, api, stays)
    print("the other car has not moved; that counts from a minute after it was said to be gone:")
    look_until_decided(car, api, stays, "there")
    print("a drone sees the same car, and the place of the first is taken again:")
    car.raise_one(f"{stays}-drone", 1, "drone")
    merged = api.get(f"/hazards/{stays}/merges").raise_for_status().json()["items"]
    print(f"  merged because {merged[-1]['why']}")
    car.raise_one(f"{gone}-again", 0)
    again = ticket_of(api, f"{gone}-again")
    print(f"  #{again['number']} is a recurrence of #{ticket_of(api, gone)['number']}: {again['recurrence_of']}")
    for incident in (stays, f"{gone}-again"):
        ticket = ticket_of(api, incident)
        api.post(f"/tickets/{ticket['id']}/void", json={"note": "this was a tour"}).raise_for_status()


if __name__ == "__main__":
    main()
