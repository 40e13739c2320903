"""A whole patrol, from the plan to tickets that are closed by evidence or come back, in some five minutes and without
preparation:

python docs/tour/80_patrol.py

It serves an API of its own on a folder that goes when it ends. The vehicle is MAVSDK 4.1 as an autopilot where that is
installed (`pip install -e '.[dev]'`), else the project's simulated copter. The drone's video is rendered along the
flight's own log, 640x360; everything after it is what would look at a real one, with the weights that come along.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from patrol_house import ROOT, Tour, free_port
from patrol_street import FPS, HOME, PARKED, PLANE, SCHOOL, area, film, grid_of, nearest, write_site

from api.cli.detector import open_detector
from api.cli.flight import close_flight, open_flight
from api.patrols.checklist import ITEMS
from drone.telemetry import PoseTrack, read_telemetry
from streams.delivery.events import Event
from streams.delivery.link import ApiLink
from streams.delivery.outbox import Outbox
from streams.delivery.sender import Sender
from streams.health.meter import CameraHealth, CameraState
from streams.relook import LookWanted, Relook
from streams.replay import replay
from streams.site import site_with_telemetry
from vision.detect import Detector

PATIENCE_S = 62  # "there still" counts a minute after "done": whoever says so while the lorry starts is no liar
WORKERS = {"wang.west": ("west-south", "west-north"), "zhao.east": ("east-south", "east-north")}


def prepare(tour: Tour) -> str:
    """Site, accounts and a worker's token, on an empty data folder."""
    write_site(tour.folder / "site.toml")
    print("  " + tour.sanxun("site", "apply", str(tour.folder / "site.toml")).strip().replace("\n", "\n  "))
    people = {"li.centre": ["command-centre"], "chen.pilot": ["drone-operator"]}
    people |= {name: ["grid-worker", *(f"--grid={grid}" for grid in grids)] for name, grids in WORKERS.items()}
    for name, (role, *grids) in people.items():
        told = tour.sanxun("user", "add", name, "--role", role, *grids, quiet=True)
        tour.passwords[name] = told.split()[-1] if len(told.split()) > 1 else told.strip()
    print(f"  accounts: {', '.join(people)}")
    found = re.search(r"[A-Za-z0-9_-]{24,}", tour.sanxun("token", "create", "--role", "worker", quiet=True))
    assert found is not None
    return found[0]


def plan(tour: Tour) -> Path:
    """Along the street there and back, the camera across it; refused under a rule that it breaks."""
    line = [[round(float(v), 7) for v in at] for at in PLANE.to_degrees(np.array([[0.0, -25.0], [0.0, 50.0]]))]
    road = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
    street, no_fly, out = (tour.folder / name for name in ("street.geojson", "no-fly.geojson", "patrol.plan"))
    street.write_text(json.dumps(road), encoding="utf-8")
    no_fly.write_text(json.dumps({"type": "FeatureCollection", "features": [area(SCHOOL)]}), encoding="utf-8")
    home, off = f"{HOME[0]},{HOME[1]}", ["--no-fly", str(no_fly), "--no-fly-buffer", "10"]
    made = ["patrol", "plan", "--kind", "corridor", "--area", str(street), "--home", home, *off, "--height", "30"]
    made += ["--speed", "4", "--offset", "15", "--pitch", "-55", "--endurance", "25", "-o", str(out), "--json"]
    told = json.loads(tour.sanxun(*made))
    figures = f"{told['length_m']:.0f} m, {told['duration_s']:.0f} s, {told['batteries']} battery"
    print(f"  {len(told['waypoints'])} waypoints, {figures}, hash {told['hash'][:12]}")
    checked = json.loads(tour.sanxun("patrol", "check", str(out), *off, "--json"))
    print(f"  ok: {checked['ok']}, broken rules: {len(checked['broken'])}, cautions: {len(checked['cautions'])}")
    refused = json.loads(tour.sanxun("patrol", "check", str(out), *off, "--max-height", "20", "--json", fails=True))
    one = refused["broken"][0]
    print(f"  under a limit of 20 m it is refused: {one['rule']} at {one['place']['lon']}, {one['place']['lat']}: "
          f"{one['detail']}")  # fmt: skip
    return out


