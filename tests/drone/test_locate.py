"""Pixels to places: exact truth through the globe by an independent geodesy, doubts that hold, and clear refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from drone.attitude import axes
from drone.lens import Lens
from drone.locate import TWO_DIMENSIONS_95, Doubt, Refused, Relief, ellipse, locate, metres_per_degree, project
from drone.terrain import Terrain
from drone.types import Pose
from drone.view import Ground, View
from streams.clock import SystemClock

LENS = Lens.from_view(70.0, (1920, 1080))
BENT = replace(LENS, distortion=(-0.12, 0.03, 0.0012, -0.0007, -0.002), centre_px=(955.3, 548.1))
HERE = (113.65, 34.75)


def view(**given: float) -> View:
    values = {"lon": HERE[0], "lat": HERE[1], "height_m": 60.0, "yaw_deg": 30.0, "pitch_deg": -45.0, "roll_deg": 0.0}
    return View(**{name: np.array([value]) for name, value in (values | given).items()})


def seen(place_m: tuple[float, float], one: View, lens: Lens) -> tuple[np.ndarray, tuple[float, float]]:
    """Where a ground point so many metres east and north of the camera is in the picture, and where it is on the
    globe: with the ellipsoid's surface, not the plane below the camera."""
    found = Geodesic.WGS84.Direct(HERE[1], HERE[0], np.degrees(np.arctan2(place_m[0], place_m[1])), np.hypot(*place_m))
    camera, ground = _ecef(*HERE, float(one.height_m[0])), _ecef(found["lon2"], found["lat2"], 0.0)
    enu = _enu(*HERE) @ (ground - camera)
    in_camera = axes(one.yaw_deg[0], one.pitch_deg[0], one.roll_deg[0]) @ enu
    return lens.pixels(in_camera[None, :2] / in_camera[2])[0], (found["lon2"], found["lat2"])


def _ecef(lon: float, lat: float, height: float) -> np.ndarray:
    a, e2 = 6378137.0, 6.69437999014e-3
    sin, cos = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    n = a / np.sqrt(1 - e2 * sin**2)
    return np.array(
        [
            (n + height) * cos * np.cos(np.radians(lon)),
            (n + height) * cos * np.sin(np.radians(lon)),
            (n * (1 - e2) + height) * sin,
        ]
    )


def _enu(lon: float, lat: float) -> np.ndarray:
    sl, cl, sp, cp = *(f(np.radians(lon)) for f in (np.sin, np.cos)), *(f(np.radians(lat)) for f in (np.sin, np.cos))
    return np.array([[-sl, cl, 0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]])


def off_m(lon: float, lat: float, truth: tuple[float, float]) -> float:
    return float(Geodesic.WGS84.Inverse(lat, lon, truth[1], truth[0])["s12"])


@pytest.mark.parametrize("lens", [LENS, BENT], ids=["pinhole", "bent"])
@pytest.mark.parametrize("angles", [(30, -45, 0), (-140, -60, 8), (200, -25, -3), (0, -90, 0)])
def test_a_known_pixel_is_located_to_five_centimetres(lens: Lens, angles: tuple[float, ...]) -> None:
    one = view(yaw_deg=angles[0], pitch_deg=angles[1], roll_deg=angles[2])
    across = np.radians(angles[0])
    ahead = 60 / np.tan(np.radians(-angles[1])) if angles[1] > -90 else 0.0
    for right, forward in ((0, 0), (-25, 10), (20, -8), (3, 30)):
        east = np.sin(across) * (ahead + forward) + np.cos(across) * right
        north = np.cos(across) * (ahead + forward) - np.sin(across) * right
        px, truth = seen((east, north), one, lens)
        found = locate(px[None], one, lens)
        assert not found.refused[0]
        assert off_m(found.lon[0], found.lat[0], truth) < 0.05
        assert project(np.array([truth]), one, lens)[0] == pytest.approx(px, abs=0.2)


