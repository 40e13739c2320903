"""A whole patrol, from the plan to tickets that are closed by evidence, in some five minutes and without preparation:

python docs/tour/80_patrol.py

It serves an API of its own on a folder that goes when it ends. The vehicle is MAVSDK 4.1 as an autopilot where that is
installed (`pip install -e '.[dev]'`), else the project's simulated copter. The drone's video is rendered along the
flight's own log, 640x360; everything after it is what would look at a real one, with the weights that come along.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from api.cli.detector import open_detector
from api.cli.flight import close_flight, open_flight
from api.patrols.checklist import ITEMS
from drone.plane import LocalPlane
from drone.telemetry import PoseTrack, read_telemetry
from streams.accuracy.aerial_scene import AerialScene, Flight
from streams.decoding.encode import write_mp4
from streams.delivery.events import Event
from streams.delivery.link import ApiLink
from streams.delivery.outbox import Outbox
from streams.delivery.sender import Sender
from streams.replay import replay
from streams.site import site_with_telemetry
from vision.detect import Detector

ROOT = Path(__file__).parents[2]
HOME = (113.85, 27.62)  # where the vehicle stands
ORIGIN = (113.8503, 27.6202)  # the middle of the street, 30 m east and 22 m north of it
PARKED = ((-5.8, 0.0), (-5.8, 6.0), (-5.8, 38.0), (5.8, 10.0))  # cars, metres east and north of that
GRIDS = {"west-south": (-60, -60, 0, 20), "west-north": (-60, 20, 0, 80)}
GRIDS |= {"east-south": (0, -60, 60, 20), "east-north": (0, 20, 60, 80)}
KERBS = {"west-kerb": (-8, -40, -4, 60), "east-kerb": (4, -40, 8, 60)}
SCHOOL = (45, -20, 80, 30)  # not flown over
WORKERS = {"wang.west": ("west-south", "west-north"), "zhao.east": ("east-south", "east-north")}
DWELL_S, FPS, VIEW_DEG = 8, 2.5, 70.0
FLOWN_HIGH = 0.98  # of the plan's height: the video begins and ends there
PLANE = LocalPlane(ORIGIN)


class Tour:
    """The folder, the API, and who is signed in there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.url = folder, folder / "data", ""
        self.began_s = time.monotonic()
        self.passwords: dict[str, str] = {}
        self.step = 0

    def say(self, title: str) -> None:
        self.step += 1
        print(f"\n[{time.monotonic() - self.began_s:5.0f} s] {self.step}. {title}", flush=True)

    def sanxun(self, *args: str, fails: bool = False, user: str = "", quiet: bool = False) -> str:
        """One command of the command line; its standard output."""
        if not quiet:
            print("  $ sanxun " + " ".join(arg.replace(f"{self.folder}/", "") for arg in args), flush=True)
        mine = {name: value for name, value in os.environ.items() if not name.startswith("SANXUN_")}
        mine |= {"SANXUN_DATA": str(self.data)} | ({"SANXUN_PASSWORD": self.passwords[user]} if user else {})
        command = [sys.executable, "-m", "api.cli", *args]
        done = subprocess.run(command, cwd=ROOT, env=mine, capture_output=True, text=True, timeout=400, check=False)
        if (done.returncode != 0) is not fails:
            raise SystemExit(
                f"sanxun {args[0]} ended with {done.returncode}: {done.stderr[-2000:]}{done.stdout[-500:]}"
            )
        return done.stdout

    @contextmanager
    def signed_in(self, user: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=60, trust_env=False) as api:
            told = {"username": user, "password": self.passwords[user]}
            api.post("/session", json=told).raise_for_status()
            yield api

    @contextmanager
    def served(self) -> Iterator[None]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SANXUN_")}
        with (self.folder / "serve.log").open("w") as log:
            command = [sys.executable, "-m", "api.cli", "serve", "--data", str(self.data), "--port", str(free_port())]
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{command[-1]}"
        try:
            wait_for(self.url + "/readyz", server)
            yield
        finally:
            server.terminate()
            server.wait(20)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit("the API did not come up; its log is serve.log in the folder that --keep names")


def ring(box: tuple[float, float, float, float]) -> list[list[float]]:
    west, south, east, north = box
    corners = np.array([[west, south], [east, south], [east, north], [west, north]], float)
    return [[round(float(lon), 7), round(float(lat), 7)] for lon, lat in PLANE.to_degrees(corners)]


