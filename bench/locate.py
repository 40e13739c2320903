"""How well a pixel is located from a drone, on the rendered scene whose poses and places are exact.

`bench/locate.py` prints the two goals: known sub-pixel points without noise, and with noise like a DJI multirotor's how
often the truth lies inside the 95 % ellipse and how long its longer half axis is. Points are spread over the picture of
a camera at `--height` m that looks down by `--pitch`; poses are drawn anew for each. On a hillside, exactly posed, it
prints how far off places are when the ground is taken to be level, when its height is known, and when it is an `.hgt`
tile of 1201 posts (93 m apart) in whole metres.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import fields, replace

import cv2
import numpy as np
from geographiclib.geodesic import Geodesic

from drone.attitude import axes
from drone.lens import Lens
from drone.locate import Doubt, locate, metres_per_degree
from drone.terrain import Terrain
from drone.view import View
from models.scenes.camera import Camera
from streams.accuracy.aerial_scene import AerialScene, passing

_METRES_PER_DEGREE = 111_320.0
_GROUND_M = 0.1  # the scene's ground is level and its height known


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--height", type=float, default=60.0)
    asked.add_argument("--pitch", type=float, default=-45.0)
    asked.add_argument("--points", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    found = measured(options.height, options.pitch, options.points, options.seed)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['points']:.0f} points, {options.height:g} m high, {-options.pitch:g} degrees down, 1920x1080")
    print(f"no noise: largest error {1000 * found['exact_largest_m']:.2f} mm, goal 50 mm")
    print(
        f"DJI-like noise: truth inside the 95 % ellipse in {100 * found['inside']:.1f} % (goal 93-97), median error "
        f"{found['median_error_m']:.2f} m, median longer half axis {found['median_semi_major_m']:.2f} m (goal 4), "
        f"refused {found['refused']:.0f}"
    )
    stated = ", ".join(f"{field.name} {getattr(Doubt(), field.name):g}" for field in fields(Doubt))
    print(f"one standard deviation of each: {stated}, focal length 0.5 %, ground {_GROUND_M:g} m")
    print(f"in the middle of the picture the half axis is {found['middle_semi_major_m']:.2f} m")
    print("on a hillside of 1 in 5 with waves of 3 m, exactly posed, places are off by")
    for name, off in hillside(options.height, options.pitch).items():
        print(f"  ground {name}: {np.median(off):.3f} m in the median, {off.max():.3f} m at most")


def measured(height_m: float, pitch_deg: float, points: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    scene = AerialScene(passing(height_m, pitch_deg), (), resolution_wh=(1920, 1080))
    bent = (-0.06, 0.02, 0.0005, -0.0004, 0.0)
    lens = replace(scene.lens, focal_doubt=0.005, distortion=bent)
    exact, doubt = scene.view(0.0), Doubt()
    at_px, truth = _known_points(scene, points, rng, bent)
    there = locate(at_px, exact, lens)
    noisy = _noisy(exact, len(truth), rng, doubt)
    seen_px = at_px + rng.normal(0, doubt.pixel_px, at_px.shape)
    # A lens that is off by as much as it is said to be, drawn once for each point.
    off_lens = 1 + rng.normal(0, lens.focal_doubt, (len(truth), 1))
    seen_px = lens.centre_px + (seen_px - lens.centre_px) * off_lens
    found = locate(seen_px, noisy, lens, doubt, _GROUND_M)
    off = _metres(np.column_stack([found.lon, found.lat]), truth)
    told = found.refused == 0
    inverse = np.linalg.inv(found.covariance_m2[told])
    far = np.einsum("ni,nij,nj->n", off[told], inverse, off[told])
    middle = locate(np.array([[960.0, 540.0]]), exact, lens, doubt, _GROUND_M)
    return {
        "points": float(len(truth)),
        "exact_largest_m": float(np.linalg.norm(_metres(np.column_stack([there.lon, there.lat]), truth), axis=1).max()),
        "inside": float((far <= -2 * np.log(0.05)).mean()),
        "median_error_m": float(np.median(np.linalg.norm(off[told], axis=1))),
        "median_semi_major_m": float(np.median(found.semi_major_m[told])),
        "middle_semi_major_m": float(middle.semi_major_m[0]),
        "refused": float(np.count_nonzero(~told)),
    }


def hillside(height_m: float, pitch_deg: float) -> dict[str, np.ndarray]:
    """How far off each of a grid of px is, by what is known of the ground. The truth is found by marching along each
    ray by 2 cm."""
    lon0, lat0 = 113.65, 34.75
    across, along = (float(one) for one in metres_per_degree(np.array(lat0)))

    def rise(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return 0.2 * north + 0.05 * east + 3.0 * np.sin(north / 50.0) * np.cos(east / 60.0)

    def known(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return rise((lon - lon0) * across, (lat - lat0) * along)

    posts = np.arange(1201) / 1200
    tile = Terrain({(113, 34): (known(*np.meshgrid(113 + posts, 35 - posts)) + 6000).round().astype(np.int16)})
    lens = Lens.from_view(70.0, (1920, 1080))
    one = View(*(np.array([value]) for value in (lon0, lat0, height_m, 0.0, pitch_deg, 0.0)))
    px = np.stack(np.meshgrid(np.linspace(100, 1820, 12), np.linspace(100, 980, 8)), axis=2).reshape(-1, 2)
    ray = np.column_stack([lens.slopes(px), np.ones(len(px))]) @ axes(0.0, pitch_deg, 0.0)
    truth = np.zeros((len(px), 2))
    for row, (east, north, up) in enumerate(ray / np.linalg.norm(ray, axis=1, keepdims=True)):
        away = np.arange(0.0, 20 * height_m, 0.02)
        over = height_m + up * away - rise(east * away, north * away)
        truth[row] = np.array([east, north]) * away[int(np.argmax(over <= 0))]
    reliefs = {"level": None, "known": known, "from a tile": lambda lon, lat: tile.heights_amsl_m(lon, lat) - 6000}
    found = {}
    for name, relief in reliefs.items():
        at = locate(px, one, lens, relief=relief)
        metres = np.column_stack([(at.lon - lon0) * across, (at.lat - lat0) * along])
        found[name] = np.linalg.norm(metres - truth, axis=1)
    return found


def _known_points(
    scene: AerialScene, count: int, rng: np.random.Generator, bent: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Points of the scene's ground, as evenly over the picture as a grid of its px would be: where the renderer's own
    camera and OpenCV's lens put them, px (N, 2), and where geographiclib says that they are, degrees (N, 2)."""
    east, north, height, yaw, pitch = scene.flight.at(0.0)
    camera = Camera(
        0.0, 0.0, height, math.radians(yaw), math.radians(-pitch), math.radians(scene.view_deg), scene.resolution_wh
    )
    wanted = rng.uniform((0, 0), scene.resolution_wh, (count, 2))
    ground = np.column_stack([wanted, np.ones(count)]) @ np.linalg.inv(camera.ground_homography()).T
    places = np.column_stack([ground[:, :2] / ground[:, 2:], np.zeros(count)])
    wide, high = scene.resolution_wh
    matrix = np.array([[camera.focal_px, 0, wide / 2], [0, camera.focal_px, high / 2], [0, 0, 1]])
    turn = cv2.Rodrigues(camera.axes)[0]
    at_px = cv2.projectPoints(places, turn, -camera.axes @ camera.position, matrix, np.array(bent))[0].reshape(-1, 2)
    seen = ((at_px >= 0) & (at_px <= scene.resolution_wh)).all(axis=1)
    below = scene.lonlat(np.array([[east, north]]))[0]
    truth = [
        Geodesic.WGS84.Direct(below[1], below[0], math.degrees(math.atan2(x, y)), math.hypot(x, y))
        for x, y, _ in places[seen]
    ]
    return at_px[seen], np.array([(one["lon2"], one["lat2"]) for one in truth])


def _noisy(exact: View, count: int, rng: np.random.Generator, doubt: Doubt) -> View:
    east, north = rng.normal(0, doubt.horizontal_m, (2, count))
    lat = exact.lat[0] + north / 110_920.0
    lon = exact.lon[0] + east / (_METRES_PER_DEGREE * np.cos(np.radians(exact.lat[0])))
    height = exact.height_m[0] + rng.normal(0, np.hypot(doubt.height_m, _GROUND_M), count)
    angles = (
        (exact.yaw_deg[0], doubt.yaw_deg),
        (exact.pitch_deg[0], doubt.pitch_deg),
        (exact.roll_deg[0], doubt.roll_deg),
    )
    return View(lon, lat, height, *(middle + rng.normal(0, spread, count) for middle, spread in angles))


def _metres(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    scale = np.array([_METRES_PER_DEGREE * np.cos(np.radians(truth[0, 1])), 110_920.0])
    return (found - truth) * scale


if __name__ == "__main__":
    main()
