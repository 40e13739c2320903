"""A camera's lens: between px of the picture and directions. Brown's distortion with OpenCV's coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_ROUNDS, _SETTLED = 40, 1e-12
_FOLDS = 0.05


@dataclass(frozen=True, slots=True)
class Lens:
    """`focal_px` and `centre_px` are (x, y) px of a picture of `resolution_wh`; a pixel's centre is at its whole
    number and a half, so the middle of the picture is (width / 2, height / 2). `distortion` is k1, k2, p1, p2, k3
    (Brown 1966, in OpenCV's order). `focal_doubt` is one standard deviation of the focal length, as a share of it."""

    resolution_wh: tuple[int, int]
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    focal_doubt: float = 0.01

    @classmethod
    def from_view(cls, view_deg: float, resolution_wh: tuple[int, int], focal_doubt: float = 0.01) -> Lens:
        """A pinhole that sees `view_deg` from left to right."""
        wide, high = resolution_wh
        focal = wide / 2 / math.tan(math.radians(view_deg) / 2)
        return cls(resolution_wh, (focal, focal), (wide / 2, high / 2), focal_doubt=focal_doubt)

    def scaled(self, resolution_wh: tuple[int, int]) -> Lens:
        """The same lens with the whole picture at another size."""
        across, down = (new / old for new, old in zip(resolution_wh, self.resolution_wh, strict=True))
        focal = self.focal_px[0] * across, self.focal_px[1] * down
        centre = self.centre_px[0] * across, self.centre_px[1] * down
        return Lens(resolution_wh, focal, centre, self.distortion, self.focal_doubt)

    def slopes(self, points_px: NDArray[np.floating]) -> Doubles:
        """Right and down per unit forward (N, 2) of px (N, 2); NaN where the lens model has no answer."""
        seen = (np.asarray(points_px, np.float64).reshape(-1, 2) - self.centre_px) / self.focal_px
        if not any(self.distortion):
            return seen
        found = seen.copy()
        with np.errstate(all="ignore"):
            for _ in range(_ROUNDS):
                step = self._newton(found, seen)
                found = found + step
                if np.nanmax(np.abs(step), initial=0.0) < _SETTLED:
                    break
            off = np.abs(self._distorted(found) - seen).max(axis=1) * max(self.focal_px)
        found[~(off < 1e-3)] = np.nan
        # Beyond its turning point Brown's polynomial folds back: such answers are of no ray.
        slope = self._slope(found)
        found[~((np.linalg.det(slope) > _FOLDS) & (np.trace(slope, axis1=1, axis2=2) > 0))] = np.nan
        return found

    def pixels(self, slopes: NDArray[np.floating]) -> Doubles:
        """px (N, 2) of right and down per unit forward (N, 2)."""
        return self._distorted(np.asarray(slopes, np.float64).reshape(-1, 2)) * self.focal_px + self.centre_px

    def _distorted(self, at: Doubles) -> Doubles:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = at[:, 0], at[:, 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        across = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        down = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        return np.stack([across, down], axis=1)

    def _slope(self, at: Doubles) -> Doubles:
        """How the distorted point changes with the true one (N, 2, 2)."""
        k1, k2, p1, p2, k3 = self.distortion
        x, y = at[:, 0], at[:, 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        grows = 2 * (k1 + r2 * (2 * k2 + r2 * 3 * k3))
        xx = radial + grows * x * x + 2 * p1 * y + 6 * p2 * x
        xy = grows * x * y + 2 * p1 * x + 2 * p2 * y
        yy = radial + grows * y * y + 6 * p1 * y + 2 * p2 * x
        return np.stack([np.stack([xx, xy], axis=1), np.stack([xy, yy], axis=1)], axis=1)

    def _newton(self, at: Doubles, seen: Doubles) -> Doubles:
        (a, b), (c, d) = np.moveaxis(self._slope(at), 0, -1)
        x, y = (seen - self._distorted(at)).T
        step: Doubles = np.stack([d * x - b * y, a * y - c * x], axis=1) / (a * d - b * c)[:, None]
        return step
