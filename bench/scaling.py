"""What a decoder's picture scaled by its planes is worth to the detector, beside FFmpeg's own scaler.

    python bench/scaling.py --pictures shared/assets/pictures [--model street-v4] [--widths 480,960,1920]

Held-back street pictures become cameras' YUV at each width, are scaled both ways, and go through the same network:
AP50 (mean of the classes, and each class weighing as much as it has boxes), and the CPU that scaling took.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame

from api.cli.options import kept_dir
from models.catalog import find
from models.measure import choose
from models.session import open_session
from models.train.pictures import load_picture, street_held_back
from streams.decoding.picture import YuvShot, scaled_by_ffmpeg
from vision.average_precision import average_precision_by_box, average_precision_by_class
from vision.detect import Detector
from vision.types import Detections, Floats, Ints, Picture

Scale = Callable[[VideoFrame, YuvShot], Picture]
WAYS: dict[str, Scale] = {
    "ffmpeg": lambda frame, shot: scaled_by_ffmpeg(frame, shot.small_wh),
    "planes": lambda frame, shot: shot.rgb(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--widths", default="480,960,1920")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    detector = opened(asked.model)
    for width in (int(part) for part in asked.widths.split(",")):
        print(json.dumps({"width": width, **compared(detector, asked.pictures, width)}), flush=True)


def opened(model: str | None) -> Detector:
    folder = kept_dir(None)
    spec = find(model, folder)
    choice = choose(spec, folder, 1)
    return Detector(spec, open_session(spec, provider=choice.provider, precision=choice.precision).run, floor=0.001)


def compared(detector: Detector, pictures: Path, width: int) -> dict[str, Any]:
    """AP50 and milliseconds of CPU a picture, by the way of scaling."""
    found: dict[str, list[Detections]] = {way: [] for way in WAYS}
    took_s: dict[str, list[float]] = {way: [] for way in WAYS}
    labels: list[tuple[Ints, Floats]] = []
    for one in street_held_back(pictures):
        frame, source_wh = as_camera(load_picture(one.path), width)
        labels.append((one.class_id, one.xyxy * np.array([*source_wh, *source_wh], np.float32)))
        for way, scale in WAYS.items():
            began_s = time.thread_time()
            rgb = scale(frame, YuvShot(frame, detector.fit_wh))
            took_s[way].append(time.thread_time() - began_s)
            found[way].append(detector(rgb, source_wh))
    return {way: figures(found[way], labels, took_s[way]) for way in WAYS}


def as_camera(bgr: Picture, width: int) -> tuple[VideoFrame, tuple[int, int]]:
    """The picture as a decoder of a camera of that width would give it, and its size."""
    height = round(bgr.shape[0] * width / bgr.shape[1]) // 2 * 2
    way = cv2.INTER_CUBIC if width > bgr.shape[1] else cv2.INTER_AREA
    sized = np.asarray(cv2.resize(bgr, (width, height), interpolation=way), np.uint8)
    return VideoFrame.from_ndarray(sized, format="bgr24").reformat(format="yuv420p"), (width, height)


def figures(found: list[Detections], labels: list[tuple[Ints, Floats]], took_s: list[float]) -> dict[str, float]:
    known = [value for value in average_precision_by_class(found, labels, range(5)).values() if value is not None]
    return {
        "mean_ap50": round(statistics.mean(known), 4),
        "ap50_by_box": round(average_precision_by_box(found, labels)[0], 4),
        "cpu_ms": round(1e3 * statistics.median(took_s), 2),
    }


if __name__ == "__main__":
    main()
