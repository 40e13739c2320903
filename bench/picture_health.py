"""How soon a camera's faults are found on real clips, and whether light, weather and traffic pass for faults.

    python bench/picture_health.py --assets ../shared/assets [--hz 0.5] [--clips NAME ...] [--only WORDS] [--json OUT]

Each clip is played to and fro as one camera, with sensor noise; after 60 looks of normal times, or at once, a fault is
laid over it and the delay until it is named is measured, or a change that is none. Prints
tables for docs/camera-health.md.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from bench.picture_changes import BENIGN, BENIGN_S, FAULTS, FROM_THE_FIRST, Camera, Change
from streams.decoding.picture import YuvShot
from vision.picture_health import PictureFault, PictureHealth
from vision.types import Picture

_MOST_PICTURES = 60
_LEARN_LOOKS = 60
_FAULT_S = 120.0


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
    pictures: list[Picture], change: Change, hz: float, lasts_s: float, learn_looks: int
) -> tuple[PictureFault, float] | None:
    """The first fault and its delay in seconds; negative for one that came before the change."""
    health, camera = PictureHealth(), Camera(pictures, seed=1)
    for n in range(learn_looks):
        if fault := health.see(camera.noisy(camera.next()), n / hz):
            return fault, n / hz - learn_looks / hz
    for n in range(round(lasts_s * hz)):
        at_s = n / hz
        if fault := health.see(change(camera, camera.next(), at_s), learn_looks / hz + at_s):
            return fault, at_s
    return None


def row(
    name: str,
    expected: str | None,
    change: Change,
    clips: dict[str, list[Picture]],
    hz: float,
    learn_looks: int = _LEARN_LOOKS,
) -> Row:
    lasts_s = BENIGN_S if expected is None else _FAULT_S
    delays, named, others = [], 0, []
    for clip, pictures in clips.items():
        if (found := first_fault(pictures, change, hz, lasts_s, learn_looks)) is None:
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
    for name in (n for n in FROM_THE_FIRST if chosen.only in n):
        rows.append(row(f"{name}, from the first picture on", *FAULTS[name], clips, chosen.hz, 0))
        print(shown(rows[-1]), flush=True)
    print("\n| no fault | called one | which |\n|---|---|---|")
    for learn_looks, when in ((_LEARN_LOOKS, ""), (0, ", from the first picture on")):
        for name, change in ((n, c) for n, c in BENIGN.items() if chosen.only in n):
            rows.append(row(name + when, None, change, clips, chosen.hz, learn_looks))
            print(shown(rows[-1]), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps({"cost_ms": quickest_ms, "rows": [asdict(r) for r in rows]}, indent=1))


if __name__ == "__main__":
    main()