@pytest.mark.parametrize("pitch_deg", [-45.0, -30.0, -75.0])
def test_the_ellipse_holds_the_truth_in_95_of_100(pitch_deg: float) -> None:
    """Four thousand draws of every stated doubt: 93 to 97 % of truths lie inside."""
    rng, n, doubt = np.random.default_rng(7), 4000, Doubt()
    px, truth = seen((25.0, 60 / np.tan(np.radians(-pitch_deg)) + 4), view(yaw_deg=20, pitch_deg=pitch_deg), LENS)
    noisy = View(
        *(np.full(n, v) for v in HERE),
        60 + rng.normal(0, np.hypot(doubt.height_m, 0.5), n),
        20 + rng.normal(0, doubt.yaw_deg, n),
        pitch_deg + rng.normal(0, doubt.pitch_deg, n),
        rng.normal(0, doubt.roll_deg, n),
    )
    found = locate(px + rng.normal(0, doubt.pixel_px, (n, 2)), noisy, replace(LENS, focal_doubt=1e-9), doubt)
    east = (found.lon - truth[0]) * 111_320 * np.cos(np.radians(HERE[1])) + rng.normal(0, doubt.horizontal_m, n)
    north = (found.lat - truth[1]) * 110_920 + rng.normal(0, doubt.horizontal_m, n)
    off = np.column_stack([east, north])
    far = np.einsum("ni,nij,nj->n", off, np.linalg.inv(found.covariance_m2), off)
    assert 0.93 < np.mean(far < TWO_DIMENSIONS_95**2) < 0.97


def test_the_ellipse_lies_along_the_line_of_sight_where_pitch_is_in_doubt() -> None:
    doubt = Doubt(horizontal_m=0.1, yaw_deg=0.1, pitch_deg=1.0, roll_deg=0.1, pixel_px=0.1, height_m=0.1)
    found = locate(np.array([[960.0, 540.0]]), view(yaw_deg=110, pitch_deg=-30), LENS, doubt)
    assert found.bearing_deg[0] == pytest.approx(110, abs=0.5)
    assert found.semi_major_m[0] > 5 * found.semi_minor_m[0]


def test_an_ellipse_of_a_covariance() -> None:
    major, minor, bearing = ellipse(np.array([[[4.0, 0.0], [0.0, 1.0]], [[2.5, 1.5], [1.5, 2.5]]]))
    assert major == pytest.approx([2 * TWO_DIMENSIONS_95] * 2)
    assert minor == pytest.approx([TWO_DIMENSIONS_95] * 2)
    assert bearing == pytest.approx([90, 45])


def test_what_cannot_be_located_says_why() -> None:
    middle, none = np.array([[960.0, 540.0]]), float("nan")
    cases = {
        Refused.NO_GIMBAL: view(yaw_deg=none, pitch_deg=none),
        Refused.NO_HEIGHT: view(height_m=none),
        Refused.NO_POSE: view(lon=none),
        Refused.ABOVE_HORIZON: view(pitch_deg=5.0),
        Refused.TOO_FLAT: view(pitch_deg=-1.0),
    }
    for reason, one in cases.items():
        found = locate(middle, one, LENS)
        assert found.refused[0] == reason
        assert np.isnan([found.lon[0], found.lat[0], found.semi_major_m[0]]).all()
    assert locate(middle, view(height_m=-3.0), LENS).refused[0] == Refused.NO_HEIGHT
    beyond = replace(LENS, distortion=(-0.4, 0.0, 0.0, 0.0, 0.0))
    assert locate(np.array([[4000.0, 540.0]]), view(), beyond).refused[0] == Refused.OUTSIDE_LENS


def test_pixels_of_one_picture_are_refused_one_by_one() -> None:
    found = locate(np.array([[960.0, 1079.0], [960.0, 0.0]]), view(pitch_deg=-15), LENS)
    assert found.refused.tolist() == [Refused.NO, Refused.ABOVE_HORIZON]


def test_an_oblique_view_without_yaw_is_refused_and_straight_down_is_a_ring_wide() -> None:
    none = float("nan")
    oblique = locate(np.array([[960.0, 540.0]]), view(yaw_deg=none), LENS)
    assert oblique.refused[0] == Refused.NO_GIMBAL
    down = view(yaw_deg=none, pitch_deg=-90.0)
    found = locate(np.array([[1160.0, 540.0]]), down, LENS)
    away = 200 / LENS.focal_px[0] * 60
    assert (found.lon[0], found.lat[0]) == pytest.approx(HERE)
    assert away < found.semi_minor_m[0] < 2.5 * away


def test_heights_come_from_home_or_from_sea_level_and_never_mixed() -> None:
    pose = Pose(SystemClock().now(), *HERE, 180.0, 62.0, 0.0, -90.0, None)
    assert View.of([pose], Ground()).height_m[0] == 62.0
    assert View.of([pose], Ground(home_above_m=5)).height_m[0] == 67.0
    assert View.of([pose], Ground(amsl_m=110)).height_m[0] == 70.0
    assert np.isnan(View.of([replace(pose, altitude_amsl_m=None)], Ground(amsl_m=110)).height_m[0])
    assert np.isnan(View.of([None], Ground()).lon[0])


