"""Where the ground lies in a camera's picture: pixels to metres and back, and how far to trust it.

A plane comes from four or more points that somebody measured (a homography, Hartley and Zisserman 2004, section 4.1),
or from how high a level pinhole camera stands, how far it looks down and how wide it sees. `vision.ground_learnt`
finds those three from the heights of persons and cars when nobody measured anything.

Metres lie on the ground: x to the right, y away from the camera; whoever measured the points chooses the origin.
Nothing here corrects a lens's distortion: near the corners of a wide lens, distances are off by more than is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.types import Detections

Doubles = NDArray[np.float64]

_FOOT_PX = 0.05  # a box's foot is off by about this share of the box's height
_POINT_PX = 2.0  # a person clicks a point this well, px
_FLAT = 1e-6  # smallest singular value over the largest below which points do not determine a plane
_STEP = 1e-6
_TILT_DOUBT, _HEIGHT_DOUBT, _VIEW_DOUBT = np.radians(2.0), 0.05, 0.1  # of values that somebody typed in


class BadGround(ValueError):
    """The points or values given do not say where the ground is."""


@dataclass(frozen=True)
class GroundPlane:
    """`px_to_m` float64 (3, 3) takes homogeneous px of the full frame to metres, with a positive last coordinate for
    what lies before the horizon. `doubts` float64 (K, 3, 3) are the same plane, one standard deviation off in each of K
    independent ways."""

    px_to_m: Doubles
    doubts: Doubles

    def metres(self, points_px: NDArray[np.floating]) -> Doubles:
        """Ground points (N, 2) in metres of picture points (N, 2); NaN at the horizon and above it."""
        return _through(self.px_to_m, points_px)

    def pixels(self, points_m: NDArray[np.floating]) -> Doubles:
        """Picture points (N, 2) in px of ground points (N, 2) in metres; NaN for what lies behind the camera."""
        back = np.linalg.inv(self.px_to_m)
        at = _homogeneous(points_m) @ back.T
        # A point before the horizon has a positive third coordinate both ways.
        ahead = (at / np.where(at[:, 2:] == 0, np.nan, at[:, 2:])) @ self.px_to_m[2] > 0
        return np.where(ahead[:, None], at[:, :2] / at[:, 2:], np.nan)

    def metres_per_px(self, points_px: NDArray[np.floating]) -> Doubles:
        """How ground metres change with the picture point: the Jacobian (N, 2, 2), metres (rows) per px (columns)."""
        at = _homogeneous(points_px) @ self.px_to_m.T
        w = np.where(at[:, 2] > 0, at[:, 2], np.nan)[:, None, None]
        return (self.px_to_m[None, :2, :2] - (at[:, :2] / w[:, 0])[:, :, None] * self.px_to_m[None, 2:, :2]) / w

    def px_per_metre(self, points_px: NDArray[np.floating]) -> Doubles:
        """How many px a metre of ground takes there (N,): the geometric mean of both directions."""
        return np.asarray(1 / np.sqrt(np.abs(np.linalg.det(self.metres_per_px(points_px)))), np.float64)

    def error_m(self, points_px: NDArray[np.floating], point_error_px: NDArray[np.floating] | float = 0.0) -> Doubles:
        """One standard deviation of where the points lie on the ground, metres (N,): from doubt of the plane, and from
        doubt of the points themselves, `point_error_px` (N,) or one for all. Infinite at the horizon."""
        here = self.metres(points_px)
        off = np.stack([_through(doubt, points_px) - here for doubt in (*self.doubts, self.px_to_m)])
        total = np.sqrt((off**2).sum(axis=(0, 2)) + self.jitter_m(points_px, point_error_px) ** 2)
        return np.asarray(np.nan_to_num(total, nan=np.inf), np.float64)

    def jitter_m(self, points_px: NDArray[np.floating], point_error_px: NDArray[np.floating] | float) -> Doubles:
        """How far points move on the ground when they move by so many px, metres (N,): what one point's places at two
        times differ by, whatever the doubt of the plane. Infinite at the horizon."""
        moved = np.abs(self.metres_per_px(points_px)).max(axis=(1, 2)) * point_error_px
        return np.asarray(np.where(np.isnan(moved), np.inf, moved), np.float64)

    def length_error(self, points_px: NDArray[np.floating]) -> Doubles:
        """One standard deviation of a short length there, as a share of it (N,): 0.1 says that 3 m may be 2.7."""
        if not len(self.doubts):
            return np.zeros(len(points_px))
        scale = np.stack([_planes_scale(doubt, points_px) for doubt in self.doubts])
        return np.asarray(
            np.sqrt((np.log(scale / _planes_scale(self.px_to_m, points_px)) ** 2).sum(axis=0)), np.float64
        )

    def scaled(self, across: float, down: float) -> GroundPlane:
        """The same ground in a picture that is so many times as wide and as high."""
        back = np.diag([1 / across, 1 / down, 1.0])
        return GroundPlane(self.px_to_m @ back, self.doubts @ back)


class Ground(Protocol):
    """Where the ground is: known, or learnt from what is seen."""

    def see(self, detections: Detections, source_wh: tuple[int, int]) -> None: ...

    def plane(self, source_wh: tuple[int, int]) -> GroundPlane | None: ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


class KnownGround:
    """A ground that somebody measured: nothing is learnt. `plane_of` gives it for a picture's size."""

    def __init__(self, plane_of: Callable[[tuple[int, int]], GroundPlane]) -> None:
        self._plane_of = plane_of
        self._known: tuple[tuple[int, int], GroundPlane] | None = None

    def see(self, detections: Detections, source_wh: tuple[int, int]) -> None:
        """What is seen changes nothing."""

    def plane(self, source_wh: tuple[int, int]) -> GroundPlane:
        if self._known is None or self._known[0] != source_wh:
            self._known = source_wh, self._plane_of(source_wh)
        return self._known[1]

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """There is nothing to go on from."""


