"""Hard and soft shadows that fall at once over a road and wander: how often the fire lane takes their edges for things.

    python bench/hard_shadows.py ASSETS/clips/motorway.avi ASSETS/clips/highway.avi [--seeds 8]

Every seed is another shadow; each is laid over each clip with a hard and a soft edge, and wanders to where it stays
within one minute and within ten. No detector looks, so nothing is spared for being people: what is raised after the
shadow has fallen is counted, and all of it is false.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from models.spec import VEHICLES
from streams.accuracy import overlay
from streams.bench.footage import FPS, Footage, load_footage
from streams.decoding.picture import ArrayShot
from vision.hazards.fire_lane import FireLane
from vision.hazards.rules import Observation
from vision.types import Change, Detections, Picture
from vision.zones import Zone

_FALLS_S, _LASTS_S, _EVERY_S = 60.0, 230.0, 2.0
_SOFT = 0.0008, 0.012  # width of the edge, of the picture's
_WANDERS_S = 60.0, 600.0
_WIDE_PX = 640


def raised(footage: Footage, seed: int, soft: float, wanders_s: float) -> int:
    """How many things one shadow makes."""
    rng = np.random.default_rng(seed)
    wide, high = footage.size_wh
    scale = min(1.0, _WIDE_PX / wide)
    size = 2 * round(wide * scale / 2), 2 * round(high * scale / 2)
    zone = Zone(((0, 0.3), (1, 0.3), (1, 1), (0, 1)))
    rule = FireLane("lane", zone, tuple(VEHICLES), dwell_s=30.0, clear_s=3.0)
    depth, width, lean = rng.uniform(0.4, 0.7), rng.uniform(0.05, 0.35), rng.uniform(-0.4, 0.4)
    begins, goes = rng.uniform(0, 0.6), rng.uniform(-0.3, 0.3)
    sensor, count = overlay.sensor(rng), 0
    across = np.linspace(0, 1, size[0], dtype=np.float32)[None]
    down = np.linspace(0, 1, size[1], dtype=np.float32)[:, None]
    for at_s in np.arange(0.0, _LASTS_S, _EVERY_S).tolist():
        picture = _picture(footage, at_s, size)
        if at_s >= _FALLS_S:
            left = begins + goes * min(1.0, (at_s - _FALLS_S) / wanders_s)
            edges = across - left - lean * down, left + width + lean * down - across
            inside = np.clip(edges[0] / soft + 0.5, 0, 1) * np.clip(edges[1] / soft + 0.5, 0, 1)
            picture = (picture * (1 - (1 - depth) * inside)[:, :, None]).astype(np.uint8)
        shot = ArrayShot(sensor(picture, at_s))
        found = rule.update(Observation(at_s, size, shot.luma(), Detections.empty(), colours=shot.colours))
        count += sum(one.change is Change.RAISED and at_s >= _FALLS_S for one in found)
    return count


def _picture(footage: Footage, at_s: float, size: tuple[int, int]) -> Picture:
    rgb = cv2.cvtColor(footage.yuv[footage.index(round(at_s * 0.97 * FPS))], cv2.COLOR_YUV2RGB_I420)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=8)
    asked = parser.parse_args()
    whole = shadows = 0
    for clip in asked.clips:
        footage = load_footage(clip)
        for soft in _SOFT:
            for wanders_s in _WANDERS_S:
                counts = [raised(footage, seed, soft, wanders_s) for seed in range(asked.seeds)]
                whole, shadows = whole + sum(counts), shadows + len(counts)
                told = f"{clip.name}, edge {soft:.4f} of the width, wanders for {wanders_s:.0f} s: {sum(counts)}"
                print(f"{told} raised of {len(counts)} shadows", file=sys.stderr, flush=True)
    print(f"{whole} raised of {shadows} shadows")


if __name__ == "__main__":
    main()
