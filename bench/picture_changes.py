"""What happens to a camera's pictures: faults that must be found, and light, weather and traffic that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import cv2
import numpy as np

from vision.types import Picture

_NOISE = 1.0
BENIGN_S = 240.0
"""How long a change that is none lasts."""

Change = Callable[["Camera", Picture, float], Picture]


def _as(array: object) -> Picture:
    return cast(Picture, np.asarray(array, np.uint8))


class Camera:
    """A clip as a camera that never ends, with noise of its own. `at_s` of a change counts from its beginning."""

    def __init__(self, pictures: list[Picture], seed: int) -> None:
        self._pictures = self._to_and_fro(pictures)
        self.chance = np.random.default_rng(seed)
        self.held: Picture | None = None

    def next(self) -> Picture:
        return next(self._pictures)

    def noisy(self, picture: Picture, sigma: float = _NOISE) -> Picture:
        grain = self.chance.standard_normal(picture.shape, np.float32) * sigma
        return np.clip(picture + grain, 0, 255).astype(np.uint8)

    @staticmethod
    def _to_and_fro(pictures: list[Picture]) -> Iterator[Picture]:
        n, step = 0, 1
        while True:
            yield pictures[n]
            if not 0 <= n + step < len(pictures):
                step = -step
            n += step if len(pictures) > 1 else 0


def black(camera: Camera, picture: Picture, at_s: float) -> Picture:
    return camera.noisy(np.full_like(picture, 8))


def one_colour(camera: Camera, picture: Picture, at_s: float) -> Picture:
    return np.full_like(picture, 120)


def frozen(camera: Camera, picture: Picture, at_s: float) -> Picture:
    if camera.held is None:
        camera.held = camera.noisy(picture)
    return camera.held


def frozen_with_clock(camera: Camera, picture: Picture, at_s: float) -> Picture:
    shown = frozen(camera, picture, at_s).copy()
    shown[6:18, 6:100] = camera.chance.integers(0, 255, (12, 94))
    return shown


def blurred(sigma_px: float) -> Change:
    return lambda camera, picture, at_s: camera.noisy(_as(cv2.GaussianBlur(picture, (0, 0), sigma_px)))


def covered(over_s: float) -> Change:
    def change(camera: Camera, picture: Picture, at_s: float) -> Picture:
        height, width = picture.shape
        reach = round(width * (1.0 if over_s == 0 else min(1.0, at_s / over_s)))
        y, x = np.mgrid[:height, :width]
        cloth = (42 + 22 * x / width + 10 * np.sin(y / 60)).astype(np.uint8)
        return camera.noisy(np.where(x < reach, cloth, picture).astype(np.uint8))

    return change


def moved(right: float = 0.0, down: float = 0.0, degrees: float = 0.0, zoom: float = 1.0) -> Change:
    def change(camera: Camera, picture: Picture, at_s: float) -> Picture:
        height, width = picture.shape
        warp = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
        warp[:, 2] += (right * width, down * height)
        return camera.noisy(_as(cv2.warpAffine(picture, warp, (width, height), borderMode=cv2.BORDER_REFLECT)))

    return change


def normal(camera: Camera, picture: Picture, at_s: float) -> Picture:
    return camera.noisy(picture)


def night(gain: float, sigma: float) -> Change:
    return lambda camera, picture, at_s: camera.noisy((picture * gain).astype(np.uint8), sigma)


def dusk(camera: Camera, picture: Picture, at_s: float) -> Picture:
    share = min(1.0, at_s / BENIGN_S)
    return camera.noisy((picture * (1 - 0.8 * share)).astype(np.uint8), _NOISE + 3 * share)


def infra_red(camera: Camera, picture: Picture, at_s: float) -> Picture:
    return camera.noisy(np.clip(picture * 1.25 + 15, 0, 255).astype(np.uint8), 2)


def infra_red_harsh(camera: Camera, picture: Picture, at_s: float) -> Picture:
    """Foliage and paint change places, and a lamp lights the middle alone."""
    height, width = picture.shape
    y, x = np.mgrid[:height, :width]
    lamp = np.exp(-(((x - width / 2) / (0.45 * width)) ** 2) - ((y - height / 2) / (0.5 * height)) ** 2)
    return camera.noisy((np.interp(picture, [0, 60, 120, 255], [20, 110, 90, 255]) * lamp).astype(np.uint8), 5)


def rain(camera: Camera, picture: Picture, at_s: float) -> Picture:
    wet = (picture * 0.8 + 25).astype(np.uint8)
    for x, y in camera.chance.integers(0, picture.shape[::-1], (400, 2)).tolist():
        cv2.line(wet, (x, y), (x + 3, y + 18), min(255, int(wet[y, x]) + 50), 1)
    return camera.noisy(wet, 2)


def fog(camera: Camera, picture: Picture, at_s: float) -> Picture:
    return camera.noisy((picture * 0.3 + 130).astype(np.uint8))


def headlights(camera: Camera, picture: Picture, at_s: float) -> Picture:
    height, width = picture.shape
    y, x = np.mgrid[:height, :width]
    at_x, at_y = camera.chance.uniform(0.2, 0.8) * width, camera.chance.uniform(0.4, 0.8) * height
    glare = 300 * np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * (0.12 * width) ** 2))
    return np.clip(night(0.25, 4)(camera, picture, at_s) + glare, 0, 255).astype(np.uint8)


def shaken(camera: Camera, picture: Picture, at_s: float) -> Picture:
    right, down = camera.chance.uniform(-0.01, 0.01, 2)
    return moved(right, down)(camera, picture, at_s)


def truck(camera: Camera, picture: Picture, at_s: float) -> Picture:
    """It stands before the camera for a minute, hides two thirds of the picture, and goes."""
    if not 30 <= at_s < 90:
        return camera.noisy(picture)
    height, width = picture.shape
    shown = picture.copy()
    shown[:, : int(0.66 * width)] = 70
    for x in range(0, int(0.66 * width), 60):
        cv2.line(shown, (x, 0), (x, height), 90, 2)
    cv2.putText(shown, "FREIGHT 12", (10, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 210, 5)
    return camera.noisy(shown)


def resized(camera: Camera, picture: Picture, at_s: float) -> Picture:
    return camera.noisy(_as(cv2.resize(picture, (352, 288), interpolation=cv2.INTER_AREA)))


def low_bitrate(camera: Camera, picture: Picture, at_s: float) -> Picture:
    """JPEG at quality 12: blocks, and little of the finest detail."""
    coded = cv2.imencode(".jpg", camera.noisy(picture), [cv2.IMWRITE_JPEG_QUALITY, 12])[1]
    return _as(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))


FAULTS: dict[str, tuple[str, Change]] = {
    "black": ("flat", black),
    "one colour": ("flat", one_colour),
    "frozen": ("frozen", frozen),
    "frozen, its clock runs on": ("frozen", frozen_with_clock),
    "covered at once": ("covered", covered(0)),
    "covered within 60 s": ("covered", covered(60)),
    "out of focus, 2 px": ("defocused", blurred(2)),
    "out of focus, 3 px": ("defocused", blurred(3)),
    "out of focus, 8 px": ("defocused", blurred(8)),
    "sagged by 5 %": ("turned", moved(0, 0.05)),
    "turned by 10 %": ("turned", moved(0.1, 0.05)),
    "turned by 40 %": ("turned", moved(0.4)),
    "about its axis, 6°": ("turned", moved(degrees=6)),
    "about its axis, 12°": ("turned", moved(degrees=12)),
    "about its axis, 45°": ("turned", moved(degrees=45)),
    "zoomed by 1.3": ("turned", moved(zoom=1.3)),
}
FROM_THE_FIRST = ("black", "one colour", "frozen", "covered at once")
"""Those that show without knowing what was there before."""
BENIGN: dict[str, Change] = {
    "traffic": normal,
    "infra-red (grey, more gain)": infra_red,
    "infra-red, harsh": infra_red_harsh,
    "night (gain 0.25, noise 4)": night(0.25, 4),
    "deep night (gain 0.12, noise 4)": night(0.12, 4),
    "dusk within 4 min": dusk,
    "rain": rain,
    "fog": fog,
    "headlights at night": headlights,
    "shake of 1 %": shaken,
    "a truck for a minute": truck,
    "another size": resized,
    "low bitrate": low_bitrate,
}
