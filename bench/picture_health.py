"""How soon a camera's faults are found on real clips, and whether light, weather and traffic pass for faults.

    python bench/picture_health.py --assets ../shared/assets [--hz 0.5] [--clips NAME ...] [--only WORDS] [--json OUT]

Each clip is played to and fro as one camera, with sensor noise; after 60 looks of normal times a fault is laid over it
and the delay until it is named is measured, or a change that is none. Prints a table for docs/camera-health.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np

from streams.decoding.picture import YuvShot
from vision.picture_health import PictureFault, PictureHealth
from vision.types import Picture

_MOST_PICTURES = 60
_LEARN_LOOKS = 60
_FAULT_S, _BENIGN_S = 120.0, 240.0
_NOISE = 1.0

Change = Callable[["Camera", Picture, float], Picture]


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
    share = min(1.0, at_s / _BENIGN_S)
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


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    expected: str | None
    cameras: int
    found: int
    named_so: int
    delays_s: list[float]
    others: list[str]


def pictures_of(clip: Path, hz: float) -> list[Picture]:
    found: list[Picture] = []
    due_s = 0.0
    with av.open(str(clip)) as container:
        for n, frame in enumerate(container.decode(video=0)):
            at_s = n / float(container.streams.video[0].average_rate or 25) if frame.time is None else frame.time
            if at_s + 1e-6 >= due_s:
                due_s = at_s + 1 / hz
                found.append(YuvShot(frame, (640, 640)).luma().copy())
            if len(found) >= _MOST_PICTURES:
                break
    return found


def first_fault(
    pictures: list[Picture], change: Change, hz: float, lasts_s: float
) -> tuple[PictureFault, float] | None:
    """The first fault and its delay in seconds; negative for one that came before the change."""
    health, camera = PictureHealth(), Camera(pictures, seed=1)
    for n in range(_LEARN_LOOKS):
        if fault := health.see(camera.noisy(camera.next()), n / hz):
            return fault, n / hz - _LEARN_LOOKS / hz
    for n in range(round(lasts_s * hz)):
        at_s = n / hz
        if fault := health.see(change(camera, camera.next(), at_s), _LEARN_LOOKS / hz + at_s):
            return fault, at_s
    return None


def row(name: str, expected: str | None, change: Change, clips: dict[str, list[Picture]], hz: float) -> Row:
    lasts_s = _BENIGN_S if expected is None else _FAULT_S
    delays, named, others = [], 0, []
    for clip, pictures in clips.items():
        if (found := first_fault(pictures, change, hz, lasts_s)) is None:
            if expected is not None:
                others.append(f"{clip}: not found")
            continue
        fault, delay_s = found
        delays.append(delay_s)
        named += fault.kind.value == expected
        if fault.kind.value != expected:
            others.append(f"{clip}: {fault.kind}")
    return Row(name, expected, len(clips), len(delays), named, delays, others)


def cost_ms(pictures: list[Picture]) -> tuple[float, float]:
    """One call's time: that of the quickest in twenty, and the median (other programs get into the way)."""
    cv2.setNumThreads(1)
    health, camera = PictureHealth(), Camera(pictures, seed=2)
    shown = [camera.noisy(camera.next()) for _ in range(50)]
    at_s, calls = 0.0, []
    for picture in shown * 20:
        at_s += 1
        began_s = time.perf_counter()
        health.see(picture, at_s)
        calls.append((time.perf_counter() - began_s) * 1e3)
    return float(np.quantile(calls, 0.05)), float(np.median(calls))


def _as(array: object) -> Picture:
    return cast(Picture, np.asarray(array, np.uint8))


def shown(found: Row) -> str:
    if found.expected is None:
        return f"| {found.name} | {found.found} of {found.cameras} | {'; '.join(found.others)} |"
    delays = sorted(found.delays_s)
    spread = f"{np.median(delays):.0f} s ({delays[0]:.0f}-{delays[-1]:.0f})" if delays else "-"
    return (
        f"| {found.name} | {found.found} of {found.cameras} | {found.named_so} | {spread} | {'; '.join(found.others)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--hz", type=float, default=0.5, help="looks a second (0.5: a camera at rest)")
    parser.add_argument("--clips", nargs="*", help="names within clips/; all by default")
    parser.add_argument("--only", default="", help="faults and changes whose name has this in it")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    files = sorted(file for file in (chosen.assets / "clips").iterdir() if file.suffix in (".mp4", ".avi"))
    clips = {f.stem: pictures_of(f, 2.0) for f in files if not chosen.clips or f.name in chosen.clips}
    quickest_ms, median_ms = cost_ms(next(iter(clips.values())))
    print(f"{len(clips)} clips, {chosen.hz:g} looks a second; one call {quickest_ms:.2f} ms (median {median_ms:.2f})\n")
    rows = []
    print("| fault | found | named so | delay, median (range) | otherwise |\n|---|---|---|---|---|")
    for name, (expected, change) in ((n, f) for n, f in FAULTS.items() if chosen.only in n):
        rows.append(row(name, expected, change, clips, chosen.hz))
        print(shown(rows[-1]), flush=True)
    print("\n| no fault | called one | which |\n|---|---|---|")
    for name, change in ((n, c) for n, c in BENIGN.items() if chosen.only in n):
        rows.append(row(name, None, change, clips, chosen.hz))
        print(shown(rows[-1]), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps({"cost_ms": quickest_ms, "rows": [asdict(r) for r in rows]}, indent=1))


if __name__ == "__main__":
    main()