def foot(xyxy: NDArray[np.floating]) -> Doubles:
    """Where boxes (N, 4) touch the ground: the middle of their lower edge, px (N, 2)."""
    boxes = np.asarray(xyxy, np.float64)
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


def foot_error_px(xyxy: NDArray[np.floating]) -> Doubles:
    """How far off that may be, px (N,)."""
    return np.asarray(_FOOT_PX * (xyxy[:, 3] - xyxy[:, 1]), np.float64)


def from_points(
    points_px: Sequence[tuple[float, float]] | Doubles,
    points_m: Sequence[tuple[float, float]] | Doubles,
    point_error_px: float = _POINT_PX,
) -> GroundPlane:
    """The plane through points (N, 2) known in px and in metres, N at least 4: least squares in the picture.

    Raises `BadGround` where they do not determine one: too few, three of four on a line, two the same, or points in
    another order than their metres.
    """
    px, m = np.asarray(points_px, np.float64), np.asarray(points_m, np.float64)
    if px.shape != m.shape or px.ndim != 2 or px.shape[1] != 2 or len(px) < 4:
        raise BadGround(
            f"ground points must be four or more, each with px and metres, (N, 2) both; got {px.shape} and {m.shape}"
        )
    if not (np.isfinite(px).all() and np.isfinite(m).all()):
        raise BadGround("ground points must be finite numbers")
    unit_px, unit_m = _unit(px), _unit(m)
    m_to_px = _linear(_apply(unit_m, m), _apply(unit_px, px))
    m_to_px, spread = _refined(m_to_px, _apply(unit_m, m), _apply(unit_px, px), point_error_px * unit_px[0, 0])
    planes = [np.linalg.inv(unit_m) @ np.linalg.inv(h) @ unit_px for h in (m_to_px, *(m_to_px + s for s in spread))]
    signs = np.stack([_homogeneous(px) @ plane[2] for plane in planes])
    if (signs.min(axis=1) * signs.max(axis=1))[0] <= 0:
        raise BadGround("the horizon runs between the ground points: check that px and metres are in the same order")
    if np.any(signs.min(axis=1) * signs.max(axis=1) <= 0):
        raise BadGround("the ground points leave open where the horizon is: take them farther apart, not on one line")
    planes = [plane * np.sign(sign[0]) for plane, sign in zip(planes, signs, strict=True)]
    return GroundPlane(planes[0], np.stack(planes[1:]))


