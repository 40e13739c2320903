"""A street made of rectangles, seen by a camera with noise, in any light; and what can befall the camera."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from vision.types import Picture


@dataclass
class Street:
    """Houses, windows and kerbs that stand, cars that pass; `next` is the picture of one more second."""

    seed: int = 1
    noise: float = 1.5
    size_wh: tuple[int, int] = (640, 360)
    _rng: np.random.Generator = field(init=False)
    _still: Picture = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self._still = self._built()

    def _built(self) -> Picture:
        w, h = 640, 360
        made = np.full((h, w), 110, np.uint8)
        for _ in range(60):
            x, y = int(self._rng.integers(-40, w)), int(self._rng.integers(-30, h))
            size = int(self._rng.integers(20, 130)), int(self._rng.integers(15, 90))
            cv2.rectangle(made, (x, y), (x + size[0], y + size[1]), int(self._rng.integers(30, 225)), -1)
        for _ in range(25):
            ends = self._rng.integers(0, (w, h), (2, 2))
            cv2.line(made, ends[0].tolist(), ends[1].tolist(), int(self._rng.integers(30, 225)), 2)
        return made

    def bare(self, cars: int = 6) -> Picture:
        """Without noise, with other cars each time."""
        made = self._still.copy()
        for _ in range(cars):
            x, y = int(self._rng.integers(0, 600)), int(self._rng.integers(150, 340))
            cv2.rectangle(made, (x, y), (x + 50, y + 25), int(self._rng.integers(10, 250)), -1)
        return made if self.size_wh == (640, 360) else _picture(cv2.resize(made, self.size_wh))

    def next(self, cars: int = 6) -> Picture:
        return self.noisy(self.bare(cars))

    def noisy(self, picture: Picture, sigma: float | None = None) -> Picture:
        grain = self._rng.standard_normal(picture.shape, np.float32) * (self.noise if sigma is None else sigma)
        return np.clip(picture + grain, 0, 255).astype(np.uint8)

    def night(self, picture: Picture) -> Picture:
        return self.noisy(_picture((picture * 0.2).astype(np.uint8)), 4.0)

    def infra_red(self, picture: Picture) -> Picture:
        """Foliage and paint change places, a lamp lights the middle, the gain is up."""
        h, w = picture.shape
        y, x = np.mgrid[:h, :w]
        lamp = np.exp(-(((x - w / 2) / (0.45 * w)) ** 2) - ((y - h / 2) / (0.6 * h)) ** 2)
        return self.noisy(
            _picture((np.interp(picture, [0, 60, 120, 255], [20, 110, 90, 255]) * lamp).astype(np.uint8)), 5
        )

    def headlights(self, picture: Picture) -> Picture:
        h, w = picture.shape
        y, x = np.mgrid[:h, :w]
        at_x, at_y = self._rng.uniform(0.2, 0.8) * w, self._rng.uniform(0.4, 0.8) * h
        glare = 300 * np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * (0.12 * w) ** 2))
        return np.clip(self.night(picture) + glare, 0, 255).astype(np.uint8)

    def rain(self, picture: Picture) -> Picture:
        wet = (picture * 0.8 + 25).astype(np.uint8)
        for x, y in self._rng.integers(0, picture.shape[::-1], (400, 2)).tolist():
            cv2.line(wet, (x, y), (x + 3, y + 18), min(255, int(wet[y, x]) + 50), 1)
        return self.noisy(wet, 2.0)


def moved(picture: Picture, right: float, down: float = 0.0, degrees: float = 0.0) -> Picture:
    """The view of a camera that was turned: by shares of the width and height, and about its axis."""
    h, w = picture.shape
    warp = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    warp[:, 2] += (right * w, down * h)
    return _picture(cv2.warpAffine(picture, warp, (w, h), borderMode=cv2.BORDER_REFLECT))


def blurred(picture: Picture, sigma_px: float) -> Picture:
    return _picture(cv2.GaussianBlur(picture, (0, 0), sigma_px))


def covered(picture: Picture, share: float) -> Picture:
    """Something smooth before the lens, from the left on."""
    h, w = picture.shape
    out = picture.copy()
    y, x = np.mgrid[:h, :w]
    cloth = (45 + 20 * x / w + 10 * np.sin(y / 60)).astype(np.uint8)
    out[:, : round(share * w)] = cloth[:, : round(share * w)]
    return out


def behind_a_truck(picture: Picture, share: float) -> Picture:
    h, w = picture.shape
    out = picture.copy()
    out[:, : int(share * w)] = 70
    cv2.putText(out, "FREIGHT 12", (10, h // 2), cv2.FONT_HERSHEY_SIMPLEX, 2.5, 210, 6)
    for x in range(0, int(share * w), 60):
        cv2.line(out, (x, 0), (x, h), 90, 2)
    return out


def _picture(array: object) -> Picture:
    return np.asarray(array, np.uint8)
