"""The street that the tour patrols: where its cars, kerbs and micro-grids are, and what a drone sees of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from drone.plane import LocalPlane
from drone.telemetry import PoseTrack
from streams.accuracy.aerial_scene import AerialScene, Flight
from streams.decoding.encode import write_mp4

HOME = (113.85, 27.62)  # where the vehicle stands
ORIGIN = (113.8503, 27.6202)  # the middle of the street, 30 m east and 22 m north of it
PARKED = ((-5.8, 0.0), (-5.8, 6.0), (-5.8, 38.0), (5.8, 10.0))  # cars, metres east and north of that
GRIDS = {"west-south": (-60, -60, 0, 20), "west-north": (-60, 20, 0, 80)}
GRIDS |= {"east-south": (0, -60, 60, 20), "east-north": (0, 20, 60, 80)}
KERBS = {"west-kerb": (-8, -40, -4, 60), "east-kerb": (4, -40, 8, 60)}
SCHOOL = (45, -20, 80, 30)  # not flown over
DWELL_S, FPS, VIEW_DEG = 8, 2.5, 70.0
FLOWN_HIGH = 0.98  # of the plan's height: the video begins and ends there
PLANE = LocalPlane(ORIGIN)


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


def nearest(lon: float, lat: float) -> tuple[tuple[float, float], float]:
    """The car of the scene's own truth that is nearest to a place, and how far off that is in metres."""
    here = PLANE.to_metres(np.array([[lon, lat]]))[0]
    return min(((car, math.dist(here, car)) for car in PARKED), key=lambda pair: pair[1])


def grid_of(lon: float, lat: float) -> str:
    """The micro-grid of the car that is nearest to a ticket's place, by the truth."""
    (east, north), _ = nearest(lon, lat)
    return next(name for name, (w, s, e, n) in GRIDS.items() if w <= east < e and s <= north < n)


def film(track: PoseTrack, parked: tuple[tuple[float, float], ...], clip: Path) -> datetime:
    """What a camera would have seen from where the log says that it was; when it began."""
    heights, pitches = track.values[:, 3], track.values[:, 5]
    up = np.flatnonzero((heights >= FLOWN_HIGH * heights.max()) & (pitches < -15))
    from_s, to_s = (float(track.times_s[up[one]]) for one in (0, -1))
    pose = track.at(from_s)

    def at(time_s: float) -> tuple[float, float, float, float, float]:
        nonlocal pose
        # Where a busy machine left a gap in the log, the camera is taken to hang where it was heard of last.
        pose = track.at(min(from_s + time_s, to_s)) or pose
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