def area(box: tuple[float, float, float, float]) -> dict[str, Any]:
    corners = ring(box)
    shape = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    return {"type": "Feature", "properties": {"name": "school"}, "geometry": shape}


def write_site(path: Path) -> None:
    """One drone, two kerbs where nobody may park, four micro-grids that meet in the middle of the street."""
    lines = ["[site]", 'name = "A street"', "", "[[camera]]", 'id = "drone-1"', 'url = "udp://127.0.0.1:5600"']
    lines += ["[camera.telemetry]", f"view_deg = {VIEW_DEG}", ""]
    for name, box in KERBS.items():
        lines += ["[[zone]]", f'id = "{name}"', 'hazards = ["illegal_parking"]', f"lonlat = {ring(box)}"]
        lines += [f"dwell_s = {DWELL_S}", ""]
    for name, box in GRIDS.items():
        lines += ["[[grid]]", f'id = "{name}"', f'name = "{name}"', f"polygon = {ring(box)}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")


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
        if importlib.util.find_spec("mavsdk") is None:
            print("  vehicle: the project's simulated copter, for mavsdk is not installed")
            said += ["--simulate"]
        else:
            port = free_port(socket.SOCK_DGRAM)
            print("  vehicle: MAVSDK 4.1 as the autopilot, over UDP, in real time")
            stack.enter_context(autopilot(port))
            said += ["--link", f"udp:127.0.0.1:{port}", "--operator", "chen.pilot", "--confirm", plan_hash[:6]]
        flown = json.loads(tour.sanxun(*said, user="chen.pilot"))
    track = read_telemetry(tlog)
    poses = f"{len(track)} poses over {track.span_s[1] - track.span_s[0]:.0f} s"
    print(f"  {flown['stage']}, all of it flown: {flown['finished']}; log {tlog.stat().st_size // 1024} KiB, {poses}")
    return track


def film(track: PoseTrack, parked: tuple[tuple[float, float], ...], clip: Path) -> datetime:
    """What a camera would have seen from where the log says that it was; when it began."""
    heights, pitches = track.values[:, 3], track.values[:, 5]
    up = np.flatnonzero((heights >= FLOWN_HIGH * heights.max()) & (pitches < -15))
    from_s, to_s = (float(track.times_s[up[one]]) for one in (0, -1))

    def at(time_s: float) -> tuple[float, float, float, float, float]:
        pose = track.at(min(from_s + time_s, to_s))
        assert pose is not None
        assert pose.gimbal_yaw_deg is not None
        assert pose.gimbal_pitch_deg is not None
        east, north = PLANE.to_metres(np.array([[pose.lon, pose.lat]]))[0]
        return (
            float(east),
            float(north),
            float(pose.height_above_home_m or 0),
            pose.gimbal_yaw_deg,
            pose.gimbal_pitch_deg,
        )

    scene = AerialScene(Flight(at), parked, origin=ORIGIN, resolution_wh=(640, 360), view_deg=VIEW_DEG)
    count = write_mp4(clip, scene.pictures(to_s - from_s, FPS), fps=FPS, gop=5)
    print(f"  {count} pictures of 640x360 over {to_s - from_s:.0f} s, {clip.stat().st_size // 1024} KiB")
    return datetime.fromtimestamp(from_s, UTC)


def see(tour: Tour, clip: Path, tlog: Path, start: datetime, detector: Detector, link: ApiLink) -> list[Event]:
    """The clip through the pipeline of moving cameras, and its events through a worker's outbox into the API. What is
    known of places stays from one flight to the next."""
    site = site_with_telemetry(tour.folder / "site.toml", None, tlog)
    places, events = tour.folder / "places.json", list[Event]()

    def say(text: str) -> None:
        print(f"  {text}")

    pipeline, begins = open_flight(str(clip), site.camera[0], site.site.timezone, start, places, say)
    outbox = Outbox(tour.folder / "worker.db")
    sender, looks = Sender(outbox, link), 0
    for look in replay(str(clip), site.camera[0], detector, start=begins, pipeline=pipeline):
        outbox.commit("drone-1", pipeline.state(), look.events)
        events, looks = events + look.events, looks + 1
    delivered = 0
    while one := sender.run_once():
        delivered += one
    outbox.close()
    close_flight(pipeline, places, None, say)
    print(f"  {looks} looks, {len(events)} events, {delivered} delivered with a worker's token")
    return events