def test_a_bent_lens_goes_both_ways() -> None:
    points = np.random.default_rng(3).uniform((0, 0), (1920, 1080), (300, 2))
    assert np.allclose(BENT.pixels(BENT.slopes(points)), points, atol=1e-6)
    half = BENT.scaled((960, 540))
    assert np.allclose(half.slopes(points / 2), BENT.slopes(points), atol=1e-9)


def test_rows_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="1 row or one for each of 3"):
        locate(np.zeros((3, 2)), view().repeated(2), LENS)
    assert len(locate(np.zeros((0, 2)), view(), LENS)) == 0


def slope(east_share: float, north_share: float, over_m: float = 0.0) -> tuple[Terrain, Relief]:
    """A hillside as an `.hgt` tile of 1201 posts would hold it, whole metres and all, and as it is; it lies `over_m`
    over the level below the camera."""

    def relief(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        across, along = metres_per_degree(np.array(HERE[1]))
        return east_share * (lon - HERE[0]) * across + north_share * (lat - HERE[1]) * along + over_m

    column = np.arange(1201) / 1200
    lon, lat = np.meshgrid(113 + column, 35 - column)
    return Terrain({(113, 34): np.clip(relief(lon, lat) + 500, -400, 9000).round().astype(np.int16)}), relief


@pytest.mark.parametrize("share", [(0.2, 0.1), (-0.15, 0.25), (0.0, -0.3)])
def test_on_a_hillside_a_ray_meets_the_ground_where_geometry_says(share: tuple[float, float]) -> None:
    terrain, relief = slope(*share, over_m=4.0)
    one = view(pitch_deg=-50.0)
    px = np.array([[960.0, 540.0], [300.0, 800.0], [1700.0, 200.0], [960.0, 1000.0]])
    ray = np.column_stack([LENS.slopes(px), np.ones(4)]) @ axes(30.0, -50.0, 0.0)
    falls = ray / -ray[:, 2:]
    truth = falls[:, :2] * ((60.0 - 4.0) / (1 + falls[:, :2] @ share))[:, None]
    found = locate(px, one, LENS, relief=relief)
    where = np.column_stack([found.lon, found.lat])
    assert _east_north(where) == pytest.approx(truth, abs=0.05)
    assert project(where, one, LENS, relief=relief) == pytest.approx(px, abs=0.2)
    level = _east_north(np.column_stack([(flat := locate(px, one, LENS)).lon, flat.lat]))
    assert np.linalg.norm(level - truth, axis=1).max() > 5.0, "a level ground is off by metres there"
    posts = locate(px, one, LENS, relief=lambda lon, lat: terrain.heights_amsl_m(lon, lat) - 500)
    assert np.linalg.norm(_east_north(np.column_stack([posts.lon, posts.lat])) - truth, axis=1).max() < 1.0


def test_of_a_ridge_the_near_side_is_seen_and_beyond_the_tile_nothing_is() -> None:
    def ridge(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        north = (lat - HERE[1]) * metres_per_degree(np.array(HERE[1]))[1]
        return np.maximum(0.0, 20.0 - 0.5 * np.abs(north - 60.0))

    one = view(yaw_deg=0.0, pitch_deg=-40.0)
    found = locate(np.array([[960.0, 540.0]]), one, LENS, relief=ridge)
    (at,) = _east_north(np.column_stack([found.lon, found.lat]))
    assert at[1] == pytest.approx((60.0 + 10.0) / (np.tan(np.radians(40.0)) + 0.5), abs=0.05)
    nowhere = locate(np.array([[960.0, 540.0]]), one, LENS, relief=Terrain({}).heights_amsl_m)
    assert Refused(int(nowhere.refused[0])) is Refused.NO_RELIEF


def test_a_slope_towards_the_camera_makes_a_place_surer_and_away_from_it_less() -> None:
    """What height and pitch are off by moves a place less where the ground rises to meet the ray."""
    one, px = view(yaw_deg=0.0), np.array([[960.0, 540.0]])
    major = [locate(px, one, LENS, relief=slope(0.0, share)[1]).semi_major_m[0] for share in (0.3, 0.0, -0.3)]
    assert major[0] < major[1] - 0.3 < major[2] - 0.6
    assert major[1] == pytest.approx(locate(px, one, LENS).semi_major_m[0], abs=0.02)


def _east_north(lonlat: np.ndarray) -> np.ndarray:
    rows = [Geodesic.WGS84.Inverse(HERE[1], HERE[0], lat, lon) for lon, lat in lonlat]
    return np.array(
        [[np.sin(np.radians(r["azi1"])) * r["s12"], np.cos(np.radians(r["azi1"])) * r["s12"]] for r in rows]
    )