def decided(tour: Tour, plan_id: str, plan_hash: str) -> None:
    """Checklist and decision of a drone operator who is signed in."""
    with tour.signed_in("chen.pilot") as api:
        flight = api.post("/patrols/flights", json={"plan_id": plan_id, "vehicle": 1}).raise_for_status().json()
        where, decision = f"/patrols/flights/{flight['id']}", {"action": "start", "plan_hash": plan_hash}
        early = api.post(f"{where}/decisions", json=decision)
        print(f"  start before the checklist: {early.status_code} {early.json()['detail'][:90]}")
        answers = {"answers": {item.value: {"ok": True} for item in ITEMS}}
        state = api.post(f"{where}/checklist", json=answers).raise_for_status().json()["state"]
        made = api.post(f"{where}/decisions", json=decision).raise_for_status().json()
        print(f"  checklist of {len(ITEMS)} items: {state}; {made['operator']} decided to {made['action']}")


@contextmanager
def autopilot(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.drone.peers.mavsdk_autopilot", str(port), "1"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()  # it ends with its input
        process.wait(20)


def fly(tour: Tour, path: Path, plan_hash: str) -> PoseTrack:
    """Uploaded, read back, flown and landed; the log of what was said on the link."""
    tlog = path.with_suffix(".tlog")
    said = ["patrol", "fly", str(path), "--tlog", str(tlog), "--json"]
    with ExitStack() as stack:
        if tour.simulate or importlib.util.find_spec("mavsdk") is None:
            print("  vehicle: the project's simulated copter; MAVSDK is the better proof, where it is installed")
            said += ["--simulate", "--speed-up", "1"]  # in time, as its log goes on where the last one ended
        else:
            port = free_port(socket.SOCK_DGRAM)
            print("  vehicle: MAVSDK 4.1 as the autopilot, over UDP, in real time")
            stack.enter_context(autopilot(port))
            checklist = path.with_suffix(".checklist.json")
            checklist.write_text(json.dumps({item.value: True for item in ITEMS}), encoding="utf-8")
            said += ["--link", f"udp:127.0.0.1:{port}", "--operator", "chen.pilot", "--confirm", plan_hash[:6]]
            said += ["--checklist", str(checklist)]
        flown = json.loads(tour.sanxun(*said, user="chen.pilot"))
    track = read_telemetry(tlog)
    poses = f"{len(track)} poses over {track.span_s[1] - track.span_s[0]:.0f} s"
    print(f"  {flown['stage']}, all of it flown: {flown['finished']}; log {tlog.stat().st_size // 1024} KiB, {poses}")
    return track


def see(tour: Tour, clip: Path, tlog: Path, start: datetime, detector: Detector, link: ApiLink) -> list[Event]:
    """The clip through the pipeline of moving cameras, and its events through a worker's outbox into the API, with what
    it saw of places that the API asks to look at again. What is known of places stays from one flight to the next."""
    site = site_with_telemetry(tour.folder / "site.toml", None, tlog)
    places, events = tour.folder / "places.json", list[Event]()

    def say(text: str) -> None:
        print(f"  {text}")

    pipeline, begins = open_flight(str(clip), site.camera[0], site.site.timezone, start, places, say)
    outbox = Outbox(tour.folder / "worker.db")
    sender, looks, relook = Sender(outbox, link), 0, Relook()
    health = CameraHealth("drone-1", CameraState.LIVE, start, start, (640, 360), FPS, FPS, 0, 0, 0.0, None)
    link.post_status("tour", detector.spec.name, [health])
    relook.ask(LookWanted.of(one) for one in link.looks_wanted)
    for look in replay(str(clip), site.camera[0], detector, start=begins, pipeline=pipeline):
        outbox.commit("drone-1", pipeline.state(), look.events)
        events, looks = events + look.events, looks + 1
        if look.detections is not None:
            relook.look(look.pipeline, look.frame, look.detections)
    delivered = 0
    while one := sender.run_once():
        delivered += one
    outbox.close()
    if seen := relook.take():
        link.post_looks(seen)
        words = Counter(str(one["sees"]) for one in seen)
        told = ", ".join(f"{count} {word}" for word, count in words.items())
        print(f"  looked again at {len(link.looks_wanted)} places: {told}")
    close_flight(pipeline, places, None, say)
    print(f"  {looks} looks, {len(events)} events, {delivered} delivered with a worker's token")
    return events


def show_places(events: list[Event]) -> None:
    """How far each is from the nearest car of the scene's own truth."""
    for event in events:
        if event.place is not None:
            car, off = nearest(event.place.lon, event.place.lat)
            ellipse = f"{event.place.semi_major_m:.1f} x {event.place.semi_minor_m:.1f} m"
            where = f"{event.place.lon:.6f}, {event.place.lat:.6f}"
            beside = f"{off:.2f} m from the car at {car[0]:+.1f}, {car[1]:+.1f} m"
            print(f"  {event.change.value} in {event.zone} at {where}: {beside}; ellipse {ellipse}")


def show_tickets(tour: Tour) -> list[dict[str, Any]]:
    with tour.signed_in("li.centre") as api:
        found: list[dict[str, Any]] = api.get("/tickets").raise_for_status().json()["items"]
    for one in sorted(found, key=lambda ticket: ticket["number"]):
        right = "right" if one["grid"] == grid_of(one["lon"], one["lat"]) else "WRONG"
        print(f"  #{one['number']} {one['kind']} from a {one['source']}: {one['state']} in {one['grid']} ({right}), "
              f"to {', '.join(one['dispatched_to']) or one['assignee'] or 'nobody'}")  # fmt: skip
    return found


def work(tour: Tour) -> None:
    """Each grid worker takes what is theirs to the cars, and says that it is done."""
    for user in WORKERS:
        with tour.signed_in(user) as api:
            for one in api.get("/tickets").raise_for_status().json()["items"]:
                api.post(f"/tickets/{one['id']}/accept", json={}).raise_for_status()
                done = api.post(f"/tickets/{one['id']}/close", json={"note": "the driver moved it"}).raise_for_status()
                print(f"  {user}: #{one['number']} is {done.json()['state']}")


def follow_up(tour: Tour) -> tuple[Path, dict[str, Any]]:
    rules = {"no_fly": {"type": "FeatureCollection", "features": [area(SCHOOL)]}, "no_fly_buffer_m": 10}
    body = {"rules": rules, "home": HOME, "speed_m_s": 5, "hold_s": 6}  # as high as the first flight saw them
    with tour.signed_in("li.centre") as api:
        (made,) = api.post("/patrols/plans/follow-up", json=body).raise_for_status().json()["items"]
        path = tour.folder / "follow-up.plan"
        path.write_bytes(api.get(f"/patrols/plans/{made['id']}/file").raise_for_status().content)
    print(
        f"  {len(made['tickets'])} tickets, {made['length_m']:.0f} m, {made['duration_s']:.0f} s, {made['hash'][:12]}"
    )
    aside = sum(one["rule"] == "not_as_seen" for one in made["cautions"])
    print(f"  {len(made['tickets']) - aside} of them looked at from where the first flight saw them")
    return path, made


def kept(tour: Tour, path: Path) -> dict[str, Any]:
    body = {"name": "the street", "plan": json.loads(path.read_text(encoding="utf-8"))}
    with tour.signed_in("li.centre") as api:
        found: dict[str, Any] = api.post("/patrols/plans", json=body).raise_for_status().json()
    return found


def show_ends(tour: Tour, tickets: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The last step of each ticket; the states of those whose car has gone, and of those whose car stays."""
    gone, stays = list[str](), list[str]()
    with tour.signed_in("li.centre") as api:
        for one in sorted(tickets, key=lambda ticket: ticket["number"]):
            now = api.get(f"/tickets/{one['id']}").raise_for_status().json()
            last = now["history"][-1]
            car, _ = nearest(now["lon"], now["lat"])
            (stays if car in PARKED[: tour.stays] else gone).append(now["state"])
            print(f"  #{now['number']} {now['state']}: {last['command']} by {last['by']} {last['note'][:80]}")
    return gone, stays


def patrol(tour: Tour) -> None:
    tour.say("a site with four micro-grids, accounts, a worker's token; then an API of our own")
    token = prepare(tour)
    with tour.served(), ApiLink(tour.url, token, timeout_s=60) as link:
        print(f"  {tour.url}")
        detector = open_detector(None, tour.data, threads=1, say=lambda text: print(f"  {text}"))
        tour.say("plan and check")
        path = plan(tour)
        tour.say("a drone operator decides")
        known = kept(tour, path)
        decided(tour, known["id"], known["hash"])
        tour.say("upload and fly")
        track = fly(tour, path, known["hash"])
        tour.say(f"the drone's video: {len(PARKED)} cars stand where they may not")
        start = film(track, PARKED, tour.folder / "patrol.mp4")
        tour.say("see and locate")
        show_places(see(tour, tour.folder / "patrol.mp4", path.with_suffix(".tlog"), start, detector, link))
        tour.say("tickets")
        tickets = show_tickets(tour)
        tour.say("grid workers")
        work(tour)
        done_s = time.monotonic()
        tour.say("the follow-up plan of the tickets that wait for verification")
        again, made = follow_up(tour)
        end_flight(tour)
        decided(tour, made["id"], made["hash"])
        print(f"  takes off {PATIENCE_S} s after the last of them was said to be done")
        time.sleep(max(0.0, done_s + PATIENCE_S - time.monotonic()))
        track = fly(tour, again, made["hash"])
        end_flight(tour)
        tour.say(f"the second flight's video: {len(PARKED) - tour.stays} cars have gone")
        start = film(track, PARKED[: tour.stays], tour.folder / "follow-up.mp4")
        show_places(see(tour, tour.folder / "follow-up.mp4", again.with_suffix(".tlog"), start, detector, link))
        tour.say("closed by evidence, or back with whoever said that it was done")
        gone, stays = show_ends(tour, tickets)
    went = f"{gone.count('closed')} of {len(gone)} that went closed by what the drone saw"
    came_back = f"{stays.count('returned')} of {len(stays)} that stayed sent back, {stays.count('closed')} closed"
    took = f"in {time.monotonic() - tour.began_s:.0f} s"
    print(f"\n{len(PARKED)} cars, {len(tickets)} tickets; {went}, {came_back}, {took}")
    if len(tickets) != len(PARKED) or set(gone) != {"closed"} or "closed" in stays:
        raise SystemExit("that is not what stood there")


def end_flight(tour: Tour) -> None:
    with tour.signed_in("chen.pilot") as api:
        for one in api.get("/patrols/flights").raise_for_status().json()["items"]:
            api.post(f"/patrols/flights/{one['id']}/end").raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--keep", type=Path, help="an empty folder for everything that is made, instead of one that goes"
    )
    parser.add_argument(
        "--simulate", action="store_true", help="fly the project's simulated copter, faster than in time"
    )
    parser.add_argument("--stays", type=int, default=1, choices=range(len(PARKED) + 1), help="so many cars do not go")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
        patrol(Tour(given.keep.resolve(), simulate=given.simulate, stays=given.stays))
        return
    with tempfile.TemporaryDirectory(prefix="sanxun-patrol-") as folder:
        patrol(Tour(Path(folder), simulate=given.simulate, stays=given.stays))


if __name__ == "__main__":
    main()