def from_camera(
    height_m: float, tilt_rad: float, focal_px: float, source_wh: tuple[int, int], covariance: Doubles | None = None
) -> GroundPlane:
    """The plane below a level pinhole camera `height_m` above it that looks down by `tilt_rad`.

    `covariance` float64 (3, 3) is of (log height, tilt, log focal); None for what values typed in by a person are
    worth. Metres are from the foot of the camera. Raises `BadGround`.
    """
    if not (height_m > 0 and focal_px > 0 and -np.pi / 2 < tilt_rad <= np.pi / 2):
        raise BadGround(
            "a camera's height and focal length must be above 0 and its tilt between -90 and 90 degrees; got "
            f"{height_m} m, {focal_px} px, {np.degrees(tilt_rad):.1f} degrees"
        )
    if covariance is None:
        covariance = np.diag([_HEIGHT_DOUBT, _TILT_DOUBT, _VIEW_DOUBT]) ** 2
    values, vectors = np.linalg.eigh(covariance)
    spread = (vectors * np.sqrt(np.maximum(values, 0))).T
    at = np.array([np.log(height_m), tilt_rad, np.log(focal_px)])
    return GroundPlane(_below(at, source_wh), np.stack([_below(at + off, source_wh) for off in spread]))


def _below(at: Doubles, source_wh: tuple[int, int]) -> Doubles:
    height, tilt, focal = np.exp(at[0]), at[1], np.exp(at[2])
    x0, y0 = source_wh[0] / 2, source_wh[1] / 2
    sin, cos = np.sin(tilt), np.cos(tilt)
    return np.array(
        [
            [height / focal, 0, -height * x0 / focal],
            [0, -height * sin / focal, height * (cos + sin * y0 / focal)],
            [0, cos / focal, sin - cos * y0 / focal],
        ]
    )


def _homogeneous(points: NDArray[np.floating]) -> Doubles:
    return np.concatenate([np.asarray(points, np.float64), np.ones((len(points), 1))], axis=1)


def _apply(plane: Doubles, points: Doubles) -> Doubles:
    at = _homogeneous(points) @ plane.T
    return np.asarray(at[:, :2] / at[:, 2:])


def _through(plane: Doubles, points_px: NDArray[np.floating]) -> Doubles:
    at = _homogeneous(points_px) @ plane.T
    return np.asarray(at[:, :2] / np.where(at[:, 2:] > 0, at[:, 2:], np.nan))


def _planes_scale(plane: Doubles, points_px: NDArray[np.floating]) -> Doubles:
    w = _homogeneous(points_px) @ plane[2]
    return np.asarray(np.sqrt(np.abs(np.linalg.det(plane)) / np.where(w > 0, w, np.nan) ** 3))


def _unit(points: Doubles) -> Doubles:
    """Takes the points to mean 0 and mean distance sqrt(2), without which the linear solution is badly conditioned."""
    centre = points.mean(axis=0)
    apart = np.linalg.norm(points - centre, axis=1).mean()
    if apart <= 0:
        raise BadGround("the ground points are all the same point")
    scale = np.sqrt(2) / apart
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _linear(source: Doubles, target: Doubles) -> Doubles:
    """The homography from source to target (N, 2) points: direct linear transform."""
    ones, none = _homogeneous(source), np.zeros((len(source), 3))
    rows = np.concatenate(
        [
            np.concatenate([ones, none, -target[:, :1] * ones], axis=1),
            np.concatenate([none, ones, -target[:, 1:] * ones], axis=1),
        ]
    )
    _, values, vectors = np.linalg.svd(rows)
    if values[7] < _FLAT * values[0] or abs(np.linalg.det(vectors[-1].reshape(3, 3))) < _FLAT:
        raise BadGround("the ground points do not determine a plane: no three of four may lie on one line")
    found: Doubles = vectors[-1].reshape(3, 3)
    return found / np.linalg.norm(found)


def _refined(plane: Doubles, source: Doubles, target: Doubles, error: float) -> tuple[Doubles, Doubles]:
    """Gauss and Newton's least squares, and one standard deviation along each free direction, (8, 3, 3)."""
    for _ in range(8):
        jacobian = np.stack(
            [(_apply(plane + _STEP * d, source) - _apply(plane, source)).ravel() / _STEP for d in _NINE], axis=1
        )
        residual = (target - _apply(plane, source)).ravel()
        plane = plane + (np.linalg.pinv(jacobian, rcond=1e-9) @ residual).reshape(3, 3)
        plane /= np.linalg.norm(plane)
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian)
    # The ninth direction only scales the matrix.
    if values[1] <= _FLAT**2 * values[-1]:
        raise BadGround("the ground points do not determine a plane: no three of four may lie on one line")
    left = residual @ residual / max(1, len(residual) - 8) if len(source) > 4 else 0.0
    spread = np.sqrt(max(error**2, left) / values[1:])
    return plane, (vectors[:, 1:] * spread).T.reshape(8, 3, 3)


_NINE = np.eye(9).reshape(9, 3, 3)