def show_places(events: list[Event]) -> None:
    """How far each is from the nearest car of the scene's own truth."""
    for event in events:
        if event.place is not None:
            here = PLANE.to_metres(np.array([[event.place.lon, event.place.lat]]))[0]
            car, off = min(((car, math.dist(here, car)) for car in PARKED), key=lambda pair: pair[1])
            ellipse = f"{event.place.semi_major_m:.1f} x {event.place.semi_minor_m:.1f} m"
            where = f"{event.place.lon:.6f}, {event.place.lat:.6f}"
            nearest = f"{off:.2f} m from the car at {car[0]:+.1f}, {car[1]:+.1f} m"
            print(f"  {event.change.value} in {event.zone} at {where}: {nearest}; ellipse {ellipse}")


def grid_of(lon: float, lat: float) -> str:
    """The micro-grid of the car that is nearest to a ticket's place, by the truth."""
    here = PLANE.to_metres(np.array([[lon, lat]]))[0]
    east, north = min(PARKED, key=lambda car: math.dist(here, car))
    return next(name for name, (w, s, e, n) in GRIDS.items() if w <= east < e and s <= north < n)


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
    body = {"rules": rules, "home": HOME, "height_m": 30, "speed_m_s": 5, "away_m": 25, "hold_s": 6}
    with tour.signed_in("li.centre") as api:
        (made,) = api.post("/patrols/plans/follow-up", json=body).raise_for_status().json()["items"]
        path = tour.folder / "follow-up.plan"
        path.write_bytes(api.get(f"/patrols/plans/{made['id']}/file").raise_for_status().content)
    print(
        f"  {len(made['tickets'])} tickets, {made['length_m']:.0f} m, {made['duration_s']:.0f} s, {made['hash'][:12]}"
    )
    return path, made


def kept(tour: Tour, path: Path) -> dict[str, Any]:
    body = {"name": "the street", "plan": json.loads(path.read_text(encoding="utf-8"))}
    with tour.signed_in("li.centre") as api:
        found: dict[str, Any] = api.post("/patrols/plans", json=body).raise_for_status().json()
    return found


def show_ends(tour: Tour, tickets: list[dict[str, Any]]) -> int:
    """The last step of each ticket; how many are closed."""
    closed = 0
    with tour.signed_in("li.centre") as api:
        for one in sorted(tickets, key=lambda ticket: ticket["number"]):
            now = api.get(f"/tickets/{one['id']}").raise_for_status().json()
            last = now["history"][-1]
            closed += now["state"] == "closed"
            print(f"  #{now['number']} {now['state']}: {last['command']} by {last['by']} {last['note'][:80]}")
    return closed


def patrol(tour: Tour) -> None:
    tour.say("a site with four micro-grids, accounts, a worker's token; then an API of our own")
    token = prepare(tour)
    with tour.served(), ApiLink(tour.url, token) as link:
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
        tour.say("the follow-up plan of the tickets that wait for verification")
        again, made = follow_up(tour)
        end_flight(tour)
        decided(tour, made["id"], made["hash"])
        track = fly(tour, again, made["hash"])
        end_flight(tour)
        tour.say("the second flight's video: the cars have gone")
        start = film(track, (), tour.folder / "follow-up.mp4")
        show_places(see(tour, tour.folder / "follow-up.mp4", again.with_suffix(".tlog"), start, detector, link))
        tour.say("closed by evidence")
        closed = show_ends(tour, tickets)
    print(f"\n{len(PARKED)} cars, {len(tickets)} tickets, {closed} closed by what the drone saw, in "
          f"{time.monotonic() - tour.began_s:.0f} s")  # fmt: skip
    if not len(PARKED) == len(tickets) == closed:
        raise SystemExit("not every car became a ticket that closed")


def end_flight(tour: Tour) -> None:
    with tour.signed_in("chen.pilot") as api:
        for one in api.get("/patrols/flights").raise_for_status().json()["items"]:
            api.post(f"/patrols/flights/{one['id']}/end").raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--keep", type=Path, help="an empty folder for everything that is made, instead of one that goes"
    )
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
        patrol(Tour(given.keep.resolve()))
        return
    with tempfile.TemporaryDirectory(prefix="sanxun-patrol-") as folder:
        patrol(Tour(Path(folder)))


if __name__ == "__main__":
    main()
